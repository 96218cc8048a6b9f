//! The inactive owners of an account: members whose credentials are denied.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::values::{AccountId, ActorId};

use crate::secrets::OwnerHash;

/// The members of an account whose credentials are denied: at most 1,000, as hashes in ascending order.
///
/// It serializes as a list of texts in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InactiveOwners(Option<Arc<[OwnerHash]>>);

/// Why bytes are not a list of inactive owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list of inactive owners has 1 to 1,000 different hashes of 16 bytes in ascending order")]
#[non_exhaustive]
pub struct InactiveOwnersError;

impl InactiveOwners {
    /// The maximum number of inactive owners of an account.
    pub const MOST: usize = 1_000;

    /// The empty list.
    pub const NONE: Self = Self(None);

    /// Creates a list from the bytes that a store keeps. No bytes are the empty list, which a store can also keep as NULL.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InactiveOwnersError> {
        let (hashes, rest) = bytes.as_chunks::<{ OwnerHash::LENGTH }>();
        let hashes: Vec<_> = hashes.iter().copied().map(OwnerHash::from_bytes).collect();
        let is_ascending = hashes.is_sorted_by(|one, next| one < next);
        if !rest.is_empty() || hashes.len() > Self::MOST || !is_ascending {
            return Err(InactiveOwnersError);
        }
        Ok(Self::of(hashes))
    }

    /// Returns the bytes that a store keeps: the hashes one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes().iter().flat_map(|hash| hash.to_bytes()).collect()
    }

    /// Returns the number of inactive owners.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes().len()
    }

    /// Returns `true` if no owner is inactive.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns `true` if the member of the account is inactive.
    #[must_use]
    pub fn includes(&self, account: &AccountId, member: &ActorId) -> bool {
        self.contains(OwnerHash::of(account, member))
    }

    pub(crate) fn contains(&self, owner: OwnerHash) -> bool {
        self.hashes().binary_search(&owner).is_ok()
    }

    /// Returns the list with one more owner, or `None` if the list is full.
    pub(crate) fn with(&self, owner: OwnerHash) -> Option<Self> {
        let Err(place) = self.hashes().binary_search(&owner) else { return Some(self.clone()) };
        if self.len() >= Self::MOST {
            return None;
        }
        let mut hashes = self.hashes().to_vec();
        hashes.insert(place, owner);
        Some(Self::of(hashes))
    }

    /// Returns the list without an owner.
    pub(crate) fn without(&self, owner: OwnerHash) -> Self {
        let others = self.hashes().iter().copied().filter(|hash| *hash != owner);
        Self::of(others.collect())
    }

    fn of(hashes: Vec<OwnerHash>) -> Self {
        Self((!hashes.is_empty()).then(|| hashes.into()))
    }

    fn hashes(&self) -> &[OwnerHash] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Serialize for InactiveOwners {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = |hash: &OwnerHash| format!("{:032x}", u128::from_be_bytes(hash.to_bytes()));
        serializer.collect_seq(self.hashes().iter().map(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::{InactiveOwners, InactiveOwnersError, OwnerHash};

    fn hash(number: u128) -> OwnerHash {
        OwnerHash::from_bytes(number.to_be_bytes())
    }

    fn list(numbers: impl IntoIterator<Item = u128>) -> InactiveOwners {
        let bytes: Vec<_> = numbers.into_iter().flat_map(u128::to_be_bytes).collect();
        InactiveOwners::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn owners_are_added_and_removed_in_order() {
        let owners = InactiveOwners::NONE.with(hash(5)).unwrap().with(hash(1)).unwrap();
        assert_eq!(owners, list([1, 5]));
        assert_eq!(owners.with(hash(5)), Some(list([1, 5])), "it is in the list");
        assert!(owners.contains(hash(1)) && owners.contains(hash(5)));
        assert!(!owners.contains(hash(2)) && !InactiveOwners::NONE.contains(hash(1)));
        assert_eq!(owners.without(hash(1)), list([5]));
        assert_eq!(owners.without(hash(2)), owners);
        let none = list([5]).without(hash(5));
        assert!(none.is_empty());
        assert_eq!(none, InactiveOwners::NONE);
    }

    #[test]
    fn a_list_has_at_most_a_thousand_owners() {
        let full = list(1..=1_000);
        assert_eq!(full.len(), InactiveOwners::MOST);
        assert_eq!(full.with(hash(1_001)), None);
        assert_eq!(full.with(hash(7)), Some(full.clone()), "it is in the list");
        assert_eq!(full.without(hash(7)).with(hash(1_001)).unwrap().len(), 1_000);
        let more: Vec<_> = (1..=1_001).flat_map(u128::to_be_bytes).collect();
        assert_eq!(InactiveOwners::from_bytes(&more), Err(InactiveOwnersError));
    }

    #[test]
    fn bytes_are_read_back_and_checked() {
        let owners = list([1, 2, 1 << 100]);
        assert_eq!(InactiveOwners::from_bytes(&owners.to_bytes()), Ok(owners.clone()));
        assert_eq!(InactiveOwners::from_bytes(&[]), Ok(InactiveOwners::NONE));
        let cut = &owners.to_bytes()[1..];
        assert_eq!(InactiveOwners::from_bytes(cut), Err(InactiveOwnersError));
        for wrong in [[2, 1], [1, 1]] {
            let bytes: Vec<_> = wrong.into_iter().flat_map(u128::to_be_bytes).collect();
            assert_eq!(InactiveOwners::from_bytes(&bytes), Err(InactiveOwnersError));
        }
    }
}
