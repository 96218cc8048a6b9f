//! What is made again under the current master key: by a walk through the store, and after a secret has passed.

use crate::domain::credential::GenerationRecord;
use crate::secrets::{MasterKey, MasterKeyId, MasterKeyState, MasterKeys, Seal};

/// What the tag of a stored record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagState {
    /// The record opens, and its tag is under the current master key and record epoch, or newer ones.
    UpToDate,
    /// The record opens, and its tag is under an older master key or record epoch.
    Outdated,
    /// The tag is under a master key that is declared lost, so nobody can tell whether the record is genuine.
    Lost(MasterKeyId),
    /// The record does not match its tag.
    Corrupt,
    /// This node cannot tell: it does not accept the master key, the record epoch or the encoding.
    Unknown,
}

/// What a walk does with records whose tags are under a lost master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LostRecords {
    /// It leaves them alone.
    #[default]
    Leave,
    /// It accepts them as they are stored, and tags them again.
    Adopt,
}

/// What a walk does with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordRekey {
    /// It keeps the tag.
    Keep,
    /// It tags the record again.
    Retag,
    /// It tags the record again, although nobody can check it: its tag was under this lost master key.
    Adopt(MasterKeyId),
    /// It leaves the record and its secrets alone: the record is under a lost master key.
    LeaveLost,
    /// It leaves the record and its secrets alone: this node cannot check the record.
    LeaveUnknown,
    /// It leaves the record and its secrets alone: the record is corrupt.
    LeaveCorrupt,
}

/// Decides what a walk does with a record whose tag says this.
pub(crate) fn rekey_record(tag: TagState, lost: LostRecords) -> RecordRekey {
    match (tag, lost) {
        (TagState::UpToDate, _) => RecordRekey::Keep,
        (TagState::Outdated, _) => RecordRekey::Retag,
        (TagState::Lost(key), LostRecords::Adopt) => RecordRekey::Adopt(key),
        (TagState::Lost(_), LostRecords::Leave) => RecordRekey::LeaveLost,
        (TagState::Unknown, _) => RecordRekey::LeaveUnknown,
        (TagState::Corrupt, _) => RecordRekey::LeaveCorrupt,
    }
}

/// What is made again of a secret under the current master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stale {
    /// The digest is made again.
    pub(crate) digest: bool,
    /// The seal is made again.
    pub(crate) seal: bool,
}

/// What a walk does with a secret.
#[derive(Debug)]
pub(crate) enum SecretRekey<'a> {
    /// The secret is under the current master key, or under a newer one.
    Keep,
    /// The secret is not sealed, so it is digested again when it is next used.
    WaitForUse,
    /// The secret is under a master key that is lost or unknown.
    OutOfReach,
    /// It opens the seal with this key, and makes again what is stale.
    Renew {
        /// The seal.
        seal: &'a Seal,
        /// The key that the seal is under.
        key: &'a MasterKey,
        /// What is made again.
        stale: Stale,
    },
}

/// Decides what a walk does with a secret.
pub(crate) fn rekey_secret<'a>(
    keys: &'a MasterKeys,
    generation: &'a GenerationRecord,
) -> SecretRekey<'a> {
    let digest = keys.find(generation.digest.key());
    let Some(seal) = &generation.seal else {
        return match digest {
            MasterKeyState::Current(_) | MasterKeyState::Newer(_) => SecretRekey::Keep,
            MasterKeyState::Older(_) => SecretRekey::WaitForUse,
            MasterKeyState::Lost | MasterKeyState::Unknown => SecretRekey::OutOfReach,
        };
    };
    let digest = match digest {
        MasterKeyState::Current(_) | MasterKeyState::Newer(_) => false,
        MasterKeyState::Older(_) | MasterKeyState::Lost => true,
        // The key can be newer than those that this node knows. Two nodes would replace each other's digests without end.
        MasterKeyState::Unknown => return SecretRekey::OutOfReach,
    };
    match keys.find(seal.key()) {
        MasterKeyState::Current(_) | MasterKeyState::Newer(_) if !digest => SecretRekey::Keep,
        MasterKeyState::Current(key) | MasterKeyState::Newer(key) => {
            SecretRekey::Renew { seal, key, stale: Stale { digest, seal: false } }
        }
        MasterKeyState::Older(key) => {
            SecretRekey::Renew { seal, key, stale: Stale { digest, seal: true } }
        }
        MasterKeyState::Lost | MasterKeyState::Unknown => SecretRekey::OutOfReach,
    }
}

