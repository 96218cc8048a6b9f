//! The public id of a master key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{IdError, text_form};

/// The id of a master key: 8 bytes that are derived from the key. It is public, and its text form has 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MasterKeyId([u8; 8]);

impl MasterKeyId {
    /// Creates an id from stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    const SHAPE: IdError = IdError::Shape { what: "master key id", length: 16, alphabet: "0-9a-f" };
}

impl fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for MasterKeyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 16 || !text.bytes().all(hex) {
            return Err(Self::SHAPE);
        }
        u64::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| Self::SHAPE)
    }
}

text_form!(MasterKeyId);

#[cfg(test)]
mod tests {
    use super::MasterKeyId;

    #[test]
    fn ids_round_trip_as_16_lower_case_digits_and_other_texts_are_refused() {
        let id = MasterKeyId::from_bytes([0, 1, 0xA2, 3, 4, 5, 6, 0xFF]);
        assert_eq!(id.to_string(), "0001a203040506ff");
        assert_eq!(format!("{id:?}"), "MasterKeyId(0001a203040506ff)");
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"0001a203040506ff\"");
        assert_eq!(serde_json::from_str::<MasterKeyId>(&json).unwrap(), id);
        for bad in
            ["", "+001a203040506ff", "0001A203040506FF", "0001a203040506f", "0001a203040506ff0"]
        {
            assert!(bad.parse::<MasterKeyId>().is_err(), "{bad:?}");
        }
    }
}
