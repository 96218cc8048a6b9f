//! Bearer (RFC 6750, 2.1): the header only, never a form field or a query parameter.

use http::HeaderMap;

use crate::shell::RefusedHeader;

use super::{NotRead, credentials, is_token68};

/// The longest token, in bytes: key texts promise no more.
const LONGEST: usize = 255;

pub(super) fn read(headers: &HeaderMap) -> Result<&str, NotRead> {
    let token = credentials(headers, "Bearer")?;
    if token.len() > LONGEST {
        return Err(NotRead::Refused(RefusedHeader::TooLong));
    }
    if !is_token68(token) {
        return Err(NotRead::Refused(RefusedHeader::NotOneText));
    }
    std::str::from_utf8(token).map_err(|_| NotRead::Refused(RefusedHeader::NotOneText))
}