/// Decides what is made again of a secret that has just passed, so that its text is known.
pub(crate) fn stale(keys: &MasterKeys, generation: &GenerationRecord) -> Stale {
    let is_stale = |key| matches!(keys.find(key), MasterKeyState::Older(_) | MasterKeyState::Lost);
    Stale {
        digest: is_stale(generation.digest.key()),
        seal: generation.seal.as_ref().is_some_and(|seal| is_stale(seal.key())),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        LostRecords, RecordRekey, SecretRekey, Stale, TagState, rekey_record, rekey_secret, stale,
    };
    use crate::domain::credential::GenerationRecord;
    use crate::domain::sample;
    use crate::secrets::{KeyedDigest, MasterKey, MasterKeyId, MasterKeys, Seal};

    /// How a node stands to the master key of a digest or seal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Under {
        Current,
        Older,
        Newer,
        Lost,
        Unknown,
    }

    const ALL: [Under; 5] =
        [Under::Current, Under::Older, Under::Newer, Under::Lost, Under::Unknown];

    struct World {
        keys: MasterKeys,
        ids: [MasterKeyId; 5],
    }

    impl World {
        fn new() -> Self {
            let [current, older, newer] = [0; 3].map(|_| MasterKey::generate().unwrap());
            let [lost, unknown] = [1, 2].map(|byte| MasterKeyId::from_bytes([byte; 8]));
            let ids = [current.id(), older.id(), newer.id(), lost, unknown];
            let keys = MasterKeys::new(current).older([older]).newer([newer]).lost([lost]);
            Self { keys, ids }
        }

        fn id(&self, under: Under) -> MasterKeyId {
            self.ids[under as usize]
        }

        /// A secret with these master keys.
        fn generation(&self, digest: Under, seal: Option<Under>) -> GenerationRecord {
            // Both formats begin with a version byte and the id of the master key.
            let with_key = |length: usize, under| {
                let mut bytes = vec![0; length];
                bytes[0] = 1;
                bytes[1..9].copy_from_slice(self.id(under).as_bytes());
                bytes
            };
            GenerationRecord {
                digest: KeyedDigest::from_bytes(&with_key(KeyedDigest::LENGTH, digest)).unwrap(),
                seal: seal.map(|seal| Seal::from_bytes(&with_key(Seal::LENGTH, seal)).unwrap()),
                ..sample::credential().current
            }
        }
    }

    /// What a walk does with a secret, in one word.
    fn walk(world: &World, digest: Under, seal: Option<Under>) -> String {
        match rekey_secret(&world.keys, &world.generation(digest, seal)) {
            SecretRekey::Keep => "keep".to_owned(),
            SecretRekey::WaitForUse => "wait".to_owned(),
            SecretRekey::OutOfReach => "out of reach".to_owned(),
            SecretRekey::Renew { seal: opened, key, stale: Stale { digest, seal: again } } => {
                assert_eq!((opened.key(), Some(key.id())), (key.id(), seal.map(|at| world.id(at))));
                let parts = [(digest, "digest"), (again, "seal")];
                parts
                    .iter()
                    .filter_map(|(is, part)| is.then_some(*part))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        }
    }

    #[test]
    fn records_are_tagged_again_where_their_tags_are_outdated_or_may_be_adopted() {
        let key = MasterKeyId::from_bytes([7; 8]);
        let cases = [
            (TagState::UpToDate, RecordRekey::Keep, RecordRekey::Keep),
            (TagState::Outdated, RecordRekey::Retag, RecordRekey::Retag),
            (TagState::Lost(key), RecordRekey::LeaveLost, RecordRekey::Adopt(key)),
            (TagState::Unknown, RecordRekey::LeaveUnknown, RecordRekey::LeaveUnknown),
            (TagState::Corrupt, RecordRekey::LeaveCorrupt, RecordRekey::LeaveCorrupt),
        ];
        for (tag, left, adopted) in cases {
            assert_eq!(rekey_record(tag, LostRecords::Leave), left);
            assert_eq!(rekey_record(tag, LostRecords::Adopt), adopted);
        }
        assert_eq!(LostRecords::default(), LostRecords::Leave);
    }

    #[test]
    fn a_walk_waits_for_the_use_of_a_secret_that_is_not_sealed() {
        let world = World::new();
        let walked = ALL.map(|digest| walk(&world, digest, None));
        assert_eq!(walked, ["keep", "wait", "keep", "out of reach", "out of reach"]);
    }

    #[test]
    fn a_walk_opens_a_seal_and_makes_again_what_is_stale() {
        let world = World::new();
        let with = |seal| ALL.map(|digest| walk(&world, digest, Some(seal)));
        let lost = "out of reach";
        assert_eq!(with(Under::Current), ["keep", "digest", "keep", "digest", lost]);
        assert_eq!(with(Under::Newer), ["keep", "digest", "keep", "digest", lost]);
        assert_eq!(with(Under::Older), ["seal", "digest seal", "seal", "digest seal", lost]);
        assert_eq!(with(Under::Lost), [lost; 5]);
        assert_eq!(with(Under::Unknown), [lost; 5]);
    }

    #[test]
    fn after_a_use_what_is_under_an_older_or_lost_key_is_made_again() {
        let world = World::new();
        for digest in ALL {
            let is_stale = |under| matches!(under, Under::Older | Under::Lost);
            for seal in ALL {
                let found = stale(&world.keys, &world.generation(digest, Some(seal)));
                let expected = Stale { digest: is_stale(digest), seal: is_stale(seal) };
                assert_eq!(found, expected, "{digest:?}, {seal:?}");
            }
            let found = stale(&world.keys, &world.generation(digest, None));
            assert_eq!(found, Stale { digest: is_stale(digest), seal: false });
        }
    }
}
