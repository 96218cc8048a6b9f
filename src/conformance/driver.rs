//! A store driven call by call: what a case is written with.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::store::{
    Change, Changes, CredentialCursor, CredentialQuery, CredentialStore, EventQuery, HeaderChange,
    Page, PageItem, PageSize, Position, Refresh, Refreshed, Scope, StoreError, StoreErrorKind, Use,
    WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, Timestamp, WorkspaceId};

use super::harness::Harness;
use super::promises::{NEXT, NO_MORE_THAN_ASKED};
use super::samples::{at, generation};

/// Mostly the harness's fault, and not the store's.
const NOT_EMPTY: &str = "before anything is committed a store stands at Position::START. If this one has a history already, \
    Harness::fresh must give each a place that no earlier run has left anything in: a process's number comes again";

/// A store and the harness that waits for it. Each call must succeed; only a commit may be refused.
pub(super) struct Driver<'h, H: Harness> {
    pub(super) harness: &'h H,
    pub(super) store: H::Store,
    other: OnceLock<Option<H::Store>>,
    known: Mutex<Known>,
}

/// The headers that a change was ever made for: a dump looks for them one by one.
#[derive(Default)]
struct Known {
    accounts: BTreeSet<AccountId>,
    workspaces: BTreeSet<WorkspaceId>,
}

/// All that can be read of a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Dump {
    pub(super) accounts: Vec<AccountRecord>,
    pub(super) workspaces: Vec<WorkspaceRecord>,
    pub(super) credentials: Vec<CredentialRecord>,
    pub(super) events: Vec<Event>,
    pub(super) position: Position,
}

impl<'h, H: Harness> Driver<'h, H> {
    /// Drives an empty store. What another run has left in it would be taken for the store's own fault.
    pub(super) fn new(harness: &'h H) -> Self {
        let store = harness.fresh();
        let driver = Self { harness, store, other: OnceLock::new(), known: Mutex::default() };
        assert_eq!(driver.position(), Position::START, "{NOT_EMPTY}");
        driver
    }

    /// The handle for a caller with this number: an odd one gets the other handle, where there is one.
    pub(super) fn handle(&self, caller: usize) -> &H::Store {
        let other = || self.other.get_or_init(|| self.harness.another(&self.store)).as_ref();
        if caller.is_multiple_of(2) { &self.store } else { other().unwrap_or(&self.store) }
    }

    pub(super) fn wait<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> T {
        let answer = self.harness.block_on(answer);
        answer.unwrap_or_else(|error| panic!("the store failed: {error:?}"))
    }

    pub(super) fn credential(&self, id: CredentialId) -> Option<CredentialRecord> {
        self.wait(self.store.credential(id))
    }

