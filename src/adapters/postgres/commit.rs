//! Commits one change atomically, in at most four statements between `BEGIN` and `COMMIT`.

use super::collisions::past_collisions;
use super::connection::Lease;
use super::error::CallFailure;
use super::rows::{CASTS, execute};
use super::store::PostgresStore;
use super::{credentials, headers};
use crate::adapters::sql::{append_event, event, one_row, operation_statement, until};
use crate::domain::{CredentialEdit, Event};
use crate::store::{Change, HeaderChange, StoreError, StoreErrorKind};
use crate::values::{CredentialId, OperationId};

/// Updates the row of the position last: its lock makes the order of the numbers the order of the commits.
const ADVANCE: &str =
    "UPDATE keyward_position SET number = number + 1, operation = $1 WHERE id = 1 RETURNING number";

/// While this lock is held, no commit is in progress.
const LOCK_POSITION: &str = "SELECT 1 FROM keyward_position WHERE id = 1 FOR UPDATE";

pub(super) async fn commit(store: &PostgresStore, change: &Change) -> Result<(), StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let lease = until(written_by, write(store, change)).await?;
    let lost = match until(written_by, async { Ok(lease.commit().await) }).await {
        Ok(Ok(())) => return Ok(()),
        // The server refused the commit, so nothing was written.
        Ok(Err(failure)) if failure.is_an_answer() => return Err(failure.into()),
        Ok(Err(failure)) => failure.into(),
        Err(late) => late,
    };
    match until(answered_by, find(store, change.operation)).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(StoreError::new(StoreErrorKind::Unavailable).because(lost)),
        Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
    }
}

/// Returns the event of an operation.
pub(super) async fn operation(
    store: &PostgresStore,
    id: OperationId,
) -> Result<Option<Event>, StoreError> {
    store.time_limit.keep(find(store, id)).await
}

async fn find(store: &PostgresStore, id: OperationId) -> Result<Option<Event>, StoreError> {
    let found = store.patiently(async || {
        let mut lease = store.lease().await?;
        lease.begin(&store.begin).await?;
        // A read without the lock can miss a commit in progress. Each statement has its own snapshot, and the second
        // statement's snapshot is taken while the lock is held.
        sqlx::query(store.schema.sql(LOCK_POSITION)).execute(lease.connection()?).await?;
        let statement = operation_statement(&id);
        let found = store.ask(lease.connection()?, &statement).await?;
        lease.roll_back().await?;
        Ok(found)
    });
    found.await?.first().map(event).transpose()
}

/// Writes the change, and leaves the transaction open.
async fn write(store: &PostgresStore, change: &Change) -> Result<Lease, StoreError> {
    let written = past_collisions(async || {
        let mut lease = store.begun().await?;
        match statements(store, &mut lease, change).await {
            Ok(()) => Ok(lease),
            Err(failure) => {
                if !matches!(failure, CallFailure::Driver(_)) || failure.is_an_answer() {
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
            lease.begin(&self.begin).await?;
            Ok(lease)
        })
        .await
    }
}

/// Writes accounts, header, credentials and event. Every change takes its locks in this order.
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
    headers::write(connection, schema, &change.header).await?;
    if let HeaderChange::RemovedWorkspace { record, .. } = &change.header {
        credentials::leave_all(connection, schema, &record.id).await?;
    }
    let edited = |id: CredentialId| change.credentials.iter().any(|edit| edit.id() == id);
    for (id, read) in change.read_credentials.iter().filter(|(id, _)| !edited(*id)) {
        credentials::compare(connection, schema, *id, read).await?;
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
    // The row of the position provides the number.
    let event = change.event(0);
    let append = append_event(&CASTS, ADVANCE, &event)?;
    Ok(one_row(execute(connection, schema, &append).await?)?)
}
