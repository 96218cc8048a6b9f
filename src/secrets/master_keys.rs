//! The master keys of a service: the current one, older and newer ones, and lost ones.

use std::collections::BTreeSet;

use super::master_key::MasterKey;
use super::master_key_id::MasterKeyId;
use crate::values::Prefixes;

/// The master keys that a service knows.
///
/// The current key protects all new values. Older and newer keys verify existing values. Keys that are lost are declared by their
/// ids.
///
/// # Changing the key
///
/// A node returns `Unavailable` for a value under a master key that it does not know. Therefore change the key in this order, and
/// deploy each step on every node before the next step:
///
/// 1. Add the new key as `newer`. Every node can now verify values under it, and no node creates any.
/// 2. Make the new key current and the old one `older`. Secrets are re-digested as they are used.
/// 3. Call [`rekey`](crate::Keyward::rekey) until it has covered the whole store. It re-digests the remaining secrets, and also
///    tags accounts and workspaces again, which verification does not.
/// 4. Remove the old key when a complete run of `rekey` finds nothing under it. If you remove it too early, verification of the
///    remaining credentials is unavailable.
///
/// ```
/// use keyward::{MasterKey, MasterKeys};
///
/// let (old, new) = (MasterKey::generate()?, MasterKey::generate()?);
/// let (old_text, new_text) = (old.expose_text(), new.expose_text());
/// let read = |text: &str| text.parse::<MasterKey>();
///
/// let first = MasterKeys::new(read(&old_text)?).newer([read(&new_text)?]);
/// assert_eq!(first.current_id(), old.id());
/// let then = MasterKeys::new(read(&new_text)?).older([read(&old_text)?]);
/// assert_eq!(then.current_id(), new.id());
/// let last = MasterKeys::new(read(&new_text)?);
/// assert_eq!(last.current_id(), new.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Losing the key
///
/// Records that were tagged under a lost key cannot be checked. Secrets under it cannot be verified by their digests and cannot
/// be revealed. Proceed in this order:
///
/// 1. Declare the key `lost` on every node. Verification stays unavailable, because anyone who can write to the database could
///    name that key.
/// 2. Review the stored records, for example against a backup.
/// 3. Call [`rekey`](crate::Keyward::rekey) with [`Rekey::adopt_lost`](crate::operate::Rekey::adopt_lost) until it has covered
///    the whole store. It tags the records again as they are stored, and logs each one.
///
/// Then Argon2id verifies each secret once, and the secret gets a new digest. Never declare a key lost that another node still
/// holds: this costs one slow hash for each secret.
#[derive(Debug)]
pub struct MasterKeys {
    current: MasterKey,
    older: Vec<MasterKey>,
    newer: Vec<MasterKey>,
    lost: Vec<MasterKeyId>,
}

/// A set with only this key.
impl From<MasterKey> for MasterKeys {
    fn from(current: MasterKey) -> Self {
        Self::new(current)
    }
}

impl MasterKeys {
    /// Creates a set with only the current key.
    #[must_use]
    pub fn new(current: MasterKey) -> Self {
        Self { current, older: Vec::new(), newer: Vec::new(), lost: Vec::new() }
    }

    /// Adds keys that were current before. Values under them verify and are re-created under the current key.
    #[must_use]
    pub fn older(mut self, keys: impl IntoIterator<Item = MasterKey>) -> Self {
        self.older.extend(keys);
        self
    }

    /// Adds keys that will be current later. Values under them verify and are not re-created.
    #[must_use]
    pub fn newer(mut self, keys: impl IntoIterator<Item = MasterKey>) -> Self {
        self.newer.extend(keys);
        self
    }

    /// Declares keys lost, by their ids from [`MasterKey::id`] or from an error message.
    #[must_use]
    pub fn lost(mut self, ids: impl IntoIterator<Item = MasterKeyId>) -> Self {
        self.lost.extend(ids);
        self
    }

    /// Returns the id of the current key.
    #[must_use]
    pub fn current_id(&self) -> MasterKeyId {
        self.current.id()
    }

    pub(crate) fn current(&self) -> &MasterKey {
        &self.current
    }

    /// Derives the subkeys for verification of keys with these prefixes.
    pub(crate) fn prepare_for(&mut self, prefixes: &Prefixes) {
        let keys = self.older.iter_mut().chain(&mut self.newer);
        for key in keys.chain([&mut self.current]) {
            key.prepare_for(prefixes);
        }
    }

    /// Returns the ids of the older keys.
    pub(crate) fn older_ids(&self) -> Vec<MasterKeyId> {
        self.older.iter().map(MasterKey::id).collect()
    }

    /// Returns the ids of the newer keys.
    pub(crate) fn newer_ids(&self) -> Vec<MasterKeyId> {
        self.newer.iter().map(MasterKey::id).collect()
    }

    pub(super) fn held_older(&self) -> &[MasterKey] {
        &self.older
    }

    pub(super) fn held_newer(&self) -> &[MasterKey] {
        &self.newer
    }

    pub(crate) fn lost_ids(&self) -> &[MasterKeyId] {
        &self.lost
    }

    /// Checks that the keys do not contradict each other.
    pub(crate) fn check(&self) -> Result<(), MasterKeysError> {
        let mut held = BTreeSet::new();
        let keys = self.older.iter().chain(&self.newer);
        for id in keys.map(MasterKey::id).chain([self.current.id()]) {
            if !held.insert(id) {
                return Err(MasterKeysError::GivenTwice(id));
            }
        }
        match self.lost.iter().find(|id| held.contains(id)) {
            Some(id) => Err(MasterKeysError::HeldAndLost(*id)),
            None => Ok(()),
        }
    }

