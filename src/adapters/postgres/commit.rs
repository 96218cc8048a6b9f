//! Commits one change atomically, in at most four messages after `BEGIN`.

use tokio::time::Instant;

use super::appending::{self, AWAIT, append, lock_of};
use super::collisions::past_collisions;
use super::connection::Lease;
use super::error::CallFailure;
use super::heartbeat::COMMIT_AFTER_OTHERS;
use super::store::PostgresStore;
use super::{credentials, headers};
use crate::adapters::sql::{WriteDoubt, event, operation_statement, until};
use crate::domain::{CredentialEdit, CredentialRecord, Event};
use crate::store::{Change, HeaderChange, StoreError, StoreErrorKind};
use crate::values::{CredentialId, OperationId};

pub(super) async fn commit(store: &PostgresStore, change: &Change) -> Result<(), StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let doubt = WriteDoubt::default();
    let lost = match until(written_by, write(store, change, written_by, &doubt)).await {
        Err(lost) if doubt.exists() => lost,
        outcome => return outcome,
    };
    match until(answered_by, find(store, change.operation)).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(StoreError::new(StoreErrorKind::Unavailable).because(lost)),
        Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
    }
}

/// Returns the event of an operation. A standby has it, if the server has synchronous standbys.
pub(super) async fn operation(
    store: &PostgresStore,
    id: OperationId,
) -> Result<Option<Event>, StoreError> {
    store.time_limit.keep(find(store, id)).await
}

async fn find(store: &PostgresStore, id: OperationId) -> Result<Option<Event>, StoreError> {
    let found = store.patiently(async || {
        let mut lease = store.lease().await?;
        lease.begin(&store.begin, store.schema.newest()).await?;
        // A read without the lock can miss a commit in progress. Each statement has its own snapshot, and the second
        // statement's snapshot is taken while the lock is held.
        let wait = sqlx::query(store.schema.sql(AWAIT)).bind(lock_of(id));
        wait.execute(lease.connection()?).await?;
        let statement = operation_statement(&id);
        let found = store.ask(lease.connection()?, &statement).await?;
        if found.is_empty() {
            lease.roll_back().await?;
        } else {
            // A failover must not lose what this call reports.
            lease.end(store.schema.sql(COMMIT_AFTER_OTHERS)).await?;
            lease.give_back();
        }
        Ok(found)
    });
    found.await?.first().map(event).transpose()
}

/// Writes the change. While the last message is under way, there is doubt.
async fn write(
    store: &PostgresStore,
    change: &Change,
    written_by: Instant,
    doubt: &WriteDoubt,
) -> Result<(), StoreError> {
    let written = past_collisions(async || {
        let mut lease = store.begun().await?;
        let written = async {
            statements(store, &mut lease, change).await?;
            let patience = written_by.saturating_duration_since(Instant::now());
            let ending = lease.end(append(&store.schema, patience));
            doubt.about(ending, CallFailure::is_an_answer).await.map_err(appending::refused)
        };
        match written.await {
            Ok(()) => {
                lease.give_back();
                Ok(())
            }
            Err(failure) => {
                // The connection of any other failure is closed.
                if matches!(failure, CallFailure::Store(_)) || failure.is_an_answer() {
                    lease.roll_back().await?;
                }
                Err(failure)
            }
        }
    });
    Ok(written.await?)
}

impl PostgresStore {
    /// Returns a connection with an open transaction.
    pub(super) async fn begun(&self) -> Result<Lease, StoreError> {
        self.patiently(async || {
            let mut lease = self.lease().await?;
            lease.begin(&self.begin, self.schema.newest()).await?;
            Ok(lease)
        })
        .await
    }
}

/// Writes accounts, header and credentials, and stages the event. Every change takes its locks in this order.
async fn statements(
    store: &PostgresStore,
    lease: &mut Lease,
    change: &Change,
) -> Result<(), CallFailure> {
    let (schema, connection) = (&store.schema, lease.connection()?);
    headers::lock_accounts(connection, schema, change).await?;
    if let Some(account) = &change.created_account {
        headers::create_account(connection, schema, account).await?;
    }
    // The row of the position provides the number.
    headers::write(connection, schema, &change.header, &change.event(0)).await?;
    if let HeaderChange::RemovedWorkspace { record, .. } = &change.header {
        credentials::leave_all(connection, schema, &record.id).await?;
    }
    let edited = |id: CredentialId| change.credentials.iter().any(|edit| edit.id() == id);
    for (id, read) in change.read_credentials.iter().filter(|(id, _)| !edited(*id)) {
        credentials::compare(connection, schema, *id, read).await?;
    }
    if let Some(records) = several_new(change) {
        credentials::insert_all(connection, schema, &records).await?;
        return Ok(());
    }
    for edit in &change.credentials {
        let read = change.read_credentials.iter().find(|(id, _)| *id == edit.id());
        let read = read.map(|(_, tag)| tag);
        match edit {
            CredentialEdit::Insert(record) => {
                credentials::insert(connection, schema, record).await?;
            }
            CredentialEdit::Update(record) => {
                credentials::update(connection, schema, record, read).await?;
            }
            CredentialEdit::Delete(id) => {
                credentials::delete(connection, schema, *id, read).await?;
            }
        }
    }
    Ok(())
}

/// Returns the credentials of a change that only inserts, and more than one.
fn several_new(change: &Change) -> Option<Vec<&CredentialRecord>> {
    let edits = change.credentials.iter();
    let new: Option<Vec<_>> = edits
        .map(|edit| if let CredentialEdit::Insert(record) = edit { Some(record) } else { None })
        .collect();
    new.filter(|records| records.len() > 1)
}
