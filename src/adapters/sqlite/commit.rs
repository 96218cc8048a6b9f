//! Commits: one change, all or nothing.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::begin::{begin, writer};
use super::rows::{failed, is_full};
use super::{SqliteStore, credentials, headers};
use crate::adapters::sql::{action_text, stored, until};
use crate::domain::{CredentialEdit, Revision};
use crate::store::{Change, HeaderChange, Position, StoreError, StoreErrorKind};
use crate::values::{AccountId, CredentialId, WorkspaceId};

pub(super) async fn commit(store: &SqliteStore, change: &Change) -> Result<Position, StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let mut connection = until(written_by, writer(store)).await?;
    let (transaction, position) = until(written_by, write(store, &mut connection, change)).await?;
    let lost = match until(written_by, async { Ok(transaction.commit().await) }).await {
        Ok(Ok(())) => return Ok(position),
        // What makes it a commit is written last, and there was no room for it.
        Ok(Err(full)) if is_full(&full) => return Err(failed(full)),
        Ok(Err(lost)) => failed(lost),
        Err(lost) => lost,
    };
    // The connection answers when the commit that was lost has ended.
    match until(answered_by, landed(store, &mut connection, position)).await {
        Ok(Landed::Yes) => Ok(position),
        Ok(Landed::No) => Err(lost),
        Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
    }
}

/// Whether a change whose commit gave no answer is there.
enum Landed {
    Yes,
    No,
}

/// Where it is not, it will not come back either: what was written of it and not synced lies behind the end
/// of the log, and would be read as a commit by whoever opens the file after this process has died. So
/// something else is written in its place.
async fn landed(
    store: &SqliteStore,
    connection: &mut SqliteConnection,
    position: Position,
) -> Result<Landed, StoreError> {
    let mut transaction = begin(store, connection).await?;
    let found = sqlx::query("SELECT 1 FROM keyward_events WHERE number = $1 AND operation = $2")
        .bind(stored(position.number())?)
        .bind(position.operation().map(|operation| operation.as_bytes().to_vec()))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
    if found.is_some() {
        transaction.rollback().await.map_err(failed)?;
        return Ok(Landed::Yes);
    }
    rewrite_position(&mut transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Landed::No)
}

/// Writes the row as it is. An update would not: SQLite writes no page that stays the same.
async fn rewrite_position(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let (number, operation): (i64, Option<Vec<u8>>) =
        sqlx::query_as("DELETE FROM keyward_position WHERE id = 1 RETURNING number, operation")
            .fetch_one(&mut *connection)
            .await?;
    sqlx::query("INSERT INTO keyward_position (id, number, operation) VALUES (1, $1, $2)")
        .bind(number)
        .bind(operation)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write<'a>(
    store: &SqliteStore,
    connection: &'a mut SqliteConnection,
    change: &Change,
) -> Result<(Transaction<'a, Sqlite>, Position), StoreError> {
    let mut transaction = begin(store, connection).await?;
    let connection = &mut *transaction;
    for (account, revision) in &change.unchanged {
        compare(connection, account, *revision).await?;
    }
    headers::write(connection, &change.header).await?;
    if let HeaderChange::RemovedWorkspace { record, .. } = &change.header {
        credentials::delete_all(connection, &record.id).await?;
    }
    for edit in &change.credentials {
        match edit {
            CredentialEdit::Insert(record) => credentials::insert(connection, record).await?,
            CredentialEdit::Update(record) => credentials::update(connection, record).await?,
            CredentialEdit::Delete(id) => credentials::delete(connection, *id).await?,
        }
    }
    let position = event(connection, change).await?;
    Ok((transaction, position))
}

async fn compare(
    connection: &mut SqliteConnection,
    account: &AccountId,
    expected: Revision,
) -> Result<(), StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT revision FROM keyward_accounts WHERE id = $1")
            .bind(account.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    if found.unwrap_or(0) == stored(expected.get())? { Ok(()) } else { Err(conflict()) }
}

async fn event(connection: &mut SqliteConnection, change: &Change) -> Result<Position, StoreError> {
    let number: i64 = sqlx::query_scalar(
        "UPDATE keyward_position SET number = number + 1, operation = $1 WHERE id = 1 \
         RETURNING number",
    )
    .bind(change.operation.as_bytes().as_slice())
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    sqlx::query(
        "INSERT INTO keyward_events \
         (number, operation, at, account, workspace, credential, by_role, by_id, action) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(number)
    .bind(change.operation.as_bytes().as_slice())
    .bind(change.at.as_micros())
    .bind(change.account().as_str())
    .bind(change.subject.workspace().map(WorkspaceId::as_str))
    .bind(change.subject.credential().map(CredentialId::as_str))
    .bind(change.by.role.as_str())
    .bind(change.by.id.as_str())
    .bind(action_text(&change.action)?)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(Position::new(number.unsigned_abs(), change.operation))
}

pub(super) const fn conflict() -> StoreError {
    StoreError::new(StoreErrorKind::Conflict)
}
