//! Serverless: a function on AWS Lambda, and a container that scales to zero.
//!
//! A function is frozen between its requests, for seconds or for hours. Keyward needs no background task for that: the first request after a pause
//! asks the database whether a key was revoked, and is decided afterwards.
//!
//! Everything on this page was run on 2026-11-30 with `lambda_http` 1.3, PostgreSQL 15 and cargo-lambda 1.9.2, which emulates Lambda's API on your
//! own machine. The pauses were made by stopping the process (`SIGSTOP`). **No cloud account was used.** [The end of the page](#what-was-run) has the
//! details.
//!
//! # 1. The function
//!
//! You need a PostgreSQL server. Until the crate is on crates.io, add it from a clone: `cargo add keyward --path ../keyward --features
//! axum,postgres`.
//!
//! ```console
//! cargo new function && cd function
//! cargo add keyward --features axum,postgres
//! cargo add axum
//! cargo add lambda_http --no-default-features --features apigw_http,apigw_rest,tracing
//! cargo add tokio --features full
//! ```
//!
//! Replace `src/main.rs`:
//!
//! ```no_run
//! # // Stands in for the crate, which would be a large dependency of these tests alone.
//! # mod lambda_http {
//! #     pub type Error = Box<dyn std::error::Error + Send + Sync>;
//! #     pub async fn run(_: axum::Router) -> Result<(), Error> { Ok(()) }
//! #     pub mod tracing { pub fn init_default_subscriber() {} }
//! #     pub mod request {
//! #         pub struct Source { pub source_ip: Option<String> }
//! #         pub struct V1 { pub identity: Source }
//! #         pub struct V2 { pub http: Source }
//! #         pub enum RequestContext { ApiGatewayV1(V1), ApiGatewayV2(V2), Alb }
//! #     }
//! # }
//! use std::env;
//!
//! use axum::extract::{Request, State};
//! use axum::middleware::{Next, from_fn, from_fn_with_state};
//! use axum::{Router, response::Response, routing::get};
//! use keyward::http::{Guard, PeerAddress};
//! use keyward::{App, Keyward, MasterKeys, PostgresOptions, Verified};
//! use lambda_http::request::RequestContext;
//!
//! /// Cannot be reached without an App key.
//! async fn hello(key: Verified<App>) -> String {
//!     format!("Hello, {}\n", key.workspace())
//! }
//!
//! /// Takes the client's address from the event, because a function has no connection to the client.
//! async fn with_address(mut request: Request, next: Next) -> Response {
//!     let address = match request.extensions().get::<RequestContext>() {
//!         // A function URL or an HTTP API.
//!         Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
//!         // A REST API.
//!         Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.as_deref(),
//!         _ => None,
//!     };
//!     if let Some(address) = address.and_then(|address| address.parse().ok()) {
//!         request.extensions_mut().insert(PeerAddress(address));
//!     }
//!     next.run(request).await
//! }
//!
//! /// Writes the last-used times before the function is frozen.
//! async fn flush_after(State(keyward): State<Keyward>, request: Request, next: Next) -> Response {
//!     let response = next.run(request).await;
//!     if let Err(error) = keyward.flush().await {
//!         eprintln!("a later request writes the last-used times: {error}");
//!     }
//!     response
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), lambda_http::Error> {
//!     // Keyward logs with `tracing`. These lines are in CloudWatch.
//!     lambda_http::tracing::init_default_subscriber();
//!     let keys = MasterKeys::new(env::var("KEYWARD_MASTER_KEY")?.parse()?);
//!     let options = PostgresOptions::new().schema("keyward").without_migration().connections(1);
//!     let store = options.connect(&env::var("DATABASE_URL")?).await?;
//!     // Without `maintain`: a frozen function cannot run it.
//!     let keyward = Keyward::builder(store, keys).build()?;
//!
//!     let app = Router::new()
//!         .route("/hello", get(hello))
//!         .layer(from_fn_with_state(keyward.clone(), flush_after))
//!         .layer(from_fn(with_address))
//!         .with_state(Guard::new(keyward));
//!     lambda_http::run(app).await
//! }
//! ```
//!
//! The example reads the master key from a variable of the environment. In production, let the function read it from a secret manager when it starts.
//!
//! Do not set the log level to `TRACE` in production: `lambda_runtime` then logs each event, with the key in its headers. The default is `INFO`.
//!
//! # 2. A key
//!
//! Your service manages keys where it has a login, which need not be the function. This program is enough to try it. Write it to `examples/admin.rs`:
//!
//! ```no_run
//! use std::{env, error::Error};
//!
//! use keyward::{
//!     AccountId, Actor, ActorId, Keyward, ManageError, MasterKey, MasterKeys, Name, NewCredential,
//!     NewWorkspace, PostgresOptions, Refusal, WorkspaceId,
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let arguments: Vec<String> = env::args().skip(1).collect();
//!     let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
//!     if arguments == ["master-key"] {
//!         println!("{}", MasterKey::generate()?.expose_text().as_str());
//!         return Ok(());
//!     }
//!
//!     let keys = MasterKeys::new(env::var("KEYWARD_MASTER_KEY")?.parse()?);
//!     // Creates the tables.
//!     let store = PostgresOptions::new().schema("keyward").connect(&env::var("DATABASE_URL")?).await?;
//!     let keyward = Keyward::builder(store, keys).build()?;
//!     let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//!     let manager = keyward.manager(&admin);
//!     match arguments[..] {
//!         ["issue", name] => {
//!             let shop = WorkspaceId::new("acme/shop")?;
//!             let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//!             match manager.create_workspace(new).await {
//!                 // From the second key on, it exists.
//!                 Ok(_) | Err(ManageError::Refused(Refusal::WorkspaceIdTaken)) => {}
//!                 Err(error) => return Err(error.into()),
//!             }
//!             let key = manager.issue_app_key(NewCredential::new(shop, Name::new(name)?)).await?;
//!             println!("{}\n{}", key.credential.id, key.secret.expose());
//!         }
//!         ["suspend", id] => {
//!             manager.suspend(id.parse()?).await?;
//!         }
//!         _ => return Err("usage: admin master-key, admin issue NAME or admin suspend ID".into()),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! ```console
//! $ export DATABASE_URL=postgres://postgres@127.0.0.1/postgres
//! $ export KEYWARD_MASTER_KEY=$(cargo run --example admin master-key)
//! $ cargo run --example admin issue Backend
//! 8La6ryZx5tfg
//! kw_app_…
//! ```
//!
//! The two lines are the id of the key and the key. The program also creates the tables, in the schema `keyward`.
//!
//! # 3. Run it
//!
//! ```console
//! $ pip install cargo-lambda
//! $ cargo lambda watch
//! ```
//!
//! In another terminal:
//!
//! ```console
//! $ curl -i -H 'Authorization: Bearer kw_app_…' http://localhost:9000/hello
//! HTTP/1.1 200 OK
//! …
//! Hello, acme/shop
//! $ curl -i http://localhost:9000/hello
//! HTTP/1.1 401 Unauthorized
//! …
//! $ cargo run --example admin suspend 8La6ryZx5tfg
//! $ curl -i -H 'Authorization: Bearer kw_app_…' http://localhost:9000/hello
//! HTTP/1.1 401 Unauthorized
//! ```
//!
//! To deploy it, `cargo lambda build --release` and `cargo lambda deploy` are the next steps. They were not run.
//!
//! # What a pause changes
//!
//! - **Revocations.** The bound of [`Freshness`](crate::Freshness) holds. The first request after a pause reads the changes since the last one, and
//!   is decided afterwards: a key that was revoked during the pause is refused by that request. Another cached key passes. This is one round trip to
//!   the database.
//! - **Connections.** If the server or the network closed the connections in the meantime, new ones are opened, and no request fails. Some networks
//!   drop idle connections and tell neither side. Connections that were idle for longer than
//!   [`PostgresOptions::idle_limit`](crate::PostgresOptions::idle_limit), 3 minutes by default, are therefore not used again.
//! - **Background work.** Leave [`maintain`](crate::Keyward::maintain) out. It does no harm, but it stands still while the process is frozen. It also
//!   deletes old rows, so run it in one process that is not frozen, such as the service with your management page.
//! - **Counters** ([`Keyward::stats`](crate::Keyward::stats)) end with the instance.
//!
//! Build the [`Keyward`](crate::Keyward) once, before `lambda_http::run`, as above. The next requests to the same instance then find its cache.
//!
//! # The client's address
//!
//! A function has no connection to its client, so there is no peer address, and the guard needs one. `with_address` takes it from the event. Without
//! it, **every request is answered 500**, and the log says "no peer address": a restriction to networks never passes because the address is missing.
//!
//! | in front of the function | the address | run |
//! |---|---|---|
//! | a function URL or an HTTP API | `requestContext.http.sourceIp` | by events of this form |
//! | a REST API | `requestContext.identity.sourceIp` | by events of this form |
//! | an Application Load Balancer | the last address in the header `X-Forwarded-For` | by events of this form |
//! | CloudFront in front of one of these | [`proxies`](super::proxies) | no |
//!
//! The first two are written by AWS, and a client cannot forge them. A forged `X-Forwarded-For` has no effect.
//!
//! A load balancer writes no `sourceIp`. Let it be a proxy with an address that no client has. Add the feature `alb` of `lambda_http`, this line to
//! `with_address`, and the setting of the guard:
//!
//! ```
//! # #[cfg(feature = "tower")] {
//! # use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore};
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?)).build()?;
//! use keyward::http::{ClientAddress, ForwardingHeader::XForwardedFor, Guard};
//!
//! // In `with_address`: Some(RequestContext::Alb(_)) => Some("127.0.0.1"),
//! let address = ClientAddress::forwarded(XForwardedFor, ["127.0.0.1/32".parse()?]);
//! let guard = Guard::new(keyward).client_address(address);
//! # let _ = guard;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The load balancer's mode must be `append`: see [`proxies`](super::proxies#aws).
//!
//! # Last-used times
//!
//! `flush_after` writes them before the response is sent, so none waits in a frozen instance. This costs one write to the database in each request.
//!
//! Leave it out if last-used times need not be exact. A request then writes the times that are due: the first use of a key, and after that at most
//! every ten seconds. Uses after the last of these writes are lost when the instance ends. To write them then, run `cargo add lambda_runtime
//! --no-default-features --features graceful-shutdown`, and put this before `lambda_http::run`:
//!
//! ```
//! # // Stands in for the crate, as above.
//! # mod lambda_runtime {
//! #     pub async fn spawn_graceful_shutdown_handler<F>(_: impl FnOnce() -> F) {}
//! # }
//! # async fn start(keyward: keyward::Keyward) {
//! let closing = keyward.clone();
//! lambda_runtime::spawn_graceful_shutdown_handler(move || async move {
//!     let _ = closing.close().await;
//! })
//! .await;
//! # }
//! # fn main() {}
//! ```
//!
//! Lambda then sends `SIGTERM` before it ends an instance, and waits up to half a second.
//!
//! # Connections to the database
//!
//! An instance serves one request at a time, so `connections(1)` is enough. It opens two connections, because the change feed has one of its own, and
//! a third if the server has synchronous standbys. Set more if an instance serves several requests at a time.
//!
//! A hundred instances are two hundred connections. Put a pooler in front of the server if that is too many: `docs/postgresql.md` lists the poolers
//! and their settings. `without_migration` refuses a database without the tables instead of creating them: create and upgrade them when you deploy.
//!
//! A `SqliteStore` needs a disk that all instances share and that supports locks. Most platforms have none.
//!
//! # A container that scales to zero
//!
//! On Cloud Run and similar platforms, write an ordinary service as in [`first_hour`](super::first_hour), with `maintain`; what differs is that the
//! platform sends `SIGTERM` before it ends an instance: let it end the server, and await [`close`](crate::Keyward::close), which writes the last-used
//! times.
//!
//! If the platform gives the container no CPU between requests, `maintain` stands still as in a function, and a pause has the same effects. The
//! client's address comes from the platform's proxy: see [`proxies`](super::proxies).
//!
//! # What was run
//!
//! On one machine, on 2026-11-30:
//!
//! - The three steps above, by pasting.
//! - With the log level `TRACE`, the key was in the log. With `INFO` it was not.
//! - A key that another process suspended during a pause of 2 s, 60 s and 12 minutes was refused by the first request afterwards, and another cached
//!   key passed. The same when the server closed all connections during the pause, when a forwarder silently dropped them during pauses of 200 s, 620
//!   s and 720 s, and with `maintain` running in the stopped process (five times).
//! - Two faults were found and mended with these drops: the first two requests afterwards were answered 503, and a connection that was dropped while
//!   it returned to the pool was never replaced.
//! - Events of a function URL, a REST API and a load balancer, with an allowlist: each address inside passed, each outside was answered 403, with
//!   forged headers too.
//! - `flush_after` wrote each use. Without it, a use of three seconds after the last write was lost when the process was killed, and written when it
//!   got `SIGTERM` with the handler.
//! - One, two and ten `connections`, with eight keys in turn: two, three and three connections were open.
//! - The container: an axum service with `maintain`, with pauses of 2 s and 60 s, and `SIGTERM` after a third.
//!
//! Not run: a deployment, Lambda's own way of freezing, a start from a snapshot, and a pooler in front of functions. If a platform also stops the
//! clocks of the process, a node still notices the pause, because it compares the time of day too. An idle connection then seems younger than it is.
