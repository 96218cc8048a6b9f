//! A store that a test controls: its calls fail, wait, are counted or are changed. The inner store keeps the contract.

use std::fmt::Debug;
use std::ops::Deref;
use std::time::Duration;

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, IdKey, NetworkUse, Page, PageItem, PageSize, Position, Purged,
    RecordId, Refresh, Refreshed, StoreError, StoreFinding, TagChange, Use, WorkspaceCursor,
    WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, MemoryStore, OperationId, WorkspaceId,
    history::Event,
    time::{Day, Timestamp},
};

/// The called method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// The key of the ids, which a node reads once.
    IdKey,
    Credential,
    Workspace,
    Account,
    List,
    Commit,
    /// The look-up of a change by its operation.
    Operation,
    Refresh,
    RecordUses,
    /// The calls about the networks from which credentials passed.
    Networks,
    Prune,
    /// The deletion of the rows of removed workspaces.
    Purge,
    Check,
    /// `position` and `changes_since`.
    Feed,
}

/// Controls the calls of a store. Each method does nothing by default.
pub trait Director<S: CredentialStore + Clone = MemoryStore>:
    Debug + Send + Sync + 'static
{
    /// Called before each call. An error is returned instead of the call.
    fn before(&self, _: Call) -> Result<(), StoreError> {
        Ok(())
    }

    /// Carries out a call. It can wait, or drop the call or its answer.
    fn direct<T: Send>(
        &self,
        call: Call,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        async move {
            self.before(call)?;
            work.await
        }
    }

    /// Returns the store that a call goes to.
    fn store(&self, behind: &S) -> S {
        behind.clone()
    }

    /// Reads a credential.
    fn credential(
        &self,
        store: &S,
        id: CredentialId,
    ) -> impl Future<Output = Result<Option<CredentialRecord>, StoreError>> + Send {
        store.credential(id)
    }

    /// Writes a change.
    fn commit(
        &self,
        store: &S,
        change: &Change,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        store.commit(change)
    }

    /// Called after a digest or a seal was replaced, or not.
    fn refreshed(&self, _: &Refresh, _: Refreshed) {}

    /// Called after a tag alone was replaced, or not.
    fn retagged(&self, _: &TagChange, _: Refreshed) {}

    /// Called after uses were written.
    fn recorded(&self, _: &[Use]) {}

    /// Returns the answer of the feed.
    fn polled(&self, changes: Changes) -> Changes {
        changes
    }
}

/// A store and its director. The director's methods are available on it.
#[derive(Debug, Clone, Default)]
pub struct Directed<S, D> {
    behind: S,
    director: D,
}

impl<S, D> Directed<S, D> {
    pub fn new(behind: S, director: D) -> Self {
        Self { behind, director }
    }
}

impl<S, D> Deref for Directed<S, D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.director
    }
}

impl<S: CredentialStore + Clone, D: Director<S>> Directed<S, D> {
    /// Chosen when a call is carried out, and not when it is made.
    fn store(&self) -> S {
        self.director.store(&self.behind)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: CredentialStore + Clone, D: Director<S>> CredentialStore for Directed<S, D> {
    fn time_limit(&self) -> Duration {
        self.store().time_limit()
    }

    async fn id_key(&self) -> Result<IdKey, StoreError> {
        self.director.direct(Call::IdKey, async { self.store().id_key().await }).await
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.director
            .direct(Call::Credential, async { self.director.credential(&self.store(), id).await })
            .await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.director.direct(Call::Workspace, async { self.store().workspace(id).await }).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.director.direct(Call::Account, async { self.store().account(id).await }).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.director.direct(Call::List, async { self.store().credentials(query).await }).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.director.direct(Call::List, async { self.store().workspaces(query).await }).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.director
            .direct(Call::Credential, async { self.store().credentials_by_id(ids).await })
            .await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.director
            .direct(Call::Workspace, async { self.store().workspaces_by_id(ids).await })
            .await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.director.direct(Call::Account, async { self.store().accounts_by_id(ids).await }).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.director
            .direct(Call::List, async { self.store().every_workspace(after, size).await })
            .await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.director
            .direct(Call::List, async { self.store().every_account(after, size).await })
            .await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.director.direct(Call::List, async { self.store().events(query).await }).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.director
            .direct(Call::Commit, async { self.director.commit(&self.store(), change).await })
            .await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.director.direct(Call::Operation, async { self.store().operation(id).await }).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.director
            .direct(Call::Refresh, async {
                let refreshed = self.store().refresh(credential, generation, refresh).await?;
                self.director.refreshed(refresh, refreshed);
                Ok(refreshed)
            })
            .await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.director
            .direct(Call::Refresh, async {
                let refreshed = self.store().retag(record, tags).await?;
                self.director.retagged(tags, refreshed);
                Ok(refreshed)
            })
            .await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.director
            .direct(Call::RecordUses, async {
                self.store().record_uses(uses).await?;
                self.director.recorded(uses);
                Ok(())
            })
            .await
    }

    async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
        self.director
            .direct(Call::Networks, async { self.store().record_networks(seen).await })
            .await
    }

    async fn networks_of(&self, ids: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        self.director.direct(Call::Networks, async { self.store().networks_of(ids).await }).await
    }

    async fn forget_networks(
        &self,
        before: Option<Day>,
        limit: usize,
    ) -> Result<Purged, StoreError> {
        self.director
            .direct(Call::Networks, async { self.store().forget_networks(before, limit).await })
            .await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.director
            .direct(Call::Prune, async { self.store().prune_events(before, limit).await })
            .await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.director.direct(Call::Purge, async { self.store().purge_removed(limit).await }).await
    }

    async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
        self.director.direct(Call::Check, async { self.store().check().await }).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.director.direct(Call::Feed, async { self.store().position().await }).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.director
            .direct(Call::Feed, async {
                let changes = self.store().changes_since(position, limit).await?;
                Ok(self.director.polled(changes))
            })
            .await
    }
}
