//! The views for management pages. A view contains no secret, digest or seal.
//!
//! Each view has one JSON form, which deserializes again. `docs/json.md` has an example of each. Deserializing validates ids, names
//! and networks, and ignores unknown fields, so a client can be older than its server. An unknown word, such as a new status, is an
//! error.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AccountPolicy, AccountRecord, Action, ActorRef, CredentialRecord, CredentialStatus,
    Deprecation, Event, GenerationRecord, LeakResponse, Owner, Revision, Subject,
    UnlistedWorkspaces, WorkspaceRecord,
};
use crate::values::{
    AccountId, CredentialId, CredentialNetworks, GenerationNumber, KindWord, Labels, Name,
    OperationId, Scopes, Timestamp, WorkspaceId, stored_name,
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
    /// The scopes.
    pub scopes: Scopes,
    /// The networks from which it can be used, in addition to the workspace's allowlist. `None` if it has none of its own.
    pub networks: Option<CredentialNetworks>,
    /// The labels.
    pub labels: Labels,
    /// The owner.
    pub owner: Owner,
    /// Last recorded use of any of these secrets, to the second. [`Builder::last_used_grain`](crate::Builder::last_used_grain) says by
    /// how much a later use can be missing.
    pub last_used: Option<Timestamp>,
    /// The current secret and, from a rotation until it is deleted, the previous one.
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
    pub status: SecretStatus,
    /// Last recorded use, to the second. [`Builder::last_used_grain`](crate::Builder::last_used_grain) says by how much a later use can be
    /// missing.
    pub last_used: Option<Timestamp>,
}

/// The status of a secret.
///
/// Serializes as an object whose `is` is `current`, `overlaps` (with the time as `until`) or `ended` (with the time as `at`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SecretStatusForm", into = "SecretStatusForm")]
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
enum SecretStatusForm {
    Current,
    Overlaps { until: Timestamp },
    Ended { at: Timestamp },
}

impl From<SecretStatus> for SecretStatusForm {
    fn from(status: SecretStatus) -> Self {
        match status {
            SecretStatus::Current => Self::Current,
            SecretStatus::OverlapsUntil(until) => Self::Overlaps { until },
            SecretStatus::EndedAt(at) => Self::Ended { at },
        }
    }
}

impl From<SecretStatusForm> for SecretStatus {
    fn from(form: SecretStatusForm) -> Self {
        match form {
            SecretStatusForm::Current => Self::Current,
            SecretStatusForm::Overlaps { until } => Self::OverlapsUntil(until),
            SecretStatusForm::Ended { at } => Self::EndedAt(at),
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
        let generation = |generation: &GenerationRecord, status| Generation {
            number: generation.number,
            created: generation.created,
            status,
            last_used: generation.last_used,
        };
        let previous = record.previous.as_ref().map(|previous| {
            let status = if previous.until > now {
                SecretStatus::OverlapsUntil(previous.until)
            } else {
                SecretStatus::EndedAt(previous.until)
            };
            generation(&previous.generation, status)
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
            scopes: record.grant.scopes.clone(),
            networks: record.grant.networks.clone(),
            labels: record.grant.labels.clone(),
            owner: record.grant.owner.clone(),
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
    /// Number of credentials; `None` for an actor that is limited to some kinds.
    pub credentials: Option<u32>,
    /// Number of allowlist entries.
    pub allowlist_entries: usize,
    /// Number of connected integrations; `None` for an actor that is limited to some kinds.
    pub integrations: Option<usize>,
}

impl Workspace {
    pub(crate) fn of(record: &WorkspaceRecord) -> Self {
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            created: record.created,
            revision: record.revision,
            credentials: Some(record.credentials),
            allowlist_entries: record.allowlist.len(),
            integrations: Some(record.integrations.len()),
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
    /// The rules of the account for its own credentials.
    pub policy: AccountPolicy,
    /// Number of inactive members, whose credentials are denied.
    pub inactive_owners: usize,
    /// What is done about a leaked secret.
    pub leak_response: LeakResponse,
    /// When the operator closed the account; `None` if it is not closed.
    pub closed: Option<Timestamp>,
}

impl Account {
    pub(crate) fn of(record: AccountRecord) -> Self {
        Self {
            id: record.id,
            revision: record.revision,
            suspended: record.suspended,
            unlisted_workspaces: record.unlisted_workspaces,
            policy: record.policy,
            inactive_owners: record.inactive_owners.len(),
            leak_response: record.leak_response,
            closed: record.closed,
        }
    }

    /// Returns the view of an account without a record.
    pub(crate) fn untouched(id: AccountId) -> Self {
        let unlisted_workspaces = UnlistedWorkspaces::default();
        Self {
            id,
            revision: Revision::NONE,
            suspended: None,
            unlisted_workspaces,
            policy: AccountPolicy::NONE,
            inactive_owners: 0,
            leak_response: LeakResponse::default(),
            closed: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SecretStatus;

    #[test]
    fn a_secret_status_is_a_line_for_people() {
        let noon = "2030-01-31T12:00:00Z".parse().unwrap();
        for (status, line) in [
            (SecretStatus::Current, "current"),
            (SecretStatus::OverlapsUntil(noon), "works until 2030-01-31T12:00:00.000000Z"),
            (SecretStatus::EndedAt(noon), "ended at 2030-01-31T12:00:00.000000Z"),
        ] {
            assert_eq!(status.to_string(), line);
        }
    }
}
