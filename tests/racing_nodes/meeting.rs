//! A store for each of two nodes, which can make them meet: neither writes before both have decided.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_lock::Barrier;
use keyward::manage::Revision;
use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialEdit, CredentialQuery,
    CredentialRecord, CredentialStore, EventQuery, HeaderChange, Page, PageItem, PageSize,
    Position, Purged, RecordId, Refresh, Refreshed, StoreError, StoreErrorKind, TagChange, Use,
    WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, OperationId, WorkspaceId, history::Event,
    time::Timestamp,
};

/// When the two write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Whenever each comes to it.
    Free,
    /// Both at once, when both have decided.
    Together,
    /// When both have decided: this one first, and the other one when that is done.
    First(usize),
}

/// What the store does with the revisions that a change was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparing {
    AsItMust,
    /// It takes whatever is stored for what the change was made for, and writes the whole record.
    Not,
}

/// What the two nodes' stores share.
#[derive(Debug)]
pub(crate) struct Meeting {
    pace: Mutex<Pace>,
    expected: [AtomicBool; 2],
    decided: Barrier,
    first_is_done: Barrier,
}

impl Meeting {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            pace: Mutex::new(Pace::Free),
            expected: [false, false].map(AtomicBool::new),
            decided: Barrier::new(2),
            first_is_done: Barrier::new(2),
        })
    }

    /// The next write of each node goes at this pace.
    pub(crate) fn set(&self, pace: Pace) {
        *self.pace.lock().unwrap() = pace;
        for node in &self.expected {
            node.store(pace != Pace::Free, Ordering::SeqCst);
        }
    }
}

/// One node's store.
#[derive(Debug, Clone)]
pub(crate) struct Node<S> {
    pub(crate) store: S,
    pub(crate) number: usize,
    pub(crate) meeting: Arc<Meeting>,
    pub(crate) comparing: Comparing,
}

impl<S: CredentialStore> Node<S> {
    async fn in_turn<T>(&self, write: impl Future<Output = T>) -> T {
        if !self.meeting.expected[self.number].swap(false, Ordering::SeqCst) {
            return write.await;
        }
        let pace = *self.meeting.pace.lock().unwrap();
        self.meeting.decided.wait().await;
        match pace {
            Pace::First(first) if first == self.number => {
                let answer = write.await;
                self.meeting.first_is_done.wait().await;
                answer
            }
            Pace::First(_) => {
                self.meeting.first_is_done.wait().await;
                write.await
            }
            Pace::Free | Pace::Together => write.await,
        }
    }

    async fn commit_without_comparison(&self, change: &Change) -> Result<(), StoreError> {
        // The store below compares all the same, so the other one may come between: but not for ever.
        let mut answer = Err(StoreError::new(StoreErrorKind::Conflict));
        for _ in 0..100 {
            answer = self.store.commit(&self.for_what_is_stored(change.clone()).await?).await;
            if !matches!(&answer, Err(error) if error.kind() == StoreErrorKind::Conflict) {
                break;
            }
        }
        for edit in &change.credentials {
            if let (CredentialEdit::Update(record), Ok(())) = (edit, &answer) {
                self.write_digests(record).await?;
            }
        }
        answer
    }

    async fn for_what_is_stored(&self, mut change: Change) -> Result<Change, StoreError> {
        change.unchanged.clear();
        if let Some(created) = &change.created_account
            && self.store.account(&created.id).await?.is_some()
        {
            change.created_account = None;
        }
        for (id, tag) in &mut change.read_credentials {
            if let Some(stored) = self.store.credential(*id).await? {
                *tag = stored.tag;
            }
        }
        // An operation that was carried out before is not known either.
        let mut id = *change.operation.as_bytes();
        id[0] ^= 1 + u8::try_from(self.number).unwrap();
        change.operation = OperationId::from_bytes(id);
        match &mut change.header {
            HeaderChange::Account { read_at, record } => {
                let stored = self.store.account(&record.id).await?;
                *read_at = stored.map_or(Revision::NONE, |stored| stored.revision);
            }
            HeaderChange::Workspace { read_at, record, .. }
            | HeaderChange::RemovedWorkspace { read_at, record } => {
                let stored = self.store.workspace(&record.id).await?;
                *read_at = stored.map_or(Revision::NONE, |stored| stored.revision);
            }
        }
        Ok(change)
    }

    async fn write_digests(&self, record: &CredentialRecord) -> Result<(), StoreError> {
        for generation in record.generations() {
            let Some(stored) = self.store.credential(record.id).await? else { return Ok(()) };
            let tags = TagChange { old: stored.tag, new: record.tag };
            if let Some(stored) = stored.generations().find(|s| s.number == generation.number) {
                let (old, new) = (stored.digest.clone(), generation.digest.clone());
                let refresh = Refresh::Digest { old, new, tags };
                self.store.refresh(record.id, generation.number, &refresh).await?;
            }
        }
        Ok(())
    }
}

impl<S: CredentialStore> CredentialStore for Node<S> {
    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        let write = async {
            match self.comparing {
                Comparing::AsItMust => self.store.commit(change).await,
                Comparing::Not => self.commit_without_comparison(change).await,
            }
        };
        self.in_turn(write).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        self.store.operation(id).await
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.in_turn(self.store.refresh(credential, generation, refresh)).await
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        self.store.credential(id).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.store.workspace(id).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.store.account(id).await
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.store.credentials(query).await
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.store.workspaces(query).await
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.store.credentials_by_id(ids).await
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        self.store.workspaces_by_id(ids).await
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        self.store.accounts_by_id(ids).await
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.store.every_workspace(after, size).await
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.store.every_account(after, size).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        self.store.events(query).await
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.in_turn(self.store.retag(record, tags)).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.store.record_uses(uses).await
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.store.prune_events(before, limit).await
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        self.store.purge_removed(limit).await
    }

    async fn position(&self) -> Result<Position, StoreError> {
        self.store.position().await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.store.changes_since(position, limit).await
    }
}
