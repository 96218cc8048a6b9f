//! The store as one node sees it: calls take time, and fail as the network decides. A request that was sent is carried
//! out even if the node is gone.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, IdKey, NetworkUse, Page, PageItem, PageSize, Position, Purged,
    RecordId, Refresh, Refreshed, StoreError, StoreErrorKind, StoreFinding, TagChange, Use,
    WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, MemoryStore, OperationId, WorkspaceId,
    history::Event,
    time::{Clock, Day, Timestamp},
};

use crate::clock::NodeClock;
use crate::hashing::waits_for_the_store;
use crate::history::History;
use crate::network_faults::{Call, NetworkFaults};
use crate::support::block_on;
use crate::timeline::Timeline;
use crate::uses::{Life, Uses};

/// The state outside of the nodes.
#[derive(Debug)]
pub(crate) struct Beyond {
    pub(crate) timeline: Timeline,
    pub(crate) faults: NetworkFaults,
    pub(crate) store: MemoryStore,
    pub(crate) history: History,
    pub(crate) uses: Uses,
    /// Operations that were looked up and not found: a commit of one that arrives later is refused.
    pub(crate) fenced: Mutex<HashSet<OperationId>>,
    /// The committed changes. The simulation prunes events that a host would keep for a day, together with their
    /// operation ids.
    pub(crate) committed: Mutex<HashMap<OperationId, Event>>,
}

/// The handle of one process of one node.
#[derive(Debug)]
pub(crate) struct NodeStore {
    pub(crate) life: Life,
    pub(crate) clock: NodeClock,
    pub(crate) beyond: Arc<Beyond>,
}

impl NodeStore {
    async fn call<T: Send + 'static>(
        &self,
        call: Call,
        work: impl FnOnce(&Beyond) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let fate = self.beyond.faults.fate(self.life.node, call);
        let wire = Wire(Arc::default());
        if let Some(later) = fate.carried_out {
            let (beyond, state) = (Arc::clone(&self.beyond), Arc::clone(&wire.0));
            self.beyond.timeline.after(later, move || {
                if fate.outlives_its_caller || !state.lock().unwrap().abandoned {
                    let answer = work(&beyond);
                    state.lock().unwrap().answer = Some(answer);
                }
            });
        }
        let state = Arc::clone(&wire.0);
        self.beyond.timeline.after(fate.answered, move || {
            let mut state = state.lock().unwrap();
            if let Some(kind) = fate.error {
                state.answer = Some(Err(StoreError::new(kind)));
            }
            state.delivered = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        });
        wire.await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&MemoryStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(Call::Read, move |beyond| work(&beyond.store)).await
    }
}

/// Between a caller and the store.
struct Wire<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    answer: Option<Result<T, StoreError>>,
    delivered: bool,
    abandoned: bool,
    waker: Option<Waker>,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { answer: None, delivered: false, abandoned: false, waker: None }
    }
}

impl<T> Future for Wire<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock().unwrap();
        if state.delivered {
            return Poll::Ready(state.answer.take().unwrap());
        }
        state.waker = Some(context.waker().clone());
        waits_for_the_store();
        Poll::Pending
    }
}

impl<T> Drop for Wire<T> {
    fn drop(&mut self) {
        self.0.lock().unwrap().abandoned = true;
    }
}

#[deny(clippy::missing_trait_methods)]
impl CredentialStore for NodeStore {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Fixed, so that a seed draws the same ids again.
    async fn id_key(&self) -> Result<IdKey, StoreError> {
        self.read(|_| Ok(IdKey::from_bytes([7; IdKey::LENGTH]))).await
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.read(move |store| block_on(store.credential(id))).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        let id = id.clone();
        self.read(move |store| block_on(store.workspace(&id))).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let id = id.clone();
        self.read(move |store| block_on(store.account(&id))).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        let query = query.clone();
        self.read(move |store| block_on(store.credentials(&query))).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        let query = query.clone();
        self.read(move |store| block_on(store.workspaces(&query))).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |store| block_on(store.credentials_by_id(&ids))).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |store| block_on(store.workspaces_by_id(&ids))).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |store| block_on(store.accounts_by_id(&ids))).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        let after = after.cloned();
        self.read(move |store| block_on(store.every_workspace(after.as_ref(), size))).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        let after = after.cloned();
        self.read(move |store| block_on(store.every_account(after.as_ref(), size))).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        let query = query.clone();
        self.read(move |store| block_on(store.events(&query))).await
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        let change = change.clone();
        self.call(Call::Commit, move |beyond| {
            if beyond.fenced.lock().unwrap().contains(&change.operation) {
                return Err(StoreError::new(StoreErrorKind::Unavailable));
            }
            block_on(beyond.store.commit(&change))?;
            beyond.committed.lock().unwrap().insert(change.operation, change.event(0));
            beyond.history.note(&change, beyond.timeline.moment(), &beyond.store);
            beyond.uses.check_forward(&beyond.store);
            Ok(())
        })
        .await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.call(Call::Read, move |beyond| {
            let found = block_on(beyond.store.operation(id))?;
            let found = found.or_else(|| beyond.committed.lock().unwrap().get(&id).cloned());
            if found.is_none() {
                beyond.fenced.lock().unwrap().insert(id);
            }
            Ok(found)
        })
        .await
    }

    async fn refresh(
        &self,
        _: CredentialId,
        _: GenerationNumber,
        _: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        panic!("there is one master key, and nothing to be made anew");
    }

    async fn retag(&self, _: &RecordId, _: &TagChange) -> Result<Refreshed, StoreError> {
        panic!("there is one master key, and no record to be tagged again");
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        let sent = self.beyond.timeline.moment();
        self.beyond.uses.sent(self.life, self.clock.now().monotonic, uses);
        let uses = uses.to_vec();
        self.call(Call::RecordUses, move |beyond| {
            block_on(beyond.store.record_uses(&uses))?;
            beyond.uses.check_forward(&beyond.store);
            Ok(())
        })
        .await?;
        self.beyond.uses.check_written(self.life, sent, &self.beyond.store);
        Ok(())
    }

    async fn record_networks(&self, _: &[NetworkUse]) -> Result<(), StoreError> {
        panic!("no node remembers networks");
    }

    async fn networks_of(&self, _: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        panic!("no node remembers networks");
    }

    async fn forget_networks(&self, _: Option<Day>, _: usize) -> Result<Purged, StoreError> {
        // Not sent through the weather: no node remembers networks, so there are none.
        Ok(Purged::All)
    }

    async fn prune_events(&self, _: Timestamp, _: usize) -> Result<Purged, StoreError> {
        panic!("no node prunes");
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.read(move |store| block_on(store.purge_removed(limit))).await
    }

    async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
        self.read(|store| block_on(store.check())).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.read(|store| block_on(store.position())).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        let position = *position;
        self.read(move |store| block_on(store.changes_since(&position, limit))).await
    }
}
