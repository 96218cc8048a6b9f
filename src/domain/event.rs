//! The events of an account's history: actor, action, subject and time.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secrets::RecordTag;
use crate::values::{
    AccountId, ActorId, CredentialId, CredentialNetworks, GenerationNumber, KindWord, Labels,
    LeakPlace, Name, NetworkSummary, OperationId, Scopes, Timestamp, WorkspaceId, stored_name,
};

use super::account::UnlistedWorkspaces;
use super::account_policy::AccountPolicy;
use super::actor::ActorRef;
use super::grant::{Grant, Owner};
use super::integration::{Integration, stored_integration};
use super::leak_response::LeakResponse;

/// The subject of an event. A node reads it again after the event.
///
/// In serde it is an object: `is` names the variant, and the ids are `workspace` and `credential`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "SubjectForm", into = "SubjectForm")]
#[expect(clippy::exhaustive_enums, reason = "a store must write each")]
pub enum Subject {
    /// The account itself.
    Account,
    /// A workspace and all its credentials.
    Workspace(WorkspaceId),
    /// One credential of a workspace.
    Credential(WorkspaceId, CredentialId),
}

impl Subject {
    /// Returns the workspace, if the subject has one.
    #[must_use]
    pub const fn workspace(&self) -> Option<&WorkspaceId> {
        match self {
            Self::Account => None,
            Self::Workspace(workspace) | Self::Credential(workspace, _) => Some(workspace),
        }
    }

    /// Returns the credential, if the subject is one.
    #[must_use]
    pub const fn credential(&self) -> Option<&CredentialId> {
        match self {
            Self::Account | Self::Workspace(_) => None,
            Self::Credential(_, credential) => Some(credential),
        }
    }

