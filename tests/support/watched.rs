//! A memory store that lets a test look on, and step in.

use std::fmt::Debug;

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, PageItem, PageSize, Position, Purged, RecordId, Refresh,
    Refreshed, StoreError, StoreErrorKind, TagChange, Use, WorkspaceCursor, WorkspaceQuery,
    WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, MemoryStore, OperationId, WorkspaceId,
    history::Event, time::Timestamp,
};

/// What a test does when the store is called.
pub trait Watch: Debug + Send + Sync + 'static {
    /// Whether the store fails now, and how.
    fn fails(&self) -> Option<StoreErrorKind> {
        None
    }

    /// A credential is about to be read.
    fn reading_credential(&self) {}

    /// Whether a commit fails, and how. It is asked before the change is written.
    fn commit_fails(&self) -> Option<StoreErrorKind> {
        None
    }

    /// A change is about to be written: answers what is written instead.
    fn commit(&self, _: &MemoryStore, change: &Change) -> Change {
        change.clone()
    }

    /// A digest or a seal was replaced, or not.
    fn refreshed(&self, _: &Refresh, _: Refreshed) {}

    /// A tag alone was replaced, or not.
    fn retagged(&self, _: &TagChange, _: Refreshed) {}
}

/// The store and who looks on.
#[derive(Debug, Clone)]
pub struct Watched<W> {
    pub store: MemoryStore,
    pub watch: W,
}

impl<W: Watch> Watched<W> {
    fn answers(&self) -> Result<(), StoreError> {
        self.watch.fails().map_or(Ok(()), |kind| Err(StoreError::new(kind)))
    }
}

impl<W: Watch> CredentialStore for Watched<W> {
    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.answers()?;
        self.watch.reading_credential();
        self.store.credential(id).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.answers()?;
        self.store.workspace(id).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.answers()?;
        self.store.account(id).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.answers()?;
        self.store.credentials(query).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.answers()?;
        self.store.workspaces(query).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.answers()?;
        self.store.credentials_by_id(ids).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.answers()?;
        self.store.workspaces_by_id(ids).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.answers()?;
        self.store.accounts_by_id(ids).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.answers()?;
        self.store.every_workspace(after, size).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.answers()?;
        self.store.every_account(after, size).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.answers()?;
        self.store.events(query).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.answers()?;
        if let Some(kind) = self.watch.commit_fails() {
            return Err(StoreError::new(kind));
        }
        self.store.commit(&self.watch.commit(&self.store, change)).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.answers()?;
        self.store.operation(id).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.answers()?;
        let refreshed = self.store.refresh(credential, generation, refresh).await?;
        self.watch.refreshed(refresh, refreshed);
        Ok(refreshed)
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.answers()?;
        let refreshed = self.store.retag(record, tags).await?;
        self.watch.retagged(tags, refreshed);
        Ok(refreshed)
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.answers()?;
        self.store.record_uses(uses).await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.answers()?;
        self.store.prune_events(before, limit).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.answers()?;
        self.store.purge_removed(limit).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.answers()?;
        self.store.position().await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.answers()?;
        self.store.changes_since(position, limit).await
    }
}
