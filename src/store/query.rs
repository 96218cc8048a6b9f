//! Queries for pages of records, and their answers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ActionWord, CredentialRecord, CredentialStatus, Event, Owner, Restriction, WorkspaceRecord,
};
use crate::values::{
    AccountId, ActorId, CredentialId, KindWord, Label, NameKey, Timestamp, WorkspaceId, text_form,
};

use super::promises::promise;

/// The maximum number of items on a page, from 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

/// The error of [`PageSize::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page size must be 1 to 1,000: read more pages instead of a larger one")]
#[non_exhaustive]
pub struct PageSizeError;

impl PageSize {
    /// The largest page size, 1,000 items.
    pub const MAX: Self = Self(1_000);

    /// Creates a page size.
    ///
    /// # Errors
    ///
    /// Fails if `items` is not from 1 to 1,000.
    pub const fn new(items: u16) -> Result<Self, PageSizeError> {
        if items == 0 || items > Self::MAX.0 {
            return Err(PageSizeError);
        }
        Ok(Self(items))
    }

    /// Returns the maximum number of items.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for PageSize {
    /// Returns a page size of 100 items.
    fn default() -> Self {
        Self(100)
    }
}

/// A page of items, and the cursor of the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct Page<T, C> {
    /// The items, in the order of the query.
    ///
    #[doc = promise!(NO_MORE_THAN_REQUESTED)]
    pub items: Vec<PageItem<T>>,
    /// The cursor of the next page, which begins after the last item of this page.
    ///
    #[doc = promise!(NEXT)]
    pub next: Option<C>,
}

/// A record, or the id of a row that cannot be shown. Such a row does not hide the other rows.
///
/// Serialises as an object: `is` is `record`, `corrupt` or `newer`, beside the fields of the record or the `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a page must show each")]
pub enum PageItem<T> {
    /// A record.
    Record(T),
    /// A row that cannot be read as a record, or does not match its tag.
    Corrupt(CorruptRow),
    /// A record that a newer release wrote and that this release cannot check: upgrade this node. A store never returns
    /// this variant, because it cannot recognise such a record.
    Newer {
        /// Its id.
        id: String,
    },
}

impl<T> PageItem<T> {
    /// Applies `to` to the record, if this is one.
    pub(crate) fn map<U>(self, to: impl FnOnce(T) -> U) -> PageItem<U> {
        match self {
            Self::Record(record) => PageItem::Record(to(record)),
            Self::Corrupt(row) => PageItem::Corrupt(row),
            Self::Newer { id } => PageItem::Newer { id },
        }
    }

    /// Returns the record, or `None` for a corrupt row.
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
    /// The id of the row, as stored. For an event, the operation id.
    pub id: String,
}

/// The part of the store that a query of credentials searches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum Scope {
    /// One workspace.
    ///
    #[doc = promise!(WORKSPACE_ORDER)]
    Workspace(WorkspaceId),
    /// All workspaces of an account.
    ///
    #[doc = promise!(ACCOUNT_ORDER)]
    Account(AccountId),
    /// The whole store.
    ///
    #[doc = promise!(STORE_ORDER)]
    /// Only the id of a cursor is used.
    Store,
}

/// A query of credentials. A condition that is `None` is ignored.
///
#[doc = promise!(EVERY_CONDITION)]
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct CredentialQuery {
    /// The part of the store to search.
    pub scope: Scope,
    /// Only credentials within these limits.
    ///
    #[doc = promise!(RESTRICTED)]
    pub restriction: Restriction,
    /// Only credentials of this kind.
    pub kind: Option<KindWord>,
    /// Only credentials with a name that this filter admits.
    pub name: Option<NameFilter>,
    /// Only credentials with this status at `now`.
    pub status: Option<StatusFilter>,
    /// Only credentials with all of these labels.
    pub labels: Vec<Label>,
    /// Only credentials of this owner.
    pub owner: Option<Owner>,
    /// Only credentials whose current secret [was imported](crate::store::GenerationRecord::is_imported), and was last used before
    /// this time or never.
    pub imported_unused_since: Option<Timestamp>,
    /// The time at which `status` is evaluated.
    pub now: Timestamp,
    /// Only credentials after this cursor. The credential of the cursor may have been deleted.
    pub after: Option<CredentialCursor>,
    /// The page size.
    pub size: PageSize,
}

