use http::{HeaderMap, HeaderName, HeaderValue};

use super::{CrossSiteRule, OriginError, TrustedOrigins, check};

/// Returns whether the page and the API accept a request with these headers.
fn accepted(headers: &[(&'static str, &str)], authority: Option<&str>) -> (bool, bool) {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let mut trusted = TrustedOrigins::default();
    trusted.add("https://admin.acme.test").unwrap();
    let ask = |rule| check(rule, &map, authority, &trusted).is_ok();
    (ask(CrossSiteRule::Page), ask(CrossSiteRule::Api))
}

const SITE: &str = "sec-fetch-site";

#[test]
fn the_browser_says_which_site_sent_the_request() {
    for (site, expected) in [
        ("same-origin", true),
        ("same-site", false),
        ("cross-site", false),
        ("none", false),
        ("null", false),
        ("Same-Origin", false),
        ("", false),
    ] {
        assert_eq!(accepted(&[(SITE, site)], None), (expected, expected), "{site}");
    }
    // A proxy that rewrites `Host` does not matter to the page. The API needs `trusted_origin` then.
    let rewritten = [(SITE, "same-origin"), ("origin", "https://acme.test"), ("host", "inner:80")];
    assert_eq!(accepted(&rewritten, None), (true, false));
}

#[test]
fn without_that_header_the_origin_must_be_the_host() {
    for (origin, host, expected) in [
        ("https://acme.test", "acme.test", true),
        ("http://192.168.0.9:8080", "192.168.0.9:8080", true),
        ("http://[::1]:3000", "[::1]:3000", true),
        ("https://acme.test", "ACME.test", true),
        ("https://acme.test:443", "acme.test", true),
        ("https://acme.test", "acme.test:443", true),
        ("http://acme.test", "acme.test:80", true),
        ("http://acme.test", "acme.test:443", false),
        ("https://acme.test:8443", "acme.test", false),
        ("https://evil.test", "acme.test", false),
        ("https://acme.test.evil.test", "acme.test", false),
        ("https://evil.acme.test", "acme.test", false),
        ("https://", "", false),
        ("ftp://acme.test", "acme.test", false),
        ("acme.test", "acme.test", false),
        ("null", "null", false),
        ("", "", false),
    ] {
        let headers = [("origin", origin), ("host", host)];
        assert_eq!(accepted(&headers, None), (expected, expected), "{origin} to {host}");
    }
}

#[test]
fn a_request_without_both_headers_is_for_the_api_only() {
    assert_eq!(accepted(&[("host", "acme.test")], None), (false, true));
    assert_eq!(accepted(&[], None), (false, true));
}

#[test]
fn the_authority_of_the_target_counts_before_the_host() {
    let headers = [("origin", "https://acme.test"), ("host", "other.test")];
    assert_eq!(accepted(&headers, Some("acme.test")), (true, true));
    assert_eq!(accepted(&headers, Some("other.test")), (false, false));
    assert_eq!(accepted(&[("origin", "https://acme.test")], None), (false, false));
}

#[test]
fn a_header_that_occurs_twice_is_refused() {
    for name in [SITE, "origin"] {
        let value = if name == SITE { "same-origin" } else { "https://acme.test" };
        let headers = [(name, value), (name, value), ("host", "acme.test")];
        assert_eq!(accepted(&headers, None), (false, false), "{name}");
    }
    let hosts = [("origin", "https://acme.test"), ("host", "acme.test"), ("host", "acme.test")];
    assert_eq!(accepted(&hosts, None), (false, false));
}

#[test]
fn a_trusted_origin_can_send_changes_from_another_site() {
    for site in ["cross-site", "same-site"] {
        let headers = [(SITE, site), ("origin", "https://admin.acme.test"), ("host", "acme.test")];
        assert_eq!(accepted(&headers, None), (true, true), "{site}");
        let other = [(SITE, site), ("origin", "http://admin.acme.test"), ("host", "acme.test")];
        assert_eq!(accepted(&other, None), (false, false), "{site}");
    }
}

#[test]
fn a_trusted_origin_is_written_as_a_browser_sends_it() {
    let mut trusted = TrustedOrigins::default();
    for origin in ["https://a.test", "http://localhost:8080", "http://[::1]:1"] {
        assert_eq!(trusted.add(origin), Ok(()), "{origin}");
    }
    for text in [
        "",
        "null",
        "*",
        "https://",
        "https://a.test/",
        "a.test",
        "https://A.test",
        "https://u@a.test",
    ] {
        assert_eq!(trusted.add(text), Err(OriginError), "{text}");
    }
}
