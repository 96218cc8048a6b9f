//! A header of its own, such as `X-API-Key`, which holds the key and nothing else.

use http::HeaderMap;

use crate::shell::RefusedHeader;

use super::{NotRead, is_token68};

/// The longest key, in bytes: key texts promise no more.
const LONGEST: usize = 255;

pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, NotRead> {
    let mut values = headers.get_all(name).iter();
    let key = values.next().ok_or(NotRead::Absent)?.as_bytes();
    if values.next().is_some() {
        return Err(NotRead::Refused(RefusedHeader::SentTwice));
    }
    if key.len() > LONGEST {
        return Err(NotRead::Refused(RefusedHeader::TooLong));
    }
    if !is_token68(key) {
        return Err(NotRead::Refused(RefusedHeader::NotOneText));
    }
    std::str::from_utf8(key).map_err(|_| NotRead::Refused(RefusedHeader::NotOneText))
}
