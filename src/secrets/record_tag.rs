//! The tag of a record: an authentication code and the id of its key.

use std::fmt;

use super::compare::{self, Matches};
use super::corrupt::CorruptSecret;
use super::master_key_id::MasterKeyId;

/// The stored tag of a record, which detects changes to the record. It has 45 bytes: encoding version (1), master key id (8),
/// record epoch (4, big endian; 0 for events), HMAC-SHA-256 (32).
///
/// Tags are opaque to stores. `==` is for stores, because they replace a record only if its tag equals the expected one. It does
/// not run in constant time and never decides whether a record is genuine. `Debug` shows only the first bytes of the code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordTag {
    version: u8,
    key: MasterKeyId,
    epoch: u32,
    code: [u8; 32],
}

impl RecordTag {
    /// The length of a stored tag in bytes.
    pub const LENGTH: usize = 45;

    /// The tag of a record without a tag. Its check always fails.
    pub const NONE: Self =
        Self { version: 0, key: MasterKeyId::from_bytes([0; 8]), epoch: 0, code: [0; 32] };

    pub(super) const fn new(version: u8, key: MasterKeyId, epoch: u32, code: [u8; 32]) -> Self {
        Self { version, key, epoch, code }
    }

    /// Returns the encoding version of the code.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Returns the id of the master key of the code.
    #[must_use]
    pub const fn key(&self) -> MasterKeyId {
        self.key
    }

    /// Returns the record epoch of the code, or 0 for events.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Compares the code in constant time.
    pub(super) fn matches(&self, computed: &[u8; 32]) -> Matches {
        compare::in_constant_time(&self.code, computed)
    }

    /// Creates a tag from stored bytes. It may not match the record.
    ///
    /// # Errors
    ///
    /// Fails if the length is not [`LENGTH`](Self::LENGTH).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptSecret> {
        let corrupt = || CorruptSecret::new("record tag", "is not 45 bytes long");
        let bytes: &[u8; Self::LENGTH] = bytes.try_into().map_err(|_| corrupt())?;
        let parts = bytes.split_first_chunk::<1>().and_then(|([version], rest)| {
            let (key, rest) = rest.split_first_chunk()?;
            let (epoch, rest) = rest.split_first_chunk()?;
            let key = MasterKeyId::from_bytes(*key);
            Some(Self::new(*version, key, u32::from_be_bytes(*epoch), *rest.first_chunk()?))
        });
        parts.ok_or_else(corrupt)
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [self.version]
            .into_iter()
            .chain(*self.key.as_bytes())
            .chain(self.epoch.to_be_bytes())
            .chain(self.code);
        std::array::from_fn(|_| bytes.next().unwrap_or_default())
    }
}

impl fmt::Debug for RecordTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, ..] = self.code;
        write!(
            f,
            "RecordTag(version {}, key {}, epoch {}, {a:02x}{b:02x}..)",
            self.version, self.key, self.epoch
        )
    }
}

#[cfg(test)]
mod tests {
    use super::RecordTag;
    use crate::secrets::Matches;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    fn counting() -> [u8; RecordTag::LENGTH] {
        std::array::from_fn(|place| u8::try_from(place).unwrap())
    }

    #[test]
    fn each_part_is_read_from_its_place() {
        let tag = RecordTag::from_bytes(&counting()).unwrap();
        assert_eq!((tag.version(), tag.epoch()), (0, 0x090A_0B0C));
        assert_eq!(tag.key().to_string(), "0102030405060708");
        let code: [u8; 32] = counting()[13..].try_into().unwrap();
        assert_eq!(tag.matches(&code), Matches::Yes);
        assert_eq!(tag.matches(&[0; 32]), Matches::No);
    }

    #[test]
    fn other_lengths_are_corrupt() {
        for length in (0..45).chain([46, 90]) {
            let bytes: Vec<u8> = counting().into_iter().cycle().take(length).collect();
            assert!(RecordTag::from_bytes(&bytes).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn debug_shows_two_bytes_of_the_code() {
        assert_eq!(
            format!("{:?}", RecordTag::from_bytes(&counting()).unwrap()),
            "RecordTag(version 0, key 0102030405060708, epoch 151653132, 0d0e..)"
        );
    }

    proptest! {
        #[test]
        fn stored_bytes_read_back(one in any::<[u8; 22]>(), other in any::<[u8; 23]>()) {
            let bytes = [&one[..], &other[..]].concat();
            prop_assert_eq!(RecordTag::from_bytes(&bytes).unwrap().to_bytes().to_vec(), bytes);
        }
    }
}
