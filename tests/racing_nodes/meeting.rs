//! A store for each of two nodes, which can synchronise them: neither writes before both have decided.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_lock::Barrier;
use keyward::OperationId;
use keyward::manage::Revision;
use keyward::store::{
    Change, CredentialEdit, CredentialRecord, CredentialStore, HeaderChange, Refresh, StoreError,
    StoreErrorKind, TagChange,
};

use crate::directed::{Call, Director};

/// When the two write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Each at its own time.
    Free,
    /// Both at once, when both have decided.
    Together,
    /// When both have decided: this one first, and the other one when that is done.
    First(usize),
}

/// Whether the store compares the revisions of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparing {
    AsItMust,
    /// It replaces the expected revision with the stored one, and writes the whole record.
    Not,
}

/// The state that the stores of both nodes share.
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

    /// Sets the pace of each node's next write.
    pub(crate) fn set(&self, pace: Pace) {
        *self.pace.lock().unwrap() = pace;
        for node in &self.expected {
            node.store(pace != Pace::Free, Ordering::SeqCst);
        }
    }
}

/// Directs one node's store.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) number: usize,
    pub(crate) meeting: Arc<Meeting>,
    pub(crate) comparing: Comparing,
}

impl Node {
    async fn commit_without_comparison<S: CredentialStore>(
        &self,
        store: &S,
        change: &Change,
    ) -> Result<(), StoreError> {
        // The inner store still compares, so another commit can come first. The number of retries is limited.
        let mut answer = Err(StoreError::new(StoreErrorKind::Conflict));
        for _ in 0..100 {
            answer = store.commit(&self.for_what_is_stored(store, change.clone()).await?).await;
            if !matches!(&answer, Err(error) if error.kind() == StoreErrorKind::Conflict) {
                break;
            }
        }
        for edit in &change.credentials {
            if let (CredentialEdit::Update(record), Ok(())) = (edit, &answer) {
                write_digests(store, record).await?;
            }
        }
        answer
    }

    async fn for_what_is_stored<S: CredentialStore>(
        &self,
        store: &S,
        mut change: Change,
    ) -> Result<Change, StoreError> {
        change.unchanged.clear();
        if let Some(created) = &change.created_account
            && store.account(&created.id).await?.is_some()
        {
            change.created_account = None;
        }
        for (id, tag) in &mut change.read_credentials {
            if let Some(stored) = store.credential(*id).await? {
                *tag = stored.tag;
            }
        }
        // An operation that was carried out before is not known either.
        let mut id = *change.operation.as_bytes();
        id[0] ^= 1 + u8::try_from(self.number).unwrap();
        change.operation = OperationId::from_bytes(id);
        match &mut change.header {
            HeaderChange::Account { read_at, record } => {
                let stored = store.account(&record.id).await?;
                *read_at = stored.map_or(Revision::NONE, |stored| stored.revision);
            }
            HeaderChange::Workspace { read_at, record, .. }
            | HeaderChange::RemovedWorkspace { read_at, record } => {
                let stored = store.workspace(&record.id).await?;
                *read_at = stored.map_or(Revision::NONE, |stored| stored.revision);
            }
        }
        Ok(change)
    }
}

async fn write_digests<S: CredentialStore>(
    store: &S,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    for generation in record.generations() {
        let Some(stored) = store.credential(record.id).await? else { return Ok(()) };
        let tags = TagChange { old: stored.tag, new: record.tag };
        if let Some(stored) = stored.generations().find(|s| s.number == generation.number) {
            let (old, new) = (stored.digest.clone(), generation.digest.clone());
            let refresh = Refresh::Digest { old, new, tags };
            store.refresh(record.id, generation.number, &refresh).await?;
        }
    }
    Ok(())
}

impl<S: CredentialStore + Clone> Director<S> for Node {
    async fn direct<T: Send>(
        &self,
        call: Call,
        write: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let writes = matches!(call, Call::Commit | Call::Refresh);
        if !writes || !self.meeting.expected[self.number].swap(false, Ordering::SeqCst) {
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

    async fn commit(&self, store: &S, change: &Change) -> Result<(), StoreError> {
        match self.comparing {
            Comparing::AsItMust => store.commit(change).await,
            Comparing::Not => self.commit_without_comparison(store, change).await,
        }
    }
}
