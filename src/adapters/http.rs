//! HTTP: guards the routes of a service (features `tower` and `axum`).
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
//! Serve it with `app.into_make_service_with_connect_info::<SocketAddr>()`, so that the guard knows each
//! peer's address. A server that was not told to is an error at the first request, which says so.
//!
//! # Which one to take
//!
//! The **extractor** `Verified<App>` or `Verified<Track>` (feature `axum`) is part of a handler's
//! signature, so the handler cannot be reached without such a key. The **layers** [`Guard::app`] and
//! [`Guard::track`] (feature `tower`) guard many routes at once, on any `tower` service; they put the proof
//! into the request's extensions, and can [announce endings](Guard::announce_endings). Both together
//! check a request once. For the rest there is [`Guard::check`].
//!
//! # What is read
//!
//! The place of the kind alone, sent once: HTTP Basic (RFC 7617) with the site id and the API key for Track sets,
//! Bearer (RFC 6750) for App keys, and for a kind of your own one of these or a header such as `X-API-Key`. Its value
//! is marked as sensitive, so that logs of the headers behind the guard leave it out. Logs in front of the guard
//! must do the same themselves.
//!
//! A kind cannot be read from a query parameter: URLs are written to access logs and browser histories, and sent on in
//! `Referer`. (RFC 6750, 5.3 and RFC 9700, 4.3.2 advise against it.)
//!
//! # What is answered
//!
//! | outcome | answer |
//! |---|---|
//! | no credentials, or of another scheme | 401, and `WWW-Authenticate` without an error code |
//! | credentials that do not pass, for any reason | 401, with `error="invalid_token"` for Bearer |
//! | right secret, address not allowed | 403 |
//! | nobody can tell now | 503 with `Retry-After` |
//! | the server does not pass on the peer's address | 500; the log says what to add |
//!
//! The body is a problem detail (RFC 9457), one and the same for every 401, or what the host makes of it
//! with [`Guard::answers`]. A gRPC call is answered with a gRPC status instead ([`Answer::grpc_status`]).
//!
//! # Streams
//!
//! A guard checks a request once. A handler that goes on, such as a stream or a websocket, asks
//! [`Keyward::recheck`](crate::Keyward::recheck) from time to time whether its proof still stands. The proof carries the client's
//! address as the guard found it.
//!
//! # Refusals before the body
//!
//! A request is refused by its head, and over HTTP/1 the caller may still be sending the body. If the server closed the
//! connection then, the caller would see a broken pipe instead of a 401. So the layers read the rest of the body first, up to
//! 2 MiB and 10 seconds ([`Guard::drain`] sets the limits), and the connection serves the next request. Beyond these limits the
//! answer is sent at once with `Connection: close`. A caller who sends `Expect: 100-continue` is answered at once.
//!
//! An extractor cannot read a body: mount a [`DrainLayer`] around its routes.

mod address;
mod answer;
mod answering;
mod authorization;
mod body;
mod drain;
#[cfg(feature = "axum")]
mod extract;
mod grpc;
mod guard;
mod layer;
#[cfg(feature = "axum")]
mod manage_error;
mod notice;
mod peer;

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
pub use crate::shell::{NoAddress, RefusedHeader};
