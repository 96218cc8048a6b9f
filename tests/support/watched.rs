//! A memory store that lets a test look on, and step in.

use std::fmt::Debug;

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, Position, Refresh, Refreshed, StoreError, StoreErrorKind,
    Use, WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, Event, GenerationNumber, MemoryStore, Timestamp, WorkspaceId,
};

/// What a test does when the store is called.
pub trait Watch: Debug + Send + Sync + 'static {
    /// Whether the store fails now, and how.
    fn fails(&self) -> Option<StoreErrorKind> {
        None
    }

    /// A credential is about to be read.
    fn reading_credential(&self) {}

    /// A change is about to be written: answers what is written instead.
    fn commit(&self, _: &MemoryStore, change: &Change) -> Change {
        change.clone()
    }

    /// A digest or a seal was replaced, or not.
    fn refreshed(&self, _: &Refresh, _: Refreshed) {}
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

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.answers()?;
        self.store.events(query).await
    }

    async fn commit(&self, change: &Change) -> Result<Position, StoreError> {
        self.answers()?;
        self.store.commit(&self.watch.commit(&self.store, change)).await
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

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.answers()?;
        self.store.record_uses(uses).await
    }

    async fn prune_events(&self, before: Timestamp) -> Result<(), StoreError> {
        self.answers()?;
        self.store.prune_events(before).await
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
