//! Guarding axum, actix-web, tonic, hyper, any other server, and a program without async.
//!
//! All of them use one [`Guard`](crate::http::Guard). It reads the header of the kind, finds the client's address, verifies the key, and makes the
//! answer to a refused request. Every part of this page is compiled with the crate's tests, and the parts without a server are run.
//!
//! # axum
//!
//! Feature `axum`, for axum 0.8. A handler that takes [`Verified<App>`](crate::Verified) cannot be reached without such a key. A router without a
//! guard does not compile.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::net::SocketAddr;
//! use axum::{Router, routing::get};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{App, Keyward, Verified};
//!
//! async fn people(key: Verified<App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! async fn serve(keyward: Keyward, listener: tokio::net::TcpListener) -> std::io::Result<()> {
//!     let app = Router::new()
//!         .route("/v1/people", get(people))
//!         .layer(DrainLayer::new()) // so that a client that is still sending receives the refusal
//!         .with_state(Guard::new(keyward));
//!     // This passes on the address of the peer, which the guard needs.
//!     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
//! }
//! # }
//! ```
//!
//! `Router::route_layer(guard.app()?)` guards many routes at once. A handler behind it can still take `Verified<App>`.
//!
//! If the router has a state of your own, put the guard into it and implement `FromRef`:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, extract::{FromRef, State}, routing::get};
//! use keyward::{App, Verified, http::Guard};
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
//! async fn hello(key: Verified<App>, State(service): State<Service>) -> String {
//!     format!("{}, {}", service.greeting, key.workspace())
//! }
//!
//! fn routes(guard: Guard) -> Router {
//!     let service = Service { guard, greeting: "Hello" };
//!     Router::new().route("/hello", get(hello)).with_state(service)
//! }
//! # let _ = routes;
//! # }
//! ```
//!
//! # actix-web
//!
//! Feature `actix-web`, for actix-web 4. The guard is the `app_data` of the application. Without it, each request is answered 500, and the log says
//! what to add.
//!
//! ```
//! # #[cfg(feature = "actix-web")] {
//! use actix_web::{App, HttpServer, web};
//! use keyward::{Keyward, ManageError, Verified, http::Guard};
//!
//! async fn people(key: Verified<keyward::App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! async fn serve(keyward: Keyward) -> std::io::Result<()> {
//!     let guard = Guard::new(keyward);
//!     HttpServer::new(move || {
//!         App::new().app_data(guard.clone()).route("/v1/people", web::get().to(people))
//!     })
//!     .bind("127.0.0.1:3000")?
//!     .run()
//!     .await
//! }
//! # }
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
//! Feature `tower`, for any version of tonic that is built on `http` 1. A refused call gets a gRPC status.
//!
//! ```
//! # #[cfg(feature = "tower")] {
//! use keyward::{Keyward, http::Guard};
//! use tonic::transport::{Server, server::TcpConnectInfo};
//!
//! fn server(keyward: Keyward) -> Result<(), keyward::http::UnregisteredKind> {
//!     let guard = Guard::new(keyward)
//!         .peer_from(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
//!     let server = Server::builder().layer(guard.app()?);
//!     // server.add_service(your_service).serve(address).await
//!     # let _ = server;
//!     Ok(())
//! }
//! # let _ = server;
//! # }
//! ```
//!
//! In a method, `request.extensions().get::<Verified<App>>()` is the proof.
//!
//! # hyper
//!
//! Feature `tower`, for hyper 1. The layer makes a guarded service of yours. Put the peer's address into each request, because hyper does not.
//!
//! ```
//! # #[cfg(feature = "tower")] {
//! use std::convert::Infallible;
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use hyper::body::Incoming;
//! use hyper_util::rt::{TokioExecutor, TokioIo};
//! use hyper_util::{server::conn::auto, service::TowerToHyperService};
//! use keyward::http::{Guard, GuardLayer, PeerAddress, UnregisteredKind};
//! use keyward::{App, Keyward, Verified};
//! use tower::{Layer, service_fn, util::MapRequestLayer};
//!
//! async fn people(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let key = request.extensions().get::<Verified<App>>(); // always present behind the layer
//!     let workspace = key.map(|key| key.workspace().to_string()).unwrap_or_default();
//!     Ok(Response::new(Full::from(workspace)))
//! }
//!
//! async fn serve(layer: GuardLayer<App>, listener: tokio::net::TcpListener) -> std::io::Result<()> {
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
//!
//! fn layer(keyward: Keyward) -> Result<GuardLayer<App>, UnregisteredKind> {
//!     Guard::new(keyward).app()
//! }
//! # let _ = (serve, layer);
//! # }
//! ```
//!
//! # Any other server
//!
//! [`Guard::check`](crate::http::Guard::check) takes the head of a request in the types of the crate `http`. [`Guard::answer_to`](crate::http::Guard::answer_to) makes the
//! response to a refusal.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # pollster::block_on(async {
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode, request::Parts};
//! use keyward::{App, http::{Guard, PeerAddress}};
//! # use keyward::{
//! #     AccountId, Actor, ActorId, Keyward, MasterKey, MasterKeys, MemoryStore, Name, NewCredential, NewWorkspace,
//! #     SlowHashParams, WorkspaceId,
//! # };
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # keyward.manager(&admin).create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//! # let issued = keyward.manager(&admin).issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
//!
//! async fn handle(guard: &Guard, request: &Parts) -> Response<Bytes> {
//!     match guard.check::<App>(request).await {
//!         Ok(key) => Response::new(key.workspace().to_string().into()),
//!         Err(answer) => guard.answer_to(request, &answer),
//!     }
//! }
//!
//! let guard = Guard::new(keyward);
//! let peer = PeerAddress("203.0.113.7".parse()?);
//! let bearer = format!("Bearer {}", issued.secret.expose());
//! let request = Request::get("/").extension(peer).header("authorization", bearer).body(())?;
//! assert_eq!(handle(&guard, &request.into_parts().0).await.body(), "acme/shop");
//!
//! let without = Request::get("/").extension(peer).body(())?;
//! let refused = handle(&guard, &without.into_parts().0).await;
//! assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # A program without async
//!
//! The core names no runtime, so any `block_on` works, such as that of the crate `pollster`. [`MemoryStore`](crate::MemoryStore) needs nothing else. The
//! database stores run on tokio: keep a tokio runtime, and call its `block_on`. [`Keyward::maintain`](crate::Keyward::maintain) gets a thread of its own.
//!
//! ```
//! use std::{future, thread, time::Duration};
//! use keyward::{Attempt, Keyward, MasterKey, MasterKeys, MemoryStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = MasterKeys::new(MasterKey::generate()?);
//! let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
//!
//! let maintain = keyward.maintain(|pause: Duration| {
//!     thread::sleep(pause);
//!     future::ready(())
//! });
//! let maintainer = thread::spawn(|| pollster::block_on(maintain));
//!
//! match pollster::block_on(keyward.verify(&Attempt::app("a guess"))) {
//!     Ok(key) => println!("{}", key.workspace()),
//!     Err(error) => println!("{}", error.status()), // 401, 403 or 503
//! }
//!
//! pollster::block_on(keyward.close())?;
//! maintainer.join().expect("it does not panic");
//! # Ok(())
//! # }
//! ```
//!
//! # Streams and websockets
//!
//! A guard checks a request once, when it begins. A stream or a websocket can stay open for hours. Ask again from time to time whether its proof still
//! holds, and end the stream if it does not:
//!
//! ```
//! # pollster::block_on(async {
//! use keyward::{App, Keyward, NotVerified, Verified};
//! # use keyward::{*, time::*};
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//! # let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
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
//! let mut key = keyward.verify(&Attempt::app(issued.secret.expose())).await?;
//! assert!(may_go_on(&keyward, &mut key).await);
//! manager.suspend(key.credential()).await?;
//! assert!(!may_go_on(&keyward, &mut key).await);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! A check of a cached key costs less than a microsecond, so once a second is fine.
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
//! | sqlx 0.8 or SeaORM 1.1, with PostgreSQL only | a URL | a path |
//! | sqlx 0.8 or SeaORM 1.1, with SQLite | a URL | **refused by cargo** |
//! | Diesel 2.3 with PostgreSQL | a URL | a path |
//! | Diesel 2.3 with SQLite | a URL | a path |
//!
//! To find out in a minute, without compiling anything, run these two commands in your project:
//!
//! ```console
//! cargo add keyward --features sqlite
//! cargo generate-lockfile
//! ```
//!
//! If it fails with "links to the native library `sqlite3`", the two SQLite libraries differ. Use the feature `postgres`, or update your driver.
//!
//! With a URL, Keyward has connections of its own. Its tables can be in the same database as yours, in a schema of their own. It
//! never takes part in a transaction of yours: see [`own_records`](super::own_records).
