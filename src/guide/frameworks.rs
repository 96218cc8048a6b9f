//! Guarding axum, actix-web, tonic, hyper, any other server, and a program without async.
//!
//! All of them use one [`Guard`](crate::http::Guard). It reads the header of the kind, finds the client's address, verifies the key, and makes the
//! answer to a refused request. Every part of this page is compiled with the crate's tests, and the parts without a server are run.
//!
//! # The frame
//!
//! Each recipe for a server is a whole file: save it as `src/recipe.rs`. This is `src/main.rs` for all of them. It makes a key and prints it:
//!
//! ```no_run
//! use keyward::{Actor, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace};
//!
//! # /*
//! mod recipe;
//! # */
//! # mod recipe {
//! #     pub async fn serve(_: keyward::Keyward) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
//! # }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?).build()?;
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let manager = keyward.manager(&admin);
//!     manager.create_workspace(NewWorkspace::new("acme/shop".parse()?, "Shop".parse()?)).await?;
//!     let new = NewCredential::new("acme/shop".parse()?, "Backend".parse()?);
//!     println!("{}", manager.issue_app_key(new).await?.secret.expose());
//!     recipe::serve(keyward).await
//! }
//! ```
//!
//! Send a request with the key, with another text, and without the header. The answers are 200, 401 and 401:
//!
//! ```console
//! curl -i -H 'Authorization: Bearer kw_app_…' http://127.0.0.1:3000/v1/people
//! ```
//!
//! # axum
//!
//! For axum 0.8. A handler that takes [`Verified<App>`](crate::Verified) cannot be reached without such a key. A router without a
//! guard does not compile.
//!
//! ```console
//! cargo add keyward --features axum
//! cargo add axum
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use std::{error::Error, net::SocketAddr};
//! use axum::{Router, routing::get};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{App, Keyward, Verified};
//!
//! async fn people(key: Verified<App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let app = Router::new()
//!         .route("/v1/people", get(people))
//!         .layer(DrainLayer::new()) // so that a client that is still sending receives the refusal
//!         .with_state(Guard::new(keyward));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     // This passes on the address of the peer, which the guard needs.
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
//! }
//! ```
//!
//! `Router::route_layer(guard.app()?)` guards many routes at once. A handler behind it can still take `Verified<App>`.
//!
//! If the router has a state of your own, put the guard into it and implement `FromRef`:
//!
//! ```
//! use std::{error::Error, net::SocketAddr};
//! use axum::{Router, extract::{FromRef, State}, routing::get};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{App, Keyward, Verified};
//!
//! #[derive(Clone)]
//! struct Service {
//!     guard: Guard,
//!     greeting: &'static str,
//! }
//!
//! impl FromRef<Service> for Guard {
//!     fn from_ref(service: &Service) -> Self {
//!         service.guard.clone()
//!     }
//! }
//!
//! async fn people(key: Verified<App>, State(service): State<Service>) -> String {
//!     format!("{}, {}", service.greeting, key.workspace())
//! }
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let service = Service { guard: Guard::new(keyward), greeting: "Hello" };
//!     let app = Router::new()
//!         .route("/v1/people", get(people))
//!         .layer(DrainLayer::new())
//!         .with_state(service);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
//! }
//! ```
//!
//! # actix-web
//!
//! For actix-web 4. The guard is the `app_data` of the application. Without it, each request is answered 500, and the log says what to add.
//!
//! ```console
//! cargo add keyward --features actix-web
//! cargo add actix-web
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use std::error::Error;
//! use actix_web::{App, HttpServer, web};
//! use keyward::{Keyward, Verified, http::Guard};
//!
//! async fn people(key: Verified<keyward::App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let guard = Guard::new(keyward);
//!     let server = HttpServer::new(move || {
//!         App::new().app_data(guard.clone()).route("/v1/people", web::get().to(people))
//!     });
//!     Ok(server.bind("127.0.0.1:3000")?.run().await?)
//! }
//! ```
//!
//! - `web::scope("/v1").wrap(guard.app()?)` guards many routes. The proof is then in the request's extensions.
//! - `Scoped<App, scope::ReadPeople>` requires a scope, as with axum. `wrap(guard.app()?.requiring(scope))` does so for many routes.
//! - [`ManageError`](crate::ManageError) is a `ResponseError`, so a handler can return it.
//! - The page and the management API are `tower` services over `http` 1, which actix-web cannot mount. Serve them from a small axum server on
//!   another port, behind the same proxy.
//! - The guard cannot mark a header as sensitive here. actix-web's own `Debug` of a request hides `Authorization`, but not a header such as
//!   `X-API-Key`: do not log that one.
//!
//! # tonic
//!
//! For any version of tonic that is built on `http` 1. A refused call gets a gRPC status. The service in this recipe is that of `tonic-health`; add
//! yours in the same way.
//!
//! ```console
//! cargo add keyward --features tower
//! cargo add tonic tonic-health
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use std::error::Error;
//! use keyward::{Keyward, http::Guard};
//! use tonic::transport::{Server, server::TcpConnectInfo};
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let guard = Guard::new(keyward)
//!         .peer_from(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
//!     let (_, health) = tonic_health::server::health_reporter();
//!     let server = Server::builder().layer(guard.app()?).add_service(health);
//!     Ok(server.serve("127.0.0.1:3000".parse()?).await?)
//! }
//! ```
//!
//! In a method, `request.extensions().get::<Verified<App>>()` is the proof. curl can send a call. Its answer has the header `grpc-status`: 0 with the
//! key, and 16 (`UNAUTHENTICATED`) with another text or without the header:
//!
//! ```console
//! printf '\0\0\0\0\0' | curl -i --http2-prior-knowledge --data-binary @- -H 'Content-Type: application/grpc' \
//!     -H 'Authorization: Bearer kw_app_…' --output - http://127.0.0.1:3000/grpc.health.v1.Health/Check
//! ```
//!
//! # hyper
//!
//! For hyper 1. The layer makes a guarded service of yours. Put the peer's address into each request, because hyper does not.
//!
//! ```console
//! cargo add keyward --features tower
//! cargo add hyper --features http1,http2,server
//! cargo add hyper-util --features server-auto,service,tokio
//! cargo add tower --features util
//! cargo add bytes http http-body-util
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use std::{convert::Infallible, error::Error};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use hyper::body::Incoming;
//! use hyper_util::rt::{TokioExecutor, TokioIo};
//! use hyper_util::{server::conn::auto, service::TowerToHyperService};
//! use keyward::http::{Guard, PeerAddress};
//! use keyward::{App, Keyward, Verified};
//! use tower::{Layer, service_fn, util::MapRequestLayer};
//!
//! async fn people(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let key = request.extensions().get::<Verified<App>>(); // always present behind the layer
//!     let workspace = key.map(|key| key.workspace().to_string()).unwrap_or_default();
//!     Ok(Response::new(Full::from(workspace)))
//! }
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let layer = Guard::new(keyward).app()?;
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     loop {
//!         let (stream, peer) = listener.accept().await?;
//!         let peer = PeerAddress::from(peer);
//!         let with_peer = MapRequestLayer::new(move |mut request: Request<Incoming>| {
//!             request.extensions_mut().insert(peer);
//!             request
//!         });
//!         let service = with_peer.layer(layer.layer(service_fn(people)));
//!         tokio::spawn(async move {
//!             let server = auto::Builder::new(TokioExecutor::new());
//!             let service = TowerToHyperService::new(service);
//!             server.serve_connection(TokioIo::new(stream), service).await
//!         });
//!     }
//! }
//! ```
//!
//! # Any other server
//!
//! [`Guard::check`](crate::http::Guard::check) takes the head of a request in the types of the crate `http`. [`Guard::answer_to`](crate::http::Guard::answer_to) makes the
//! response to a refusal. This is a whole `src/main.rs`, without a server:
//!
//! ```console
//! cargo add keyward --features tower
//! cargo add bytes http
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode, request::Parts};
//! use keyward::http::{Guard, PeerAddress};
//! use keyward::{Actor, App, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace};
//!
//! async fn handle(guard: &Guard, request: &Parts) -> Response<Bytes> {
//!     match guard.check::<App>(request).await {
//!         Ok(key) => Response::new(key.workspace().to_string().into()),
//!         Err(answer) => guard.answer_to(request, &answer),
//!     }
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
//!     let guard = Guard::new(keyward);
//!     let peer = PeerAddress("203.0.113.7".parse()?);
//!     let request = |authorization: &str| {
//!         Request::get("/").extension(peer).header("authorization", authorization).body(())
//!     };
//!     let (good, _) = request(&format!("Bearer {}", token.expose()))?.into_parts();
//!     assert_eq!(handle(&guard, &good).await.body(), "acme/shop");
//!     let (bad, _) = request("Bearer guess")?.into_parts();
//!     assert_eq!(handle(&guard, &bad).await.status(), StatusCode::UNAUTHORIZED);
//!     let (without, _) = Request::get("/").extension(peer).body(())?.into_parts();
//!     assert_eq!(handle(&guard, &without).await.status(), StatusCode::UNAUTHORIZED);
//!     Ok(())
//! }
//! ```
//!
//! # A program without async
//!
//! The core names no runtime, so any `block_on` works, such as that of the crate `pollster`. [`MemoryStore`](crate::MemoryStore) needs nothing else. The
//! database stores run on tokio: keep a tokio runtime, and call its `block_on`. [`Keyward::maintain`](crate::Keyward::maintain) gets a thread of its own.
//!
//! ```console
//! cargo add keyward
//! cargo add pollster
//! ```
//!
//! ```
//! use std::{future, thread, time::Duration};
//! use keyward::{Actor, Attempt, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace};
//! use pollster::block_on;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?).build()?;
//!     let maintain = keyward.maintain(|pause: Duration| {
//!         thread::sleep(pause);
//!         future::ready(())
//!     });
//!     let maintainer = thread::spawn(|| block_on(maintain));
//!
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let manager = keyward.manager(&admin);
//!     block_on(manager.create_workspace(NewWorkspace::new("acme/shop".parse()?, "Shop".parse()?)))?;
//!     let new = NewCredential::new("acme/shop".parse()?, "Backend".parse()?);
//!     let token = block_on(manager.issue_app_key(new))?.secret;
//!
//!     for text in [token.expose(), "a guess"] {
//!         match block_on(keyward.verify(&Attempt::app(text))) {
//!             Ok(key) => println!("{}", key.workspace()),
//!             Err(error) => println!("{}", error.status()), // 401, 403 or 503
//!         }
//!     }
//!
//!     block_on(keyward.close())?;
//!     maintainer.join().expect("it does not panic");
//!     Ok(())
//! }
//! ```
//!
//! It prints `acme/shop` and `401`.
//!
//! # Streams and websockets
//!
//! A guard checks a request once, when it begins. A stream or a websocket can stay open for hours. Ask again from time to time whether its proof still
//! holds, and end the stream if it does not. This recipe for axum sends a line each second:
//!
//! ```console
//! cargo add keyward --features axum
//! cargo add axum tokio-stream
//! cargo add tokio --features full
//! ```
//!
//! ```
//! use std::{convert::Infallible, error::Error, net::SocketAddr, time::Duration};
//! use axum::{Extension, Router, body::Body, routing::get};
//! use keyward::{App, Keyward, NotVerified, Verified, http::Guard};
//! use tokio_stream::wrappers::ReceiverStream;
//!
//! /// Returns `true` if the stream may go on.
//! async fn may_go_on(keyward: &Keyward, key: &mut Verified<App>) -> bool {
//!     match keyward.recheck(key).await {
//!         Ok(fresh) => {
//!             *key = fresh;
//!             true
//!         }
//!         Err(NotVerified::Denied(_)) => false, // the key was revoked
//!         Err(_) => true, // not known now: decide for yourself how long that is acceptable
//!     }
//! }
//!
//! async fn people(mut key: Verified<App>, Extension(keyward): Extension<Keyward>) -> Body {
//!     let (sender, receiver) = tokio::sync::mpsc::channel::<Result<_, Infallible>>(1);
//!     tokio::spawn(async move {
//!         while may_go_on(&keyward, &mut key).await && sender.send(Ok("a person\n")).await.is_ok() {
//!             tokio::time::sleep(Duration::from_secs(1)).await;
//!         }
//!     });
//!     Body::from_stream(ReceiverStream::new(receiver))
//! }
//!
//! pub async fn serve(keyward: Keyward) -> Result<(), Box<dyn Error>> {
//!     let guard = Guard::new(keyward.clone());
//!     let app = Router::new().route("/v1/people", get(people)).layer(Extension(keyward)).with_state(guard);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
//! }
//! ```
//!
//! For a websocket, the handler takes the proof and axum's `WebSocketUpgrade`. In its loop, `tokio::select!` waits for the next message and for a
//! `tokio::time::interval`, whose ticks call `may_go_on`. A check of a cached key costs less than a microsecond, so once a second is fine.
//!
//! # Serverless
//!
//! A function without background tasks, such as one on AWS Lambda, and a container that scales to zero: see [`serverless`](super::serverless).
//!
//! # sqlx 0.8, SeaORM and Diesel
//!
//! Keyward has sqlx 0.9. It accepts a pool only of that version (`from_pool`). Another driver in the same program does not disturb it on PostgreSQL. A
//! program links only one SQLite library, so there the versions must agree:
//!
//! | your program has | feature `postgres` | feature `sqlite` |
//! |---|---|---|
//! | sqlx 0.9 | a pool or a URL | a pool or a path |
//! | sqlx 0.8 or SeaORM 1.1, with its default features or with SQLite | a URL | **refused by cargo** |
//! | sqlx 0.8 or SeaORM 1.1, with PostgreSQL only and few features | a URL | a path |
//! | Diesel 2.3 with PostgreSQL | a URL | a path |
//! | Diesel 2.3 with SQLite | a URL | a path |
//!
//! cargo counts the SQLite driver of sqlx 0.8, even if your program never uses SQLite, as soon as one of sqlx's features `any`, `chrono`, `json`, `migrate`,
//! `time` or `uuid` is on. The default features of both crates contain some of them.
//!
//! To find out in a minute, without compiling anything, run these two commands in your project:
//!
//! ```console
//! cargo add keyward --features sqlite
//! cargo generate-lockfile
//! ```
//!
//! If one of them fails with "links to the native library `sqlite3`", the two SQLite libraries differ. Use the feature `postgres` (first
//! `cargo remove keyward`, then `cargo add keyward --features postgres`), or update your driver.
//!
//! With a URL, Keyward has connections of its own. Its tables can be in the same database as yours, in a schema of their own. It
//! never takes part in a transaction of yours: see [`own_records`](super::own_records).
