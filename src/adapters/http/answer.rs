//! The answers to refused requests: RFC 9457 problem details, or the host's own form.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use crate::domain::Disclosure;
use crate::shell::NotVerified;
use crate::values::ScopeName;

use super::grpc;

/// The answer to a request that is refused. It never contains the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// 401: no credentials, or denied credentials. Contains the challenge for `WWW-Authenticate`. The text is the same for
    /// every reason.
    Unauthorized(HeaderValue),
    /// 403: the secret is right, and the address is not allowed.
    Forbidden,
    /// 403: the secret is right, and the key lacks the scope that the route requires. Contains `WWW-Authenticate` with
    /// `error="insufficient_scope"` (RFC 6750, 3.1).
    InsufficientScope(HeaderValue),
    /// 503: verification is unavailable. The caller can retry after this time.
    Unavailable(Duration),
    /// 500: the server does not pass on the peer's address. Every request gets this answer until the host's setup is corrected.
    /// An `ERROR` in the log says what to add.
    NoPeerAddress,
}

impl Answer {
    /// Returns the answer to an outcome, with the route's challenge for denied credentials.
    pub(super) fn to_outcome(
        outcome: &NotVerified,
        challenge: &HeaderValue,
        lacking: impl FnOnce() -> Self,
    ) -> Self {
        match outcome {
            NotVerified::Denied(denial) => match denial.disclosure() {
                Disclosure::Nothing => Self::Unauthorized(challenge.clone()),
                Disclosure::Address => Self::Forbidden,
                Disclosure::Scope => lacking(),
            },
            NotVerified::Unavailable(unavailable) => Self::Unavailable(unavailable.retry_after()),
        }
    }

    /// Returns the answer for a key that lacks a scope. Only Bearer has an error code for it.
    pub(super) fn lacking(realm: Option<&str>, scope: Option<&ScopeName>) -> Self {
        let realm = realm.map_or(String::new(), |realm| format!(r#"realm="{realm}", "#));
        let scope = scope.map_or(String::new(), |scope| format!(r#", scope="{scope}""#));
        let text = format!(r#"Bearer {realm}error="insufficient_scope"{scope}"#);
        let short = HeaderValue::from_static(r#"Bearer error="insufficient_scope""#);
        Self::InsufficientScope(HeaderValue::from_bytes(text.as_bytes()).unwrap_or(short))
    }

    /// Returns the status code.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoPeerAddress => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns a sentence for the caller.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "The credentials are missing or not valid.",
            Self::Forbidden => "The credentials are valid, but not from this address.",
            Self::InsufficientScope(_) => {
                "The credentials are valid, but not for this. They lack a scope."
            }
            Self::Unavailable(_) => "The credentials could not be checked. Try again later.",
            Self::NoPeerAddress => "The server is not set up to check credentials.",
        }
    }

    /// Returns the answer with a body of the host's own, and with the status and the headers that the standards require:
    /// `WWW-Authenticate` (RFC 9110, 11.6.1) and `Retry-After` (in seconds).
    #[must_use]
    pub fn with_body(&self, content_type: HeaderValue, body: impl Into<Bytes>) -> Response<Bytes> {
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        match self {
            Self::Unauthorized(challenge) | Self::InsufficientScope(challenge) => {
                headers.insert(WWW_AUTHENTICATE, challenge.clone());
            }
            Self::Unavailable(wait) => {
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                headers.insert(RETRY_AFTER, seconds.into());
            }
            Self::Forbidden | Self::NoPeerAddress => {}
        }
        response
    }

    /// Returns the answer as a gRPC status without a message ("Trailers-Only"): HTTP 200 with `grpc-status` and `grpc-message`.
    /// `Unauthenticated` (16) replaces 401, `PermissionDenied` (7) 403, `Unavailable` (14) 503, and `Internal` (13) 500.
    ///
    /// The response has `Cache-Control: no-store`, because a cache could otherwise store a response with status 200.
    ///
    /// `Unavailable` has `grpc-retry-pushback-ms`: a client with a retry policy in its service config waits for the time that
    /// `Retry-After` would specify. A client without a retry policy does not retry.
    #[must_use]
    pub fn grpc_status(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let code = match self {
            Self::Unauthorized(_) => "16",
            Self::Forbidden | Self::InsufficientScope(_) => "7",
            Self::Unavailable(_) => "14",
            Self::NoPeerAddress => "13",
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, grpc::MEDIA_TYPE);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(grpc::STATUS, HeaderValue::from_static(code));
        // All texts are constants, and none needs gRPC's percent-encoding.
        headers.insert(grpc::MESSAGE, HeaderValue::from_static(self.detail()));
        if let Self::Unavailable(wait) = self {
            let milliseconds = u64::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
            headers.insert(grpc::RETRY_PUSHBACK, milliseconds.into());
        }
        response
    }

    /// Returns the answer as problem details (RFC 9457).
    #[must_use]
    pub fn problem(&self) -> Response<Bytes> {
        let status = self.status();
        // All texts are constants, and none needs escaping in JSON.
        let body = format!(
            r#"{{"type":"about:blank","title":"{}","status":{},"detail":"{}"}}"#,
            status.canonical_reason().unwrap_or_default(),
            status.as_u16(),
            self.detail(),
        );
        self.with_body(HeaderValue::from_static("application/problem+json"), body)
    }
}

/// The form in which answers are written.
#[derive(Clone)]
pub(super) struct Form(Arc<Write>);

type Write = dyn Fn(&Answer) -> Response<Bytes> + Send + Sync;

impl Form {
    pub(super) fn new(form: impl Fn(&Answer) -> Response<Bytes> + Send + Sync + 'static) -> Self {
        Self(Arc::new(form))
    }

    pub(super) fn write(&self, answer: &Answer) -> Response<Bytes> {
        (self.0)(answer)
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new(Answer::problem)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, grpc};
    use http::HeaderValue;
    use http::header::RETRY_AFTER;
    use std::time::Duration;

    /// A caller that retried earlier than it was told would get the same answer.
    #[test]
    fn the_wait_is_rounded_up_to_whole_seconds() {
        for (wait, seconds) in [(0, "0"), (1, "1"), (999, "1"), (1_000, "1"), (1_001, "2")] {
            let answer = Answer::Unavailable(Duration::from_millis(wait)).problem();
            assert_eq!(answer.headers()[RETRY_AFTER], seconds, "{wait} ms");
        }
    }

    #[test]
    fn a_grpc_message_needs_no_encoding() {
        let challenge = HeaderValue::from_static("Bearer");
        for answer in [
            Answer::Unauthorized(challenge),
            Answer::Forbidden,
            Answer::lacking(None, None),
            Answer::Unavailable(Duration::ZERO),
            Answer::NoPeerAddress,
        ] {
            let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'%';
            assert!(answer.detail().bytes().all(plain), "{answer:?}");
        }
    }

    #[test]
    fn a_grpc_client_is_told_the_wait_in_whole_milliseconds() {
        for (micros, told) in [(0, "0"), (1, "1"), (1_000_000, "1000"), (1_000_001, "1001")] {
            let answer = Answer::Unavailable(Duration::from_micros(micros)).grpc_status();
            assert_eq!(answer.headers()[grpc::RETRY_PUSHBACK], told);
        }
    }
}
