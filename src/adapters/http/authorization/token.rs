//! A key that is sent as one text: as a Bearer token, or in the header of its kind.

use http::HeaderMap;

use crate::shell::RefusedHeader;

use super::{NotRead, credentials, is_token68};

/// The length of the longest key, in bytes.
const LONGEST: usize = 255;

/// Reads a Bearer token (RFC 6750, 2.1), only from the header and never from a form field or a query parameter.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, NotRead> {
    checked(credentials(headers, "Bearer")?)
}

/// Reads the header of this name, such as `X-API-Key`, which contains only the key.
pub(super) fn named<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, NotRead> {
    let mut values = headers.get_all(name).iter();
    let key = values.next().ok_or(NotRead::Absent)?.as_bytes();
    if values.next().is_some() {
        return Err(NotRead::Refused(RefusedHeader::SentTwice));
    }
    checked(key)
}

fn checked(key: &[u8]) -> Result<&str, NotRead> {
    if key.len() > LONGEST {
        return Err(NotRead::Refused(RefusedHeader::TooLong));
    }
    if !is_token68(key) {
        return Err(NotRead::Refused(RefusedHeader::NotOneText));
    }
    std::str::from_utf8(key).map_err(|_| NotRead::Refused(RefusedHeader::NotOneText))
}
