//! The keyed digest, which verifies keys: HMAC-SHA-256 (RFC 2104) under a subkey of a master key.

use std::fmt;

use super::compare::{self, Matches};
use super::corrupt::CorruptSecret;
use super::mac::MacKey;
use super::master_key::MasterKey;
use super::master_key_id::MasterKeyId;
use crate::values::{CredentialId, Identity, KeyText, SECRET_LENGTH};

/// The format version of the digest of a secret.
const VERSION: u8 = 1;
/// The format version of the digest of a salted hash of another system.
const VERSION_OF_OUTPUT: u8 = 2;

/// The stored digest of a secret, which verifies requests: an HMAC-SHA-256 and the id of its master key. It has 41 bytes: format
/// version, key id (8), digest (32). The version is 1, or 2 for an imported key with a salted hash before its first use. Such a digest is
/// that of the other system's hash, and verifies no request.
///
/// `==` compares two stored digests, because a store replaces a digest only if it equals the expected one. It does not run in
/// constant time and never compares a presented secret. `Debug` shows only the first bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyedDigest {
    key: MasterKeyId,
    digest: [u8; 32],
    version: u8,
}

impl KeyedDigest {
    /// The length of a stored digest in bytes.
    pub const LENGTH: usize = 41;

    /// Returns the digest of a secret.
    pub(crate) fn stamp(
        key: &MasterKey,
        identity: &Identity,
        secret: &[u8; SECRET_LENGTH],
    ) -> Self {
        let subkey = key.derive_digest(identity.brand, identity.kind);
        Self { key: key.id(), digest: code(&subkey, identity.id, secret), version: VERSION }
    }

    /// Computes the digest bytes of a presented secret.
    ///
    /// The result is not wiped, because a store contains the same bytes.
    #[inline]
    pub(crate) fn compute(key: &MasterKey, presented: &KeyText<'_>) -> [u8; 32] {
        let KeyText { prefix, place, id, secret } = *presented;
        match key.digest_at(place) {
            Some(subkey) => code(subkey, id, secret),
            None => code(&key.derive_digest(prefix.brand, prefix.kind), id, secret),
        }
    }

    /// Compares this digest in constant time with a result of [`compute`](Self::compute) under the same master key.
    pub(crate) fn matches(&self, computed: &[u8; 32]) -> Matches {
        compare::in_constant_time(&self.digest, computed)
    }

    /// Returns this digest as that of a salted hash of another system, until the key is first used.
    pub(crate) const fn of_output(mut self) -> Self {
        self.version = VERSION_OF_OUTPUT;
        self
    }

    /// Returns `true` until an imported key with a salted hash is first used.
    pub(crate) const fn awaits_first_use(&self) -> bool {
        self.version == VERSION_OF_OUTPUT
    }

    /// Returns the id of the master key of this digest.
    #[must_use]
    pub const fn key(&self) -> MasterKeyId {
        self.key
    }

    /// Creates a digest from stored bytes.
    ///
    /// # Errors
    ///
    /// Fails if the length is not [`LENGTH`](Self::LENGTH) or the format version is unknown.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptSecret> {
        let corrupt = |rule| CorruptSecret::new("keyed digest", rule);
        let [version, rest @ ..] =
            <&[u8; Self::LENGTH]>::try_from(bytes).map_err(|_| corrupt("is not 41 bytes long"))?;
        if !matches!(*version, VERSION | VERSION_OF_OUTPUT) {
            return Err(corrupt("is of a format version that this release does not know"));
        }
        let parts = rest.first_chunk().zip(rest.last_chunk());
        let (key, digest) = parts.ok_or_else(|| corrupt("is not 41 bytes long"))?;
        Ok(Self { key: MasterKeyId::from_bytes(*key), digest: *digest, version: *version })
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [self.version].into_iter().chain(*self.key.as_bytes()).chain(self.digest);
        std::array::from_fn(|_| bytes.next().unwrap_or_default())
    }
}