    /// Creates a subject from the ids that a store keeps. Returns `None` for a credential without a workspace.
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

/// The form of a subject in serde.
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

/// The action of an event.
///
/// In serde it is an object: `is` names the variant. Stores keep this JSON. A word that this release does not know is an
/// error, and the error lists the known words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A workspace was created.
    WorkspaceCreated {
        /// The workspace's name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// The credential that was created with it, if any.
        first: Option<CredentialId>,
    },
    /// A workspace and all its credentials were removed.
    WorkspaceRemoved {
        /// The workspace's name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// The number of credentials that were deleted with it.
        credentials: u32,
    },
    /// A credential was issued.
    Issued {
        /// The word of its kind.
        kind: KindWord,
        /// Its name.
        #[serde(deserialize_with = "stored_name")]
        name: Name,
        /// When it expires, if it was issued with an expiry.
        expires: Option<Timestamp>,
        /// Its scopes, networks, labels and owner.
        #[serde(flatten)]
        grant: Grant,
    },
    /// Credentials with keys of another system were imported into a workspace.
    Imported {
        /// The number of credentials.
        credentials: u32,
    },
    /// A credential's secret was revealed.
    Revealed,
    /// A credential or a workspace was renamed: see the subject.
    Renamed {
        /// The old name.
        #[serde(deserialize_with = "stored_name")]
        from: Name,
        /// The new name.
        #[serde(deserialize_with = "stored_name")]
        to: Name,
    },
    /// A credential was deprecated, or its sunset was changed.
    Deprecated {
        /// When it ends, if a sunset was set.
        sunset: Option<Timestamp>,
    },
    /// A credential's deprecation was withdrawn.
    Undeprecated,
    /// A credential was suspended.
    Suspended,
    /// A credential was resumed.
    Resumed,
    /// A credential's expiry was set or changed.
    ExpirySet {
        /// When it expires.
        at: Timestamp,
    },
    /// A credential's expiry was cleared.
    ExpiryCleared,
    /// A credential was rotated to a new secret.
    Rotated {
        /// The number of the new secret.
        generation: GenerationNumber,
        /// When the previous secret ends. Absent if it ended at once.
        overlap_until: Option<Timestamp>,
        /// When the previous secret would end if the credential had no end of its own. Absent if no overlap was requested.
        asked_until: Option<Timestamp>,
    },
    /// A current secret that was never used was replaced. The previous secret did not change.
    Replaced {
        /// The number of the unused secret.
        unused: GenerationNumber,
        /// The number of the new secret.
        generation: GenerationNumber,
    },
    /// The previous secret was ended before the end of its overlap.
    OverlapEnded {
        /// The number of the secret that ended.
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
    /// Networks were added to a workspace's allowlist.
    Allowed {
        /// The first 20 networks, and the number of all.
        #[serde(flatten)]
        networks: NetworkSummary,
    },
    /// Networks were removed from a workspace's allowlist.
    Disallowed {
        /// The first 20 networks, and the number of all.
        #[serde(flatten)]
        networks: NetworkSummary,
    },
    /// A workspace's allowlist was replaced.
    AllowlistReplaced {
        /// The networks that were added: the first 20, and the number of all.
        added: NetworkSummary,
        /// The networks that were removed: the first 20, and the number of all.
        removed: NetworkSummary,
    },
    /// A workspace's allowlist was removed.
    Lifted {
        /// The number of entries that it had.
        entries: u32,
    },
    /// The account's setting for workspaces without allowlist entries was changed.
    UnlistedWorkspacesSet {
        /// The new setting.
        to: UnlistedWorkspaces,
    },
    /// The account's policy was changed.
    PolicySet {
        /// The new policy.
        to: AccountPolicy,
    },
    /// All credentials of a member were stopped.
    MemberDeactivated {
        /// The member.
        member: ActorId,
    },
    /// The credentials of a member work again.
    MemberReactivated {
        /// The member.
        member: ActorId,
    },
    /// The operator suspended the account.
    AccountSuspended,
    /// The operator resumed the account.
    AccountResumed,
    /// A credential's scopes were changed.
    ScopesSet {
        /// The new scopes.
        to: Scopes,
    },
    /// A credential's own networks were changed.
    NetworksSet {
        /// The new networks. `None` if it has none of its own any more.
        to: Option<CredentialNetworks>,
    },
    /// A credential's labels were changed.
    LabelsSet {
        /// The new labels.
        to: Labels,
    },
    /// A credential was handed over to another owner.
    HandedOver {
        /// The old owner.
        from: Owner,
        /// The new owner.
        to: Owner,
    },
    /// A workspace's credentials were counted again, and its wrong counters were corrected.
    Recounted {
        /// The number of its credentials.
        credentials: u32,
        /// The number of its permanent credentials of the kind that has a minimum.
        permanent: u32,
    },
    /// The operator accepted a corrupt account or workspace as it is stored.
    Repaired,
    /// The operator closed the account, and with it everything in it.
    AccountClosed,
    /// The account's response to leaked secrets was changed.
    LeakResponseSet {
        /// The new response.
        to: LeakResponse,
    },
    /// A secret of a credential was found in public. Another event follows if it was stopped.
    Leaked {
        /// The number of the secret.
        generation: GenerationNumber,
        /// Where it was found.
        #[serde(flatten)]
        place: LeakPlace,
    },
}

impl fmt::Display for Action {
    /// Writes one line for people, without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkspaceCreated { name, .. } => {
                write!(f, "created the workspace {:?}", name.as_str())
            }
            Self::WorkspaceRemoved { name, credentials } => {
                write!(
                    f,
                    "removed the workspace {:?} and everything in it (credentials: {credentials})",
                    name.as_str()
                )
            }
            Self::Issued { kind, name, expires, grant } => {
                write!(f, "issued the {kind} credential {:?}", name.as_str())?;
                if let Some(at) = expires {
                    write!(f, ", which expires at {at}")?;
                }
                write!(f, "{grant}")
            }
            Self::Imported { credentials } => {
                write!(f, "imported keys of another system (credentials: {credentials})")
            }
            Self::Revealed => f.write_str("revealed the secret"),
            Self::Renamed { from, to } => {
                write!(f, "renamed it from {:?} to {:?}", from.as_str(), to.as_str())
            }
            Self::Deprecated { sunset: None } => f.write_str("deprecated it"),
            Self::Deprecated { sunset: Some(at) } => {
                write!(f, "deprecated it, with its sunset at {at}")
            }
            Self::Undeprecated => f.write_str("withdrew the deprecation"),
            Self::Suspended => f.write_str("suspended it"),
            Self::Resumed => f.write_str("resumed it"),
            Self::ExpirySet { at } => write!(f, "set its expiry to {at}"),
            Self::ExpiryCleared => f.write_str("cleared its expiry"),
            Self::Rotated { generation, overlap_until: None, .. } => {
                write!(f, "rotated it to secret {generation}; the previous secret ended at once")
            }
            Self::Rotated { generation, overlap_until: Some(until), .. } => {
                write!(
                    f,
                    "rotated it to secret {generation}; the previous secret works until {until}"
                )
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
            Self::AllowlistReplaced { added, removed } => {
                f.write_str("replaced the allowlist: ")?;
                match (added.count(), removed.count()) {
                    (_, 0) => write!(f, "added {added}"),
                    (0, _) => write!(f, "removed {removed}"),
                    _ => write!(f, "added {added}; removed {removed}"),
                }
            }
            Self::Lifted { entries } => write!(f, "lifted the allowlist (entries: {entries})"),
            Self::UnlistedWorkspacesSet { to } => {
                write!(f, "set workspaces without an allowlist to {}", to.as_str())
            }
            Self::PolicySet { to } => write!(f, "set the policy: {to}"),
            Self::MemberDeactivated { member } => {
                write!(f, "deactivated the member {:?}", member.as_str())
            }
            Self::MemberReactivated { member } => {
                write!(f, "reactivated the member {:?}", member.as_str())
            }
            Self::AccountSuspended => f.write_str("suspended the account"),
            Self::AccountResumed => f.write_str("resumed the account"),
            Self::ScopesSet { to } => write!(f, "set its scopes to {to}"),
            Self::NetworksSet { to: Some(to) } => write!(f, "limited it to {to}"),
            Self::NetworksSet { to: None } => f.write_str("lifted its own networks"),
            Self::LabelsSet { to } if to.is_empty() => f.write_str("removed its labels"),
            Self::LabelsSet { to } => write!(f, "set its labels to {to}"),
            Self::HandedOver { from, to } => write!(f, "handed it over from {from} to {to}"),
            Self::Recounted { credentials, permanent } => write!(
                f,
                "counted the credentials again (credentials: {credentials}, permanent: {permanent})"
            ),
            Self::Repaired => f.write_str("accepted the corrupt record as it was stored"),
            Self::AccountClosed => f.write_str("closed the account"),
            Self::LeakResponseSet { to } => {
                write!(f, "set the response to leaked secrets to {}", to.as_str())
            }
            Self::Leaked { generation, place } => {
                write!(f, "reported that secret {generation} was found in public")?;
                match place.to_string().as_str() {
                    "" => Ok(()),
                    place => write!(f, ": {place}"),
                }
            }
        }
    }
}

