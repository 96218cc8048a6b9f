//! What pages show. None of it holds a secret, sealed or hashed.
//!
//! Each view has one form in JSON, which `docs/json.md` shows by an example, and is read back from it. Ids, names and networks
//! are checked when they are read, and unknown fields are ignored, so a client can be older than its server. A word that this
//! release does not know, such as a new status, is an error.

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

/// A credential, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Credential {
    /// Its id. For a Track set, the site id.
    pub id: CredentialId,
    /// Whose it is.
    pub account: AccountId,
    /// The workspace that it opens.
    pub workspace: WorkspaceId,
    /// The word of its kind, such as `track` or `app`.
    pub kind: KindWord,
    /// Its name.
    #[serde(deserialize_with = "stored_name")]
    pub name: Name,
    /// When it was issued.
    pub created: Timestamp,
    /// The actor who issued it.
    pub created_by: ActorRef,
    /// How often it was changed: send it back with a change that must not overwrite another one.
    pub revision: Revision,
    /// How it stood when it was read.
    pub status: CredentialStatus,
    /// Set if the credential is deprecated.
    pub deprecation: Option<Deprecation>,
    /// Since when it is suspended, if it is.
    pub suspended: Option<Timestamp>,
    /// When it expires, if that is set.
    pub expires: Option<Timestamp>,
    /// When it last passed, with any of these secrets, to the second, as far as uses are written.
    pub last_used: Option<Timestamp>,
    /// Its secrets: the current one, and the previous one while a rotation overlaps or until it is tidied
    /// away.
    pub generations: Vec<Generation>,
}

/// One secret of a credential, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// Which: it counts up from 1.
    pub number: GenerationNumber,
    /// When it was issued.
    pub created: Timestamp,
    /// Whether it works.
    pub standing: SecretStatus,
    /// When it last passed, to the second, as far as uses are written.
    pub last_used: Option<Timestamp>,
}

/// Whether a secret is the one to use.
///
/// In serde it is an object: `is` says `current`, `overlaps` with the time as `until`, or `ended` with the time as `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StandingForm", into = "StandingForm")]
#[non_exhaustive]
pub enum SecretStatus {
    /// The one to use.
    Current,
    /// The one before, which works until this time.
    OverlapsUntil(Timestamp),
    /// The one before, which ended at this time.
    EndedAt(Timestamp),
}

/// A standing in serde.
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

/// A workspace, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The host's id.
    pub id: WorkspaceId,
    /// Its name.
    #[serde(deserialize_with = "stored_name")]
    pub name: Name,
    /// When it was created.
    pub created: Timestamp,
    /// How often it or one of its credentials was changed.
    pub revision: Revision,
    /// How many credentials it has.
    pub credentials: u32,
    /// How many networks may reach it; 0 where it lists none.
    pub allowlist_entries: usize,
    /// How many integrations it has.
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

/// One line of the account's history, as a page shows it. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEvent {
    /// The operation that it belongs to: the event's name, and the cursor of a page that ends with it.
    pub operation: OperationId,
    /// When, by the clock of the node that did it.
    pub at: Timestamp,
    /// Whose history it is part of.
    pub account: AccountId,
    /// What it is about.
    pub subject: Subject,
    /// Who did it.
    pub by: ActorRef,
    /// What was done.
    pub action: Action,
    /// `true` if the event matches its tag. `false` if this node cannot check it, because it does not hold the master
    /// key that the tag was made under, or because a newer release made the tag: the event may have been changed.
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

/// An account, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The host's id.
    pub id: AccountId,
    /// How often the account itself was changed; 0 if it never was.
    pub revision: Revision,
    /// Since when the operator has it suspended, if they have.
    pub suspended: Option<Timestamp>,
    /// What holds for workspaces without allowlist entries.
    pub unlisted_workspaces: UnlistedWorkspaces,
}

impl Account {
    pub(crate) fn of(record: AccountRecord) -> Self {
        let AccountRecord { id, revision, suspended, unlisted_workspaces, incarnation: _, tag: _ } =
            record;
        Self { id, revision, suspended, unlisted_workspaces }
    }

    /// An account that nothing was done in yet.
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
