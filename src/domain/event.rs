//! The account's history: who did what to which credential, when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secrets::RecordTag;
use crate::values::{
    AccountId, CredentialId, GenerationNumber, KindWord, Name, NetworkSummary, OperationId,
    Timestamp, WorkspaceId, stored_name,
};

use super::account::UnlistedWorkspaces;
use super::actor::ActorRef;
use super::integration::{Integration, stored_integration};

/// What an event is about, and so what a node must read again after it.
///
/// In serde it is an object: `is` names the variant, and the ids are `workspace` and `credential`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "SubjectForm", into = "SubjectForm")]
#[expect(clippy::exhaustive_enums, reason = "a store must write each")]
pub enum Subject {
    /// The account itself.
    Account,
    /// A workspace, and with it all its credentials.
    Workspace(WorkspaceId),
    /// One credential of a workspace.
    Credential(WorkspaceId, CredentialId),
}

impl Subject {
    /// The workspace, where there is one.
    #[must_use]
    pub const fn workspace(&self) -> Option<&WorkspaceId> {
        match self {
            Self::Account => None,
            Self::Workspace(workspace) | Self::Credential(workspace, _) => Some(workspace),
        }
    }

    /// The credential, where there is one.
    #[must_use]
    pub const fn credential(&self) -> Option<&CredentialId> {
        match self {
            Self::Account | Self::Workspace(_) => None,
            Self::Credential(_, credential) => Some(credential),
        }
    }

    /// The subject of these ids, as a store keeps them; `None` for a credential without a workspace.
    #[must_use]
    pub fn of(workspace: Option<WorkspaceId>, credential: Option<CredentialId>) -> Option<Self> {
        match (workspace, credential) {
            (None, None) => Some(Self::Account),
            (Some(workspace), None) => Some(Self::Workspace(workspace)),
            (Some(workspace), Some(credential)) => Some(Self::Credential(workspace, credential)),
            (None, Some(_)) => None,
        }
    }
}

/// A subject in serde.
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum SubjectForm {
    Account,
    Workspace { workspace: WorkspaceId },
    Credential { workspace: WorkspaceId, credential: CredentialId },
}

impl From<Subject> for SubjectForm {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Account => Self::Account,
            Subject::Workspace(workspace) => Self::Workspace { workspace },
            Subject::Credential(workspace, credential) => {
                Self::Credential { workspace, credential }
            }
        }
    }
}

impl From<SubjectForm> for Subject {
    fn from(form: SubjectForm) -> Self {
        match form {
            SubjectForm::Account => Self::Account,
            SubjectForm::Workspace { workspace } => Self::Workspace(workspace),
            SubjectForm::Credential { workspace, credential } => {
                Self::Credential(workspace, credential)
            }
        }
    }
}

/// What was done.
///
/// In serde it is an object: `is` names the variant. Stores keep it as this JSON. The word of an action that this release
/// does not know is an error, and the error names the words that it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A workspace was created.
    WorkspaceCreated {
        /// The workspace's name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// The credential that was made with it, if one was.
        first: Option<CredentialId>,
    },
    /// A workspace and all its credentials were removed.
    WorkspaceRemoved {
        /// Its name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// How many credentials ended with it.
        credentials: u32,
    },
    /// A credential was issued.
    Issued {
        /// The word of its kind.
        kind: KindWord,
        /// Its name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// When it expires, if that was set at once.
        expires: Option<Timestamp>,
    },
    /// A credential's secret was shown again.
    Revealed,
    /// A credential got another name.
    Renamed {
        /// The name before.
        #[serde(deserialize_with = "stored_name")]
        from: Name,
        /// The name since.
        #[serde(deserialize_with = "stored_name")]
        to: Name,
    },
    /// A credential was deprecated, or its sunset was changed.
    Deprecated {
        /// When it ends, if that is set.
        sunset: Option<Timestamp>,
    },
    /// A deprecation was taken back.
    Undeprecated,
    /// A credential was switched off.
    Suspended,
    /// A credential was switched on again.
    Resumed,
    /// A credential's expiry was set or moved.
    ExpirySet {
        /// When it expires.
        at: Timestamp,
    },
    /// A credential's expiry was cleared.
    ExpiryCleared,
    /// A credential got a new secret.
    Rotated {
        /// The new secret's number.
        generation: GenerationNumber,
        /// When the previous secret ends; absent where it ended at once.
        overlap_until: Option<Timestamp>,
        /// When it would end if the credential had no end itself; absent where no overlap was asked for.
        asked_until: Option<Timestamp>,
    },
    /// A secret that was never used was replaced. The secret before it goes on as it was.
    Replaced {
        /// The number of the secret that was never used.
        unused: GenerationNumber,
        /// The new secret's number.
        generation: GenerationNumber,
    },
    /// The previous secret was ended by hand.
    OverlapEnded {
        /// Its number.
        generation: GenerationNumber,
    },
    /// A credential was deleted.
    Deleted {
        /// The word of its kind.
        kind: KindWord,
        /// Its name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
    },
    /// A credential was chosen for an integration.
    Connected {
        /// The integration.
        #[serde(deserialize_with = "stored_integration")]
        integration: Integration,
        /// The credential.
        credential: CredentialId,
    },
    /// An integration was disconnected.
    Disconnected {
        /// The integration.
        #[serde(deserialize_with = "stored_integration")]
        integration: Integration,
    },
    /// Networks were put on a workspace's allowlist.
    Allowed {
        /// The networks: the first 20, and how many.
        #[serde(flatten)]
        networks: NetworkSummary,
    },
    /// Networks were taken off a workspace's allowlist.
    Disallowed {
        /// The networks: the first 20, and how many.
        #[serde(flatten)]
        networks: NetworkSummary,
    },
    /// A workspace's allowlist was removed.
    Lifted {
        /// How many entries it had.
        entries: u32,
    },
    /// The account's setting for workspaces without allowlist entries was changed.
    UnlistedWorkspacesSet {
        /// What holds since.
        to: UnlistedWorkspaces,
    },
    /// The operator suspended the account.
    AccountSuspended,
    /// The operator resumed the account.
    AccountResumed,
    /// A workspace's credentials were counted again, and its counters were wrong.
    Recounted {
        /// How many credentials it has.
        credentials: u32,
        /// How many of them are permanent, and of the kind that has a minimum.
        permanent: u32,
    },
    /// The operator accepted a corrupt account or workspace as it was stored.
    Repaired,
}

