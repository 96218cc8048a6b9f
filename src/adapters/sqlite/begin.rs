//! Transactions that write.

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Sqlite, Transaction};

use super::rows::failed;
use super::store::SqliteStore;
use crate::store::StoreError;

/// A connection that writes: the only one, where the pool is not the host's.
pub(super) async fn writer(store: &SqliteStore) -> Result<PoolConnection<Sqlite>, StoreError> {
    store.writer.acquire().await.map_err(failed)
}

/// Begins a transaction that writes. Dropping it rolls it back.
pub(super) async fn begin<'a>(
    store: &SqliteStore,
    connection: &'a mut SqliteConnection,
) -> Result<Transaction<'a, Sqlite>, StoreError> {
    if connection.is_in_transaction() {
        settle(connection).await.map_err(failed)?;
    }
    connection.begin_with(store.begin.sql()).await.map_err(failed)
}

/// Brings the driver to the end of a transaction that SQLite has ended by itself, as it does when the disk
/// fails. The driver rolls it back once more, is told that there is none, and counts it for ever: no other
/// could be begun on this connection.
async fn settle(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // A rollback may be on its way.
    connection.ping().await?;
    if connection.is_in_transaction() {
        // One that it can roll back. Where it is still open after all, this fails and nothing is missing.
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await.ok();
        // The driver begins none within another, and rolls that one back.
        drop(connection.begin_with("BEGIN IMMEDIATE").await);
        connection.ping().await?;
    }
    Ok(())
}
