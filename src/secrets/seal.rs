//! The seal of a secret that can be revealed: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) under a subkey of a master key.

use std::fmt;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{Tag, XChaCha20Poly1305};

use super::corrupt::CorruptSecret;
use super::master_key::MasterKey;
use super::master_key_id::MasterKeyId;
use super::plaintext::SecretText;
use crate::values::{GenerationNumber, Identity, SECRET_LENGTH, WorkspaceId};

const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 24;

/// The stored, encrypted form of a secret that can be revealed. It has 92 bytes: format version 1, key id (8), nonce (24),
/// ciphertext (43), tag (16).
///
/// It can be decrypted only under its master key, and only in its place: its brand, kind, workspace, credential and generation.
/// `==` is for stores, because they replace a seal only if it equals the expected one. `Debug` shows the key id.
#[derive(Clone, PartialEq, Eq)]
pub struct Seal {
    key: MasterKeyId,
    bytes: [u8; Self::LENGTH],
}

/// The place of a seal.
#[derive(Debug)]
pub(crate) struct SealedFor<'a> {
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) identity: Identity,
    pub(crate) generation: GenerationNumber,
}

/// The parts of the bytes of a seal.
struct SealParts<'a> {
    version: u8,
    key: MasterKeyId,
    nonce: &'a [u8; NONCE_LENGTH],
    ciphertext: &'a [u8; SECRET_LENGTH],
    tag: &'a [u8; 16],
}

impl Seal {
    /// The length of a stored seal in bytes.
    pub const LENGTH: usize = 92;

    /// Encrypts a secret for one place. Each seal needs a new nonce.
    pub(crate) fn close(
        key: &MasterKey,
        place: &SealedFor<'_>,
        secret: &SecretText,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<Self, SealError> {
        let mut sealed = SecretText::copy(secret.expose());
        let associated = place.associated_data(key.id());
        let tag = encrypt(key.seal(), &nonce, &associated, sealed.as_mut_slice())?;
        let mut bytes = [VERSION]
            .into_iter()
            .chain(*key.id().as_bytes())
            .chain(nonce)
            .chain(*sealed.expose())
            .chain(tag);
        Ok(Self { key: key.id(), bytes: std::array::from_fn(|_| bytes.next().unwrap_or_default()) })
    }

    /// Decrypts the secret in its place.
    ///
    /// # Errors
    ///
    /// Fails if the seal was made under another key or for another place, or was changed since.
    pub(crate) fn unseal(
        &self,
        key: &MasterKey,
        place: &SealedFor<'_>,
    ) -> Result<SecretText, SealError> {
        if key.id() != self.key {
            return Err(SealError::OtherKey);
        }
        let parts = SealParts::of(&self.bytes).ok_or(SealError::Refused)?;
        let mut secret = SecretText::copy(parts.ciphertext);
        let associated = place.associated_data(self.key);
        decrypt(key.seal(), parts.nonce, &associated, secret.as_mut_slice(), parts.tag)?;
        Ok(secret)
    }

    /// Returns the id of the master key of the seal.
    #[must_use]
    pub const fn key(&self) -> MasterKeyId {
        self.key
    }

    /// Creates a seal from stored bytes. Its decryption can still fail.
    ///
    /// # Errors
    ///
    /// Fails if the length is not [`LENGTH`](Self::LENGTH) or the format version is unknown.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptSecret> {
        let corrupt = |rule| CorruptSecret::new("seal", rule);
        let bytes: &[u8; Self::LENGTH] =
            bytes.try_into().map_err(|_| corrupt("is not 92 bytes long"))?;
        match SealParts::of(bytes) {
            Some(parts) if parts.version == VERSION => Ok(Self { key: parts.key, bytes: *bytes }),
            _ => Err(corrupt("is of a format version that this release does not know")),
        }
    }

    /// Returns the bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.bytes
    }
}

/// Encrypts in place, and returns the tag.
pub(super) fn encrypt(
    cipher: &XChaCha20Poly1305,
    nonce: &[u8; NONCE_LENGTH],
    associated: &[u8],
    text: &mut [u8],
) -> Result<Tag, SealError> {
    cipher
        .encrypt_inout_detached(nonce.into(), associated, text.into())
        .map_err(|_| SealError::Refused)
}

/// Decrypts in place if the tag matches.
pub(super) fn decrypt(
    cipher: &XChaCha20Poly1305,
    nonce: &[u8; NONCE_LENGTH],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8; 16],
) -> Result<(), SealError> {
    cipher
        .decrypt_inout_detached(nonce.into(), associated, text.into(), tag.into())
        .map_err(|_| SealError::Refused)
}

