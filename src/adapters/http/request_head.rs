//! What a guard reads of a request's head, in the types of any framework.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

/// The header lines of a request.
pub(super) trait HeaderLines {
    /// Returns the lines of the header of this name, in their order.
    fn named<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]>;

    /// Returns the lines of this header, in their order.
    fn lines<'a>(&'a self, name: &HeaderName) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.named(name.as_str())
    }
}

impl HeaderLines for HeaderMap {
    fn named<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }

    fn lines<'a>(&'a self, name: &HeaderName) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

/// The head of a request.
pub(super) trait RequestHead {
    type Headers: HeaderLines;

    fn headers(&self) -> &Self::Headers;

    fn is_post(&self) -> bool;

    fn is_http_2_or_later(&self) -> bool;

    /// Calls a function with the head in the types of the crate `http`.
    fn with_parts(&self, call: impl FnOnce(&Parts));

    /// Returns the first `Content-Type`.
    fn content_type(&self) -> Option<&[u8]> {
        self.headers().lines(&CONTENT_TYPE).next()
    }
}

impl RequestHead for Parts {
    type Headers = HeaderMap;

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn is_post(&self) -> bool {
        self.method == Method::POST
    }

    fn is_http_2_or_later(&self) -> bool {
        self.version >= Version::HTTP_2
    }

    fn with_parts(&self, call: impl FnOnce(&Parts)) {
        call(self);
    }
}
