//! Parses one element of `Forwarded` (RFC 7239, 4) strictly: one invalid parameter makes the element invalid.

use std::net::IpAddr;

use super::{lines, node};

/// Returns the address in an element's parameter `for`. A quoted node is read without unescaping: no address contains a
/// backslash.
pub(super) fn client(element: &[u8]) -> Option<IpAddr> {
    let mut client = None;
    let mut rest = element;
    loop {
        rest = lines::trim(rest);
        let (name, after) = token(rest);
        if !name.is_empty() {
            let (value, after) = value(after.strip_prefix(b"=")?)?;
            let is_client = name.eq_ignore_ascii_case(b"for");
            // A parameter must not occur twice in one element, and the intended one is unknown.
            if is_client && client.replace(node::node(value)?).is_some() {
                return None;
            }
            rest = after;
        }
        match lines::trim(rest) {
            [] => return client,
            [b';', after @ ..] => rest = after,
            _ => return None,
        }
    }
}

/// Splits the text after a token or the content of a quoted string.
fn value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let (value, after) = token(text);
        return (!value.is_empty()).then_some((value, after));
    };
    let mut escaped = false;
    let end = quoted.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    let (inside, after) = quoted.split_at_checked(end)?;
    Some((inside, after.strip_prefix(b"\"")?))
}

/// Splits the text after its leading token (RFC 9110, 5.6.2), which can be empty.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let end = text.iter().position(|byte| !is_token(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, b""))
}