/// A filter for the names of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum NameFilter {
    /// Names with this [`Name::key`](crate::Name::key).
    Is(NameKey),
    /// Names whose [`Name::key`](crate::Name::key) begins with this text. [`NameKey::above`] is the end of the range in an index.
    StartsWith(NameKey),
    /// Names whose [`Name::key`](crate::Name::key) has a character outside ASCII. Keyward compares each new ASCII name with
    /// these names, so a store with many credentials should index them by workspace and kind.
    BeyondAscii,
}

impl NameFilter {
    /// Returns `true` if the record has such a name. This is for stores that filter in memory.
    #[must_use]
    pub fn admits(&self, record: &CredentialRecord) -> bool {
        match self {
            Self::Is(name) => record.name.key() == *name,
            Self::StartsWith(start) => record.name.key().as_str().starts_with(start.as_str()),
            Self::BeyondAscii => !record.name.is_ascii(),
        }
    }

    /// Returns the name key that matches, or `None` if several can match.
    #[must_use]
    pub const fn key(&self) -> Option<&NameKey> {
        match self {
            Self::Is(name) => Some(name),
            Self::StartsWith(_) | Self::BeyondAscii => None,
        }
    }
}

/// A filter for the status of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must answer each")]
pub enum StatusFilter {
    /// Credentials with this [`CredentialRecord::status`] at the `now` of the query.
    Is(CredentialStatus),
    /// Credentials for which [`CredentialRecord::is_permanent`] returns `true`.
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
    /// Creates a query of the first page of all credentials in a scope.
    #[must_use]
    pub fn all(scope: Scope, now: Timestamp, size: PageSize) -> Self {
        let restriction = Restriction::NONE;
        Self {
            scope,
            restriction,
            kind: None,
            name: None,
            status: None,
            labels: Vec::new(),
            owner: None,
            imported_unused_since: None,
            now,
            after: None,
            size,
        }
    }

    /// Returns `true` if the record meets the restriction and the conditions on its kind, its name, its status, its labels, its
    /// owner and its imported secret. The scope, the cursor and the page size are not compared. This is for stores that filter in memory.
    #[must_use]
    pub fn admits(&self, record: &CredentialRecord) -> bool {
        self.restriction.admits_workspace(&record.workspace)
            && self.restriction.admits_kind(record.kind)
            && self.kind.is_none_or(|kind| record.kind == kind)
            && self.name.as_ref().is_none_or(|name| name.admits(record))
            && self.status.is_none_or(|status| status.admits(record, self.now))
            && self.labels.iter().all(|label| record.grant.labels.contains(label))
            && self.owner.as_ref().is_none_or(|owner| record.grant.owner == *owner)
            && self.imported_unused_since.is_none_or(|since| {
                let secret = &record.current;
                secret.is_imported() && secret.last_used.is_none_or(|at| at < since)
            })
    }
}

/// A query of the workspaces of an account, without removed ones.
///
/// The workspaces are sorted by the bytes of their name keys, and those with equal keys by the bytes of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct WorkspaceQuery {
    /// The account.
    pub account: AccountId,
    /// Only the workspaces within these limits. The kinds are not compared.
    pub restriction: Restriction,
    /// Only workspaces after this cursor. The workspace of the cursor may have been removed.
    pub after: Option<WorkspaceCursor>,
    /// The page size.
    pub size: PageSize,
}

impl WorkspaceQuery {
    /// Creates a query of the first page of all workspaces of an account.
    #[must_use]
    pub const fn all(account: AccountId, size: PageSize) -> Self {
        Self { account, restriction: Restriction::NONE, after: None, size }
    }

    /// Returns `true` if the record belongs to the account, is not removed and is within the restriction. The cursor and the page
    /// size are not compared. This is for stores that filter in memory.
    #[must_use]
    pub fn admits(&self, record: &WorkspaceRecord) -> bool {
        record.account == self.account
            && record.removed.is_none()
            && self.restriction.admits_workspace(&record.id)
    }
}

