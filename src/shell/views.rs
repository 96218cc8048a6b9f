//! The views for management pages. A view contains no secret, digest or seal.
//!
//! Each view has one JSON form, which deserializes again. `docs/json.md` has an example of each. Deserializing validates ids, names
//! and networks, and ignores unknown fields, so a client can be older than its server. An unknown word, such as a new status, is an
//! error.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AccountRecord, Action, ActorRef, CredentialRecord, CredentialStatus, Deprecation, Event,
    GenerationRecord, Revision, Subject, UnlistedWorkspaces, WorkspaceRecord,
};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, KindWord, Name, OperationId, Timestamp, WorkspaceId,
    stored_name,
};

use super::records::CheckedEvent;

/// A credential, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Credential {
    /// The id. For a Track set, the site id.
    pub id: CredentialId,
    /// The account.
    pub account: AccountId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The word of the kind, such as `track` or `app`.
    pub kind: KindWord,
    /// The name.
    #[serde(deserialize_with = "stored_name")]
    pub name: Name,
    /// Time of issue.
    pub created: Timestamp,
    /// The actor that issued it.
    pub created_by: ActorRef,
    /// Number of changes. Pass it to [`Manager::if_revision`](crate::Manager::if_revision) to prevent lost updates.
    pub revision: Revision,
    /// Status at the time of the read.
    pub status: CredentialStatus,
    /// Set if the credential is deprecated.
    pub deprecation: Option<Deprecation>,
    /// Time of the suspension; `None` if it is not suspended.
    pub suspended: Option<Timestamp>,
    /// Expiry, if one is set.
    pub expires: Option<Timestamp>,
    /// Last written use of any of these secrets, to the second.
    pub last_used: Option<Timestamp>,
    /// The current secret and, from a rotation until it is tidied away, the previous one.
    pub generations: Vec<Generation>,
}

/// One secret of a credential, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// The number of the secret, counted from 1.
    pub number: GenerationNumber,
    /// Time of issue.
    pub created: Timestamp,
    /// Status of the secret.
    pub standing: SecretStatus,
    /// Last written use, to the second.
    pub last_used: Option<Timestamp>,
}

/// The status of a secret.
///
/// Serializes as an object whose `is` is `current`, `overlaps` (with the time as `until`) or `ended` (with the time as `at`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StandingForm", into = "StandingForm")]
#[non_exhaustive]
pub enum SecretStatus {
    /// The current secret.
    Current,
    /// The previous secret, which works until this time.
    OverlapsUntil(Timestamp),
    /// The previous secret, which ended at this time.
    EndedAt(Timestamp),
}

/// The serialized form of a status.
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum StandingForm {
    Current,
    Overlaps { until: Timestamp },
    Ended { at: Timestamp },
}

impl From<SecretStatus> for StandingForm {
    fn from(standing: SecretStatus) -> Self {
        match standing {
            SecretStatus::Current => Self::Current,
            SecretStatus::OverlapsUntil(until) => Self::Overlaps { until },
            SecretStatus::EndedAt(at) => Self::Ended { at },
        }
    }
}

impl From<StandingForm> for SecretStatus {
    fn from(form: StandingForm) -> Self {
        match form {
            StandingForm::Current => Self::Current,
            StandingForm::Overlaps { until } => Self::OverlapsUntil(until),
            StandingForm::Ended { at } => Self::EndedAt(at),
        }
    }
}

impl fmt::Display for SecretStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => f.write_str("current"),
            Self::OverlapsUntil(time) => write!(f, "works until {time}"),
            Self::EndedAt(time) => write!(f, "ended at {time}"),
        }
    }
}

