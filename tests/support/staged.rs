//! A memory store that is directed: calls are held back, fail, or find the store restored from a backup.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_channel::oneshot;
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

use super::block_on;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Credential,
    Workspace,
    Account,
    List,
    Commit,
    /// The look-up of a change by its operation.
    Operation,
    Refresh,
    RecordUses,
    Prune,
    /// The deletion of what removed workspaces have left.
    Purge,
    /// `position` and `changes_since`.
    Feed,
}

/// Where a call is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// It is not carried out yet.
    Carried,
    /// It is carried out, and not answered yet.
    Answered,
}

/// The store. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Staged(Arc<Mutex<Stage>>);

#[derive(Debug, Default)]
struct Stage {
    store: MemoryStore,
    /// Every change that was made, in order.
    made: Vec<Change>,
    /// Every batch of uses that was written, in order.
    batches: Vec<Vec<Use>>,
    calls: HashMap<Call, usize>,
    failing: HashMap<Call, StoreErrorKind>,
    losing: HashSet<Call>,
    held: HashMap<Call, (Until, Vec<oneshot::Sender<()>>)>,
    /// The age of what the feed answers.
    age: Duration,
}

impl Staged {
    /// From now on, calls of this kind wait for [`release`](Self::release).
    pub fn hold(&self, call: Call, until: Until) {
        assert!(self.stage().held.insert(call, (until, Vec::new())).is_none(), "held already");
    }

    /// Lets the calls go that wait, and those that come.
    pub fn release(&self, call: Call) {
        let (_, waiting) = self.stage().held.remove(&call).unwrap();
        for call in waiting {
            // Whoever made the call may be gone.
            call.send(()).ok();
        }
    }

    /// From now on, calls of this kind are not carried out, and fail.
    pub fn fail(&self, call: Call, kind: StoreErrorKind) {
        self.stage().failing.insert(call, kind);
    }

    /// The next call of this kind is carried out, and its outcome is unknown.
    pub fn lose_next_answer(&self, call: Call) {
        self.stage().losing.insert(call);
    }

    /// Everything works again.
    pub fn recover(&self) {
        self.stage().failing.clear();
    }

    /// From now on, the feed's answers have this age.
    pub fn answer_with_age(&self, age: Duration) {
        self.stage().age = age;
    }

    /// How many calls of this kind were made.
    pub fn calls(&self, call: Call) -> usize {
        self.stage().calls.get(&call).copied().unwrap_or_default()
    }

    /// The batches of uses that were written so far.
    pub fn batches(&self) -> Vec<Vec<Use>> {
        self.stage().batches.clone()
    }

    /// How many calls of this kind wait.
    pub fn waiting(&self, call: Call) -> usize {
        self.stage().held.get(&call).map_or(0, |(_, waiting)| waiting.len())
    }

    /// Goes back to what was stored after so many changes.
    pub fn restore(&self, changes: usize) {
        let mut stage = self.stage();
        stage.made.truncate(changes);
        stage.store = MemoryStore::new();
        for change in &stage.made {
            block_on(stage.store.commit(change)).unwrap();
        }
    }

    /// How many changes were made.
    pub fn changes(&self) -> usize {
        self.stage().made.len()
    }

    /// What lies behind.
    pub fn store(&self) -> MemoryStore {
        self.stage().store.clone()
    }

    async fn call<T>(
        &self,
        call: Call,
        carry_out: impl AsyncFnOnce(MemoryStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        *self.stage().calls.entry(call).or_default() += 1;
        self.wait(call, Until::Carried).await;
        let failing = self.stage().failing.get(&call).copied();
        if let Some(kind) = failing {
            return Err(StoreError::new(kind));
        }
        let answer = carry_out(self.store()).await;
        self.wait(call, Until::Answered).await;
        if self.stage().losing.remove(&call) {
            return Err(StoreError::new(StoreErrorKind::Unknown));
        }
        answer
    }

    async fn wait(&self, call: Call, place: Until) {
        let released = match self.stage().held.get_mut(&call) {
            Some((until, waiting)) if *until == place => {
                let (release, released) = oneshot::channel();
                waiting.push(release);
                released
            }
            _ => return,
        };
        released.await.unwrap();
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap()
    }
}

impl CredentialStore for Staged {
    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.call(Call::Credential, async |store| store.credential(id).await).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.call(Call::Workspace, async |store| store.workspace(id).await).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.call(Call::Account, async |store| store.account(id).await).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.call(Call::List, async |store| store.credentials(query).await).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.call(Call::List, async |store| store.workspaces(query).await).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.call(Call::Credential, async |store| store.credentials_by_id(ids).await).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.call(Call::Workspace, async |store| store.workspaces_by_id(ids).await).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.call(Call::Account, async |store| store.accounts_by_id(ids).await).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.call(Call::List, async |store| store.every_workspace(after, size).await).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.call(Call::List, async |store| store.every_account(after, size).await).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.call(Call::List, async |store| store.events(query).await).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.call(Call::Commit, async |store| {
            store.commit(change).await?;
            self.stage().made.push(change.clone());
            Ok(())
        })
        .await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.call(Call::Operation, async |store| store.operation(id).await).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.call(Call::Refresh, async |store| store.refresh(credential, generation, refresh).await)
            .await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.call(Call::Refresh, async |store| store.retag(record, tags).await).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.call(Call::RecordUses, async |store| {
            store.record_uses(uses).await?;
            self.stage().batches.push(uses.to_vec());
            Ok(())
        })
        .await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.call(Call::Prune, async |store| store.prune_events(before, limit).await).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.call(Call::Purge, async |store| store.purge_removed(limit).await).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.call(Call::Feed, async |store| store.position().await).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.call(Call::Feed, async |store| {
            let mut changes = store.changes_since(position, limit).await?;
            let (Changes::Since { age, .. } | Changes::TooFarBehind { age, .. }) = &mut changes;
            *age = self.stage().age;
            Ok(changes)
        })
        .await
    }
}
