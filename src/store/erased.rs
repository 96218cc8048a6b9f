//! The type-erased store, so that [`Keyward`](crate::Keyward) has no type parameter.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{AccountRecord, CredentialRecord, Event, NetworkUse, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::values::{
    AccountId, CredentialId, Day, GenerationNumber, OperationId, Timestamp, WorkspaceId,
};

use super::change::{
    Change, Changes, Position, Purged, RecordId, Refresh, Refreshed, TagChange, Use,
};
use super::contract::CredentialStore;
use super::error::StoreError;
use super::finding::StoreFinding;
use super::query::{
    CredentialCursor, CredentialQuery, EventQuery, Page, PageItem, PageSize, WorkspaceCursor,
    WorkspaceQuery,
};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The object-safe version of [`CredentialStore`], with the same methods and boxed futures.
trait Boxed: fmt::Debug + Send + Sync {
    fn time_limit(&self) -> Duration;
    fn id_key(&self) -> Answer<'_, IdKey>;
    fn credential(&self, id: CredentialId) -> Answer<'_, Option<CredentialRecord>>;
    fn workspace<'a>(&'a self, id: &'a WorkspaceId) -> Answer<'a, Option<WorkspaceRecord>>;
    fn account<'a>(&'a self, id: &'a AccountId) -> Answer<'a, Option<AccountRecord>>;
    fn credentials<'a>(
        &'a self,
        query: &'a CredentialQuery,
    ) -> Answer<'a, Page<CredentialRecord, CredentialCursor>>;
    fn workspaces<'a>(
        &'a self,
        query: &'a WorkspaceQuery,
    ) -> Answer<'a, Page<WorkspaceRecord, WorkspaceCursor>>;
    fn credentials_by_id<'a>(
        &'a self,
        ids: &'a [CredentialId],
    ) -> Answer<'a, Vec<Option<PageItem<CredentialRecord>>>>;
    fn workspaces_by_id<'a>(
        &'a self,
        ids: &'a [WorkspaceId],
    ) -> Answer<'a, Vec<Option<PageItem<WorkspaceRecord>>>>;
    fn accounts_by_id<'a>(
        &'a self,
        ids: &'a [AccountId],
    ) -> Answer<'a, Vec<Option<PageItem<AccountRecord>>>>;
    fn every_workspace<'a>(
        &'a self,
        after: Option<&'a WorkspaceId>,
        size: PageSize,
    ) -> Answer<'a, Page<WorkspaceRecord, WorkspaceId>>;
    fn every_account<'a>(
        &'a self,
        after: Option<&'a AccountId>,
        size: PageSize,
    ) -> Answer<'a, Page<AccountRecord, AccountId>>;
    fn events<'a>(&'a self, query: &'a EventQuery) -> Answer<'a, Page<Event, u64>>;
    fn commit<'a>(&'a self, change: &'a Change) -> Answer<'a, ()>;
    fn operation(&self, id: OperationId) -> Answer<'_, Option<Event>>;
    fn refresh<'a>(
        &'a self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &'a Refresh,
    ) -> Answer<'a, Refreshed>;
    fn retag<'a>(&'a self, record: &'a RecordId, tags: &'a TagChange) -> Answer<'a, Refreshed>;
    fn record_uses<'a>(&'a self, uses: &'a [Use]) -> Answer<'a, ()>;
    fn record_networks<'a>(&'a self, seen: &'a [NetworkUse]) -> Answer<'a, ()>;
    fn networks_of<'a>(&'a self, ids: &'a [CredentialId]) -> Answer<'a, Vec<NetworkUse>>;
    fn forget_networks(&self, before: Option<Day>, limit: usize) -> Answer<'_, Purged>;
    fn prune_events(&self, before: Timestamp, limit: usize) -> Answer<'_, Purged>;
    fn purge_removed(&self, limit: usize) -> Answer<'_, Purged>;
    fn position(&self) -> Answer<'_, Position>;
    fn check(&self) -> Answer<'_, Vec<StoreFinding>>;
    fn changes_since<'a>(&'a self, position: &'a Position, limit: usize) -> Answer<'a, Changes>;
}

impl<S: CredentialStore> Boxed for S {
    fn time_limit(&self) -> Duration {
        CredentialStore::time_limit(self)
    }