    /// A credential that must be there.
    pub(super) fn stored(&self, record: &CredentialRecord) -> CredentialRecord {
        let found = self.credential(record.id);
        found.unwrap_or_else(|| panic!("{} was written, and is not found", record.id))
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

    /// The credentials that a query finds, from its start to the end.
    pub(super) fn credentials(&self, query: &CredentialQuery) -> Vec<CredentialRecord> {
        let mut query = query.clone();
        let size = query.size;
        walk(size, |after| {
            query.after = after.or(query.after.take());
            self.page(&query)
        })
    }

    /// All credentials in a scope.
    pub(super) fn all(&self, scope: Scope) -> Vec<CredentialRecord> {
        self.credentials(&CredentialQuery::all(scope, at(0), PageSize::MAX))
    }

    /// The workspaces of an account, by pages of this size.
    pub(super) fn workspaces(&self, account: &AccountId, size: PageSize) -> Vec<WorkspaceRecord> {
        walk(size, |after: Option<WorkspaceCursor>| {
            let query = WorkspaceQuery { account: account.clone(), after, size };
            self.wait(self.store.workspaces(&query))
        })
    }

    /// The events that a query finds, from its start to the end.
    pub(super) fn events(&self, query: &EventQuery) -> Vec<Event> {
        let mut query = query.clone();
        let size = query.size;
        walk(size, |before| {
            query.before = before.or(query.before);
            self.wait(self.store.events(&query))
        })
    }

    /// All events of an account, the newest first.
    pub(super) fn history(&self, account: &AccountId) -> Vec<Event> {
        self.events(&every_event(account))
    }

    /// Commits a change that must not be refused.
    pub(super) fn commit(&self, change: &Change) -> Position {
        let answer = self.try_commit(change);
        answer.unwrap_or_else(|kind| panic!("{kind:?} was the answer to {change:#?}"))
    }

    pub(super) fn try_commit(&self, change: &Change) -> Result<Position, StoreErrorKind> {
        self.know(change);
        self.harness.block_on(self.store.commit(change)).map_err(|error| error.kind())
    }

    /// Commits a change that must meet a conflict, of which nothing may then be found.
    pub(super) fn refuse(&self, change: &Change, promise: &str) {
        self.know(change);
        let before = self.dump();
        let answer = self.try_commit(change);
        assert_eq!(answer, Err(StoreErrorKind::Conflict), "{promise}");
        assert_eq!(self.dump(), before, "{promise}");
    }

    pub(super) fn refresh(
        &self,
        record: &CredentialRecord,
        number: u32,
        refresh: &Refresh,
    ) -> Refreshed {
        self.wait(self.store.refresh(record.id, generation(number), refresh))
    }

    pub(super) fn record_uses(&self, uses: &[Use]) {
        self.wait(self.store.record_uses(uses));
    }

    pub(super) fn prune(&self, before: Timestamp) {
        self.wait(self.store.prune_events(before));
    }

    pub(super) fn position(&self) -> Position {
        self.wait(self.store.position())
    }

    pub(super) fn changes(&self, position: &Position, limit: usize) -> Changes {
        self.wait(self.store.changes_since(position, limit))
    }

    /// All that can be read, of every header that a change was made for.
    pub(super) fn dump(&self) -> Dump {
        let (accounts, workspaces) = (self.known_accounts(), self.known_workspaces());
        Dump {
            accounts: accounts.iter().filter_map(|id| self.account(id)).collect(),
            workspaces: workspaces.iter().filter_map(|id| self.workspace(id)).collect(),
            credentials: self.all(Scope::Store),
            events: accounts.iter().flat_map(|id| self.history(id)).collect(),
            position: self.position(),
        }
    }

    pub(super) fn known_accounts(&self) -> Vec<AccountId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.accounts.iter().cloned().collect()
    }

    pub(super) fn known_workspaces(&self) -> Vec<WorkspaceId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.workspaces.iter().cloned().collect()
    }

    /// Notes the headers that a change names.
    pub(super) fn know(&self, change: &Change) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.accounts.insert(change.account().clone());
        known.accounts.extend(change.unchanged.iter().map(|(id, _)| id.clone()));
        match &change.header {
            HeaderChange::Account { .. } => {}
            HeaderChange::Workspace { record, .. }
            | HeaderChange::RemovedWorkspace { record, .. } => {
                known.workspaces.insert(record.id.clone());
            }
        }
    }
}

/// All events of an account, by the largest pages.
pub(super) fn every_event(account: &AccountId) -> EventQuery {
    EventQuery {
        account: account.clone(),
        workspace: None,
        credential: None,
        before: None,
        size: PageSize::MAX,
    }
}

/// The records of all pages: none is empty but an only one, and the one without a cursor is the last.
fn walk<T: Debug, C: Debug + Clone + PartialEq>(
    size: PageSize,
    mut page: impl FnMut(Option<C>) -> Page<T, C>,
) -> Vec<T> {
    let mut records = Vec::new();
    let mut after: Option<C> = None;
    loop {
        let Page { items, next } = page(after.clone());
        assert!(items.len() <= size.get(), "{NO_MORE_THAN_ASKED}");
        let only = after.is_none() && next.is_none();
        assert!(only || !items.is_empty(), "{NEXT} (an empty page)");
        assert!(after.is_none() || next != after, "{NEXT} (again {next:?})");
        records.extend(items.into_iter().map(|item| match item {
            PageItem::Record(record) => record,
            PageItem::Corrupt(row) => panic!("{row:?} was written by the suite, and is no record"),
        }));
        if next.is_none() {
            return records;
        }
        after = next;
    }
}
