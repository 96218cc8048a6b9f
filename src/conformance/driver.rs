//! The driver that the cases use to call a store.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::domain::{
    AccountRecord, CredentialRecord, Event, NetworkUse, Restriction, WorkspaceRecord,
};
use crate::secrets::RecordTag;
use crate::store::{
    Change, Changes, CredentialCursor, CredentialQuery, CredentialStore, EventQuery, HeaderChange,
    Page, PageItem, PageSize, Position, Purged, RecordId, Refresh, Refreshed, Scope, StoreError,
    StoreErrorKind, TagChange, Use, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, Day, OperationId, Timestamp, WorkspaceId};

use super::difference::{assert_same, told};
use super::dump::Dump;
use super::harness::{Borrowed, Harness};
use super::promises::{
    ACKNOWLEDGED, BYTE_FOR_BYTE, NETWORKS_FORGOTTEN, NEXT, NO_MORE_THAN_REQUESTED, OPERATION,
    PURGE_ENDS, WHOLE,
};
use super::samples::{at, generation, tags_of};

/// The message for a store that is not empty at first. Usually the harness is at fault.
const NOT_EMPTY: &str = "A new store must be at Position::START. If this store contains data, change Harness::fresh: each store needs \
    a name that no earlier run has used, and process ids repeat.";

/// A store and its harness. Each call must succeed, except for commits, which can be refused.
pub(super) struct Driver<'h, H: Harness> {
    pub(super) harness: &'h H,
    // This handle must be dropped before the store is returned to its harness.
    other: OnceLock<Option<H::Store>>,
    pub(super) store: Borrowed<'h, H>,
    seen: Mutex<SeenHeaders>,
}

/// The headers that were part of any change. A dump reads each of them.
#[derive(Default)]
struct SeenHeaders {
    accounts: BTreeSet<AccountId>,
    workspaces: BTreeSet<WorkspaceId>,
}

impl<'h, H: Harness> Driver<'h, H> {
    /// Creates a driver with an empty store. Panics if the store contains data of another run, which would look like a defect of
    /// the store.
    pub(super) fn new(harness: &'h H) -> Self {
        let store = Borrowed::fresh(harness);
        let driver = Self { harness, other: OnceLock::new(), store, seen: Mutex::default() };
        assert_same!(driver.position(), Position::START, "{NOT_EMPTY}");
        driver
    }

    /// Returns the handle for a caller with this number. Odd numbers get the other handle, if the harness has one.
    pub(super) fn handle(&self, caller: usize) -> &H::Store {
        let other = || self.other.get_or_init(|| self.harness.another(&self.store)).as_ref();
        if caller.is_multiple_of(2) { &self.store } else { other().unwrap_or(&self.store) }
    }

    #[track_caller]
    pub(super) fn wait<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> T {
        match self.harness.block_on(answer) {
            Ok(answer) => answer,
            Err(error) => panic!("the store failed: {error:?}"),
        }
    }

    pub(super) fn credential(&self, id: CredentialId) -> Option<CredentialRecord> {
        self.wait(self.store.credential(id))
    }

    /// Returns a credential that must exist.
    #[track_caller]
    pub(super) fn stored(&self, record: &CredentialRecord) -> CredentialRecord {
        let Some(found) = self.credential(record.id) else {
            panic!("{ACKNOWLEDGED}\n{} was written but is not found", record.id)
        };
        found
    }

    pub(super) fn workspace(&self, id: &WorkspaceId) -> Option<WorkspaceRecord> {
        self.wait(self.store.workspace(id))
    }

    pub(super) fn account(&self, id: &AccountId) -> Option<AccountRecord> {
        self.wait(self.store.account(id))
    }

    pub(super) fn page(&self, query: &CredentialQuery) -> Page<CredentialRecord, CredentialCursor> {
        self.wait(self.store.credentials(query))
    }

    /// Returns the credentials that a query finds, on all pages.
    pub(super) fn credentials(&self, query: &CredentialQuery) -> Vec<CredentialRecord> {
        let mut query = query.clone();
        let size = query.size;
        walk(size, |after| {
            query.after = after.or(query.after.take());
            self.page(&query)
        })
    }

    /// Returns all credentials in a scope.
    pub(super) fn all(&self, scope: Scope) -> Vec<CredentialRecord> {
        self.credentials(&CredentialQuery::all(scope, at(0), PageSize::MAX))
    }

