//! HTTP Basic (RFC 7617): base64 of the user name, a colon and the password, in UTF-8.

use std::fmt;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::shell::RefusedHeader;

use super::{HeaderLines, NotRead, credentials, is_token68};

/// The length of the longest site id, a colon and the longest API key, rounded up to whole groups of three bytes.
const LONGEST: usize = 270;

/// The same length in base64.
const LONGEST_ENCODED: usize = LONGEST / 3 * 4;

/// The buffer for the decoded text. It must not move while it is filled. Wiped on drop.
pub(crate) struct Decoded(Zeroizing<[u8; LONGEST]>);

impl Default for Decoded {
    fn default() -> Self {
        Self(Zeroizing::new([0; LONGEST]))
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoded(..)")
    }
}

/// Returns the user name, which is the site id, and the password, which is the API key.
pub(super) fn read<'a>(
    headers: &impl HeaderLines,
    decoded: &'a mut Decoded,
) -> Result<(&'a str, &'a str), NotRead> {
    let encoded = credentials(headers, "Basic")?;
    if encoded.len() > LONGEST_ENCODED {
        return Err(NotRead::Refused(RefusedHeader::TooLong));
    }
    if !is_token68(encoded) {
        return Err(NotRead::Refused(RefusedHeader::NotOneText));
    }
    // Padding is required, and the spare bits of the last character must be zero (RFC 4648, 3.2 and 3.5), so each pair has
    // exactly one text.
    let pair = Base64::decode(encoded, decoded.0.as_mut_slice())
        .map_err(|_| NotRead::Refused(RefusedHeader::NotBase64))?;
    let pair = std::str::from_utf8(pair).map_err(|_| NotRead::Refused(RefusedHeader::NotUtf8))?;
    if pair.chars().any(char::is_control) {
        return Err(NotRead::Refused(RefusedHeader::ControlCharacter));
    }
    pair.split_once(':').ok_or(NotRead::Refused(RefusedHeader::NoColon))
}
