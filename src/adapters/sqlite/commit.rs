//! Commits: one change, all or nothing.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::rows::failed;
use super::{SqliteStore, credentials, headers};
use crate::adapters::sql::{action_text, stored, until};
use crate::domain::{CredentialEdit, Revision};
use crate::store::{Change, HeaderChange, Position, StoreError, StoreErrorKind};
use crate::values::{AccountId, CredentialId, WorkspaceId};

/// The lock is taken at once: a transaction that reads first and writes later can find that somebody else
/// wrote between.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// The same for a host's connection, with what it needs before it writes. It costs: each pragma makes SQLite
/// prepare every statement of the connection anew, so a connection of our own has them from the start.
pub(super) const BEGIN_ON_ANY: &str =
    "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; BEGIN IMMEDIATE";

pub(super) async fn commit(store: &SqliteStore, change: &Change) -> Result<Position, StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let (transaction, position) = until(written_by, write(store, change)).await?;
    match until(written_by, async { transaction.commit().await.map_err(failed) }).await {
        Ok(()) => Ok(position),
        Err(lost) => {
            // The one writing connection answers when the commit that was lost has ended.
            match until(answered_by, landed(store, position)).await {
                Ok(Landed::Yes) => Ok(position),
                Ok(Landed::No) => Err(lost),
                Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
            }
        }
    }
}

/// Whether a change whose commit gave no answer is there.
enum Landed {
    Yes,
    No,
}

async fn landed(store: &SqliteStore, position: Position) -> Result<Landed, StoreError> {
    let mut transaction = store.writer.begin_with(store.begin).await.map_err(failed)?;
    let found = sqlx::query("SELECT 1 FROM keyward_events WHERE number = $1 AND operation = $2")
        .bind(stored(position.number())?)
        .bind(position.operation().map(|operation| operation.as_bytes().to_vec()))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.rollback().await.map_err(failed)?;
    Ok(if found.is_some() { Landed::Yes } else { Landed::No })
}

async fn write(
    store: &SqliteStore,
    change: &Change,
) -> Result<(Transaction<'static, Sqlite>, Position), StoreError> {
    let mut transaction = store.writer.begin_with(store.begin).await.map_err(failed)?;
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