impl Credential {
    pub(crate) fn of(record: &CredentialRecord, now: Timestamp) -> Self {
        let generation = |generation: &GenerationRecord, standing| Generation {
            number: generation.number,
            created: generation.created,
            standing,
            last_used: generation.last_used,
        };
        let previous = record.previous.as_ref().map(|previous| {
            let standing = if previous.until > now {
                SecretStatus::OverlapsUntil(previous.until)
            } else {
                SecretStatus::EndedAt(previous.until)
            };
            generation(&previous.generation, standing)
        });
        let current = generation(&record.current, SecretStatus::Current);
        Self {
            id: record.id,
            account: record.account.clone(),
            workspace: record.workspace.clone(),
            kind: record.kind,
            name: record.name.clone(),
            created: record.created,
            created_by: record.created_by.clone(),
            revision: record.revision,
            status: record.status(now),
            deprecation: record.deprecation,
            suspended: record.suspended,
            expires: record.expires,
            last_used: record.generations().filter_map(|generation| generation.last_used).max(),
            generations: std::iter::once(current).chain(previous).collect(),
        }
    }
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The id that the service chose.
    pub id: WorkspaceId,
    /// The name.
    #[serde(deserialize_with = "stored_name")]
    pub name: Name,
    /// Time of creation.
    pub created: Timestamp,
    /// Number of changes to the workspace or to one of its credentials.
    pub revision: Revision,
    /// Number of credentials.
    pub credentials: u32,
    /// Number of allowlist entries.
    pub allowlist_entries: usize,
    /// Number of connected integrations.
    pub integrations: usize,
}

impl Workspace {
    pub(crate) fn of(record: &WorkspaceRecord) -> Self {
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            created: record.created,
            revision: record.revision,
            credentials: record.credentials,
            allowlist_entries: record.allowlist.len(),
            integrations: record.integrations.len(),
        }
    }
}

/// One event in the history of an account. It contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEvent {
    /// The operation id, which identifies the event. It is also the cursor of a page that ends with this event.
    pub operation: OperationId,
    /// Time of the operation, by the clock of its node.
    pub at: Timestamp,
    /// The account.
    pub account: AccountId,
    /// The subject of the operation.
    pub subject: Subject,
    /// The actor.
    pub by: ActorRef,
    /// The action.
    pub action: Action,
    /// `true` if the event matches its tag. `false` if this node cannot check the tag, because it does not know the master key or
    /// because a newer release made the tag. The event may then have been changed.
    pub is_checked: bool,
}

impl HistoryEvent {
    pub(crate) fn of(checked: CheckedEvent) -> Self {
        let (event, is_checked) = match checked {
            CheckedEvent::Genuine(event) => (event, true),
            CheckedEvent::Unchecked(event) => (event, false),
        };
        let Event { number: _, operation, at, account, subject, by, action, tags: _ } = event;
        Self { operation, at, account, subject, by, action, is_checked }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The id that the service chose.
    pub id: AccountId,
    /// Number of changes to the account itself.
    pub revision: Revision,
    /// Time of the suspension; `None` if it is not suspended.
    pub suspended: Option<Timestamp>,
    /// Setting for workspaces without allowlist entries.
    pub unlisted_workspaces: UnlistedWorkspaces,
}

impl Account {
    pub(crate) fn of(record: AccountRecord) -> Self {
        let AccountRecord { id, revision, suspended, unlisted_workspaces, incarnation: _, tag: _ } =
            record;
        Self { id, revision, suspended, unlisted_workspaces }
    }

    /// Returns the view of an account without a record.
    pub(crate) fn untouched(id: AccountId) -> Self {
        let unlisted_workspaces = UnlistedWorkspaces::default();
        Self { id, revision: Revision::NONE, suspended: None, unlisted_workspaces }
    }
}

#[cfg(test)]
mod tests {
    use super::SecretStatus;

    #[test]
    fn a_standing_is_a_line_for_people() {
        let noon = "2030-01-31T12:00:00Z".parse().unwrap();
        for (standing, line) in [
            (SecretStatus::Current, "current"),
            (SecretStatus::OverlapsUntil(noon), "works until 2030-01-31T12:00:00.000000Z"),
            (SecretStatus::EndedAt(noon), "ended at 2030-01-31T12:00:00.000000Z"),
        ] {
            assert_eq!(standing.to_string(), line);
        }
    }
}