    fn id_key(&self) -> Answer<'_, IdKey> {
        Box::pin(CredentialStore::id_key(self))
    }

    fn credential(&self, id: CredentialId) -> Answer<'_, Option<CredentialRecord>> {
        Box::pin(CredentialStore::credential(self, id))
    }

    fn workspace<'a>(&'a self, id: &'a WorkspaceId) -> Answer<'a, Option<WorkspaceRecord>> {
        Box::pin(CredentialStore::workspace(self, id))
    }

    fn account<'a>(&'a self, id: &'a AccountId) -> Answer<'a, Option<AccountRecord>> {
        Box::pin(CredentialStore::account(self, id))
    }

    fn credentials<'a>(
        &'a self,
        query: &'a CredentialQuery,
    ) -> Answer<'a, Page<CredentialRecord, CredentialCursor>> {
        Box::pin(CredentialStore::credentials(self, query))
    }

    fn workspaces<'a>(
        &'a self,
        query: &'a WorkspaceQuery,
    ) -> Answer<'a, Page<WorkspaceRecord, WorkspaceCursor>> {
        Box::pin(CredentialStore::workspaces(self, query))
    }

    fn credentials_by_id<'a>(
        &'a self,
        ids: &'a [CredentialId],
    ) -> Answer<'a, Vec<Option<PageItem<CredentialRecord>>>> {
        Box::pin(CredentialStore::credentials_by_id(self, ids))
    }

    fn workspaces_by_id<'a>(
        &'a self,
        ids: &'a [WorkspaceId],
    ) -> Answer<'a, Vec<Option<PageItem<WorkspaceRecord>>>> {
        Box::pin(CredentialStore::workspaces_by_id(self, ids))
    }

    fn accounts_by_id<'a>(
        &'a self,
        ids: &'a [AccountId],
    ) -> Answer<'a, Vec<Option<PageItem<AccountRecord>>>> {
        Box::pin(CredentialStore::accounts_by_id(self, ids))
    }

    fn every_workspace<'a>(
        &'a self,
        after: Option<&'a WorkspaceId>,
        size: PageSize,
    ) -> Answer<'a, Page<WorkspaceRecord, WorkspaceId>> {
        Box::pin(CredentialStore::every_workspace(self, after, size))
    }

    fn every_account<'a>(
        &'a self,
        after: Option<&'a AccountId>,
        size: PageSize,
    ) -> Answer<'a, Page<AccountRecord, AccountId>> {
        Box::pin(CredentialStore::every_account(self, after, size))
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> Answer<'a, Page<Event, u64>> {
        Box::pin(CredentialStore::events(self, query))
    }

    fn commit<'a>(&'a self, change: &'a Change) -> Answer<'a, ()> {
        Box::pin(CredentialStore::commit(self, change))
    }

    fn operation(&self, id: OperationId) -> Answer<'_, Option<Event>> {
        Box::pin(CredentialStore::operation(self, id))
    }

    fn refresh<'a>(
        &'a self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &'a Refresh,
    ) -> Answer<'a, Refreshed> {
        Box::pin(CredentialStore::refresh(self, credential, generation, refresh))
    }

    fn retag<'a>(&'a self, record: &'a RecordId, tags: &'a TagChange) -> Answer<'a, Refreshed> {
        Box::pin(CredentialStore::retag(self, record, tags))
    }

    fn record_uses<'a>(&'a self, uses: &'a [Use]) -> Answer<'a, ()> {
        Box::pin(CredentialStore::record_uses(self, uses))
    }

    fn record_networks<'a>(&'a self, seen: &'a [NetworkUse]) -> Answer<'a, ()> {
        Box::pin(CredentialStore::record_networks(self, seen))
    }

    fn networks_of<'a>(&'a self, ids: &'a [CredentialId]) -> Answer<'a, Vec<NetworkUse>> {
        Box::pin(CredentialStore::networks_of(self, ids))
    }

    fn forget_networks(&self, before: Option<Day>, limit: usize) -> Answer<'_, Purged> {
        Box::pin(CredentialStore::forget_networks(self, before, limit))
    }

    fn prune_events(&self, before: Timestamp, limit: usize) -> Answer<'_, Purged> {
        Box::pin(CredentialStore::prune_events(self, before, limit))
    }

    fn purge_removed(&self, limit: usize) -> Answer<'_, Purged> {
        Box::pin(CredentialStore::purge_removed(self, limit))
    }

    fn check(&self) -> Answer<'_, Vec<StoreFinding>> {
        Box::pin(CredentialStore::check(self))
    }

    fn position(&self) -> Answer<'_, Position> {
        Box::pin(CredentialStore::position(self))
    }

    fn changes_since<'a>(&'a self, position: &'a Position, limit: usize) -> Answer<'a, Changes> {
        Box::pin(CredentialStore::changes_since(self, position, limit))
    }
}

/// A store of any type, behind a shared pointer. All clones access the same store.
///
/// ```
/// use keyward::{store::AnyStore, MemoryStore};
///
/// let stores = [AnyStore::new(MemoryStore::new()), AnyStore::new(MemoryStore::new())];
/// # let _ = stores;
/// ```
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Boxed>);

impl AnyStore {
    /// Wraps a store and erases its type.
    pub fn new(store: impl CredentialStore) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[deny(clippy::missing_trait_methods)]
impl CredentialStore for AnyStore {
    fn time_limit(&self) -> Duration {
        self.0.time_limit()
    }

    async fn id_key(&self) -> Result<IdKey, StoreError> {
        self.0.id_key().await
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.0.credential(id).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.0.workspace(id).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.0.account(id).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.0.credentials(query).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.0.workspaces(query).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.0.credentials_by_id(ids).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.0.workspaces_by_id(ids).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.0.accounts_by_id(ids).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.0.every_workspace(after, size).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.0.every_account(after, size).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.0.events(query).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.0.commit(change).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.0.operation(id).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.0.refresh(credential, generation, refresh).await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.0.retag(record, tags).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.0.record_uses(uses).await
    }

    async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
        self.0.record_networks(seen).await
    }

    async fn networks_of(&self, ids: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        self.0.networks_of(ids).await
    }

    async fn forget_networks(
        &self,
        before: Option<Day>,
        limit: usize,
    ) -> Result<Purged, StoreError> {
        self.0.forget_networks(before, limit).await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.0.prune_events(before, limit).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.0.purge_removed(limit).await
    }

    async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
        self.0.check().await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.0.position().await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.0.changes_since(position, limit).await
    }
}