impl<'a> SealParts<'a> {
    fn of(bytes: &'a [u8; Seal::LENGTH]) -> Option<Self> {
        let [version, rest @ ..] = bytes;
        let (key, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (ciphertext, tag) = rest.split_first_chunk()?;
        Some(Self {
            version: *version,
            key: MasterKeyId::from_bytes(*key),
            nonce,
            ciphertext,
            tag: tag.try_into().ok()?,
        })
    }
}

impl SealedFor<'_> {
    /// Returns the associated data: format version, key id, brand, kind, credential id, generation and workspace id. Only the
    /// workspace id, which is last, has a variable length, so no two places have the same bytes.
    fn associated_data(&self, key: MasterKeyId) -> Vec<u8> {
        let Identity { brand, kind, id } = &self.identity;
        [
            &[VERSION],
            key.as_bytes().as_slice(),
            brand.padded(),
            kind.padded(),
            id.as_bytes(),
            &self.generation.get().to_be_bytes(),
            self.workspace.as_str().as_bytes(),
        ]
        .concat()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal(key {}, ..)", self.key)
    }
}

/// The error of making or opening a seal. It contains nothing of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    /// The given key is not the one that the seal names.
    #[error("the seal was made under another master key: use the key with that id")]
    OtherKey,
    /// The seal was changed or copied from another place.
    #[error(
        "the seal does not match its place: restore the row from a backup, or rotate the credential"
    )]
    Refused,
}

#[cfg(test)]
mod tests {
    use super::{Seal, SealError, SealedFor};
    use crate::secrets::{MasterKey, golden};
    use crate::values::{Brand, CredentialId, GenerationNumber, Identity, KindWord, WorkspaceId};

    #[test]
    fn a_seal_opens_under_its_own_key_and_in_its_own_place_only() {
        let key = golden::master_key();
        let home = WorkspaceId::new("workspace-1").unwrap();
        let place = || golden::place(&home);
        let seal = Seal::close(&key, &place(), &golden::secret(), [5; 24]).unwrap();
        assert_eq!(seal.unseal(&key, &place()).unwrap().expose(), golden::SECRET);

        let other_key = MasterKey::generate().unwrap();
        assert_eq!(seal.unseal(&other_key, &place()).unwrap_err(), SealError::OtherKey);
        let away = WorkspaceId::new("workspace-2").unwrap();
        let own = place().identity;
        let other_id = CredentialId::new("abcdefghijkL").unwrap();
        let other_brand = Brand::new("acme").unwrap();
        for other in [
            SealedFor { workspace: &away, ..place() },
            SealedFor { identity: Identity { id: other_id, ..own }, ..place() },
            SealedFor { identity: Identity { kind: KindWord::App, ..own }, ..place() },
            SealedFor { identity: Identity { brand: other_brand, ..own }, ..place() },
            SealedFor { generation: GenerationNumber::FIRST, ..place() },
        ] {
            assert_eq!(seal.unseal(&key, &other).unwrap_err(), SealError::Refused, "{other:?}");
        }
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let key = golden::master_key();
        let home = WorkspaceId::new("workspace-1").unwrap();
        let place = golden::place(&home);
        let seal = Seal::close(&key, &place, &golden::secret(), [5; 24]).unwrap();
        for place_of_byte in 0..Seal::LENGTH {
            let mut bytes = *seal.as_bytes();
            bytes[place_of_byte] ^= 1;
            let opened = Seal::from_bytes(&bytes).map(|seal| seal.unseal(&key, &place).is_ok());
            assert_ne!(opened, Ok(true), "at {place_of_byte}");
        }
    }

    #[test]
    fn a_seal_that_names_another_key_does_not_open_under_it() {
        let (key, other_key) = (golden::master_key(), MasterKey::generate().unwrap());
        let home = WorkspaceId::new("workspace-1").unwrap();
        let place = golden::place(&home);
        let seal = Seal::close(&key, &place, &golden::secret(), [5; 24]).unwrap();
        let mut bytes = *seal.as_bytes();
        bytes[1..9].copy_from_slice(other_key.id().as_bytes());
        let renamed = Seal::from_bytes(&bytes).unwrap();
        assert_eq!(renamed.unseal(&other_key, &place).unwrap_err(), SealError::Refused);
        assert_eq!(renamed.unseal(&key, &place).unwrap_err(), SealError::OtherKey);
    }

    #[test]
    fn bytes_read_back_and_other_lengths_and_versions_are_corrupt() {
        let mut bytes = [3; 100];
        for version in 0..=u8::MAX {
            bytes[0] = version;
            assert_eq!(Seal::from_bytes(&bytes[..92]).is_ok(), version == 1);
        }
        bytes[0] = 1;
        let seal = Seal::from_bytes(&bytes[..92]).unwrap();
        assert_eq!(seal.as_bytes()[..], bytes[..92]);
        for length in (0..100).filter(|length| *length != 92) {
            assert!(Seal::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn debug_shows_the_key_id() {
        let mut bytes = [0; Seal::LENGTH];
        bytes[0] = 1;
        let seal = Seal::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{seal:?}"), "Seal(key 0000000000000000, ..)");
    }
}
