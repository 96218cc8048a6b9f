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
//! use std::{error::Error, net::SocketAddr};
//!
//! use axum::{Router, routing::get};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{
//!     AccountId, Actor, ActorId, App, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
//!     NewCredential, NewWorkspace, Verified, WorkspaceId,
//! };
//!
//! /// Cannot be reached without an App key.
//! async fn hello(key: Verified<App>) -> String {
//!     format!("Hello, {}\n", key.workspace())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let keys = MasterKeys::new(MasterKey::generate()?);
//!     let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
//!     tokio::spawn(keyward.maintain(tokio::time::sleep));
//!
//!     // Your customer's admin creates a workspace and a key.
//!     let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//!     let manager = keyward.manager(&admin);
//!     let shop = WorkspaceId::new("acme/shop")?;
//!     manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//!     let key = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
//!
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//!     let (token, address) = (key.secret.expose(), listener.local_addr()?);
//!     println!("curl -i -H 'Authorization: Bearer {token}' http://{address}/hello");
//!
//!     let routes = Router::new().route("/hello", get(hello)).layer(DrainLayer::new());
//!     let app = routes.with_state(Guard::new(keyward));
//!     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
//!     Ok(())
//! }
//! ```
//!
//! `cargo run` prints a command. Run it in another terminal:
//!
//! ```console
//! $ curl -i -H 'Authorization: Bearer kw_app_…' http://127.0.0.1:…/hello
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
//! ```no_run
//! # #[cfg(feature = "sqlite")] mod it {
//! use std::{error::Error, fs, io::ErrorKind, io::Write, os::unix::fs::OpenOptionsExt};
//! use keyward::{Keyward, MasterKey, MasterKeys, SqliteStore};
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
//! async fn open() -> Result<Keyward, Box<dyn Error>> {
//!     let store = SqliteStore::open("keyward.db").await?;
//!     Ok(Keyward::builder(store, MasterKeys::new(master_key()?)).build()?)
//! }
//! # }
//! ```
//!
//! The command `keyward master-key` makes such a file too. Elsewhere than on Unix, leave out `mode`, and restrict the folder.
//!
//! Call `open` in place of the two lines with `MasterKeys` and `Keyward::builder`. At the second start, the workspace already exists: `create_workspace` is
//! refused with [`WorkspaceIdTaken`](crate::Refusal::WorkspaceIdTaken). So create the workspace of a customer when they sign up, and not when the
//! service starts.
//!
//! When the service stops, await [`Keyward::close`](crate::Keyward::close). It writes the last-used times that wait.
//!
//! # 4. Give your customers a page
//!
//! ```console
//! cargo add keyward --features axum,sqlite,page
//! ```
//!
//! ```
//! # #[cfg(feature = "page")] mod it {
//! use axum::{Router, extract::Request, middleware::Next, response::Response};
//! use keyward::{AccountId, Actor, ActorId, Keyward, page::Page};
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
//! `Router::merge` puts these routes beside your API. The page has no look of its own that you could not change: see the module `page`.
//!
//! # 5. Where to go from here
//!
//! | you want | read |
//! |---|---|
//! | another framework | [`frameworks`](super::frameworks) |
//! | your own kind of key, such as `acme_live_…` | [`Kind`](crate::Kind), and `examples/one_kind.rs` |
//! | keys that may do less | [`vocabulary!`](crate::vocabulary), and `examples/scopes.rs` |
//! | the client's address behind a proxy | [`proxies`](super::proxies) |
//! | tests of your service | [`testing`](super::testing) |
//! | the life of a key, step by step | [`walk`](super::walk) |
//! | to run it in production | `docs/operating.md` |
