//! Commits one change atomically.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::begin::{begin, writer};
use super::rows::{execute, failed, is_full, query};
use super::store::SqliteStore;
use super::{credentials, headers};
use crate::adapters::sql::{
    Casts, conflict, event, insert_events, living, one_row, operation_statement, stored, until,
};
use crate::domain::{CredentialEdit, Event, Revision};
use crate::secrets::RecordTag;
use crate::store::{Change, HeaderChange, StoreError, StoreErrorKind};
use crate::values::{AccountId, CredentialId, OperationId};

pub(super) async fn commit(store: &SqliteStore, change: &Change) -> Result<(), StoreError> {
    let (written_by, answered_by) = store.time_limit.commit();
    let mut connection = until(written_by, writer(store)).await?;
    let transaction = until(written_by, write(store, &mut connection, change)).await?;
    let unsure = Unsure(Some(&store.lost_commits));
    let lost = match until(written_by, async { Ok(transaction.commit().await) }).await {
        Ok(Ok(())) => {
            unsure.resolve();
            return Ok(());
        }
        // SQLite writes the commit record last. The disk was full before it was written.
        Ok(Err(full)) if is_full(&full) => {
            unsure.resolve();
            return Err(failed(full));
        }
        Ok(Err(lost)) => failed(lost),
        Err(lost) => lost,
    };
    drop(unsure);
    // The connection answers once the lost commit has ended.
    match until(answered_by, find(store, &mut connection, change.operation)).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(lost),
        Err(_) => Err(StoreError::new(StoreErrorKind::Unknown).because(lost)),
    }
}

/// Returns the event of an operation. The transaction waits for every commit in progress.
pub(super) async fn operation(
    store: &SqliteStore,
    id: OperationId,
) -> Result<Option<Event>, StoreError> {
    let look_up = async {
        let mut connection = writer(store).await?;
        find(store, &mut connection, id).await
    };
    store.time_limit.keep(look_up).await
}

/// Records a commit whose outcome this process did not learn, including a commit whose future was dropped.
struct Unsure<'a>(Option<&'a AtomicBool>);

impl Unsure<'_> {
    /// Called when the outcome is known.
    fn resolve(mut self) {
        self.0 = None;
    }
}

impl Drop for Unsure<'_> {
    fn drop(&mut self) {
        if let Some(lost_commits) = self.0 {
            lost_commits.store(true, Ordering::SeqCst);
        }
    }
}

/// Returns the event of an operation, while holding the write lock. If it is not found after a lost commit, the commit must not
/// reappear: its pages can remain after the end of the log, and the process that opens the file after a crash of this one would
/// read them as a commit. Another commit is therefore written over them.
async fn find(
    store: &SqliteStore,
    connection: &mut SqliteConnection,
    id: OperationId,
) -> Result<Option<Event>, StoreError> {
    let mut transaction = begin(store, connection).await?;
    let found = query(operation_statement(&id)).fetch_optional(&mut *transaction).await;
    let event = found.map_err(failed)?.map(|row| event(&row)).transpose()?;
    if event.is_none() && store.lost_commits.load(Ordering::SeqCst) {
        rewrite_position(&mut transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    } else {
        transaction.rollback().await.map_err(failed)?;
    }
    Ok(event)
}

/// Writes the row again without a change. An `UPDATE` would not do: SQLite does not write pages that are unchanged.
async fn rewrite_position(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let taken = "DELETE FROM keyward_position WHERE id = 1 RETURNING number, operation, id_key";
    let (number, operation, id_key): (i64, Option<Vec<u8>>, Vec<u8>) =
        sqlx::query_as(taken).fetch_one(&mut *connection).await?;
    let again =
        "INSERT INTO keyward_position (id, number, operation, id_key) VALUES (1, $1, $2, $3)";
    sqlx::query(again).bind(number).bind(operation).bind(id_key).execute(connection).await?;
    Ok(())
}

async fn write<'a>(
    store: &SqliteStore,
    connection: &'a mut SqliteConnection,
    change: &Change,
) -> Result<Transaction<'a, Sqlite>, StoreError> {
    let mut transaction = begin(store, connection).await?;
    let connection = &mut *transaction;
    for (account, revision) in &change.unchanged {
        compare(connection, account, *revision).await?;
    }
    for (credential, tag) in &change.read_credentials {
        compare_tag(connection, *credential, tag).await?;
    }
    if let Some(account) = &change.created_account {
        headers::create_account(connection, account).await?;
    }
    headers::write(connection, &change.header).await?;
    if let HeaderChange::RemovedWorkspace { record, .. } = &change.header {
        credentials::leave_all(connection, &record.id).await?;
    }
    for edit in &change.credentials {
        match edit {
            CredentialEdit::Insert(record) => credentials::insert(connection, record).await?,
            CredentialEdit::Update(record) => credentials::update(connection, record).await?,
            CredentialEdit::Delete(id) => credentials::delete(connection, *id).await?,
        }
    }
    write_event(connection, change).await?;
    Ok(transaction)
}

async fn compare_tag(
    connection: &mut SqliteConnection,
    credential: CredentialId,
    expected: &RecordTag,
) -> Result<(), StoreError> {
    let found = sqlx::query(concat!(
        "SELECT 1 FROM keyward_credentials c WHERE id = $1 AND tag = $2 AND ",
        living!()
    ))
    .bind(credential.as_str())
    .bind(expected.to_bytes().to_vec())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    if found.is_some() { Ok(()) } else { Err(conflict()) }
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
    if found == Some(stored(expected.get())?) { Ok(()) } else { Err(conflict()) }
}

async fn write_event(connection: &mut SqliteConnection, change: &Change) -> Result<(), StoreError> {
    let number: i64 = sqlx::query_scalar(
        "UPDATE keyward_position SET number = number + 1, operation = $1 WHERE id = 1 \
         RETURNING number",
    )
    .bind(change.operation.as_bytes().as_slice())
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let number = u64::try_from(number).map_err(|_| StoreError::corrupt("position"))?;
    let events = [change.event(number)];
    let then = " ON CONFLICT (operation) DO NOTHING";
    for statement in insert_events(&Casts::NONE, &events, then)? {
        one_row(execute(connection, statement).await?)?;
    }
    Ok(())
}