/// A query of the events of an account, the newest first. A condition that is `None` is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply every condition")]
pub struct EventQuery {
    /// The account.
    pub account: AccountId,
    /// Only events within these limits.
    pub restriction: Restriction,
    /// Only events about this workspace or one of its credentials.
    pub workspace: Option<WorkspaceId>,
    /// Only events about this credential.
    pub credential: Option<CredentialId>,
    /// Only events by the actor with this id, in any role.
    pub by: Option<ActorId>,
    /// Only events with this action.
    pub action: Option<ActionWord>,
    /// Only events at this time or later.
    pub from: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// Only events with a number below this one.
    pub before: Option<u64>,
    /// The page size.
    pub size: PageSize,
}

impl EventQuery {
    /// Creates a query of the first page of all events of an account.
    #[must_use]
    pub const fn all(account: AccountId, size: PageSize) -> Self {
        Self {
            account,
            restriction: Restriction::NONE,
            workspace: None,
            credential: None,
            by: None,
            action: None,
            from: None,
            until: None,
            before: None,
            size,
        }
    }

    /// Returns `true` if the event meets all conditions. The page size is not compared. `kind` returns the kind of a stored
    /// credential. This is for stores that filter in memory.
    #[must_use]
    pub fn admits(
        &self,
        event: &Event,
        kind: impl FnOnce(CredentialId) -> Option<KindWord>,
    ) -> bool {
        let (workspace, credential) = (event.subject.workspace(), event.subject.credential());
        event.account == self.account
            && self.before.is_none_or(|before| event.number < before)
            && (self.workspace.is_none() || self.workspace.as_ref() == workspace)
            && (self.credential.is_none() || self.credential.as_ref() == credential)
            && self.by.as_ref().is_none_or(|by| event.by.id == *by)
            && self.action.is_none_or(|action| event.action.word() == action)
            && self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
            && self
                .restriction
                .workspaces
                .as_ref()
                .is_none_or(|only| workspace.is_some_and(|workspace| only.contains(workspace)))
            && self.restriction.kinds.as_ref().is_none_or(|only| {
                credential.and_then(|id| kind(*id)).is_some_and(|kind| only.contains(&kind))
            })
    }
}

/// A cursor in a list of credentials, after this name key and id. Its text form, which serde uses too, fits into the link of a web page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct CredentialCursor {
    /// The name key.
    pub name: NameKey,
    /// The id.
    pub id: CredentialId,
}

/// A cursor in a list of workspaces, after this name key and id. Its text form, which serde uses too, fits into the link of a web page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(clippy::exhaustive_structs, reason = "a store must build it")]
pub struct WorkspaceCursor {
    /// The name key.
    pub name: NameKey,
    /// The id.
    pub id: WorkspaceId,
}

/// The error of parsing a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a page cursor: start again from the first page")]
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
        Ok(Self { name: name_key(name)?, id })
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
        Ok(Self { name: name_key(name)?, id })
    }
}

text_form!(WorkspaceCursor);

/// Returns the name key of a cursor. No name contains U+0000, which PostgreSQL refuses in a text.
fn name_key(text: &str) -> Result<NameKey, CursorError> {
    if text.contains('\0') { Err(CursorError) } else { Ok(NameKey::of(text)) }
}

#[cfg(test)]
mod tests {
    use super::{CredentialCursor, CursorError, WorkspaceCursor};
    use crate::values::{NameKey, WorkspaceId};

    /// Some of these ids and names look like the separators of the text form.
    #[test]
    fn a_cursor_round_trips_through_a_link() {
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
    fn a_changed_cursor_is_refused() {
        for text in ["", "abcdefghijk", "abcdefghijk/primary", "ääääääx", "abcdefghijkla\0"] {
            assert_eq!(text.parse::<CredentialCursor>(), Err(CursorError), "{text}");
        }
        for text in ["", "acme", "x:acme", "5:acme", "-1:acme", "1:ä", "0:acme", "1:aa\0"] {
            assert_eq!(text.parse::<WorkspaceCursor>(), Err(CursorError), "{text}");
        }
    }
}
