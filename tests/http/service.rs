//! A guarded service that returns the id of the accepted key, and its responses.

use std::convert::Infallible;
use std::future::{Ready, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use keyward::http::{Guard, PeerAddress};
use keyward::kind::AcceptedKind;
use keyward::{Track, Verified};
use tower::{Layer, Service, ServiceExt};

use crate::support::block_on;

/// The address that requests come from by default.
pub const PEER: &str = "198.51.100.1";

/// The response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "a service takes its request")]
/// Returns the id of the accepted key.
fn echo<K: AcceptedKind>(
    request: Request<String>,
) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let proof = request.extensions().get::<Verified<K>>().expect("nothing passes without a proof");
    let authorization = request.headers().get("authorization").unwrap();
    assert!(authorization.is_sensitive(), "what logs the headers leaves it out");
    let body = Full::from(proof.credential().to_string());
    ready(Ok(Response::builder().header("x-own", "kept").body(body).unwrap()))
}

/// Sends a request to the service behind a guard's Track layer.
pub fn to_track(guard: &Guard, request: Request<String>) -> Answered {
    send(guard.track().unwrap().layer(tower::service_fn(echo::<Track>)), request)
}

/// Sends a request to the service behind a guard's App layer.
pub fn to_app(guard: &Guard, request: Request<String>) -> Answered {
    send(guard.app().unwrap().layer(tower::service_fn(echo::<keyward::App>)), request)
}

/// Sends a request to any service.
pub fn send<S, B>(service: S, request: Request<String>) -> Answered
where
    S: Service<Request<String>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    block_on(async {
        let response = service.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answered { status: parts.status, headers: parts.headers, body }
    })
}

/// A request from [`PEER`] with these `Authorization` lines.
pub fn request<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Request<String> {
    request_from(PEER, lines)
}

/// A request from an address with these `Authorization` lines.
pub fn request_from<L: AsRef<[u8]>>(
    peer: &str,
    lines: impl IntoIterator<Item = L>,
) -> Request<String> {
    let mut request = Request::new(String::new());
    request.extensions_mut().insert(PeerAddress(peer.parse().unwrap()));
    for line in lines {
        let line = http::HeaderValue::from_bytes(line.as_ref()).unwrap();
        request.headers_mut().append("authorization", line);
    }
    request
}
