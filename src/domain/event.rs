//! The account's history: who did what to which credential, when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::{
    AccountId, CredentialId, GenerationNumber, Kind, Name, Network, OperationId, Timestamp,
    WorkspaceId,
};

use super::account::UnlistedWorkspaces;
use super::actor::By;
use super::integration::Integration;

/// What an event is about, and so what a node must read again after it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// What was done. In serde it is an object whose `action` names the variant: this is what stores keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A workspace was created, with its first Track set.
    WorkspaceCreated {
        /// The workspace's name.
        name: Name,
        /// The Track set named `primary`.
        primary: CredentialId,
    },
    /// A workspace and all its credentials were removed.
    WorkspaceRemoved {
        /// Its name.
        name: Name,
        /// How many credentials ended with it.
        credentials: u32,
    },
    /// A credential was issued.
    Issued {
        /// Track or App.
        kind: Kind,
        /// Its name.
        name: Name,
        /// When it expires, if that was set at once.
        expires: Option<Timestamp>,
    },
    /// A Track set's API key was shown.
    Revealed,
    /// A credential got another name.
    Renamed {
        /// The name before.
        from: Name,
        /// The name since.
        to: Name,
    },
    /// A credential was put on its way out, or its sunset was changed.
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
    },
    /// The previous secret was ended by hand.
    OverlapEnded {
        /// Its number.
        generation: GenerationNumber,
    },
    /// A credential was deleted.
    Deleted {
        /// Track or App.
        kind: Kind,
        /// Its name.
        name: Name,
    },
    /// A Track set was chosen for an integration.
    Connected {
        /// The integration.
        integration: Integration,
        /// The Track set.
        credential: CredentialId,
    },
    /// An integration was disconnected.
    Disconnected {
        /// The integration.
        integration: Integration,
    },
    /// Networks were put on a workspace's allowlist.
    Allowed {
        /// The networks.
        networks: Vec<Network>,
    },
    /// Networks were taken off a workspace's allowlist.
    Disallowed {
        /// The networks.
        networks: Vec<Network>,
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
                write!(f, "issued the {} {:?}", noun(*kind), name.as_str())
            }
            Self::Issued { kind, name, expires: Some(at) } => {
                write!(f, "issued the {} {:?}, which expires at {at}", noun(*kind), name.as_str())
            }
            Self::Revealed => f.write_str("was shown the API key"),
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
            Self::Rotated { generation, overlap_until: None } => {
                write!(f, "rotated it to secret {generation}; the one before ended at once")
            }
            Self::Rotated { generation, overlap_until: Some(until) } => {
                write!(f, "rotated it to secret {generation}; the one before works until {until}")
            }
            Self::OverlapEnded { generation } => write!(f, "ended secret {generation}"),
            Self::Deleted { kind, name } => {
                write!(f, "deleted the {} {:?}", noun(*kind), name.as_str())
            }
            Self::Connected { integration, credential } => {
                write!(f, "chose {credential} for {integration}")
            }
            Self::Disconnected { integration } => write!(f, "disconnected {integration}"),
            Self::Allowed { networks } => write!(f, "allowed {}", listed(networks)),
            Self::Disallowed { networks } => write!(f, "disallowed {}", listed(networks)),
            Self::Lifted { entries } => write!(f, "lifted the allowlist (entries: {entries})"),
            Self::UnlistedWorkspacesSet { to } => {
                write!(f, "set workspaces without an allowlist to {}", to.as_str())
            }
            Self::AccountSuspended => f.write_str("suspended the account"),
            Self::AccountResumed => f.write_str("resumed the account"),
        }
    }
}

const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "Track set",
        Kind::App => "App key",
    }
}

fn listed(networks: &[Network]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// One line of an account's history. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub by: By,
    /// What was done.
    pub action: Action,
}

#[cfg(test)]
mod tests;
