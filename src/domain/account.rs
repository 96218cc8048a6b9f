//! Accounts: the customers of the host.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::secrets::RecordTag;
use crate::values::{AccountId, OperationId, Timestamp};

/// How often a record was changed: 0 before it was first written. It rises with every change of an account, a
/// workspace or a credential; recorded uses and re-digested secrets leave it as it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a record that was never written.
    pub const NONE: Self = Self(0);

    /// From the number that a store keeps.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number that a store keeps.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The revision of the next write.
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

/// Whether a workspace without allowlist entries may be reached from anywhere or from nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "a third answer would be met by every store")]
pub enum UnlistedWorkspaces {
    /// From anywhere: no address is restricted until a workspace lists one.
    #[default]
    Open,
    /// From nowhere: a workspace is reached only from the networks that it lists.
    Closed,
}

impl UnlistedWorkspaces {
    /// `"open"` or `"closed"`, the word that stores keep.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Neither `open` nor `closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unlisted workspaces are `open` or `closed`")]
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

/// What a store keeps of an account. The first workspace of an account writes it, in the same commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct AccountRecord {
    /// The host's id.
    pub id: AccountId,
    /// The operation that created this record. A workspace names it, so a record that was deleted and
    /// created again opens none of the old workspaces.
    pub incarnation: OperationId,
    /// How often this header was written.
    pub revision: Revision,
    /// Since when the operator has it suspended. `None` if it is not suspended.
    pub suspended: Option<Timestamp>,
    /// What holds for workspaces without allowlist entries.
    pub unlisted_workspaces: UnlistedWorkspaces,
    /// Keyward's authentication code over the other fields, without last-used times. Opaque to a store.
    pub tag: RecordTag,
}

impl AccountRecord {
    /// A new account before its first commit: active, open, at revision 0.
    #[must_use]
    pub const fn new(id: AccountId, incarnation: OperationId) -> Self {
        Self {
            id,
            incarnation,
            revision: Revision::NONE,
            suspended: None,
            unlisted_workspaces: UnlistedWorkspaces::Open,
            tag: RecordTag::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Revision, UnknownSetting, UnlistedWorkspaces};

    /// As rows that were written by an earlier version say it.
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