    /// Returns the status of the key with this id.
    pub(crate) fn find(&self, id: MasterKeyId) -> MasterKeyState<'_> {
        if self.current.id() == id {
            return MasterKeyState::Current(&self.current);
        }
        if let Some(key) = self.older.iter().find(|key| key.id() == id) {
            return MasterKeyState::Older(key);
        }
        if let Some(key) = self.newer.iter().find(|key| key.id() == id) {
            return MasterKeyState::Newer(key);
        }
        if self.lost.contains(&id) {
            return MasterKeyState::Lost;
        }
        MasterKeyState::Unknown
    }
}

/// The status of a master key on this node.
#[derive(Debug)]
pub(crate) enum MasterKeyState<'a> {
    /// The current key, which protects new values.
    Current(&'a MasterKey),
    /// An older key. Values under it are re-created under the current key.
    Older(&'a MasterKey),
    /// A newer key. Values under it are kept.
    Newer(&'a MasterKey),
    /// Declared lost. Argon2id verifies secrets under it.
    Lost,
    /// Unknown, so this node cannot verify values under it.
    Unknown,
}

/// The error for master keys that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeysError {
    /// The same key is given twice.
    #[error("the master key {0} is given twice: give it once, as current, older or newer")]
    GivenTwice(MasterKeyId),
    /// A key is both present and declared lost.
    #[error("the master key {0} is present and declared lost: remove its id from the lost keys")]
    HeldAndLost(MasterKeyId),
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, MasterKeyId, MasterKeyState, MasterKeys, MasterKeysError};
    use crate::values::{Brand, KindWord, Prefixes};

    /// Returns a copy of the key, which has no `Clone`.
    fn again(key: &MasterKey) -> MasterKey {
        key.expose_text().parse().unwrap()
    }

    #[test]
    fn one_key_is_a_set_of_keys() {
        let key = MasterKey::generate().unwrap();
        let id = key.id();
        let keys = MasterKeys::from(key);
        assert_eq!((keys.check(), keys.current_id()), (Ok(()), id));
    }

    #[test]
    fn a_key_is_found_where_it_was_put() {
        let [current, older, oldest, newer] = [(); 4].map(|()| MasterKey::generate().unwrap());
        let ids = [&current, &older, &oldest, &newer].map(MasterKey::id);
        let lost = MasterKeyId::from_bytes([7; 8]);
        let keys =
            MasterKeys::new(current).older([older]).older([oldest]).newer([newer]).lost([lost]);
        assert_eq!(keys.check(), Ok(()));
        assert_eq!((keys.current().id(), keys.current_id()), (ids[0], ids[0]));
        assert!(matches!(keys.find(ids[0]), MasterKeyState::Current(key) if key.id() == ids[0]));
        assert!(matches!(keys.find(ids[1]), MasterKeyState::Older(key) if key.id() == ids[1]));
        assert!(matches!(keys.find(ids[2]), MasterKeyState::Older(key) if key.id() == ids[2]));
        assert!(matches!(keys.find(ids[3]), MasterKeyState::Newer(key) if key.id() == ids[3]));
        assert!(matches!(keys.find(lost), MasterKeyState::Lost));
        assert!(matches!(keys.find(MasterKeyId::from_bytes([8; 8])), MasterKeyState::Unknown));
    }

    /// Without the prepared subkeys, each attempt would derive one.
    #[test]
    fn every_held_key_is_prepared_for_each_prefix() {
        let [current, older, newer] = [(); 3].map(|()| MasterKey::generate().unwrap());
        let mut keys = MasterKeys::new(current).older([older]).newer([newer]);
        let (brand, kinds) = (Brand::default(), [KindWord::Track, KindWord::App]);
        keys.prepare_for(&Prefixes::new(vec![brand], &kinds));
        for key in keys.older.iter().chain(&keys.newer).chain([&keys.current]) {
            for (place, kind) in kinds.into_iter().enumerate() {
                let prepared = key.digest_at(place).unwrap().code([b"secret", &[]]);
                assert_eq!(prepared, key.derive_digest(brand, kind).code([b"secret", &[]]));
            }
            assert!(key.digest_at(kinds.len()).is_none());
        }
    }

    #[test]
    fn contradictions_are_refused_and_name_the_key() {
        let [one, two] = [(); 2].map(|()| MasterKey::generate().unwrap());
        let keys = || MasterKeys::new(again(&one));
        let twice = [
            (keys().older([again(&one)]), one.id()),
            (keys().newer([again(&one)]), one.id()),
            (keys().older([again(&two)]).newer([again(&two)]), two.id()),
            (keys().older([again(&two), again(&two)]), two.id()),
        ];
        for (keys, id) in twice {
            assert_eq!(keys.check(), Err(MasterKeysError::GivenTwice(id)));
        }
        let lost = [
            (keys().lost([one.id()]), one.id()),
            (keys().older([again(&two)]).lost([two.id()]), two.id()),
            (keys().newer([again(&two)]).lost([two.id()]), two.id()),
        ];
        for (keys, id) in lost {
            assert_eq!(keys.check(), Err(MasterKeysError::HeldAndLost(id)));
        }
        assert_eq!(keys().lost([two.id(), two.id()]).check(), Ok(()));
    }

    #[test]
    fn debug_shows_ids_only() {
        let key = MasterKey::generate().unwrap();
        let text = key.expose_text();
        let shown = format!("{:?}", MasterKeys::new(again(&key)).older([again(&key)]));
        assert!(shown.contains(&key.id().to_string()));
        assert!(!shown.contains(&text[15..58]));
    }
}
