//! The scopes, networks, labels and owner of a credential.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::{ActorId, CredentialNetworks, Labels, Scopes};

/// The owner of a credential. The account by default.
///
/// In serde it is an object: `is` is `account`, or `member` with the member's `id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "every store and page must handle a third variant")]
pub enum Owner {
    /// The account itself.
    #[default]
    Account,
    /// One member of the account.
    Member {
        /// The id of the member, which the host chose.
        id: ActorId,
    },
}

impl Owner {
    /// Returns the member, if the owner is one.
    #[must_use]
    pub const fn member(&self) -> Option<&ActorId> {
        match self {
            Self::Account => None,
            Self::Member { id } => Some(id),
        }
    }

    /// Returns `true` if the owner is the account.
    #[must_use]
    pub const fn is_account(&self) -> bool {
        matches!(self, Self::Account)
    }
}

impl From<Option<ActorId>> for Owner {
    fn from(member: Option<ActorId>) -> Self {
        member.map_or(Self::Account, |id| Self::Member { id })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("the account"),
            Self::Member { id } => write!(f, "the member {:?}", id.as_str()),
        }
    }
}

/// The scopes, networks, labels and owner of a credential. By default it has all scopes and no networks of its own or labels, and the
/// account is the owner.
///
/// In serde, values that are not set are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Grant {
    /// What the credential may do.
    #[serde(default, skip_serializing_if = "Scopes::is_all")]
    pub scopes: Scopes,
    /// The networks from which it can be used, in addition to the workspace's allowlist. `None` if it has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<CredentialNetworks>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Owner::is_account")]
    pub owner: Owner,
}

impl Grant {
    /// Returns `true` if nothing is set: all scopes, no networks, no labels, and the account as the owner.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let Self { scopes, networks, labels, owner } = self;
        scopes.is_all() && networks.is_none() && labels.is_empty() && owner.is_account()
    }
}

impl fmt::Display for Grant {
    /// Writes what is set, each after a semicolon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scopes, networks, labels, owner } = self;
        if !scopes.is_all() {
            write!(f, "; scopes: {scopes}")?;
        }
        if let Some(networks) = networks {
            write!(f, "; networks: {networks}")?;
        }
        if !labels.is_empty() {
            write!(f, "; labels: {labels}")?;
        }
        if !owner.is_account() {
            write!(f, "; owner: {owner}")?;
        }
        Ok(())
    }
}
