//! HTTP: guards the routes of a service (features `tower` and `axum`).
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::post};
//! use keyward::http::Guard;
//! use keyward::{App, Keyward, Verified};
//!
//! async fn send_email(key: Verified<App>) -> String {
//!     format!("sent by {}", key.workspace())
//! }
//!
//! fn service(keyward: Keyward) -> Router {
//!     Router::new().route("/v1/send/email", post(send_email)).with_state(Guard::new(keyward))
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
//! The `Authorization` header alone, sent once: HTTP Basic (RFC 7617) with the site id and the API key for
//! the Track API, Bearer (RFC 6750) for the App API. Its value is marked as sensitive, so that what logs
//! the headers behind the guard leaves it out. Whatever logs them in front of the guard must see to it
//! itself.
//!
//! # What is answered
//!
//! | outcome | answer |
//! |---|---|
//! | no credentials, or of another scheme | 401, and `WWW-Authenticate` without an error code |
//! | credentials that do not pass, for whatever reason | 401, with `error="invalid_token"` for Bearer |
//! | right secret, address not allowed | 403 |
//! | nobody can tell now | 503 with `Retry-After` |
//! | the server does not hand on the peer's address | 500, which says what to add |
//!
//! The body is a problem detail (RFC 9457), one and the same for every 401, or what the host makes of it
//! with [`Guard::answers`].

mod address;
mod answer;
mod answering;
mod authorization;
mod body;
#[cfg(feature = "axum")]
mod extract;
mod guard;
mod layer;
mod notice;
mod peer;

pub use self::address::{ClientAddress, ForwardingHeader, NoAddress, TrustedProxies};
pub use self::answer::Answer;
pub use self::answering::Answering;
pub use self::authorization::Scheme;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub use self::authorization::authorization;
pub use self::body::AnswerBody;
pub use self::guard::Guard;
pub use self::layer::{GuardLayer, Guarded};
pub use self::peer::PeerAddress;
