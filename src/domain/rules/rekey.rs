//! The rules for the renewal of tags, digests and seals under the current master key. A walk through the store renews them,
//! and a successful verification renews those of its secret.

use crate::domain::credential::GenerationRecord;
use crate::secrets::{MasterKey, MasterKeyId, MasterKeyState, MasterKeys, Seal};

/// The state of the tag of a stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagState {
    /// The tag matches, and is under the current master key and record epoch, or newer ones.
    UpToDate,
    /// The tag matches, and is under an older master key or record epoch.
    Outdated,
    /// The tag is under a master key that is declared lost, so it cannot be checked.
    Lost(MasterKeyId),
    /// The record does not match its tag.
    Corrupt,
    /// This node cannot check the tag: it does not accept the master key, the record epoch or the encoding.
    Unknown,
}

/// What a walk does with records whose tags are under a lost master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LostRecords {
    /// It does not change them.
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
    /// It tags the record again without a check, because its tag is under this lost master key.
    Adopt(MasterKeyId),
    /// It does not change the record or its secrets, because the tag is under a lost master key.
    LeaveLost,
    /// It does not change the record or its secrets, because this node cannot check the tag.
    LeaveUnknown,
    /// It does not change the record or its secrets, because the record is corrupt.
    LeaveCorrupt,
}

/// Decides what a walk does with a record whose tag is in this state.
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

/// The parts of a secret that are renewed under the current master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stale {
    /// Whether the digest is renewed.
    pub(crate) digest: bool,
    /// Whether the seal is renewed.
    pub(crate) seal: bool,
}

/// What a walk does with a secret.
#[derive(Debug)]
pub(crate) enum SecretRekey<'a> {
    /// The secret is under the current master key, or under a newer one.
    Keep,
    /// The secret is not sealed, so it is re-digested when it is next used.
    WaitForUse,
    /// The secret is under a master key that is lost or unknown.
    WithoutKey,
    /// The walk opens the seal with this key, and renews the stale parts.
    Renew {
        /// The seal.
        seal: &'a Seal,
        /// The key that the seal is under.
        key: &'a MasterKey,
        /// The parts that are renewed.
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
            MasterKeyState::Lost | MasterKeyState::Unknown => SecretRekey::WithoutKey,
        };
    };
    let digest = match digest {
        MasterKeyState::Current(_) | MasterKeyState::Newer(_) => false,
        MasterKeyState::Older(_) | MasterKeyState::Lost => true,
        // The key can be newer than those of this node. Two nodes would then replace each other's digests endlessly.
        MasterKeyState::Unknown => return SecretRekey::WithoutKey,
    };
    match keys.find(seal.key()) {
        MasterKeyState::Current(_) | MasterKeyState::Newer(_) if !digest => SecretRekey::Keep,
        MasterKeyState::Current(key) | MasterKeyState::Newer(key) => {
            SecretRekey::Renew { seal, key, stale: Stale { digest, seal: false } }
        }
        MasterKeyState::Older(key) => {
            SecretRekey::Renew { seal, key, stale: Stale { digest, seal: true } }
        }
        MasterKeyState::Lost | MasterKeyState::Unknown => SecretRekey::WithoutKey,
    }
}

/// Decides which parts of a secret are renewed after a successful verification, when the text of the secret is available.
pub(crate) fn stale(keys: &MasterKeys, generation: &GenerationRecord) -> Stale {
    let is_stale = |key| matches!(keys.find(key), MasterKeyState::Older(_) | MasterKeyState::Lost);
    Stale {
        digest: is_stale(generation.digest.key()) || generation.digest.awaits_first_use(),
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

    /// The state of a digest's or seal's master key on a node.
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

    struct KeysInEachState {
        keys: MasterKeys,
        ids: [MasterKeyId; 5],
    }

    impl KeysInEachState {
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

    /// Returns what a walk does with a secret, in one word.
    fn walk(keys: &KeysInEachState, digest: Under, seal: Option<Under>) -> String {
        match rekey_secret(&keys.keys, &keys.generation(digest, seal)) {
            SecretRekey::Keep => "keep".to_owned(),
            SecretRekey::WaitForUse => "wait".to_owned(),
            SecretRekey::WithoutKey => "without their key".to_owned(),
            SecretRekey::Renew { seal: opened, key, stale: Stale { digest, seal: again } } => {
                assert_eq!((opened.key(), Some(key.id())), (key.id(), seal.map(|at| keys.id(at))));
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
        let keys = KeysInEachState::new();
        let walked = ALL.map(|digest| walk(&keys, digest, None));
        assert_eq!(walked, ["keep", "wait", "keep", "without their key", "without their key"]);
    }

    #[test]
    fn a_walk_opens_a_seal_and_renews_stale_parts() {
        let keys = KeysInEachState::new();
        let with = |seal| ALL.map(|digest| walk(&keys, digest, Some(seal)));
        let lost = "without their key";
        assert_eq!(with(Under::Current), ["keep", "digest", "keep", "digest", lost]);
        assert_eq!(with(Under::Newer), ["keep", "digest", "keep", "digest", lost]);
        assert_eq!(with(Under::Older), ["seal", "digest seal", "seal", "digest seal", lost]);
        assert_eq!(with(Under::Lost), [lost; 5]);
        assert_eq!(with(Under::Unknown), [lost; 5]);
    }

    #[test]
    fn a_use_renews_parts_under_an_older_or_lost_key() {
        let keys = KeysInEachState::new();
        for digest in ALL {
            let is_stale = |under| matches!(under, Under::Older | Under::Lost);
            for seal in ALL {
                let found = stale(&keys.keys, &keys.generation(digest, Some(seal)));
                let expected = Stale { digest: is_stale(digest), seal: is_stale(seal) };
                assert_eq!(found, expected, "{digest:?}, {seal:?}");
            }
            let unsealed = keys.generation(digest, None);
            let found = stale(&keys.keys, &unsealed);
            assert_eq!(found, Stale { digest: is_stale(digest), seal: false });
            let digest = unsealed.digest.clone().of_output();
            let found = stale(&keys.keys, &GenerationRecord { digest, ..unsealed });
            assert_eq!(found, Stale { digest: true, seal: false }, "the first use of an import");
        }
    }
}
