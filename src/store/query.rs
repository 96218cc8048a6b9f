//! What is asked of a store, page by page.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{CredentialRecord, CredentialStatus};
use crate::values::{
    AccountId, CredentialId, KindWord, NameKey, Timestamp, WorkspaceId, text_form,
};

/// How many items a page has at most: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

/// Not the size of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to 1,000 items: ask for more pages instead of a larger one")]
#[non_exhaustive]
pub struct PageSizeError;

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(1_000);

    /// A page of at most `items`.
    pub const fn new(items: u16) -> Result<Self, PageSizeError> {
        if items == 0 || items > Self::MAX.0 {
            return Err(PageSizeError);
        }
        Ok(Self(items))
    }

    /// How many items.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for PageSize {
    /// 100 items.
    fn default() -> Self {
        Self(100)
    }
}

/// Items in their order, and where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct Page<T, C> {
    /// The items, at most as many as were asked for.
    pub items: Vec<PageItem<T>>,
    /// Where the next page begins: after the last item of this one. `None` exactly where no further
    /// item matches.
    pub next: Option<C>,
}

/// A record, or the id of one that cannot be shown. It does not hide the others.
///
/// In serde it is an object: the fields of the record, or the `id`, and `is`, which says `record`, `corrupt` or `newer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a page must show each")]
pub enum PageItem<T> {
    /// A record.
    Record(T),
    /// A row that is no record, or does not match its tag.
    Corrupt(CorruptRow),
    /// A record that a newer release wrote, so that this one cannot check it: upgrade this node. A store never answers
    /// this: it cannot tell.
    Newer {
        /// Its id.
        id: String,
    },
}

impl<T> PageItem<T> {
    /// The record, where it is one.
    pub fn record(self) -> Option<T> {
        match self {
            Self::Record(record) => Some(record),
            Self::Corrupt(_) | Self::Newer { .. } => None,
        }
    }
}

/// A row that cannot be read as a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct CorruptRow {
    /// Its id, as it is stored; an event's is its operation.
    pub id: String,
}

/// Where credentials are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum Scope {
    /// In one workspace. Pages are in the order of the names' keys, by their bytes; ties in that of the ids.
    Workspace(WorkspaceId),
    /// In all workspaces of an account. Pages are in the order of the names' keys, by their bytes; ties
    /// in that of the ids.
    Account(AccountId),
    /// In the whole store. Pages are in the order of the ids, by their bytes. Of a cursor, only the id
    /// counts.
    Store,
}

/// Which credentials are asked for. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct CredentialQuery {
    /// Where.
    pub scope: Scope,
    /// Of this kind.
    pub kind: Option<KindWord>,
    /// With such a name.
    pub name: Option<NameFilter>,
    /// That stand so at `now`.
    pub status: Option<StatusFilter>,
    /// The time by which `status` is told.
    pub now: Timestamp,
    /// After this place, whether a credential still stands there or not.
    pub after: Option<CredentialCursor>,
    /// How many.
    pub size: PageSize,
}

/// Which names a credential can have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum NameFilter {
    /// [`Name::key`](crate::Name::key) is this.
    Is(NameKey),
    /// [`Name::key`](crate::Name::key) has a character that is not ASCII. Each new ASCII name is compared with these names, so
    /// a store with many credentials should index them by workspace and kind.
    BeyondAscii,
}

impl NameFilter {
    /// Returns `true` if the record has such a name. For stores that filter in memory.
    #[must_use]
    pub fn admits(&self, record: &CredentialRecord) -> bool {
        match self {
            Self::Is(name) => record.name.key() == *name,
            Self::BeyondAscii => !record.name.is_ascii(),
        }
    }

    /// Returns the key, if only one can match.
    #[must_use]
    pub const fn key(&self) -> Option<&NameKey> {
        match self {
            Self::Is(name) => Some(name),
            Self::BeyondAscii => None,
        }
    }
}

/// How credentials must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum StatusFilter {
    /// [`CredentialRecord::status`] at the query's `now` is this.
    Is(CredentialStatus),
    /// [`CredentialRecord::is_permanent`].
    Permanent,
}

impl StatusFilter {
    /// Returns `true` if a record has this status at `now`.
    #[must_use]
    pub fn admits(self, record: &CredentialRecord, now: Timestamp) -> bool {
        match self {
            Self::Is(status) => record.status(now) == status,
            Self::Permanent => record.is_permanent(),
        }
    }
}

