//! The walk through all records of the store: accounts, then workspaces, then credentials.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::rules::TagState;
use crate::domain::{AccountRecord, CredentialRecord, Sealed, WorkspaceRecord};
use crate::store::{
    CredentialCursor, CredentialQuery, CursorError, Page, PageItem, PageSize, Scope, StoreError,
};
use crate::values::{AccountId, CredentialId, NameKey, Timestamp, WorkspaceId, text_form};

use super::errors::ManageError;
use super::keyward::Keyward;
use super::records::Records;

/// A position in the walk of [`Keyward::rekey`] and [`Keyward::check_records`]. Store its text or serialized form to continue after
/// a restart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordCursor(WalkPlace);

/// After this record, or before the first record of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WalkPlace {
    Account(AccountId),
    Workspaces,
    Workspace(WorkspaceId),
    Credentials,
    Credential(CredentialId),
}

/// One item of the walk.
pub(super) enum Walked {
    Account(AccountRecord),
    Workspace(WorkspaceRecord),
    Credential(Box<CredentialRecord>),
    /// A row that cannot be read as a record.
    Corrupt,
    /// A record from a newer release.
    Newer,
}

/// A page of the walk.
pub(super) struct WalkedPage {
    pub(super) items: Vec<Walked>,
    /// Position of the next page; `None` at the end.
    pub(super) next: Option<RecordCursor>,
}

/// The result of one page of [`Keyward::check_records`]. The counts are accounts, workspaces and credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckedRecords {
    /// Position of the next page; `None` at the end.
    pub next: Option<RecordCursor>,
    /// Records that match their tags, under the current or a newer master key and record epoch.
    pub up_to_date: u64,
    /// Records that match their tags, under an older master key or record epoch. [`Keyward::rekey`] tags them again.
    pub outdated: u64,
    /// Records that were tagged under a lost master key.
    pub lost: u64,
    /// Records that were tagged under a master key or record epoch that this node does not accept, or by a newer release.
    pub unchecked: u64,
    /// Records that do not match their tags, and rows that cannot be read as records.
    pub corrupt: u64,
}

impl Keyward {
    /// Checks the tags of one page of records. Writes nothing.
    ///
    /// The walk covers all accounts, then all workspaces, then all credentials. Each record that is corrupt, or that this node
    /// cannot check, is logged with its id. The walk cannot detect deleted rows, or old rows that were restored with their tags.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ManageError::Unavailable) if the store does not answer.
    pub async fn check_records(
        &self,
        after: Option<&RecordCursor>,
        size: PageSize,
    ) -> Result<CheckedRecords, ManageError> {
        let inner = self.inner();
        let now = inner.clock.now().wall;
        Ok(CheckedRecords::of(walk(&inner.records, after, size, now).await?, &inner.records))
    }
}

impl CheckedRecords {
    fn of(walked: WalkedPage, records: &Records) -> Self {
        let mut page = Self { next: walked.next, ..Self::default() };
        for item in walked.items {
            match item {
                Walked::Account(record) => page.count(records, &record),
                Walked::Workspace(record) => page.count(records, &record),
                Walked::Credential(record) => page.count(records, &*record),
                Walked::Corrupt => page.corrupt += 1,
                Walked::Newer => page.unchecked += 1,
            }
        }
        page
    }

    fn count<R: Sealed>(&mut self, records: &Records, record: &R) {
        match records.check(record) {
            TagState::UpToDate => self.up_to_date += 1,
            TagState::Outdated => self.outdated += 1,
            TagState::Lost(_) => self.lost += 1,
            TagState::Unknown => self.unchecked += 1,
            TagState::Corrupt => self.corrupt += 1,
        }
    }
}

/// Reads a page of the walk. A page contains records of one type.
pub(super) async fn walk(
    records: &Records,
    after: Option<&RecordCursor>,
    size: PageSize,
    now: Timestamp,
) -> Result<WalkedPage, StoreError> {
    let (items, next) = match after.map(|cursor| &cursor.0) {
        None => {
            let page = records.unchecked_accounts(None, size).await?;
            walked(page, Walked::Account, WalkPlace::Account, Some(WalkPlace::Workspaces))
        }
        Some(WalkPlace::Account(id)) => {
            let page = records.unchecked_accounts(Some(id), size).await?;
            walked(page, Walked::Account, WalkPlace::Account, Some(WalkPlace::Workspaces))
        }
        Some(WalkPlace::Workspaces) => {
            let page = records.unchecked_workspaces(None, size).await?;
            walked(page, Walked::Workspace, WalkPlace::Workspace, Some(WalkPlace::Credentials))
        }
        Some(WalkPlace::Workspace(id)) => {
            let page = records.unchecked_workspaces(Some(id), size).await?;
            walked(page, Walked::Workspace, WalkPlace::Workspace, Some(WalkPlace::Credentials))
        }
        Some(WalkPlace::Credentials) => walk_credentials(records, None, size, now).await?,
        Some(WalkPlace::Credential(id)) => walk_credentials(records, Some(*id), size, now).await?,
    };
    Ok(WalkedPage { items, next: next.map(RecordCursor) })
}

async fn walk_credentials(
    records: &Records,
    after: Option<CredentialId>,
    size: PageSize,
    now: Timestamp,
) -> Result<(Vec<Walked>, Option<WalkPlace>), StoreError> {
    let after = after.map(|id| CredentialCursor { name: NameKey::of(""), id });
    let query = CredentialQuery { after, ..CredentialQuery::all(Scope::Store, now, size) };
    let page = records.unchecked_credentials(&query).await?;
    let whole = |record: CredentialRecord| match record.check() {
        Ok(()) => Walked::Credential(Box::new(record)),
        Err(_) => Walked::Corrupt,
    };
    Ok(walked(page, whole, |cursor| WalkPlace::Credential(cursor.id), None))
}

fn walked<R, C>(
    page: Page<R, C>,
    item: impl Fn(R) -> Walked,
    place: impl Fn(C) -> WalkPlace,
    then: Option<WalkPlace>,
) -> (Vec<Walked>, Option<WalkPlace>) {
    let items = page.items.into_iter().map(|found| match found {
        PageItem::Record(record) => item(record),
        PageItem::Corrupt(row) => {
            tracing::error!(id = row.id, "a stored row cannot be read as a record: correct it in the database or restore it from a backup");
            Walked::Corrupt
        }
        PageItem::Newer { .. } => Walked::Newer,
    });
    (items.collect(), page.next.map(place).or(then))
}

impl fmt::Display for RecordCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            WalkPlace::Account(id) => write!(f, "account:{id}"),
            WalkPlace::Workspaces => f.write_str("workspaces"),
            WalkPlace::Workspace(id) => write!(f, "workspace:{id}"),
            WalkPlace::Credentials => f.write_str("credentials"),
            WalkPlace::Credential(id) => write!(f, "credential:{id}"),
        }
    }
}

impl FromStr for RecordCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = match text.split_once(':') {
            None if text == "workspaces" => WalkPlace::Workspaces,
            None if text == "credentials" => WalkPlace::Credentials,
            Some(("account", id)) => {
                WalkPlace::Account(AccountId::new(id).map_err(|_| CursorError)?)
            }
            Some(("workspace", id)) => {
                WalkPlace::Workspace(WorkspaceId::new(id).map_err(|_| CursorError)?)
            }
            Some(("credential", id)) => {
                WalkPlace::Credential(CredentialId::new(id).map_err(|_| CursorError)?)
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
    fn a_record_cursor_round_trips_through_its_text() {
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
