//! gRPC over HTTP: recognises gRPC calls, and names gRPC's headers.

use http::{HeaderName, HeaderValue};

use super::request_head::RequestHead;

pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");
pub(super) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(super) const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
pub(super) const RETRY_PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");

/// Returns the `Content-Type` of the answer if the request is gRPC or gRPC-Web. Both use `POST`, and gRPC requires HTTP/2 or
/// later.
///
/// Any other request with such a `Content-Type` is answered with its HTTP status: a cache could store the 200 of a `GET`, and
/// an alarm that counts 401s would miss it.
///
/// gRPC uses `application/grpc`, optionally followed by `+` and a format. gRPC-Web uses its own names, and its clients expect
/// the same name in the answer.
pub(super) fn answer_type(request: &impl RequestHead) -> Option<HeaderValue> {
    if !request.is_post() {
        return None;
    }
    let sent = request.content_type()?;
    let essence = sent.split(|byte| *byte == b';').next()?.trim_ascii();
    let suffix = strip_prefix_ignoring_case(essence, MEDIA_TYPE.as_bytes())?;
    match suffix {
        [] | [b'+', ..] => request.is_http_2_or_later().then_some(MEDIA_TYPE),
        _ if is_web(suffix) => HeaderValue::from_bytes(sent).ok(),
        _ => None,
    }
}

/// Returns `true` if the suffix of `application/grpc` is one of gRPC-Web's: `-web` or `-web-text`, and optionally a format.
fn is_web(suffix: &[u8]) -> bool {
    let Some(rest) = strip_prefix_ignoring_case(suffix, b"-web") else { return false };
    let rest = strip_prefix_ignoring_case(rest, b"-text").unwrap_or(rest);
    matches!(rest, [] | [b'+', ..])
}

fn strip_prefix_ignoring_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::answer_type;
    use http::{Method, Request, Version};

    #[test]
    fn grpc_is_told_by_its_media_type() {
        let of = |sent: &str| {
            let request = Request::post("/").version(Version::HTTP_2).header("content-type", sent);
            let request = request.body(()).unwrap();
            answer_type(&request.into_parts().0).map(|told| told.to_str().unwrap().to_owned())
        };
        for grpc in ["application/grpc", "Application/gRPC+proto", "application/grpc ;x=y"] {
            assert_eq!(of(grpc).as_deref(), Some("application/grpc"), "{grpc}");
        }
        for web in
            ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text"]
        {
            assert_eq!(of(web).as_deref(), Some(web));
        }
        for other in
            ["application/json", "application/grpcx", "application/grpc-webs", "text/grpc", ""]
        {
            assert_eq!(of(other), None, "{other}");
        }
        let none = Request::new(()).into_parts().0;
        assert_eq!(answer_type(&none), None);
    }
    /// gRPC is HTTP/2 and `POST`. gRPC-Web is `POST` over any version.
    #[test]
    fn another_method_or_version_is_not_grpc() {
        let is_grpc = |method: &Method, version, sent| {
            let request = Request::builder().method(method).version(version);
            let request = request.header("content-type", sent).body(()).unwrap();
            answer_type(&request.into_parts().0).is_some()
        };
        for (version, plain) in [
            (Version::HTTP_10, false),
            (Version::HTTP_11, false),
            (Version::HTTP_2, true),
            (Version::HTTP_3, true),
        ] {
            for sent in ["application/grpc", "application/grpc+proto"] {
                assert_eq!(is_grpc(&Method::POST, version, sent), plain, "{version:?}");
            }
            assert!(is_grpc(&Method::POST, version, "application/grpc-web"), "{version:?}");
            for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
                for sent in ["application/grpc", "application/grpc-web"] {
                    assert!(!is_grpc(&method, version, sent), "{method} {version:?}");
                }
            }
        }
    }
}
