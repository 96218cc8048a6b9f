//! A memory store that fails at one call, or from one on.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, PageItem, PageSize, Position, Purged, RecordId, Refresh,
    Refreshed, StoreError, StoreErrorKind, StoreFinding, TagChange, Use, WorkspaceCursor,
    WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, MemoryStore, OperationId, WorkspaceId,
    history::Event, time::Timestamp,
};

/// Which method of a store was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Read,
    Commit,
    Refresh,
    RecordUses,
}

/// Every kind that a store's error can be of.
pub const KINDS: [StoreErrorKind; 6] = [
    StoreErrorKind::Conflict,
    StoreErrorKind::Corrupt,
    StoreErrorKind::Unavailable,
    StoreErrorKind::Unknown,
    StoreErrorKind::Misconfigured,
    StoreErrorKind::Other,
];

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// At which call after it was set, counted from 0.
    pub at: usize,
    pub kind: StoreErrorKind,
    pub when: When,
}

/// Whether the call was carried out, although it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
    /// Not carried out, and none of the calls after it.
    FromThenOn,
    /// None of these is carried out, whichever call it is.
    Each(Call),
}

/// A store that fails when it is told to. Clones are one store.
#[derive(Debug, Clone)]
pub struct FailingStore {
    store: MemoryStore,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: Vec<Call>,
    fault: Option<Fault>,
}

impl FailingStore {
    pub fn over(store: MemoryStore) -> Self {
        Self { store, plan: Arc::default() }
    }

    /// Fails like this from now on, or no more. Calls are counted from here.
    pub fn set(&self, fault: impl Into<Option<Fault>>) {
        *self.plan() = Plan { calls: Vec::new(), fault: fault.into() };
    }

    /// The calls since it was last set.
    pub fn calls(&self) -> Vec<Call> {
        self.plan().calls.clone()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    async fn call<T>(
        &self,
        call: Call,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let fault = {
            let mut plan = self.plan();
            let number = plan.calls.len();
            plan.calls.push(call);
            plan.fault.filter(|fault| match fault.when {
                When::Before | When::After => number == fault.at,
                When::FromThenOn => number >= fault.at,
                When::Each(failing) => call == failing,
            })
        };
        let Some(fault) = fault else { return work.await };
        if fault.when == When::After {
            work.await?;
        }
        let lost = io::Error::new(io::ErrorKind::ConnectionReset, "the wire was cut");
        Err(StoreError::new(fault.kind).because(lost))
    }
}

#[deny(clippy::missing_trait_methods)]
impl CredentialStore for FailingStore {
    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.call(Call::Read, self.store.credential(id)).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.call(Call::Read, self.store.workspace(id)).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.call(Call::Read, self.store.account(id)).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.call(Call::Read, self.store.credentials(query)).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.call(Call::Read, self.store.workspaces(query)).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.call(Call::Read, self.store.credentials_by_id(ids)).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.call(Call::Read, self.store.workspaces_by_id(ids)).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.call(Call::Read, self.store.accounts_by_id(ids)).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.call(Call::Read, self.store.every_workspace(after, size)).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.call(Call::Read, self.store.every_account(after, size)).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.call(Call::Read, self.store.events(query)).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.call(Call::Commit, self.store.commit(change)).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.call(Call::Read, self.store.operation(id)).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.call(Call::Refresh, self.store.refresh(credential, generation, refresh)).await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.call(Call::Refresh, self.store.retag(record, tags)).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.call(Call::RecordUses, self.store.record_uses(uses)).await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.store.prune_events(before, limit).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.store.purge_removed(limit).await
    }

    async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
        self.call(Call::Read, self.store.check()).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.call(Call::Read, self.store.position()).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.call(Call::Read, self.store.changes_since(position, limit)).await
    }
}
