//! What a request presents in its `Authorization` header, or in the header of its kind, and nowhere else: never in a
//! query or a body.

mod basic;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod scheme;
#[cfg(test)]
mod tests;
mod token;

#[cfg(feature = "axum")]
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

#[cfg(feature = "axum")]
use crate::kinds::AcceptedKind;
use crate::kinds::{KeyLocation, KindSpec, Kinds};
use crate::shell::RefusedHeader;

#[cfg(any(test, fuzzing))]
pub use self::fuzzing::authorization;
pub(super) use self::scheme::{Challenges, read};

/// Why there is no attempt. It never holds what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(super) enum NotRead {
    /// There is no such header, or it is for another scheme: RFC 6750, 3.1 calls both "lacks any
    /// authentication information".
    Absent,
    /// There are credentials, and they break this rule.
    Refused(RefusedHeader),
}

/// The credentials of the only `Authorization` header, which must be of this scheme: RFC 9110, 11.4.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a [u8], NotRead> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(NotRead::Absent)?.as_bytes();
    if values.next().is_some() {
        return Err(NotRead::Refused(RefusedHeader::SentTwice));
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

/// Marks every `Authorization` line and every line of these kinds' own headers as sensitive, so that logs of the
/// headers leave them out.
pub(super) fn hide(headers: &mut HeaderMap, kinds: &Kinds) {
    // No `entry`: it makes room for another header first, and so rebuilds a map that is full.
    for (name, line) in headers.iter_mut() {
        if name == AUTHORIZATION || kinds.specs().any(|spec| is_presented_in(spec, name)) {
            line.set_sensitive(true);
        }
    }
}

/// The line in which the kind `K` is presented, or, for any kind, one of the registered kinds; `None` if there are
/// several such lines.
#[cfg(feature = "axum")]
pub(super) fn only_line<'a, K: AcceptedKind>(
    headers: &'a HeaderMap,
    kinds: &Kinds,
) -> Option<&'a HeaderValue> {
    let is_presented = |name: &HeaderName| match K::SPEC {
        Some(spec) => is_presented_in(&spec, name),
        None => kinds.specs().any(|spec| is_presented_in(spec, name)),
    };
    let mut lines = headers.iter().filter(|(name, _)| is_presented(name));
    let (_, line) = lines.next()?;
    lines.next().is_none().then_some(line)
}

/// Whether the kind is presented in the header of this name.
fn is_presented_in(spec: &KindSpec, name: &HeaderName) -> bool {
    match spec.presented() {
        KeyLocation::Basic { .. } | KeyLocation::Bearer { .. } => name == AUTHORIZATION,
        KeyLocation::Header { name: own } => name.as_str().eq_ignore_ascii_case(own),
    }
}
