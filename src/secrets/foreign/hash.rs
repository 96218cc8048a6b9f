//! The hash that another system keeps of a key.

use std::fmt;

use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::secrets::plaintext::SecretText;
use crate::values::SECRET_LENGTH;

/// The hash that another system keeps of a key, and the part of the key that must match besides.
///
/// `Debug` shows nothing, because the hash of a guessable key can be reversed.
pub struct ForeignHash {
    bytes: Zeroizing<[u8; Self::LONGEST]>,
    length: usize,
    matching: Box<str>,
}

/// Why the hash of a row cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnreadableHash {
    /// It is neither hexadecimal nor base64 of the length that its format has, nor the text of a salted hash.
    Bytes,
    /// The format has a part that must match, and the row has none.
    NoMatching,
    /// The row has a part that must match, and the format has none.
    UnusedMatching,
    /// No key of the format can have the part that must match.
    WrongMatching,
    /// The cost of a slow hash is out of these bounds.
    Cost(&'static str),
    /// This build cannot compute the hash.
    NotCompiled,
}

impl ForeignHash {
    /// The length of the shortest hash in bytes.
    pub const SHORTEST: usize = 16;
    /// The length of the longest hash in bytes.
    pub const LONGEST: usize = 64;

    /// Creates a hash from 16 to 64 bytes. Returns `None` for any other length.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SHORTEST {
            return None;
        }
        let mut own = Zeroizing::new([0; Self::LONGEST]);
        own.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: own, length: bytes.len(), matching: Box::default() })
    }

    /// Sets the part of the key that must match besides the hash, such as the id in front of a Laravel Sanctum token. It is at most
    /// 255 bytes long in a key.
    #[must_use]
    pub fn matching(mut self, part: &str) -> Self {
        self.matching = part.into();
        self
    }

    /// Returns what takes the place of the hash of a key whose hash is salted: a hash of the whole key.
    pub(super) fn of_key(text: &str) -> Option<Self> {
        // Computed at every use of the key, and processors have instructions for it.
        Self::new(&Sha256::digest(text))
    }

    /// Returns what takes the place of a salted hash. It differs from the hash of every key, because no key contains a zero byte.
    pub(super) fn of_output(output: &[u8]) -> Self {
        let labelled = Sha512::new_with_prefix(b"keyward/v1/import-output\0");
        let bytes = Zeroizing::new(labelled.chain_update(output).finalize().into());
        Self { bytes, length: Self::LONGEST, matching: Box::default() }
    }

    /// Returns what takes the place of the secret: the first 43 bytes, followed by zeros if there are fewer.
    pub(super) fn secret(&self) -> SecretText {
        let mut secret = Zeroizing::new([0; SECRET_LENGTH]);
        for (place, byte) in secret.iter_mut().zip(self.bytes()) {
            *place = *byte;
        }
        SecretText::copy(&secret)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn part(&self) -> &str {
        &self.matching
    }
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::ForeignHash;

    #[test]
    fn a_hash_has_16_to_64_bytes_and_shows_none() {
        for length in [0, 15, 65, 1_000] {
            assert!(ForeignHash::new(&vec![7; length]).is_none(), "{length}");
        }
        for length in [16, 20, 64] {
            let hash = ForeignHash::new(&vec![7; length]).unwrap().matching("17");
            assert_eq!((hash.bytes(), hash.part()), (&*vec![7; length], "17"));
            assert_eq!(format!("{hash:?}"), "ForeignHash(..)");
        }
    }
}