/// The stored record of one event of an account's history. It never contains a secret.
///
/// Its number reveals the activity of the whole store, so accounts see a [`HistoryEvent`](crate::history::HistoryEvent)
/// instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Event {
    /// The place in the store's history: numbered from 1, without gaps, in the order of commits.
    pub number: u64,
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// When it happened, by the clock of the node that wrote it.
    pub at: Timestamp,
    /// The account whose history it is part of.
    pub account: AccountId,
    /// The subject of the event.
    pub subject: Subject,
    /// The actor.
    pub by: ActorRef,
    /// The action.
    pub action: Action,
    /// The tags, which are computed when the change is decided.
    pub tags: EventTags,
}

/// The two tags of an event. Neither covers the event's number, which the store assigns. An event is never tagged
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct EventTags {
    /// The tag over operation, time, account and subject. Polls check it.
    pub outline: RecordTag,
    /// The tag over everything except the number. Reads of the history and look-ups by operation check it.
    pub whole: RecordTag,
}

impl EventTags {
    /// The tags of an event that is not tagged yet. They never pass a check.
    pub const NONE: Self = Self { outline: RecordTag::NONE, whole: RecordTag::NONE };
}

/// The part of an event that polls read. It has its own tag, so polls do not read the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct EventOutline {
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// When it happened, by the clock of the node that wrote it.
    pub at: Timestamp,
    /// The account whose history it is part of.
    pub account: AccountId,
    /// The subject of the event.
    pub subject: Subject,
    /// The tag over these fields.
    pub tag: RecordTag,
}

impl Event {
    /// Returns the part of the event that polls read.
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

mod word;

pub use self::word::{ActionWord, UnknownAction};

#[cfg(test)]
mod tests;
