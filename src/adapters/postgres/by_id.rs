//! Reads of one record by its id. Reads that wait at the same time share one statement.

use std::sync::Arc;

use tracing::instrument::WithSubscriber;

use super::queued_reads::{BatchRun, Queue, QueuedRead};
use super::read_sequence::ReadSequence;
use super::store::PostgresStore;
use crate::adapters::sql::{self, expect_runtime, until};
use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord};
use crate::store::{PageItem, StoreError};
use crate::values::{AccountId, CredentialId, WorkspaceId};

type Batch<R> = Vec<QueuedRead<<R as ById>::Id, R>>;

pub(super) async fn credential(
    store: &PostgresStore,
    id: CredentialId,
) -> Result<Option<CredentialRecord>, StoreError> {
    read(store, id).await
}

pub(super) async fn workspace(
    store: &PostgresStore,
    id: &WorkspaceId,
) -> Result<Option<WorkspaceRecord>, StoreError> {
    read(store, id.clone()).await
}

pub(super) async fn account(
    store: &PostgresStore,
    id: &AccountId,
) -> Result<Option<AccountRecord>, StoreError> {
    read(store, id.clone()).await
}

/// A record that is read by its id.
trait ById: Sized + Send + 'static {
    type Id: Clone + Send + Sync + 'static;

    fn queue(store: &PostgresStore) -> &Queue<Self::Id, Self>;

    fn one(
        reads: &ReadSequence<'_>,
        id: &Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send;

    /// Returns an item for each id.
    fn several(
        reads: &ReadSequence<'_>,
        ids: &[Self::Id],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<Self>>>, StoreError>> + Send;
}

impl ById for CredentialRecord {
    type Id = CredentialId;

    fn queue(store: &PostgresStore) -> &Queue<CredentialId, Self> {
        &store.queued_reads.credentials
    }

    async fn one(reads: &ReadSequence<'_>, id: &CredentialId) -> Result<Option<Self>, StoreError> {
        sql::credential(reads, *id).await
    }

    async fn several(
        reads: &ReadSequence<'_>,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<Self>>>, StoreError> {
        sql::credentials_by_id(reads, ids).await
    }
}

impl ById for WorkspaceRecord {
    type Id = WorkspaceId;

    fn queue(store: &PostgresStore) -> &Queue<WorkspaceId, Self> {
        &store.queued_reads.workspaces
    }

    async fn one(reads: &ReadSequence<'_>, id: &WorkspaceId) -> Result<Option<Self>, StoreError> {
        sql::workspace(reads, id).await
    }

    async fn several(
        reads: &ReadSequence<'_>,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<Self>>>, StoreError> {
        sql::workspaces_by_id(reads, ids).await
    }
}

impl ById for AccountRecord {
    type Id = AccountId;

    fn queue(store: &PostgresStore) -> &Queue<AccountId, Self> {
        &store.queued_reads.accounts
    }

    async fn one(reads: &ReadSequence<'_>, id: &AccountId) -> Result<Option<Self>, StoreError> {
        sql::account(reads, id).await
    }

    async fn several(
        reads: &ReadSequence<'_>,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<Self>>>, StoreError> {
        sql::accounts_by_id(reads, ids).await
    }
}

/// Reads a record. If enough statements run already, the read waits and shares the next one.
async fn read<R: ById>(store: &PostgresStore, id: R::Id) -> Result<Option<R>, StoreError> {
    expect_runtime()?;
    let end = store.time_limit.end();
    let (answer, run) = R::queue(store).add(id);
    if let Some(run) = run {
        tokio::spawn(send(store.clone(), run).with_current_subscriber());
    }
    until(end, answer).await
}

/// Sends statements until no read waits.
async fn send<R: ById>(store: PostgresStore, mut run: BatchRun<R::Id, R>) {
    let reads = ReadSequence::new(&store);
    while let Some(batch) = run.next() {
        if let [_] = &*batch {
            one_by_one(&reads, batch).await;
        } else {
            together(&reads, batch).await;
        }
    }
    reads.end();
}

async fn together<R: ById>(reads: &ReadSequence<'_>, batch: Batch<R>) {
    let ids: Vec<_> = batch.iter().map(|read| read.id.clone()).collect();
    let items = match R::several(reads, &ids).await {
        Ok(items) => items,
        Err(failure) => return fail(batch, failure),
    };
    let mut unreadable = Vec::new();
    for (read, item) in batch.into_iter().zip(items) {
        match item.map(PageItem::record) {
            None => read.answer(Ok(None)),
            Some(Some(record)) => read.answer(Ok(Some(record))),
            Some(None) => unreadable.push(read),
        }
    }
    // For the error of each.
    one_by_one(reads, unreadable).await;
}

async fn one_by_one<R: ById>(reads: &ReadSequence<'_>, batch: Batch<R>) {
    for read in batch {
        let answer = R::one(reads, &read.id).await;
        read.answer(answer);
    }
}

/// Answers all reads of a statement with its error.
fn fail<I, R>(batch: Vec<QueuedRead<I, R>>, failure: StoreError) {
    let (kind, failure) = (failure.kind(), Arc::new(failure));
    for read in batch {
        read.answer(Err(StoreError::new(kind).because(Arc::clone(&failure))));
    }
}
