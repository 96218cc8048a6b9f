//! A store that takes its time, so that what is done at once meets in it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, PageItem, PageSize, Position, Purged, RecordId, Refresh,
    Refreshed, StoreError, TagChange, Use, WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, OperationId, WorkspaceId, history::Event,
    time::Timestamp,
};

use super::random::Choices;

/// The store, and what chooses how long it takes before it carries a call out, and before it answers.
#[derive(Debug, Clone)]
pub struct Slow<S> {
    store: S,
    choices: Arc<Mutex<Choices>>,
}

impl<S> Slow<S> {
    pub fn new(store: S, choices: Choices) -> Self {
        Self { store, choices: Arc::new(Mutex::new(choices)) }
    }

    async fn slowly<T>(&self, call: impl Future<Output = T>) -> T {
        self.pause().await;
        let answer = call.await;
        self.pause().await;
        answer
    }

    async fn pause(&self) {
        let choice = self.choices.lock().unwrap().below(16);
        match choice {
            0 => tokio::time::sleep(Duration::from_millis(1)).await,
            1..8 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

impl<S: CredentialStore> CredentialStore for Slow<S> {
    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.slowly(self.store.credential(id)).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.slowly(self.store.workspace(id)).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.slowly(self.store.account(id)).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.slowly(self.store.credentials(query)).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.slowly(self.store.workspaces(query)).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.slowly(self.store.credentials_by_id(ids)).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.slowly(self.store.workspaces_by_id(ids)).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.slowly(self.store.accounts_by_id(ids)).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.slowly(self.store.every_workspace(after, size)).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.slowly(self.store.every_account(after, size)).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.slowly(self.store.events(query)).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.slowly(self.store.commit(change)).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.slowly(self.store.operation(id)).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.slowly(self.store.refresh(credential, generation, refresh)).await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.slowly(self.store.retag(record, tags)).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.slowly(self.store.record_uses(uses)).await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.slowly(self.store.prune_events(before, limit)).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.slowly(self.store.purge_removed(limit)).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.slowly(self.store.position()).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.slowly(self.store.changes_since(position, limit)).await
    }
}
