//! Credentials: named keys of a workspace, with one or two generations of secrets.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::corrupt_record::CorruptRecord;
use super::workspace::WorkspaceRecord;
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, Identity, KindWord, Name, OperationId,
    Timestamp, WorkspaceId,
};

use super::account::Revision;
use super::actor::ActorRef;
use super::grant::Grant;
use crate::secrets::OwnerHash;

/// One stored secret of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct GenerationRecord {
    /// The number of the secret, counted from 1.
    pub number: GenerationNumber,
    /// The brand in its key text.
    pub brand: Brand,
    /// When the secret was made.
    pub created: Timestamp,
    /// The Argon2id hash, which does not depend on a master key.
    pub slow_hash: SlowHash,
    /// The keyed digest that verification compares.
    pub digest: KeyedDigest,
    /// The sealed secret, if secrets of this kind can be revealed again.
    pub seal: Option<Seal>,
    /// When the secret was last used, to the second, as far as uses are recorded.
    pub last_used: Option<Timestamp>,
}

impl GenerationRecord {
    /// Returns `true` if another system made the secret: its brand is the reserved brand `imported`.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        self.brand == Brand::IMPORTED
    }
}

/// The previous secret during the overlap of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct PreviousGeneration {
    /// The secret.
    pub generation: GenerationRecord,
    /// When the secret ends.
    pub until: Timestamp,
}

/// The deprecation of a credential: it is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Deprecation {
    /// When the credential was deprecated.
    pub since: Timestamp,
    /// When the credential ends, if a sunset is set.
    pub sunset: Option<Timestamp>,
}

/// The stored record of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct CredentialRecord {
    /// The id, which never changes. For a Track set, it is the site id.
    pub id: CredentialId,
    /// The account that owns it.
    pub account: AccountId,
    /// The workspace that it gives access to.
    pub workspace: WorkspaceId,
    /// The [incarnation](super::workspace::WorkspaceRecord::incarnation) of that workspace.
    pub workspace_incarnation: OperationId,
    /// The word of its kind.
    pub kind: KindWord,
    /// The name. Its [`Name::key`] is unique among the credentials of this kind in the workspace.
    pub name: Name,
    /// When it was issued.
    pub created: Timestamp,
    /// The actor that issued it.
    pub created_by: ActorRef,
    /// The number of changes. Its issue is the first change.
    pub revision: Revision,
    /// The current secret.
    pub current: GenerationRecord,
    /// The previous secret, during the overlap of a rotation and until it is deleted afterwards.
    pub previous: Option<PreviousGeneration>,
    /// The deprecation, if it is deprecated.
    pub deprecation: Option<Deprecation>,
    /// When it was suspended, if it is suspended.
    pub suspended: Option<Timestamp>,
    /// When it expires, if it has an expiry.
    pub expires: Option<Timestamp>,
    /// Its scopes, networks, labels and owner.
    pub grant: Grant,
    /// Keyward's authentication code over the other fields except last-used times. Opaque to a store.
    pub tag: RecordTag,
}

/// The status of a credential at a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "every store and page must handle a fifth status")]
pub enum CredentialStatus {
    /// The credential works.
    Active,
    /// The credential works, and is ending.
    Deprecated,
    /// The credential does not work, and can be resumed.
    Suspended,
    /// The credential is past its expiry or sunset. This is final.
    Ended,
}

impl fmt::Display for CredentialStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Deprecated => "deprecated",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        })
    }
}

impl CredentialRecord {
    /// Creates a credential of this workspace, with its first secret, at its first revision, and without an end or a tag.
    #[must_use]
    pub fn issued(
        id: CredentialId,
        workspace: &WorkspaceRecord,
        kind: KindWord,
        name: Name,
        created_by: ActorRef,
        secret: GenerationRecord,
    ) -> Self {
        Self {
            id,
            account: workspace.account.clone(),
            workspace: workspace.id.clone(),
            workspace_incarnation: workspace.incarnation,
            kind,
            name,
            created: secret.created,
            created_by,
            revision: Revision::NONE.next(),
            current: secret,
            previous: None,
            deprecation: None,
            suspended: None,
            expires: None,
            grant: Grant::default(),
            tag: RecordTag::NONE,
        }
    }

