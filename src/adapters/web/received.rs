//! A request as the handlers receive it.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::domain::Actor;

/// A request that the shared checks let through.
#[derive(Debug)]
pub(in crate::adapters) struct Received {
    /// The actor that the host's login put into the extensions.
    pub(in crate::adapters) actor: Actor,
    /// The path below the mount prefix, as it was sent (percent-encoded). It begins with a slash.
    pub(in crate::adapters) path: String,
    /// The head of the request.
    pub(in crate::adapters) parts: Parts,
    /// The body, within the limit. Empty for `GET` and `HEAD`.
    pub(in crate::adapters) body: Bytes,
}

impl Received {
    /// Returns the query as it was sent, without the question mark. Empty if there is none.
    pub(in crate::adapters) fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// Returns `true` for `GET` and `HEAD`.
    pub(in crate::adapters) fn is_read(&self) -> bool {
        is_read(&self.parts.method)
    }
}

pub(super) fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// The methods of a path. `OPTIONS` is always allowed, and `HEAD` with `GET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Allowed {
    /// `GET` and `HEAD`.
    Get,
    /// `POST`.
    #[cfg_attr(
        not(feature = "manage-api"),
        allow(dead_code, reason = "the page redirects a `GET`")
    )]
    Post,
    /// `GET`, `HEAD` and `POST`.
    GetAndPost,
}

impl Allowed {
    pub(super) fn contains(self, method: &Method) -> bool {
        let (reads, writes) = match self {
            Self::Get => (true, false),
            Self::Post => (false, true),
            Self::GetAndPost => (true, true),
        };
        (reads && is_read(method)) || (writes && method == Method::POST)
    }

    /// Returns the value of `Allow` (RFC 9110, 10.2.1).
    pub(in crate::adapters) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Get => "GET, HEAD, OPTIONS",
            Self::Post => "POST, OPTIONS",
            Self::GetAndPost => "GET, HEAD, POST, OPTIONS",
        })
    }
}

/// Returns the path below the prefix. A path that the router has already stripped is returned as it is.
pub(super) fn below<'a>(path: &'a str, prefix: &str) -> &'a str {
    let below = match path.strip_prefix(prefix) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => path,
    };
    if below.is_empty() { "/" } else { below }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, below};
    use http::Method;

    #[test]
    fn the_path_below_the_prefix_begins_with_a_slash() {
        for (path, prefix, expected) in [
            ("/v1/events", "", "/v1/events"),
            ("", "", "/"),
            ("/", "", "/"),
            ("/a", "/a", "/"),
            ("/a/", "/a", "/"),
            ("/a/v1", "/a", "/v1"),
            ("/ab/v1", "/a", "/ab/v1"),
            ("/v1", "/a", "/v1"),
        ] {
            assert_eq!(below(path, prefix), expected, "{path} below {prefix}");
        }
    }

    #[test]
    fn head_is_allowed_where_get_is() {
        for (allowed, methods) in [
            (Allowed::Get, [true, true, false, false]),
            (Allowed::Post, [false, false, true, false]),
            (Allowed::GetAndPost, [true, true, true, false]),
        ] {
            let asked = [Method::GET, Method::HEAD, Method::POST, Method::PUT];
            assert_eq!(asked.map(|method| allowed.contains(&method)), methods, "{allowed:?}");
        }
    }
}
