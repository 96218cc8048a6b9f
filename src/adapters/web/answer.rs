//! The refusals and the headers that the management API and the page share.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::body::WebBody;
use super::received::Allowed;

/// A request that is refused before a handler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Refused {
    /// 500: the host's login put no actor into the request's extensions. The log says what to add.
    NoActor,
    /// 404: there is no such path.
    NotFound,
    /// 405: the path allows other methods.
    MethodNotAllowed(Allowed),
    /// 403: another site sent the request.
    CrossSite,
    /// 413: the body is larger than the limit.
    BodyTooLarge,
    /// 400: the body could not be read.
    BodyBroken,
}

impl Refused {
    /// Returns the status of the answer.
    pub(in crate::adapters) const fn status(self) -> StatusCode {
        match self {
            Self::NoActor => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyBroken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Returns the answer to `OPTIONS`.
pub(super) fn options(allowed: Allowed) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allowed.header());
    response
}

/// The headers of every answer. An answer that has one of them already, such as a stylesheet that can be cached, keeps its own.
const COMMON: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // With `no-referrer`, a browser sends `Origin: null` from the page's own form.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Adds the headers of every answer, and leaves out the body of an answer to `HEAD`.
pub(super) fn finish(method: &Method, response: Response<Bytes>) -> Response<WebBody> {
    let (mut parts, body) = response.into_parts();
    add_common(&mut parts.headers);
    let body = if method == Method::HEAD {
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
        WebBody::default()
    } else {
        WebBody::new(body)
    };
    Response::from_parts(parts, body)
}

fn add_common(headers: &mut HeaderMap) {
    for (name, value) in COMMON {
        headers.entry(name).or_insert(value);
    }
}
