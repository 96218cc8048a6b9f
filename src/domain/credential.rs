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

/// One secret of a credential, at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct GenerationRecord {
    /// Which secret: it counts up from 1.
    pub number: GenerationNumber,
    /// The brand of its key text.
    pub brand: Brand,
    /// When it was issued.
    pub created: Timestamp,
    /// The Argon2id hash, which needs no key.
    pub slow_hash: SlowHash,
    /// The keyed digest that decides requests.
    pub digest: KeyedDigest,
    /// The sealed secret, for a kind whose secrets can be shown again.
    pub seal: Option<Seal>,
    /// When it last passed, to the second, as far as uses have been recorded.
    pub last_used: Option<Timestamp>,
}

/// The secret before the current one, while a rotation overlaps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct PreviousGeneration {
    /// The secret.
    pub generation: GenerationRecord,
    /// When it ends.
    pub until: Timestamp,
}

/// The deprecation of a credential: it is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Deprecation {
    /// Since when.
    pub since: Timestamp,
    /// When it ends, if that is set.
    pub sunset: Option<Timestamp>,
}

/// What a store keeps of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct CredentialRecord {
    /// Its id, which never changes. For a Track set, the site id.
    pub id: CredentialId,
    /// Whose it is.
    pub account: AccountId,
    /// The workspace that it opens.
    pub workspace: WorkspaceId,
    /// The [incarnation](super::workspace::WorkspaceRecord::incarnation) of that workspace.
    pub workspace_incarnation: OperationId,
    /// The word of its kind.
    pub kind: KindWord,
    /// Its name, unique in the workspace and kind by [`Name::key`].
    pub name: Name,
    /// When it was issued.
    pub created: Timestamp,
    /// The actor who issued it.
    pub created_by: ActorRef,
    /// How often it was changed, with its issue as the first change.
    pub revision: Revision,
    /// The current secret.
    pub current: GenerationRecord,
    /// The previous one, while a rotation overlaps and until it is tidied away.
    pub previous: Option<PreviousGeneration>,
    /// Set if the credential is deprecated.
    pub deprecation: Option<Deprecation>,
    /// Since when it is suspended, if it is.
    pub suspended: Option<Timestamp>,
    /// When it expires, if that is set.
    pub expires: Option<Timestamp>,
    /// Keyward's authentication code over the other fields, without last-used times. Opaque to a store.
    pub tag: RecordTag,
}

/// How a credential stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "a fifth status must be met by every store and page")]
pub enum CredentialStatus {
    /// It works.
    Active,
    /// It works, and is ending.
    Deprecated,
    /// It is off, and can be resumed.
    Suspended,
    /// It is past its expiry or sunset. Nothing revives it.
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
    /// Returns a credential as it is issued in this workspace: created with its first secret, at its first revision, and
    /// without an end or a tag.
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
            tag: RecordTag::NONE,
        }
    }

    /// Checks that this credential was issued in this workspace: by id, account and incarnation.
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

    /// When it ends: its expiry or its sunset, whichever comes first.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let sunset = self.deprecation.and_then(|deprecation| deprecation.sunset);
        match (self.expires, sunset) {
            (Some(expiry), Some(sunset)) => Some(expiry.min(sunset)),
            (end, None) | (None, end) => end,
        }
    }

    /// How it stands at `now`. What is over stays over; what is suspended shows that first.
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

    /// Not expired, not past its sunset, not suspended.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        matches!(self.status(now), CredentialStatus::Active | CredentialStatus::Deprecated)
    }

    /// Usable, not deprecated, and without an expiry. No clock is needed to tell.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.suspended.is_none() && self.deprecation.is_none() && self.expires.is_none()
    }

    /// Its one or two secrets, the current one first.
    pub fn generations(&self) -> impl Iterator<Item = &GenerationRecord> {
        let previous = self.previous.as_ref().map(|previous| &previous.generation);
        std::iter::once(&self.current).chain(previous)
    }

    /// The secret with this number, if it is one of the two.
    #[must_use]
    pub fn generation(&self, number: GenerationNumber) -> Option<&GenerationRecord> {
        self.generations().find(|generation| generation.number == number)
    }

    /// What a secret of this credential belongs to.
    pub(crate) const fn identity(&self, generation: &GenerationRecord) -> Identity {
        Identity { brand: generation.brand, kind: self.kind, id: self.id }
    }

    /// Checks what the types cannot: a store is untrusted input. The crate does so with every record
    /// that a store hands it.
    pub fn check(&self) -> Result<(), CorruptRecord> {
        let corrupt = |rule| Err(CorruptRecord::new(rule));
        if let Some(previous) = &self.previous {
            let previous = &previous.generation;
            if previous.number >= self.current.number {
                return corrupt("the previous secret is older than the current");
            }
            if previous.digest == self.current.digest
                || previous.slow_hash == self.current.slow_hash
            {
                return corrupt("two secrets of a credential are never equal");
            }
        }
        Ok(())
    }
}

/// What a change does to one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must carry out each")]
pub enum CredentialEdit {
    /// A new credential. Its id must not exist.
    Insert(CredentialRecord),
    /// A new state of one that exists, except for what [`Change`](crate::store::Change) excludes.
    Update(CredentialRecord),
    /// The end of one that exists.
    Delete(CredentialId),
}

impl CredentialEdit {
    /// The credential that it is about.
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
