//! Reads credentials from the `Authorization` header or from the header of the kind. Queries and bodies are never read.

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

use super::request_head::HeaderLines;

#[cfg(feature = "axum")]
use crate::kinds::AcceptedKind;
use crate::kinds::{KeyLocation, KindSpec, Kinds};
use crate::shell::RefusedHeader;

#[cfg(any(test, fuzzing))]
pub use self::fuzzing::authorization;
pub(super) use self::scheme::{Challenges, read};

/// Why no credentials were read. It never contains the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(super) enum NotRead {
    /// The header is missing or has another scheme, which RFC 6750, 3.1 calls "lacks any authentication information".
    Absent,
    /// The credentials break this rule.
    Refused(RefusedHeader),
}

/// Returns the credentials of the `Authorization` header, which must occur once and have this scheme (RFC 9110, 11.4).
fn credentials<'a>(headers: &'a impl HeaderLines, scheme: &str) -> Result<&'a [u8], NotRead> {
    let mut values = headers.lines(&AUTHORIZATION);
    let value = values.next().ok_or(NotRead::Absent)?;
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

/// Returns `true` if all characters are allowed in credentials: token68 in RFC 9110, 11.2, and b64token in RFC 6750, 2.1.
fn is_token68(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = text.get(..text.len() - padding).unwrap_or_default();
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
    };
    // No early exit, so that the loop is vectorised: the text is short by now.
    !body.is_empty() && body.iter().fold(true, |all, byte| all & plain(*byte))
}

/// Marks every `Authorization` line and every line of these kinds' own headers as sensitive, so that logs of the headers omit
/// them.
pub(super) fn hide(headers: &mut HeaderMap, kinds: &Kinds) {
    // Not `entry`: it reserves space first, and so rebuilds a full map.
    for (name, line) in headers.iter_mut() {
        if name == AUTHORIZATION || kinds.specs().any(|spec| is_presented_in(spec, name)) {
            line.set_sensitive(true);
        }
    }
}

/// Returns the header line with the credentials of the kind `K`, or of any registered kind. Returns `None` if there are
/// several.
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

/// Returns `true` if the kind is sent in the header of this name.
fn is_presented_in(spec: &KindSpec, name: &HeaderName) -> bool {
    match spec.presented() {
        KeyLocation::Basic { .. } | KeyLocation::Bearer { .. } => name == AUTHORIZATION,
        KeyLocation::Header { name: own } => name.as_str().eq_ignore_ascii_case(own),
    }
}
