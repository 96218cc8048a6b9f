//! The fuzz target for the `Authorization` header: see `src/fuzzing.rs`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic reports a broken promise"
)]

use http::{HeaderMap, HeaderValue};

use super::basic::{self, Decoded};
use super::{AUTHORIZATION, NotRead, token};

/// Treats each line as one header line.
///
/// Checks that the result is exactly the text that was sent, in its only valid encoding; that a text is refused if and only if
/// a second implementation refuses it; that no header is valid in both schemes; and that no error contains the text.
pub fn authorization(data: &[u8]) {
    let lines: Vec<_> = data.split(|byte| *byte == b'\n').take(4).collect();
    check(&lines);
    // Mutations seldom produce valid base64, so the decoded pair is tested as well.
    if data.len().is_multiple_of(4) {
        check_pair(data);
    }
}

/// Checks any pair, encoded correctly.
fn check_pair(pair: &[u8]) {
    let mut headers = HeaderMap::new();
    let value = ["Basic ", &encoded(pair)].concat();
    headers.insert(AUTHORIZATION, HeaderValue::try_from(value).unwrap());
    let mut decoded = Decoded::default();
    assert_eq!(basic::read(&headers, &mut decoded).ok(), str::from_utf8(pair).ok().and_then(split));
}

fn split(pair: &str) -> Option<(&str, &str)> {
    let plain = pair.len() <= 270 && !pair.chars().any(char::is_control);
    pair.split_once(':').filter(|_| plain)
}

fn check(lines: &[&[u8]]) {
    let mut headers = HeaderMap::new();
    for line in lines {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(AUTHORIZATION, value);
    }
    let mut decoded = Decoded::default();
    let pair = basic::read(&headers, &mut decoded);
    let token = token::bearer(&headers);
    let [line] = lines else {
        assert!(matches!((pair, token), (Err(NotRead::Refused(_)), Err(NotRead::Refused(_)))));
        return;
    };
    assert_eq!(pair.ok(), credentials(line, "basic").and_then(expected_pair).as_ref().map(by_ref));
    assert_eq!(token.ok(), credentials(line, "bearer").and_then(expected_token));
    assert!(pair.is_err() || token.is_err());
}

fn by_ref((user, password): &(String, String)) -> (&str, &str) {
    (user, password)
}

/// Returns the text after the scheme and its spaces.
fn credentials<'l>(line: &'l [u8], scheme: &str) -> Option<&'l str> {
    let (named, rest) = str::from_utf8(line).ok()?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then(|| rest.trim_start_matches(' '))
}

fn expected_token(text: &str) -> Option<&str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~+/".contains(letter);
    let is_token = |part: &str| {
        let body = part.trim_end_matches('=');
        !body.is_empty() && body.chars().all(plain)
    };
    (text.len() <= 255 && text.split('|').all(is_token)).then_some(text)
}

/// Returns the pair that is encoded as exactly this text.
fn expected_pair(text: &str) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    for (place, letter) in text.trim_end_matches('=').bytes().enumerate() {
        bits = bits << 6 | value(letter)?;
        if place % 4 > 0 {
            let left = 6 - 2 * (place % 4);
            bytes.push((bits >> left) as u8);
        }
    }
    if encoded(&bytes) != text {
        return None;
    }
    let pair = String::from_utf8(bytes).ok()?;
    split(&pair).map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn value(letter: u8) -> Option<u32> {
    Some(match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'a'..=b'z' => u32::from(letter - b'a') + 26,
        b'0'..=b'9' => u32::from(letter - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648, 4).
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place as usize > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
