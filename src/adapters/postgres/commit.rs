//! Commits: one change, all or nothing, in at most four statements between `BEGIN` and `COMMIT`.

use super::collisions::past_collisions;
use super::connection::Lease;
use super::error::Failure;
use super::time::Time;
use super::{PostgresStore, credentials, headers};
use crate::adapters::sql::{action_text, stored, until};
use crate::domain::CredentialEdit;
use crate::store::{Change, HeaderChange, Position, StoreError, StoreErrorKind};
use crate::values::{CredentialId, WorkspaceId};

/// The position's row is updated last: its lock makes the order of the numbers that of the commits.
const EVENT: &str = "WITH newest AS (\
UPDATE keyward_position SET number = number + 1, operation = $1 WHERE id = 1 RETURNING number) \
INSERT INTO keyward_events \
(number, operation, at, account, workspace, credential, by_role, by_id, action) \
SELECT number, $1, $2, $3, $4, $5, $6, $7, $8::jsonb FROM newest RETURNING number";

/// Whoever has the position's lock knows that no commit is on its way.
const LOCK_POSITION: &str = "SELECT 1 FROM keyward_position WHERE id = 1 FOR UPDATE";

const FIND_EVENT: &str = "SELECT 1 FROM keyward_events WHERE number = $1 AND operation = $2";

pub(super) async fn commit(store: &PostgresStore, change: &Change) -> Result<Position, StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let (lease, position) = until(written_by, write(store, change)).await?;
    let lost = match until(written_by, async { Ok(lease.commit().await) }).await {
        Ok(Ok(())) => return Ok(position),
        // It said no, so nothing was written.
        Ok(Err(failure)) if failure.is_an_answer() => return Err(failure.into()),
        Ok(Err(failure)) => failure.into(),
        Err(late) => late,
    };
    match until(answered_by, landed(store, position)).await {
        Ok(Landed::Yes) => Ok(position),
        Ok(Landed::No) => Err(StoreError::new(StoreErrorKind::Unavailable).because(lost)),
        Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
    }
}

/// Whether a change whose commit gave no answer is there.
enum Landed {
    Yes,
    No,
}

async fn landed(store: &PostgresStore, position: Position) -> Result<Landed, StoreError> {
    let operation = position.operation();
    let operation = operation.as_ref().map(|operation| operation.as_bytes().as_slice());
    let number = stored(position.number())?;
    store
        .patiently(async || {
            let mut lease = Lease::take(&store.pool).await?;
            lease.begin(&store.begin).await?;
            // Looking without the lock can miss a commit that is still on its way. Each statement has a
            // snapshot of its own, and the second one's is taken with the lock in hand.
            sqlx::query(store.schema.sql(LOCK_POSITION)).execute(lease.connection()?).await?;
            let found = sqlx::query(store.schema.sql(FIND_EVENT))
                .bind(number)
                .bind(operation)
                .fetch_optional(lease.connection()?)
                .await?;
            lease.roll_back().await?;
            Ok(if found.is_some() { Landed::Yes } else { Landed::No })
        })
        .await
}

/// Writes everything, and leaves the transaction open.
async fn write(store: &PostgresStore, change: &Change) -> Result<(Lease, Position), StoreError> {
    let written = past_collisions(async || {
        let mut lease = store.begun().await?;
        match statements(store, &mut lease, change).await {
            Ok(position) => Ok((lease, position)),
            Err(failure) => {
                if !matches!(failure, Failure::Driver(_)) || failure.is_an_answer() {
                    lease.roll_back().await?;
                }
                Err(failure)
            }
        }
    });
    Ok(written.await?)
}

impl PostgresStore {
    /// A connection with a transaction on it.
    pub(super) async fn begun(&self) -> Result<Lease, StoreError> {
        self.patiently(async || {
            let mut lease = Lease::take(&self.pool).await?;
            lease.begin(&self.begin).await?;
            Ok(lease)
        })
        .await
    }
}

/// Accounts, header, credentials, event: the order in which every change takes its locks.
async fn statements(
    store: &PostgresStore,
    lease: &mut Lease,
    change: &Change,
) -> Result<Position, Failure> {
    let (schema, connection) = (&store.schema, lease.connection()?);
    headers::lock_accounts(connection, schema, change).await?;
    headers::write(connection, schema, &change.header).await?;
    if let HeaderChange::RemovedWorkspace { record, .. } = &change.header {
        credentials::delete_all(connection, schema, &record.id).await?;
    }
    for edit in &change.credentials {
        match edit {
            CredentialEdit::Insert(record) => {
                credentials::insert(connection, schema, record).await?;
            }
            CredentialEdit::Update(record) => {
                credentials::update(connection, schema, record).await?;
            }
            CredentialEdit::Delete(id) => credentials::delete(connection, schema, *id).await?,
        }
    }
    let number: i64 = sqlx::query_scalar(schema.sql(EVENT))
        .bind(change.operation.as_bytes().as_slice())
        .bind(Time(change.at))
        .bind(change.account().as_str())
        .bind(change.subject.workspace().map(WorkspaceId::as_str))
        .bind(change.subject.credential().map(CredentialId::as_str))
        .bind(change.by.role.as_str())
        .bind(change.by.id.as_str())
        .bind(action_text(&change.action)?)
        .fetch_one(connection)
        .await?;
    Ok(Position::new(number.unsigned_abs(), change.operation))
}

pub(super) const fn conflict() -> Failure {
    Failure::Store(StoreError::new(StoreErrorKind::Conflict))
}