impl fmt::Display for Action {
    /// A line for people, without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkspaceCreated { name, .. } => {
                write!(f, "created the workspace {:?}", name.as_str())
            }
            Self::WorkspaceRemoved { name, credentials } => {
                write!(
                    f,
                    "removed the workspace {:?} and all in it (credentials: {credentials})",
                    name.as_str()
                )
            }
            Self::Issued { kind, name, expires: None } => {
                write!(f, "issued the {kind} credential {:?}", name.as_str())
            }
            Self::Issued { kind, name, expires: Some(at) } => {
                write!(f, "issued the {kind} credential {:?}, which expires at {at}", name.as_str())
            }
            Self::Revealed => f.write_str("was shown the secret"),
            Self::Renamed { from, to } => {
                write!(f, "renamed it from {:?} to {:?}", from.as_str(), to.as_str())
            }
            Self::Deprecated { sunset: None } => f.write_str("deprecated it"),
            Self::Deprecated { sunset: Some(at) } => {
                write!(f, "deprecated it, with its sunset at {at}")
            }
            Self::Undeprecated => f.write_str("took the deprecation back"),
            Self::Suspended => f.write_str("suspended it"),
            Self::Resumed => f.write_str("resumed it"),
            Self::ExpirySet { at } => write!(f, "set its expiry to {at}"),
            Self::ExpiryCleared => f.write_str("cleared its expiry"),
            Self::Rotated { generation, overlap_until: None, .. } => {
                write!(f, "rotated it to secret {generation}; the one before ended at once")
            }
            Self::Rotated { generation, overlap_until: Some(until), .. } => {
                write!(f, "rotated it to secret {generation}; the one before works until {until}")
            }
            Self::Replaced { unused, generation } => {
                write!(f, "replaced secret {unused}, which was never used, by secret {generation}")
            }
            Self::OverlapEnded { generation } => write!(f, "ended secret {generation}"),
            Self::Deleted { kind, name } => {
                write!(f, "deleted the {kind} credential {:?}", name.as_str())
            }
            Self::Connected { integration, credential } => {
                write!(f, "chose {credential} for {integration}")
            }
            Self::Disconnected { integration } => write!(f, "disconnected {integration}"),
            Self::Allowed { networks } => write!(f, "allowed {networks}"),
            Self::Disallowed { networks } => write!(f, "disallowed {networks}"),
            Self::Lifted { entries } => write!(f, "lifted the allowlist (entries: {entries})"),
            Self::UnlistedWorkspacesSet { to } => {
                write!(f, "set workspaces without an allowlist to {}", to.as_str())
            }
            Self::AccountSuspended => f.write_str("suspended the account"),
            Self::AccountResumed => f.write_str("resumed the account"),
            Self::Recounted { credentials, permanent } => write!(
                f,
                "counted the credentials again (credentials: {credentials}, permanent: {permanent})"
            ),
            Self::Repaired => f.write_str("accepted the corrupt record as it was stored"),
        }
    }
}

/// What a store keeps of one line of an account's history. It never holds a secret. Its number tells how busy the
/// whole store is, so accounts see a [`HistoryEvent`](crate::history::HistoryEvent) instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Event {
    /// Its place in the store's history: 1 for the first, without gaps, in the order of commits.
    pub number: u64,
    /// The operation that it belongs to.
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
    /// The tags, made when the change was decided.
    pub tags: EventTags,
}

/// The two tags of an event. Neither covers the event's number, which the store assigns. An event is never tagged
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct EventTags {
    /// Covers operation, time, account and subject. Polls check it.
    pub outline: RecordTag,
    /// Covers everything except the number. The history and look-ups by operation check it.
    pub whole: RecordTag,
}

impl EventTags {
    /// The tags of an event that was not tagged yet. They open nothing.
    pub const NONE: Self = Self { outline: RecordTag::NONE, whole: RecordTag::NONE };
}

/// What a poll reads of an event. It has a tag of its own, so that a poll need not read the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct EventOutline {
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// When, by the clock of the node that did it.
    pub at: Timestamp,
    /// Whose history it is part of.
    pub account: AccountId,
    /// What it is about.
    pub subject: Subject,
    /// The tag over these fields.
    pub tag: RecordTag,
}

impl Event {
    /// What a poll reads of it.
    #[must_use]
    pub fn outline(&self) -> EventOutline {
        EventOutline {
            operation: self.operation,
            at: self.at,
            account: self.account.clone(),
            subject: self.subject.clone(),
            tag: self.tags.outline,
        }
    }
}

#[cfg(test)]
mod tests;
