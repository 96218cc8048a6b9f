//! The master keys of one service: which are held, and which are lost.

use std::collections::BTreeSet;

use super::master_key::MasterKey;
use super::master_key_id::MasterKeyId;
use crate::values::Prefixes;

/// The master keys that a service knows: one current, under which all that is new is made, older and
/// newer ones, and the ids of keys that are declared lost.
///
/// # Changing the key
///
/// A node that meets a key it has never heard of answers "unavailable". So change in this order, and
/// deploy each step everywhere before the next:
///
/// 1. the new key is `newer`: every node can read what it made, and none makes anything with it;
/// 2. the new key is current and the old one is `older`: secrets are re-digested as they are used;
/// 3. `rekey` walks the store and does the rest: it also tags accounts and workspaces again, which no use does;
/// 4. when a walk finds nothing left under the old key, drop it. Dropped too early, it makes everything
///    that is still under it unavailable.
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
/// Records that were tagged under a lost key cannot be checked, and secrets cannot be checked by their digests, nor
/// revealed. Proceed in this order:
///
/// 1. Declare the key `lost` on every node. Attempts stay unavailable: anyone who can write to the database could
///    name that key.
/// 2. Review what is stored, for example against a backup.
/// 3. Walk the store with [`rekey`](crate::Keyward::rekey) and [`Rekey::adopt_lost`](crate::operate::Rekey::adopt_lost). It
///    tags the records again as they are stored, and logs each.
///
/// From then on Argon2id decides, once for each secret, which then gets a new digest. Never declare a key lost that is
/// held elsewhere: it costs a slow hash for each secret.
#[derive(Debug)]
pub struct MasterKeys {
    current: MasterKey,
    older: Vec<MasterKey>,
    newer: Vec<MasterKey>,
    lost: Vec<MasterKeyId>,
}

impl MasterKeys {
    /// The current key, and no other.
    #[must_use]
    pub fn new(current: MasterKey) -> Self {
        Self { current, older: Vec::new(), newer: Vec::new(), lost: Vec::new() }
    }

    /// Adds keys that were current once: what was made under them is still valid, and is made again under
    /// the current key.
    #[must_use]
    pub fn older(mut self, keys: impl IntoIterator<Item = MasterKey>) -> Self {
        self.older.extend(keys);
        self
    }

    /// Adds keys that are about to be current: what was made under them counts, and is left alone.
    #[must_use]
    pub fn newer(mut self, keys: impl IntoIterator<Item = MasterKey>) -> Self {
        self.newer.extend(keys);
        self
    }

    /// Declares keys lost, by the ids that [`MasterKey::id`] gave or that an error named.
    #[must_use]
    pub fn lost(mut self, ids: impl IntoIterator<Item = MasterKeyId>) -> Self {
        self.lost.extend(ids);
        self
    }

    /// The id of the current key.
    #[must_use]
    pub fn current_id(&self) -> MasterKeyId {
        self.current.id()
    }

    pub(crate) fn current(&self) -> &MasterKey {
        &self.current
    }

    /// Derives the subkeys that attempts with these prefixes need.
    pub(crate) fn prepare_for(&mut self, prefixes: &Prefixes) {
        let keys = self.older.iter_mut().chain(&mut self.newer);
        for key in keys.chain([&mut self.current]) {
            key.prepare_for(prefixes);
        }
    }

    pub(super) fn held_older(&self) -> &[MasterKey] {
        &self.older
    }

    pub(super) fn held_newer(&self) -> &[MasterKey] {
        &self.newer
    }

    pub(super) fn lost_ids(&self) -> &[MasterKeyId] {
        &self.lost
    }

    /// Refuses keys that contradict each other.
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

    /// What is known of the key with this id.
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

/// What a node knows of a master key.
#[derive(Debug)]
pub(crate) enum MasterKeyState<'a> {
    /// All that is new is made under it.
    Current(&'a MasterKey),
    /// Held: what was made under it is made again under the current key.
    Older(&'a MasterKey),
    /// Held: what was made under it is left alone.
    Newer(&'a MasterKey),
    /// Declared lost: Argon2id decides.
    Lost,
    /// Never heard of: this node cannot tell.
    Unknown,
}

/// Why master keys contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeysError {
    /// One key is given twice.
    #[error("the master key {0} is given twice: give it once, as current, older or newer")]
    GivenTwice(MasterKeyId),
    /// A key is held, and declared lost as well.
    #[error("the master key {0} is held and declared lost: take its id out of the lost ones")]
    HeldAndLost(MasterKeyId),
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, MasterKeyId, MasterKeyState, MasterKeys, MasterKeysError};
    use crate::values::{Brand, KindWord, Prefixes};

    /// The same key again: there is no `Clone`.
    fn again(key: &MasterKey) -> MasterKey {
        key.expose_text().parse().unwrap()
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

    /// Otherwise each attempt would derive its subkey.
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
