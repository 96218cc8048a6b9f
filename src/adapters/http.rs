//! Guards the routes of an HTTP service (features `tower`, `axum` and `actix-web`).
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::post};
//! use keyward::http::{DrainLayer, Guard};
//! use keyward::{App, Keyward, Verified};
//!
//! async fn send_email(key: Verified<App>) -> String {
//!     format!("sent by {}", key.workspace())
//! }
//!
//! fn service(keyward: Keyward) -> Router {
//!     Router::new()
//!         .route("/v1/send/email", post(send_email))
//!         .layer(DrainLayer::new())
//!         .with_state(Guard::new(keyward))
//! }
//! # }
//! ```
//!
//! Serve it with `app.into_make_service_with_connect_info::<SocketAddr>()`, so that the guard knows each peer's address. Without
//! it, each request is answered 500, and the log says what to add.
//!
//! # Extractor or layer
//!
//! The **extractor** `Verified<App>` or `Verified<Track>` (features `axum` and `actix-web`) is part of a handler's signature, so the handler
//! cannot be reached without such a key. The **layers** [`Guard::app`] and [`Guard::track`] (feature `tower`) guard many routes
//! at once, on any `tower` service and in actix-web. They put the proof into the request's extensions, and they can
//! [announce endings](Guard::announce_endings). If a route uses both, the request is checked once (with actix-web, twice). Other services call
//! [`Guard::check`].
//!
//! # What is read
//!
//! The guard reads only the header of the kind, which must occur once: HTTP Basic (RFC 7617) with the site id and the API key
//! for Track sets, and Bearer (RFC 6750) for App keys. A kind of your own uses one of these or a header such as `X-API-Key`.
//! The guard marks the header's value as sensitive, so logs of the headers behind the guard omit it. Logs in front of the guard
//! must do the same themselves.
//!
//! A kind cannot be read from a query parameter, because URLs appear in access logs, in browser histories and in `Referer`.
//! (RFC 6750, 5.3 and RFC 9700, 4.3.2 advise against it.)
//!
//! # Answers
//!
//! | outcome | answer |
//! |---|---|
//! | no credentials, or credentials of another scheme | 401, and `WWW-Authenticate` without an error code |
//! | credentials that were denied, for any reason | 401, with `error="invalid_token"` for Bearer |
//! | right secret, address not allowed | 403 |
//! | right secret and address, and the key lacks the scope of the route | 403, and `WWW-Authenticate` with `error="insufficient_scope"` |
//! | verification unavailable | 503 with `Retry-After` |
//! | the server does not pass on the peer's address | 500; the log says what to add |
//!
//! The body is a problem detail (RFC 9457), the same for every 401. [`Guard::answers`] replaces it with a body of your own. A
//! gRPC call is answered with a gRPC status instead ([`Answer::grpc_status`]).
//!
//! # Streams
//!
//! A guard checks a request once. A long-running handler, such as a stream or a websocket, calls
//! [`Keyward::recheck`](crate::Keyward::recheck) from time to time to find out whether its proof still holds. The proof
//! contains the client's address as the guard found it.
//!
//! # Refusals before the body
//!
//! The guard refuses a request by its head, and over HTTP/1 the caller may still be sending the body. If the server closed the
//! connection at that moment, the caller would get a broken pipe instead of a 401. The layers therefore read the rest of the
//! body first, up to 2 MiB and 10 seconds ([`Guard::drain`] sets the limits), and the connection can serve the next request.
//! Beyond these limits the answer is sent at once with `Connection: close`. A caller that sends `Expect: 100-continue` is
//! answered at once.
//!
//! An extractor cannot read a body: mount a [`DrainLayer`] around its routes. actix-web reads the rest of a body by itself.

#[cfg(feature = "actix-web")]
mod actix;
mod address;
mod answer;
mod answering;
mod authorization;
mod body;
pub(in crate::adapters) mod drain;
#[cfg(feature = "axum")]
mod extract;
mod grpc;
mod guard;
mod layer;
#[cfg(feature = "leaks")]
#[cfg_attr(docsrs, doc(cfg(feature = "leaks")))]
pub mod leaks;
#[cfg(any(feature = "actix-web", feature = "axum"))]
mod manage_error;
#[cfg(any(feature = "actix-web", feature = "axum", feature = "manage-api"))]
pub(in crate::adapters) mod management_failure;
mod notice;
pub(in crate::adapters) mod peer;
#[cfg(any(feature = "leaks", feature = "manage-api", feature = "page"))]
pub(in crate::adapters) mod request_body;
mod request_head;
#[cfg(any(feature = "actix-web", feature = "axum"))]
mod scoped;

#[cfg(feature = "actix-web")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix-web")))]
pub use self::actix::GuardedActix;
pub use self::address::{ClientAddress, ForwardingHeader, TrustedProxies};
pub use self::answer::Answer;
pub use self::answering::Answering;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub use self::authorization::authorization;
pub use self::body::AnswerBody;
pub use self::drain::{DrainLayer, DrainLimits, Drained, DrainedAnswer, DrainedBody};
pub use self::guard::Guard;
pub use self::layer::{GuardLayer, Guarded, UnregisteredKind};
pub use self::peer::PeerAddress;
#[cfg(any(feature = "actix-web", feature = "axum"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "actix-web", feature = "axum"))))]
pub use self::scoped::Scoped;
pub use crate::shell::{NoAddress, RefusedHeader};
