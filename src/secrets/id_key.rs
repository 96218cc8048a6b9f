//! The key that distinguishes the ids of a store's credentials from most invented ids.

use std::fmt;

use super::mac::MacKey;
use crate::values::{CredentialId, Randomness, RandomnessError};

/// The key of a store for the ids of its credentials: 16 random bytes that are made with the store and never change.
///
/// The last three characters of a new id are a check of the others under this key. An attempt with an id that fails the check is
/// read from the store only when no other read waits, because such an id is almost always invented. The ids of
/// [imported](crate::imports) credentials are computed under the key. The key protects nothing else: an attacker who has it can invent
/// ids that are read earlier, and can test whether a guessed foreign key belongs to an imported credential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IdKey([u8; IdKey::LENGTH]);

impl IdKey {
    /// The number of bytes of a key.
    pub const LENGTH: usize = 16;

    /// Creates a key from the bytes that a store keeps.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes that a store keeps.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Draws the key of a new store.
    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let mut bytes = [0; Self::LENGTH];
        randomness.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Generates an id that passes the check: nine characters drawn uniformly, which are 53 bits, and their check.
    pub(crate) fn draw_id(&self, randomness: &Randomness) -> Result<CredentialId, RandomnessError> {
        let drawn = randomness.base62()?;
        Ok(CredentialId::with_check(drawn, self.check(&drawn)))
    }

    /// Returns `true` if an id passes the check. One in 238,328 invented ids does.
    pub(crate) fn passes(&self, id: CredentialId) -> bool {
        let drawn = id.drawn();
        CredentialId::with_check(drawn, self.check(&drawn)) == id
    }

    fn check(&self, drawn: &[u8; CredentialId::DRAWN]) -> u32 {
        let [first, second, third, fourth, ..] = self.prepared().code([drawn, &[]]);
        u32::from_be_bytes([first, second, third, fourth])
    }

    /// Returns the key, prepared for codes.
    pub(super) fn prepared(&self) -> MacKey {
        let mut block = [0; 64];
        for (place, byte) in block.iter_mut().zip(self.0) {
            *place = byte;
        }
        MacKey::of_block(&block)
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::IdKey;
    use crate::values::{CredentialId, Randomness};

    /// `tests/golden.py` computes these ids.
    #[test]
    fn the_check_of_an_id_is_fixed() {
        let key =
            IdKey::from_bytes(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f");
        for id in ["abcdefghidOt", "000000000xrQ", "zyxwvutsrX7t"] {
            let id = CredentialId::new(id).unwrap();
            assert!(key.passes(id), "{id}");
        }
    }

    #[test]
    fn drawn_ids_pass_the_check_of_their_key_and_of_hardly_any_other() {
        let randomness = Randomness::system();
        let [one, other] = [0; 2].map(|_| IdKey::draw(&randomness).unwrap());
        let ids: Vec<_> = (0..1_000).map(|_| one.draw_id(&randomness).unwrap()).collect();
        assert!(ids.iter().all(|id| one.passes(*id)));
        // About 0.004 of the thousand ids are expected to pass.
        assert!(ids.iter().filter(|id| other.passes(**id)).count() < 10);
        let changed = ids.iter().filter_map(|id| {
            let mut text = *id.as_bytes();
            text[0] = if text[0] == b'0' { b'1' } else { b'0' };
            CredentialId::new(text).ok()
        });
        assert!(changed.filter(|id| one.passes(*id)).count() < 10);
    }

    #[test]
    fn debug_shows_no_bytes() {
        assert_eq!(format!("{:?}", IdKey::from_bytes([7; 16])), "IdKey(..)");
    }
}
