//! A walk through every record of the store: all accounts, then all workspaces, then all credentials.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{AccountRecord, CredentialRecord, Sealed, WorkspaceRecord};
use crate::store::{
    CredentialCursor, CredentialQuery, CursorError, Page, PageItem, PageSize, Scope, StoreError,
};
use crate::values::{AccountId, CredentialId, NameKey, WorkspaceId, text_form};

use super::errors::ManageError;
use super::keyward::{Inner, Keyward};
use super::records::{Checked, Records};

/// A place in the walk of [`Keyward::rekey`] and [`Keyward::check_records`]. Keep it as text (also in serde) to go on
/// after a restart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordCursor(Place);

/// After this record, or before the first of its sort.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Account(AccountId),
    Workspaces,
    Workspace(WorkspaceId),
    Credentials,
    Credential(CredentialId),
}

/// What the walk came to.
pub(super) enum Walked {
    Account(AccountRecord),
    Workspace(WorkspaceRecord),
    Credential(Box<CredentialRecord>),
    /// A row that is no record.
    Corrupt,
    /// A record of a newer release.
    Newer,
}

/// What one page of [`Keyward::check_records`] found, counted in accounts, workspaces and credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckedRecords {
    /// Where to go on; `None` at the end.
    pub next: Option<RecordCursor>,
    /// Match their tags, which are under the current master key and record epoch, or newer ones.
    pub up_to_date: u64,
    /// Match their tags, which are under an older master key or record epoch: [`Keyward::rekey`] tags them again.
    pub outdated: u64,
    /// Tagged under a lost master key.
    pub lost: u64,
    /// Tagged under a master key or record epoch that this node does not accept, or by a newer release.
    pub unknown: u64,
    /// Do not match their tags, or are no records.
    pub corrupt: u64,
}

impl Keyward {
    /// Checks the tags of a page of the store, and says where to go on. It writes nothing.
    ///
    /// The walk goes through all accounts, then all workspaces, then all credentials. Each record that is corrupt, or
    /// that this node cannot check, is logged with its id. It does not find rows that were deleted, nor old rows that
    /// were put back whole.
    ///
    /// Fails if the store does not answer.
    pub async fn check_records(
        &self,
        after: Option<&RecordCursor>,
        size: PageSize,
    ) -> Result<CheckedRecords, ManageError> {
        let inner = self.inner();
        let (items, next) = inner.walk(after, size).await?;
        let mut page = CheckedRecords { next, ..CheckedRecords::default() };
        for item in items {
            match item {
                Walked::Account(record) => page.count(&inner.records, record),
                Walked::Workspace(record) => page.count(&inner.records, record),
                Walked::Credential(record) => page.count(&inner.records, *record),
                Walked::Corrupt => page.corrupt += 1,
                Walked::Newer => page.unknown += 1,
            }
        }
        Ok(page)
    }
}

impl CheckedRecords {
    fn count<R: Sealed>(&mut self, records: &Records, record: R) {
        match records.check(record) {
            Checked::UpToDate(_) => self.up_to_date += 1,
            Checked::Outdated(_) => self.outdated += 1,
            Checked::Lost(..) => self.lost += 1,
            Checked::Unknown => self.unknown += 1,
            Checked::Corrupt => self.corrupt += 1,
        }
    }
}

impl Inner {
    /// A page of the walk, and where to go on. A page holds records of one sort.
    pub(super) async fn walk(
        &self,
        after: Option<&RecordCursor>,
        size: PageSize,
    ) -> Result<(Vec<Walked>, Option<RecordCursor>), StoreError> {
        let records = &self.records;
        let (items, next) = match after.map(|cursor| &cursor.0) {
            None => {
                let page = records.unchecked_accounts(None, size).await?;
                walked(page, Walked::Account, Place::Account, Some(Place::Workspaces))
            }
            Some(Place::Account(id)) => {
                let page = records.unchecked_accounts(Some(id), size).await?;
                walked(page, Walked::Account, Place::Account, Some(Place::Workspaces))
            }
            Some(Place::Workspaces) => {
                let page = records.unchecked_workspaces(None, size).await?;
                walked(page, Walked::Workspace, Place::Workspace, Some(Place::Credentials))
            }
            Some(Place::Workspace(id)) => {
                let page = records.unchecked_workspaces(Some(id), size).await?;
                walked(page, Walked::Workspace, Place::Workspace, Some(Place::Credentials))
            }
            Some(Place::Credentials) => self.walk_credentials(None, size).await?,
            Some(Place::Credential(id)) => self.walk_credentials(Some(*id), size).await?,
        };
        Ok((items, next.map(RecordCursor)))
    }

    async fn walk_credentials(
        &self,
        after: Option<CredentialId>,
        size: PageSize,
    ) -> Result<(Vec<Walked>, Option<Place>), StoreError> {
        let after = after.map(|id| CredentialCursor { name: NameKey::of(""), id });
        let now = self.clock.now().wall;
        let query = CredentialQuery { after, ..CredentialQuery::all(Scope::Store, now, size) };
        let page = self.records.unchecked_credentials(&query).await?;
        let whole = |record: CredentialRecord| match record.check() {
            Ok(()) => Walked::Credential(Box::new(record)),
            Err(_) => Walked::Corrupt,
        };
        Ok(walked(page, whole, |cursor| Place::Credential(cursor.id), None))
    }
}

fn walked<R, C>(
    page: Page<R, C>,
    item: impl Fn(R) -> Walked,
    place: impl Fn(C) -> Place,
    then: Option<Place>,
) -> (Vec<Walked>, Option<Place>) {
    let items = page.items.into_iter().map(|found| match found {
        PageItem::Record(record) => item(record),
        PageItem::Corrupt(row) => {
            tracing::error!(id = row.id, "a stored row is no record");
            Walked::Corrupt
        }
        PageItem::Newer { .. } => Walked::Newer,
    });
    (items.collect(), page.next.map(place).or(then))
}

impl fmt::Display for RecordCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Account(id) => write!(f, "account:{id}"),
            Place::Workspaces => f.write_str("workspaces"),
            Place::Workspace(id) => write!(f, "workspace:{id}"),
            Place::Credentials => f.write_str("credentials"),
            Place::Credential(id) => write!(f, "credential:{id}"),
        }
    }
}

impl FromStr for RecordCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = match text.split_once(':') {
            None if text == "workspaces" => Place::Workspaces,
            None if text == "credentials" => Place::Credentials,
            Some(("account", id)) => Place::Account(AccountId::new(id).map_err(|_| CursorError)?),
            Some(("workspace", id)) => {
                Place::Workspace(WorkspaceId::new(id).map_err(|_| CursorError)?)
            }
            Some(("credential", id)) => {
                Place::Credential(CredentialId::new(id).map_err(|_| CursorError)?)
            }
            _ => return Err(CursorError),
        };
        Ok(Self(place))
    }
}

text_form!(RecordCursor);

#[cfg(test)]
mod tests {
    use super::RecordCursor;

    #[test]
    fn a_place_in_the_walk_comes_back_from_its_text() {
        for text in [
            "account:acme",
            "account:a:b",
            "workspaces",
            "workspace:acme/shop",
            "credentials",
            "credential:abcdefghijkl",
        ] {
            let cursor: RecordCursor = text.parse().unwrap();
            assert_eq!(cursor.to_string(), text);
        }
        for text in ["", "accounts", "account:", "workspace", "credential:short", "event:1"] {
            assert!(text.parse::<RecordCursor>().is_err(), "{text}");
        }
    }
}
