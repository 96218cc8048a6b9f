//! Which texts are read, up to the longest.

use base64ct::{Base64, Encoding};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::basic::Decoded;
use crate::shell::RefusedHeader;

use super::{NotRead, basic, is_token68, token};

fn headers(line: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(line).unwrap())])
}

#[test]
fn a_token_is_made_of_what_rfc_9110_lists_and_ends_in_padding() {
    for token in ["a", "Z9", "0-._~+/", "a=", "kw_app_0=="] {
        assert!(is_token68(token.as_bytes()), "{token}");
    }
    for other in ["", "=", "==", "=a", "a=b", "a b", "a,b", "a\"", "a\0", "(a)", "ä", "a\u{7f}"] {
        assert!(!is_token68(other.as_bytes()), "{other:?}");
    }
}

#[test]
fn a_bar_joins_tokens_and_is_none() {
    let bar = "17|lSyQMpNf0Zr8gTuVbYhXkC2wDsE5aJ9oR1iK4mP7";
    assert_eq!(token::bearer(&headers(&format!("Bearer {bar}"))), Ok(bar));
    for other in ["|", "a|", "|a", "a||b", "a|b c", "a|\"b"] {
        let headers = headers(&format!("Bearer {other}"));
        assert!(matches!(token::bearer(&headers), Err(NotRead::Refused(_))), "{other}");
    }
}

/// 255 bytes, the maximum of a key text.
#[test]
fn the_longest_token_is_read_and_no_longer_one() {
    let longest = "k".repeat(255);
    assert_eq!(token::bearer(&headers(&format!("Bearer {longest}"))), Ok(longest.as_str()));
    let longer = headers(&format!("Bearer {longest}k"));
    assert!(matches!(token::bearer(&longer), Err(NotRead::Refused(RefusedHeader::TooLong))));
}

/// A site id of 12 bytes, a colon and an API key of 255, in whole groups of three.
#[test]
fn the_longest_pair_is_read_and_no_longer_one() {
    let pair = |key| Base64::encode_string(format!("abcdefghijkl:{}", "k".repeat(key)).as_bytes());
    let mut decoded = Decoded::default();
    for key in [255, 257] {
        let read = basic::read(&headers(&format!("Basic {}", pair(key))), &mut decoded);
        assert_eq!(read, Ok(("abcdefghijkl", "k".repeat(key).as_str())));
    }
    let longer = basic::read(&headers(&format!("Basic {}", pair(258))), &mut decoded);
    assert!(matches!(longer, Err(NotRead::Refused(RefusedHeader::TooLong))));
}
