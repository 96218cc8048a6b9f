//! The subkeys that tag records, and the check of tags.

use std::fmt;

use super::compare::Matches;
use super::mac::MacKey;
use super::master_key::MasterKey;
use super::master_key_id::MasterKeyId;
use super::master_keys::MasterKeys;
use super::record_epochs::RecordEpochs;
use super::record_tag::RecordTag;

/// The group of subkeys that tags a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagUse {
    /// Accounts, workspaces and credentials, with one subkey for each record epoch.
    Record,
    /// Events. They have no epoch because they are never tagged again.
    Event,
}

/// The encoding of a record, over which its tag is computed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Encoding {
    /// The lowest version that can represent the record.
    pub(crate) version: u8,
    /// The whole encoding, which begins with the version.
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Encoding {
    /// Shows no content, because it contains digests.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoding(version {}, {} bytes)", self.version, self.bytes.len())
    }
}

/// The error of checking a stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum Unopened {
    /// The tag does not match the record, because one of them was changed.
    #[error(
        "the record does not match its tag: compare it with a backup, and correct it, accept it with `repair`, or delete the credential"
    )]
    Corrupt,
    /// A newer release wrote the record with features that this release does not know.
    #[error("the record was written by a newer release: upgrade this node")]
    NewerEncoding,
    /// The tag was made under a master key that this node does not know.
    #[error(
        "the record was tagged under the master key {0}, which this node does not hold: give the node that key, or declare it lost"
    )]
    UnknownMasterKey(MasterKeyId),
    /// The tag was made under a master key that is declared lost.
    #[error(
        "the record was tagged under the lost master key {0}: review it, then rekey with `adopt_lost`"
    )]
    LostMasterKey(MasterKeyId),
    /// The tag was made under a record epoch that the builder does not name.
    #[error(
        "the record is of the record epoch {0}, which this node does not accept: name it, or restore the record"
    )]
    OtherEpoch(u32),
}

/// The tag subkeys of all master keys on a node, by record epoch, and the ids of the lost keys.
pub(crate) struct RecordKeys {
    current: Subkeys,
    older: Vec<Subkeys>,
    newer: Vec<Subkeys>,
    lost: Vec<MasterKeyId>,
    epoch: u32,
}

/// The tag subkeys of one master key.
struct Subkeys {
    id: MasterKeyId,
    record: MacKey,
    /// The subkeys of the other accepted epochs.
    other_epochs: Vec<(u32, MacKey)>,
    event: MacKey,
}

impl RecordKeys {
    pub(crate) fn new(keys: &MasterKeys, epochs: &RecordEpochs) -> Self {
        let all = |keys: &[MasterKey]| keys.iter().map(|key| Subkeys::of(key, epochs)).collect();
        Self {
            current: Subkeys::of(keys.current(), epochs),
            older: all(keys.held_older()),
            newer: all(keys.held_newer()),
            lost: keys.lost_ids().to_vec(),
            epoch: epochs.current(),
        }
    }

    /// Returns the tag of an encoding, under the current master key and record epoch.
    pub(crate) fn tag(&self, to: TagUse, encoding: &Encoding) -> RecordTag {
        let (epoch, subkey) = match to {
            TagUse::Record => (self.epoch, &self.current.record),
            TagUse::Event => (0, &self.current.event),
        };
        let code = subkey.code([&encoding.bytes, &[]]);
        RecordTag::new(encoding.version, self.current.id, epoch, code)
    }

    /// Checks that a tag matches an encoding, under a master key and a record epoch that this node accepts.
    ///
    /// `newest` is the newest encoding version that this release knows.
    pub(crate) fn check(
        &self,
        to: TagUse,
        tag: &RecordTag,
        newest: u8,
        encoding: &Encoding,
    ) -> Result<(), Unopened> {
        if tag.version() > newest {
            return Err(Unopened::NewerEncoding);
        }
        let subkey = self.subkey(to, tag)?;
        if tag.version() != encoding.version {
            return Err(Unopened::Corrupt);
        }
        match tag.matches(&subkey.code([&encoding.bytes, &[]])) {
            Matches::Yes => Ok(()),
            Matches::No => Err(Unopened::Corrupt),
        }
    }

    /// Returns `true` if a record must be tagged again because its master key or record epoch is older than the current one.
    /// Returns `false` for a newer one, which another node used.
    pub(crate) fn is_outdated(&self, tag: &RecordTag) -> bool {
        let under = |keys: &[Subkeys]| keys.iter().any(|key| key.id == tag.key());
        let older = under(&self.older) || tag.epoch() < self.epoch;
        let newer = under(&self.newer) || tag.epoch() > self.epoch;
        older && !newer
    }

    fn subkey(&self, to: TagUse, tag: &RecordTag) -> Result<&MacKey, Unopened> {
        let mut held = std::iter::once(&self.current).chain(&self.older).chain(&self.newer);
        let Some(key) = held.find(|key| key.id == tag.key()) else {
            return Err(if self.lost.contains(&tag.key()) {
                Unopened::LostMasterKey(tag.key())
            } else {
                Unopened::UnknownMasterKey(tag.key())
            });
        };
        match to {
            TagUse::Event if tag.epoch() == 0 => Ok(&key.event),
            TagUse::Event => Err(Unopened::Corrupt),
            TagUse::Record if tag.epoch() == self.epoch => Ok(&key.record),
            TagUse::Record => key
                .other_epochs
                .iter()
                .find(|(epoch, _)| *epoch == tag.epoch())
                .map(|(_, subkey)| subkey)
                .ok_or(Unopened::OtherEpoch(tag.epoch())),
        }
    }
}

impl Subkeys {
    fn of(key: &MasterKey, epochs: &RecordEpochs) -> Self {
        let others = epochs.all().filter(|epoch| *epoch != epochs.current());
        Self {
            id: key.id(),
            record: key.record(epochs.current()),
            other_epochs: others.map(|epoch| (epoch, key.record(epoch))).collect(),
            event: key.event(),
        }
    }
}

impl fmt::Debug for RecordKeys {
    /// Shows only ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordKeys")
            .field("current", &self.current.id)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
