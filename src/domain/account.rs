//! Accounts: the customers of the host.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::secrets::RecordTag;
use crate::values::{AccountId, OperationId, Timestamp};

use super::account_policy::AccountPolicy;
use super::inactive_owners::InactiveOwners;
use super::leak_response::LeakResponse;

/// The number of changes of a record: 0 before its first write.
///
/// Every change of an account, a workspace or a credential increases it. Recorded uses and re-digested secrets do not.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a record that was never written.
    pub const NONE: Self = Self(0);

    /// Creates a revision from the number that a store keeps.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number that a store keeps.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the revision of the next write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a workspace without allowlist entries accepts all addresses or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "every store must handle a third variant")]
pub enum UnlistedWorkspaces {
    /// All addresses: a workspace restricts addresses only if it has allowlist entries.
    #[default]
    Open,
    /// No address: a workspace accepts only the networks on its allowlist.
    Closed,
}

impl UnlistedWorkspaces {
    /// Returns `"open"` or `"closed"`, the word that stores keep.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// The error for a text that is neither `open` nor `closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the setting for unlisted workspaces is `open` or `closed`: choose one of them")]
#[non_exhaustive]
pub struct UnknownSetting;

impl FromStr for UnlistedWorkspaces {
    type Err = UnknownSetting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(UnknownSetting),
        }
    }
}

/// The stored record of an account. The commit that creates the first workspace of an account writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct AccountRecord {
    /// The id that the host chose.
    pub id: AccountId,
    /// The operation that created this record. Each workspace names it, so an account that is deleted and created again does
    /// not get the old workspaces.
    pub incarnation: OperationId,
    /// The number of writes of this record.
    pub revision: Revision,
    /// When the operator suspended it, if it is suspended.
    pub suspended: Option<Timestamp>,
    /// The setting for workspaces without allowlist entries.
    pub unlisted_workspaces: UnlistedWorkspaces,
    /// The rules of the account for its own credentials.
    pub policy: AccountPolicy,
    /// The members whose credentials are stopped.
    pub inactive_owners: InactiveOwners,
    /// What is done about a leaked secret.
    pub leak_response: LeakResponse,
    /// When the operator closed it, if it is closed. A closed account stays closed, and nothing of it works.
    pub closed: Option<Timestamp>,
    /// Keyward's authentication code over the other fields except last-used times. Opaque to a store.
    pub tag: RecordTag,
}

impl AccountRecord {
    /// Creates an account before its first commit: active, open, and at revision 0.
    #[must_use]
    pub const fn new(id: AccountId, incarnation: OperationId) -> Self {
        Self {
            id,
            incarnation,
            revision: Revision::NONE,
            suspended: None,
            unlisted_workspaces: UnlistedWorkspaces::Open,
            policy: AccountPolicy::NONE,
            inactive_owners: InactiveOwners::NONE,
            leak_response: LeakResponse::Stop,
            closed: None,
            tag: RecordTag::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Revision, UnknownSetting, UnlistedWorkspaces};

    /// The words are those in the rows of earlier versions.
    #[test]
    fn the_words_that_stores_keep_are_open_and_closed() {
        for (setting, word) in
            [(UnlistedWorkspaces::Open, "open"), (UnlistedWorkspaces::Closed, "closed")]
        {
            assert_eq!(setting.as_str(), word);
            assert_eq!(word.parse(), Ok(setting));
            assert_eq!(serde_json::to_value(setting).unwrap(), word);
        }
        assert_eq!("Open".parse::<UnlistedWorkspaces>(), Err(UnknownSetting));
    }

    #[test]
    fn a_revision_is_shown_as_its_number() {
        assert_eq!(Revision::NONE.next().next().to_string(), "2");
    }
}