    /// Returns the workspaces of an account, in pages of this size.
    pub(super) fn workspaces(&self, account: &AccountId, size: PageSize) -> Vec<WorkspaceRecord> {
        walk(size, |after: Option<WorkspaceCursor>| {
            let query = WorkspaceQuery { after, ..WorkspaceQuery::all(account.clone(), size) };
            self.wait(self.store.workspaces(&query))
        })
    }

    /// Returns the workspaces of an account within a restriction, in pages of two.
    pub(super) fn workspaces_within(
        &self,
        account: &AccountId,
        restriction: &Restriction,
    ) -> Vec<WorkspaceRecord> {
        let size = PageSize::new(2).expect("within the bounds");
        walk(size, |after: Option<WorkspaceCursor>| {
            let all = WorkspaceQuery::all(account.clone(), size);
            let query = WorkspaceQuery { after, restriction: restriction.clone(), ..all };
            self.wait(self.store.workspaces(&query))
        })
    }

    /// Returns the events that a query finds, on all pages.
    pub(super) fn events(&self, query: &EventQuery) -> Vec<Event> {
        let mut query = query.clone();
        let size = query.size;
        walk(size, |before| {
            query.before = before.or(query.before);
            self.wait(self.store.events(&query))
        })
    }

    /// Returns all events of an account, the newest first.
    pub(super) fn history(&self, account: &AccountId) -> Vec<Event> {
        self.events(&every_event(account))
    }

    /// Commits a change that must succeed.
    #[track_caller]
    pub(super) fn commit(&self, change: &Change) -> Position {
        self.commit_by(WHOLE, change)
    }

    /// Commits a change that must succeed. If it is refused, the store breaks this promise.
    #[track_caller]
    pub(super) fn commit_by(&self, promise: &str, change: &Change) -> Position {
        match self.try_commit(change) {
            Ok(position) => position,
            Err(kind) => panic!("{promise}\n{kind:?} was the answer to {}", told(change)),
        }
    }

    pub(super) fn try_commit(&self, change: &Change) -> Result<Position, StoreErrorKind> {
        self.know(change);
        self.commit_through(&self.store, change)
    }

    /// Commits a change through a handle, and returns the position of its event.
    pub(super) fn commit_through(
        &self,
        handle: &H::Store,
        change: &Change,
    ) -> Result<Position, StoreErrorKind> {
        let answer = self.harness.block_on(handle.commit(change));
        answer.map_err(|error| {
            if error.kind() != StoreErrorKind::Conflict {
                // A case that expects a conflict prints only the kind.
                eprintln!("a commit failed: {error:?}");
            }
            error.kind()
        })?;
        let event = self.wait(handle.operation(change.operation)).expect(OPERATION);
        Ok(Position::new(event.number, event.operation))
    }

    /// Returns the event of an operation.
    pub(super) fn operation(&self, id: OperationId) -> Option<Event> {
        self.wait(self.store.operation(id))
    }

    /// Returns all workspaces of the store, in pages of this size.
    pub(super) fn every_workspace(&self, size: PageSize) -> Vec<WorkspaceRecord> {
        walk(size, |after: Option<WorkspaceId>| {
            self.wait(self.store.every_workspace(after.as_ref(), size))
        })
    }

    /// Returns all accounts of the store, in pages of this size.
    pub(super) fn every_account(&self, size: PageSize) -> Vec<AccountRecord> {
        walk(size, |after: Option<AccountId>| {
            self.wait(self.store.every_account(after.as_ref(), size))
        })
    }

    /// Commits a change that must be a conflict, and checks that nothing was written.
    #[track_caller]
    pub(super) fn refuse(&self, change: &Change, promise: &str) {
        self.know(change);
        let before = self.dump();
        let answer = self.try_commit(change);
        assert_same!(answer, Err(StoreErrorKind::Conflict), "{promise}");
        assert_same!(self.dump(), before, "{promise}");
    }

    pub(super) fn refresh(
        &self,
        record: &CredentialRecord,
        number: u32,
        refresh: &Refresh,
    ) -> Refreshed {
        let refresh = self.for_stored_tag(record, refresh);
        self.wait(self.store.refresh(record.id, generation(number), &refresh))
    }

    /// Returns the refresh. If it names no old tag, sets it to the stored tag.
    pub(super) fn for_stored_tag(&self, record: &CredentialRecord, refresh: &Refresh) -> Refresh {
        let mut refresh = refresh.clone();
        let tags = tags_of(&mut refresh);
        if tags.old == RecordTag::NONE {
            tags.old = self.credential(record.id).map_or(RecordTag::NONE, |stored| stored.tag);
        }
        refresh
    }

    pub(super) fn retag(&self, record: &RecordId, tags: TagChange) -> Refreshed {
        self.wait(self.store.retag(record, &tags))
    }