/// Computes the HMAC of the id and the secret. Both have a fixed length: 55 bytes together, which fit in one block of SHA-256.
/// The HMAC includes the id, so a digest that is copied to another row does not verify there. The subkey includes the brand and
/// the kind.
#[inline]
fn code(subkey: &MacKey, id: CredentialId, secret: &[u8; SECRET_LENGTH]) -> [u8; 32] {
    subkey.code([id.as_bytes(), secret])
}

impl fmt::Debug for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, ..] = self.digest;
        write!(f, "KeyedDigest(key {}, {a:02x}{b:02x}..)", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyedDigest;
    use crate::secrets::{MasterKey, Matches, golden};
    use crate::values::{Brand, CredentialId, Identity, KindWord, Prefixes, parse, render};
    use proptest::prelude::{any, prop_assert_eq, proptest};

    #[test]
    fn a_digest_matches_its_own_secret_in_its_own_row_only() {
        let mut key = golden::master_key();
        let identity = golden::identity(KindWord::App);
        let stored = KeyedDigest::stamp(&key, &identity, golden::SECRET);
        assert_eq!(stored.key(), key.id());
        let known = Prefixes::new(vec![identity.brand], &[KindWord::Track, KindWord::App]);
        let text = render(&identity, golden::SECRET);
        let presented = parse(&known, text.as_bytes()).unwrap();
        // Computes the digest with a subkey that is derived on demand, and with the prepared one.
        assert_eq!(stored.matches(&KeyedDigest::compute(&key, &presented)), Matches::Yes);
        key.prepare_for(&known);
        assert_eq!(stored.matches(&KeyedDigest::compute(&key, &presented)), Matches::Yes);

        let other_key = MasterKey::generate().unwrap();
        let other_id = CredentialId::new("abcdefghijkL").unwrap();
        let other_brand = Brand::new("acme").unwrap();
        let mut other_secret = *golden::SECRET;
        other_secret[42] = b'0';
        for other in [
            KeyedDigest::stamp(&other_key, &identity, golden::SECRET),
            KeyedDigest::stamp(&key, &golden::identity(KindWord::Track), golden::SECRET),
            KeyedDigest::stamp(&key, &Identity { brand: other_brand, ..identity }, golden::SECRET),
            KeyedDigest::stamp(&key, &Identity { id: other_id, ..identity }, golden::SECRET),
            KeyedDigest::stamp(&key, &identity, &other_secret),
        ] {
            assert_eq!(stored.matches(&other.digest), Matches::No);
        }
    }

    #[test]
    fn other_lengths_and_versions_are_corrupt() {
        let bytes = KeyedDigest::stamp(
            &golden::master_key(),
            &golden::identity(KindWord::App),
            golden::SECRET,
        )
        .to_bytes();
        for length in (0..41).chain([42, 92]) {
            let cut: Vec<u8> = bytes.iter().copied().cycle().take(length).collect();
            assert!(KeyedDigest::from_bytes(&cut).is_err(), "{length} bytes");
        }
        for version in (0..=u8::MAX).filter(|version| !matches!(version, 1 | 2)) {
            let mut other = bytes;
            other[0] = version;
            assert!(KeyedDigest::from_bytes(&other).is_err(), "version {version}");
        }
    }

    #[test]
    fn debug_shows_two_bytes_of_the_digest() {
        let mut bytes = [0xEE; KeyedDigest::LENGTH];
        bytes[..11].copy_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 7, 0xAB, 0xCD]);
        let digest = KeyedDigest::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{digest:?}"), "KeyedDigest(key 0000000000000007, abcd..)");
    }

    proptest! {
        #[test]
        fn stored_bytes_read_back(version in 1..=2_u8, rest in any::<[u8; 20]>(), more in any::<[u8; 20]>()) {
            let bytes = [&[version], &rest[..], &more[..]].concat();
            let digest = KeyedDigest::from_bytes(&bytes).unwrap();
            prop_assert_eq!(digest.to_bytes().to_vec(), bytes);
            prop_assert_eq!(digest.awaits_first_use(), version == 2);
        }
    }
}
