//! The hash of a member who owns credentials.

use sha2::{Digest, Sha256};

use crate::values::{AccountId, ActorId};

/// The hash of a member of an account. An account keeps the hashes of its inactive members, because ids can be long.
///
/// It is a number, because two numbers are compared faster than two byte strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OwnerHash(u128);

impl OwnerHash {
    pub(crate) const LENGTH: usize = 16;

    /// Returns the hash of a member: the first 16 bytes of a SHA-256 over the account and the member.
    pub(crate) fn of(account: &AccountId, member: &ActorId) -> Self {
        // An account id contains no control characters, so the zero byte marks its end.
        let hash = Sha256::new()
            .chain_update(b"keyward/v1/owner\0")
            .chain_update(account.as_str())
            .chain_update(b"\0")
            .chain_update(member.as_str())
            .finalize();
        let mut bytes = [0; Self::LENGTH];
        for (place, byte) in bytes.iter_mut().zip(hash) {
            *place = byte;
        }
        Self::from_bytes(bytes)
    }

    pub(crate) const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    pub(crate) const fn to_bytes(self) -> [u8; Self::LENGTH] {
        self.0.to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::OwnerHash;
    use crate::values::{AccountId, ActorId};

    fn hash(account: &str, member: &str) -> OwnerHash {
        OwnerHash::of(&AccountId::new(account).unwrap(), &ActorId::new(member).unwrap())
    }

    /// `printf 'keyward/v1/owner\0acme\0bob' | sha256sum`
    #[test]
    fn it_is_the_first_half_of_a_hash() {
        assert_eq!(hash("acme", "bob").0, 0x3a5d_89a1_5ef3_4aae_324e_0be2_340b_9601);
    }

    #[test]
    fn it_is_stored_with_its_first_byte_first_and_read_again() {
        let stored = hash("acme", "bob").to_bytes();
        assert_eq!(stored[..4], [0x3a, 0x5d, 0x89, 0xa1]);
        assert_eq!(OwnerHash::from_bytes(stored), hash("acme", "bob"));
    }

    #[test]
    fn another_account_or_another_member_has_another_hash() {
        let all = [hash("acme", "bob"), hash("acme", "bo"), hash("acm", "ebob")];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }
}