    pub(super) fn record_uses(&self, uses: &[Use]) {
        self.wait(self.store.record_uses(uses));
    }

    pub(super) fn record_networks(&self, seen: &[NetworkUse]) {
        self.wait(self.store.record_networks(seen));
    }

    pub(super) fn networks_of(&self, ids: &[CredentialId]) -> Vec<NetworkUse> {
        self.wait(self.store.networks_of(ids))
    }

    /// Forgets all networks before `before`, a few at a time.
    pub(super) fn forget_networks(&self, before: Option<Day>) {
        for _ in 0..10_000 {
            if self.forget_some_networks(before, 2) == Purged::All {
                return;
            }
        }
        panic!("{NETWORKS_FORGOTTEN}");
    }

    pub(super) fn forget_some_networks(&self, before: Option<Day>, limit: usize) -> Purged {
        self.wait(self.store.forget_networks(before, limit))
    }

    /// Prunes all events before `before`, a few at a time.
    pub(super) fn prune(&self, before: Timestamp) {
        for _ in 0..10_000 {
            if self.prune_some(before, 3) == Purged::All {
                return;
            }
        }
        panic!("{PURGE_ENDS}");
    }

    pub(super) fn prune_some(&self, before: Timestamp, limit: usize) -> Purged {
        self.wait(self.store.prune_events(before, limit))
    }

    pub(super) fn purge(&self, limit: usize) -> Purged {
        self.wait(self.store.purge_removed(limit))
    }

    pub(super) fn position(&self) -> Position {
        self.wait(self.store.position())
    }

    /// Returns the changes since a position, with an age of zero.
    pub(super) fn changes(&self, position: &Position, limit: usize) -> Changes {
        let mut changes = self.wait(self.store.changes_since(position, limit));
        let (Changes::Since { age, .. } | Changes::TooFarBehind { age, .. }) = &mut changes;
        *age = Duration::ZERO;
        changes
    }

    /// Reads all data: of the events, those of all accounts that were part of a change.
    pub(super) fn dump(&self) -> Dump {
        Dump {
            accounts: self.every_account(PageSize::MAX),
            workspaces: self.every_workspace(PageSize::MAX),
            credentials: self.all(Scope::Store),
            events: self.known_accounts().iter().flat_map(|id| self.history(id)).collect(),
            position: self.position(),
        }
    }

    pub(super) fn known_accounts(&self) -> Vec<AccountId> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.accounts.iter().cloned().collect()
    }

    pub(super) fn known_workspaces(&self) -> Vec<WorkspaceId> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.workspaces.iter().cloned().collect()
    }

    /// Records the headers that a change names.
    pub(super) fn know(&self, change: &Change) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.accounts.insert(change.account().clone());
        seen.accounts.extend(change.unchanged.iter().map(|(id, _)| id.clone()));
        seen.accounts.extend(change.created_account.iter().map(|record| record.id.clone()));
        match &change.header {
            HeaderChange::Account { .. } => {}
            HeaderChange::Workspace { record, .. }
            | HeaderChange::RemovedWorkspace { record, .. } => {
                seen.workspaces.insert(record.id.clone());
            }
        }
    }
}

/// Returns a query of all events of an account, with the largest page size.
pub(super) fn every_event(account: &AccountId) -> EventQuery {
    EventQuery::all(account.clone(), PageSize::MAX)
}

/// Returns the records of all pages. Only a single page can be empty, and the last page has no cursor.
fn walk<T: Debug, C: Debug + Clone + PartialEq>(
    size: PageSize,
    mut page: impl FnMut(Option<C>) -> Page<T, C>,
) -> Vec<T> {
    let mut records = Vec::new();
    let mut after: Option<C> = None;
    loop {
        let Page { items, next } = page(after.clone());
        assert!(items.len() <= size.get(), "{NO_MORE_THAN_REQUESTED}");
        let only = after.is_none() && next.is_none();
        assert!(only || !items.is_empty(), "{NEXT} (an empty page)");
        assert!(after.is_none() || next != after, "{NEXT} (again {next:?})");
        records.extend(items.into_iter().map(|item| match item {
            PageItem::Record(record) => record,
            PageItem::Corrupt(row) => {
                panic!("{BYTE_FOR_BYTE}\n{row:?} was written by the suite, and cannot be read as a record")
            }
            PageItem::Newer { id } => {
                panic!("{BYTE_FOR_BYTE}\nno store can tell that a newer release wrote {id}")
            }
        }));
        if next.is_none() {
            return records;
        }
        after = next;
    }
}
