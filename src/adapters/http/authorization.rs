//! What a request presents in its `Authorization` header, and nowhere else: never in a query or a body.

mod basic;
mod bearer;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod scheme;
#[cfg(test)]
mod tests;

use http::HeaderMap;
use http::header::AUTHORIZATION;

#[cfg(any(test, fuzzing))]
pub use self::fuzzing::authorization;
pub use self::scheme::Scheme;

/// Why there is no attempt. It never holds what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRead {
    /// There is no such header, or it is for another scheme: RFC 6750, 3.1 calls both "lacks any
    /// authentication information".
    Absent,
    /// There are credentials, and they break this rule.
    Refused(&'static str),
}

/// The credentials of the only `Authorization` header, which must be of this scheme: RFC 9110, 11.4.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a [u8], NotRead> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(NotRead::Absent)?.as_bytes();
    if values.next().is_some() {
        return Err(NotRead::Refused("sent twice"));
    }
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (named, mut rest) = value.split_at_checked(end).unwrap_or((value, b""));
    if !named.eq_ignore_ascii_case(scheme.as_bytes()) {
        return Err(NotRead::Absent);
    }
    while let [b' ', more @ ..] = rest {
        rest = more;
    }
    Ok(rest)
}

/// The credentials' characters: token68 in RFC 9110, 11.2, and b64token in RFC 6750, 2.1.
fn is_token68(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = text.get(..text.len() - padding).unwrap_or_default();
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
    };
    // To the end whatever comes, so that many bytes are looked at together: the text is short by now.
    !body.is_empty() && body.iter().fold(true, |all, byte| all & plain(*byte))
}

/// Marks every `Authorization` line as sensitive, so that whoever logs the headers leaves it out.
pub(super) fn hide(headers: &mut HeaderMap) {
    // No `entry`: that makes room for another header first, and a map that is full is built anew.
    for (name, line) in headers.iter_mut() {
        if name == AUTHORIZATION {
            line.set_sensitive(true);
        }
    }
}