impl CredentialQuery {
    /// All credentials in a scope, first page.
    #[must_use]
    pub fn all(scope: Scope, now: Timestamp, size: PageSize) -> Self {
        Self { scope, kind: None, name: None, status: None, now, after: None, size }
    }

    /// Whether the conditions on the record itself hold: everything but the scope, the page and its
    /// start. For stores that filter in memory.
    #[must_use]
    pub fn admits(&self, record: &CredentialRecord) -> bool {
        self.kind.is_none_or(|kind| record.kind == kind)
            && self.name.as_ref().is_none_or(|name| name.admits(record))
            && self.status.is_none_or(|status| status.admits(record, self.now))
    }
}

/// Which workspaces of an account are asked for, removed ones left out. Pages are in the order of the
/// names' keys, by their bytes; ties in that of the ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct WorkspaceQuery {
    /// Whose.
    pub account: AccountId,
    /// After this place, whether a workspace still stands there or not.
    pub after: Option<WorkspaceCursor>,
    /// How many.
    pub size: PageSize,
}

/// Which events of an account's history are asked for, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct EventQuery {
    /// Whose.
    pub account: AccountId,
    /// About this workspace or a credential of it.
    pub workspace: Option<WorkspaceId>,
    /// About this credential.
    pub credential: Option<CredentialId>,
    /// With a number below this one.
    pub before: Option<u64>,
    /// How many.
    pub size: PageSize,
}

/// A place in a list of credentials: after this name and id. As text (and in serde) it can go into a page's link.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct CredentialCursor {
    /// The name's key.
    pub name: NameKey,
    /// The id.
    pub id: CredentialId,
}

/// A place in a list of workspaces: after this name and id. As text (and in serde) it can go into a page's link.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct WorkspaceCursor {
    /// The name's key.
    pub name: NameKey,
    /// The id.
    pub id: WorkspaceId,
}

/// Not a cursor's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor that a page ended with: start again from the first page")]
#[non_exhaustive]
pub struct CursorError;

impl fmt::Display for CredentialCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.id, self.name.as_str())
    }
}

impl FromStr for CredentialCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, name) = text.split_at_checked(CredentialId::LENGTH).ok_or(CursorError)?;
        let id = CredentialId::new(id).map_err(|_| CursorError)?;
        Ok(Self { name: NameKey::of(name), id })
    }
}

text_form!(CredentialCursor);

impl fmt::Display for WorkspaceCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.id.as_str().len(), self.id, self.name.as_str())
    }
}

impl FromStr for WorkspaceCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (length, rest) = text.split_once(':').ok_or(CursorError)?;
        let length = length.parse().map_err(|_| CursorError)?;
        let (id, name) = rest.split_at_checked(length).ok_or(CursorError)?;
        let id = WorkspaceId::new(id).map_err(|_| CursorError)?;
        Ok(Self { name: NameKey::of(name), id })
    }
}

text_form!(WorkspaceCursor);

#[cfg(test)]
mod tests {
    use super::{CredentialCursor, CursorError, WorkspaceCursor};
    use crate::values::{NameKey, WorkspaceId};

    /// Ids and names that look like what stands between them.
    #[test]
    fn a_place_in_a_list_comes_back_from_a_link() {
        for name in ["primary", "12:ström", "7"] {
            let name = NameKey::of(name);
            let id = "abcdefghijkl".parse().unwrap();
            let place = CredentialCursor { name: name.clone(), id };
            assert_eq!(place.to_string().parse(), Ok(place));
            for id in ["acme/shop", "3:7", "ä"] {
                let id = WorkspaceId::new(id).unwrap();
                let place = WorkspaceCursor { name: name.clone(), id };
                assert_eq!(place.to_string().parse(), Ok(place));
            }
        }
    }

    #[test]
    fn a_link_that_was_tampered_with_is_no_place() {
        for text in ["", "abcdefghijk", "abcdefghijk/primary", "ääääääx"] {
            assert_eq!(text.parse::<CredentialCursor>(), Err(CursorError), "{text}");
        }
        for text in ["", "acme", "x:acme", "5:acme", "-1:acme", "1:ä", "0:acme"] {
            assert_eq!(text.parse::<WorkspaceCursor>(), Err(CursorError), "{text}");
        }
    }
}
