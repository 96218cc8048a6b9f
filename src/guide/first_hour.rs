//! Your first hour: from an empty folder to a service that keeps its keys.
//!
//! You need Rust 1.94 or later and, from the third step on, a C compiler. Each step takes a few minutes, most of them for the compiler.
//!
//! # 1. A guarded request
//!
//! ```console
//! cargo new first && cd first
//! cargo add keyward --features axum
//! cargo add axum
//! cargo add tokio --features full
//! ```
//!
//! Until the crate is on crates.io, add it from a clone, here and below: `cargo add keyward --path ../keyward --features axum`.
//!
//! Replace `src/main.rs`:
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::{Router, routing::get};
//! use keyward::{Actor, App, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace, Verified};
//!
//! async fn hello(key: Verified<App>) -> String {
//!     format!("Hello, {}\n", key.workspace())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?).build()?;
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let manager = keyward.manager(&admin);
//!     manager.create_workspace(NewWorkspace::new("acme/shop".parse()?, "Shop".parse()?)).await?;
//!     let new = NewCredential::new("acme/shop".parse()?, "Backend".parse()?);
//!     let token = manager.issue_app_key(new).await?.secret;
//!
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     println!("curl -i -H 'Authorization: Bearer {}' http://{address}", token.expose());
//!     let app = Router::new().route("/", get(hello)).with_state(keyward::http::Guard::new(keyward));
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
//! }
//! ```
//!
//! `cargo run` prints a command. Run it in another terminal:
//!
//! ```console
//! $ curl -i -H 'Authorization: Bearer kw_app_…' http://127.0.0.1:…
//! HTTP/1.1 200 OK
//! …
//! Hello, acme/shop
//! ```
//!
//! In a debug build, the program takes some seconds to start, because it makes two keys with an Argon2id that is not optimised. These lines in
//! `Cargo.toml` help:
//!
//! ```toml
//! [profile.dev.package.argon2]
//! opt-level = 3
//! [profile.dev.package.blake2]
//! opt-level = 3
//! ```
//!
//! Change one character of the key. The answer is 401, with the same text for every reason.
//!
//! # 2. What happened
//!
//! - `Verified<App>` is a proof that the request has a key. Only Keyward can make one, so a handler that takes it cannot be reached
//!   without a key.
//! - A key belongs to a **workspace**, and a workspace to an **account**, which is your customer. You choose the ids of both.
//! - The **actor** is the person who manages keys. Your service logs people in, and tells Keyward who acts.
//! - An id or a name that is not valid does not become one: `parse` returns an error that says which rule it breaks.
//! - The **master key** protects every stored secret. The program above makes a new one at each start, so it forgets its keys when it stops.
//!
//! # 3. Keep the keys
//!
//! Use a database, and a master key that stays the same:
//!
//! ```console
//! cargo add keyward --features axum,sqlite
//! ```
//!
//! Replace `src/main.rs` again. `maintain` writes last-used times and reads changes of other nodes in the background. `DrainLayer` reads the
//! rest of a refused request, so that its client receives the answer:
//!
//! ```no_run
//! use std::os::unix::fs::OpenOptionsExt;
//! use std::{error::Error, fs, io::ErrorKind, io::Write, net::SocketAddr};
//!
//! use axum::{Router, routing::get};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{
//!     AccountId, Actor, ActorId, App, Keyward, ManageError, MasterKey, MasterKeys, Name,
//!     NewCredential, NewWorkspace, Refusal, SqliteStore, Verified, WorkspaceId,
//! };
//!
//! async fn hello(key: Verified<App>) -> String {
//!     format!("Hello, {}\n", key.workspace())
//! }
//!
//! /// In production, load the master key from a secret manager.
//! fn master_key() -> Result<MasterKey, Box<dyn Error>> {
//!     match fs::read_to_string("master.key") {
//!         Ok(text) => Ok(text.trim().parse()?),
//!         Err(error) if error.kind() == ErrorKind::NotFound => {
//!             let key = MasterKey::generate()?;
//!             // Only the user of the service can read the file, and an existing one is never replaced.
//!             let mut file =
//!                 fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open("master.key")?;
//!             file.write_all(key.expose_text().as_bytes())?;
//!             Ok(key)
//!         }
//!         Err(error) => Err(error.into()),
//!     }
//! }
//!
//! /// Your service does this when a customer signs up. Here it runs at each start.
//! async fn sign_up(keyward: &Keyward) -> Result<(), Box<dyn Error>> {
//!     let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//!     let manager = keyward.manager(&admin);
//!     let shop = WorkspaceId::new("acme/shop")?;
//!     match manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await {
//!         Ok(_) => {}
//!         // From the second start on.
//!         Err(ManageError::Refused(Refusal::WorkspaceIdTaken)) => return Ok(()),
//!         Err(error) => return Err(error.into()),
//!     }
//!     let key = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
//!     println!("The key, shown once: {}", key.secret.expose());
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let store = SqliteStore::open("keyward.db").await?;
//!     let keyward = Keyward::builder(store, MasterKeys::new(master_key()?)).build()?;
//!     tokio::spawn(keyward.maintain(tokio::time::sleep));
//!     sign_up(&keyward).await?;
//!
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     let routes = Router::new().route("/", get(hello)).layer(DrainLayer::new());
//!     let app = routes.with_state(Guard::new(keyward.clone()));
//!     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
//!         .with_graceful_shutdown(async {
//!             let _ = tokio::signal::ctrl_c().await;
//!         })
//!         .await?;
//!     // Writes the last-used times that are only in memory.
//!     keyward.close().await?;
//!     Ok(())
//! }
//! ```
//!
//! The command `keyward master-key` makes such a file too. Elsewhere than on Unix, leave out `mode`, and restrict the folder.
//!
//! Run it, and send a request with the key that it prints:
//!
//! ```console
//! curl -i -H 'Authorization: Bearer kw_app_…' http://127.0.0.1:3000
//! ```
//!
//! Stop the service with Ctrl-C and start it again: the key still works. Keep `master.key` and `keyward.db` out of your repository.
//!
//! # 4. Give your customers a page
//!
//! ```console
//! cargo add keyward --features axum,sqlite,page
//! ```
//!
//! Add this to `src/main.rs`:
//!
//! ```
//! # mod it {
//! # use axum::Router;
//! # use keyward::{AccountId, Actor, ActorId, Keyward};
//! use axum::{extract::Request, middleware::Next, response::Response};
//! use keyward::page::Page;
//!
//! /// Your login. This one lets everybody in as the same person: for a first look only.
//! async fn log_in(mut request: Request, next: Next) -> Response {
//!     if let (Ok(account), Ok(person)) = (AccountId::new("acme"), ActorId::new("ada@acme.test")) {
//!         request.extensions_mut().insert(Actor::admin(account, person));
//!     }
//!     next.run(request).await
//! }
//!
//! fn with_page(keyward: Keyward) -> Router {
//!     Router::new()
//!         .nest_service("/settings/api-credentials", Page::new(keyward))
//!         .layer(axum::middleware::from_fn(log_in))
//! }
//! # }
//! ```
//!
//! In `main`, put these routes next to your API with one more line:
//!
//! ```
//! # mod it {
//! # use axum::Router;
//! # use keyward::{Keyward, http::Guard};
//! # fn with_page(_: Keyward) -> Router { Router::new() }
//! # fn app(routes: Router<Guard>, keyward: Keyward) -> Router {
//! let app = routes.with_state(Guard::new(keyward.clone()));
//! let app = app.merge(with_page(keyward.clone()));
//! # app
//! # }
//! # }
//! ```
//!
//! Open `http://127.0.0.1:3000/settings/api-credentials`. You can change the page's colours, texts and layout: see the module `page`.
//!
//! # 5. Where to go from here
//!
//! | you want | read |
//! |---|---|
//! | another framework | [`frameworks`](super::frameworks) |
//! | a function on AWS Lambda | [`serverless`](super::serverless) |
//! | your own kind of key, such as `acme_live_…` | [`kinds`](super::kinds), and `examples/one_kind.rs` |
//! | keys that may do less | [`scopes`](super::scopes), and `examples/scopes.rs` |
//! | the page or the API behind your own login | [`mounting`](super::mounting) |
//! | the client's address behind a proxy | [`proxies`](super::proxies) |
//! | tests of your service | [`testing`](super::testing) |
//! | the life of a key, step by step | [`walk`](super::walk) |
//! | to run it in production | `docs/operating.md` |
