//! The head of actix-web's requests. actix-web has header types of its own.

use std::net::IpAddr;

use actix_web::HttpMessage;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::http::{Method, Version};
use http::request::Parts;

use crate::adapters::http::peer::PeerAddress;
use crate::adapters::http::request_head::{HeaderLines, RequestHead};

impl HeaderLines for HeaderMap {
    fn named<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.get_all(name).map(HeaderValue::as_bytes)
    }
}

impl RequestHead for HttpRequest {
    type Headers = HeaderMap;

    fn headers(&self) -> &HeaderMap {
        Self::headers(self)
    }

    fn is_post(&self) -> bool {
        self.method() == Method::POST
    }

    fn is_http_2_or_later(&self) -> bool {
        self.version() >= Version::HTTP_2
    }

    fn with_parts(&self, call: impl FnOnce(&Parts)) {
        call(&parts(self));
    }
}

/// Returns the peer's address: a `PeerAddress` in the request's extensions, or the address of the socket.
pub(super) fn peer(request: &HttpRequest) -> Option<IpAddr> {
    let named = request.extensions().get::<PeerAddress>().map(|PeerAddress(peer)| *peer);
    named.or_else(|| request.peer_addr().map(|peer| peer.ip()))
}

/// Returns the head in the types of the crate `http`, with the values of its headers marked as sensitive.
fn parts(request: &HttpRequest) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method =
        http::Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
    parts.uri = request.uri().to_string().parse().unwrap_or_default();
    parts.version = match request.version() {
        Version::HTTP_09 => http::Version::HTTP_09,
        Version::HTTP_10 => http::Version::HTTP_10,
        Version::HTTP_2 => http::Version::HTTP_2,
        Version::HTTP_3 => http::Version::HTTP_3,
        _ => http::Version::HTTP_11,
    };
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = http::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(mut value)) = (name, value) {
            value.set_sensitive(true);
            parts.headers.append(name, value);
        }
    }
    parts
}
