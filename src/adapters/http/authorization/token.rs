//! A key that is sent as one text: as a Bearer token, or in the header of its kind.

use crate::shell::RefusedHeader;

use super::{HeaderLines, NotRead, credentials, is_token68};

/// The length of the longest key, in bytes.
const LONGEST: usize = 255;

/// Reads a Bearer token (RFC 6750, 2.1), only from the header and never from a form field or a query parameter.
pub(super) fn bearer(headers: &impl HeaderLines) -> Result<&str, NotRead> {
    checked(credentials(headers, "Bearer")?)
}

/// Reads the header of this name, such as `X-API-Key`, which contains only the key.
pub(super) fn named<'a>(headers: &'a impl HeaderLines, name: &str) -> Result<&'a str, NotRead> {
    let mut values = headers.named(name);
    let key = values.next().ok_or(NotRead::Absent)?;
    if values.next().is_some() {
        return Err(NotRead::Refused(RefusedHeader::SentTwice));
    }
    checked(key)
}

/// Besides the characters of a token, `|` is allowed between others: imported keys of Laravel Sanctum have it.
fn checked(key: &[u8]) -> Result<&str, NotRead> {
    if key.len() > LONGEST {
        return Err(NotRead::Refused(RefusedHeader::TooLong));
    }
    if !key.split(|byte| *byte == b'|').all(is_token68) {
        return Err(NotRead::Refused(RefusedHeader::NotOneText));
    }
    std::str::from_utf8(key).map_err(|_| NotRead::Refused(RefusedHeader::NotOneText))
}