    /// Checks that this credential was issued in this workspace. Compares id, account and incarnation.
    pub(crate) fn check_workspace(&self, workspace: &WorkspaceRecord) -> Result<(), CorruptRecord> {
        if self.workspace == workspace.id
            && self.account == workspace.account
            && self.workspace_incarnation == workspace.incarnation
        {
            Ok(())
        } else {
            Err(CorruptRecord::new(
                "the workspace is not the one that the credential was issued in",
            ))
        }
    }

    /// Returns when the credential ends: the earlier of its expiry and its sunset.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let sunset = self.deprecation.and_then(|deprecation| deprecation.sunset);
        match (self.expires, sunset) {
            (Some(expiry), Some(sunset)) => Some(expiry.min(sunset)),
            (end, None) | (None, end) => end,
        }
    }

    /// Returns the status at `now`. [`Ended`](CredentialStatus::Ended) comes before
    /// [`Suspended`](CredentialStatus::Suspended), and this before [`Deprecated`](CredentialStatus::Deprecated).
    #[must_use]
    pub fn status(&self, now: Timestamp) -> CredentialStatus {
        if self.ends().is_some_and(|end| end <= now) {
            CredentialStatus::Ended
        } else if self.suspended.is_some() {
            CredentialStatus::Suspended
        } else if self.deprecation.is_some() {
            CredentialStatus::Deprecated
        } else {
            CredentialStatus::Active
        }
    }

    /// Returns `true` if the credential is not expired, not past its sunset and not suspended at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        matches!(self.status(now), CredentialStatus::Active | CredentialStatus::Deprecated)
    }

    /// Returns `true` if the credential is usable, not deprecated, and without an expiry. This does not depend on the time.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.suspended.is_none() && self.deprecation.is_none() && self.expires.is_none()
    }

    /// Returns the one or two secrets, the current one first.
    pub fn generations(&self) -> impl Iterator<Item = &GenerationRecord> {
        let previous = self.previous.as_ref().map(|previous| &previous.generation);
        std::iter::once(&self.current).chain(previous)
    }

    /// Returns the secret with this number, if the credential has it.
    #[must_use]
    pub fn generation(&self, number: GenerationNumber) -> Option<&GenerationRecord> {
        self.generations().find(|generation| generation.number == number)
    }

    /// Returns the hash of the member who owns the credential, if one does.
    pub(crate) fn owner_hash(&self) -> Option<OwnerHash> {
        self.grant.owner.member().map(|member| OwnerHash::of(&self.account, member))
    }

    /// Returns the identity of a secret of this credential.
    pub(crate) const fn identity(&self, generation: &GenerationRecord) -> Identity {
        Identity { brand: generation.brand, kind: self.kind, id: self.id }
    }

    /// Checks the rules that the types cannot enforce.
    ///
    /// A store is untrusted input, so Keyward checks every record that a store returns.
    pub fn check(&self) -> Result<(), CorruptRecord> {
        let corrupt = |rule| Err(CorruptRecord::new(rule));
        if let Some(previous) = &self.previous {
            let previous = &previous.generation;
            if previous.number >= self.current.number {
                return corrupt("the previous secret must be older than the current one");
            }
            if previous.digest == self.current.digest
                || previous.slow_hash == self.current.slow_hash
            {
                return corrupt("the two secrets of a credential must differ");
            }
        }
        Ok(())
    }
}

/// The change of one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must apply each")]
pub enum CredentialEdit {
    /// Inserts a new credential. Its id must not exist.
    Insert(CredentialRecord),
    /// Replaces an existing credential, except for the fields that [`Change`](crate::store::Change) excludes.
    Update(CredentialRecord),
    /// Deletes an existing credential.
    Delete(CredentialId),
}

impl CredentialEdit {
    /// Returns the id of the credential.
    #[must_use]
    pub const fn id(&self) -> CredentialId {
        match self {
            Self::Insert(record) | Self::Update(record) => record.id,
            Self::Delete(id) => *id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CredentialStatus;

    #[test]
    fn a_status_is_one_word_for_people_and_programs() {
        for (status, word) in [
            (CredentialStatus::Active, "active"),
            (CredentialStatus::Deprecated, "deprecated"),
            (CredentialStatus::Suspended, "suspended"),
            (CredentialStatus::Ended, "ended"),
        ] {
            assert_eq!(status.to_string(), word);
            assert_eq!(serde_json::to_value(status).unwrap(), word);
        }
    }
}
