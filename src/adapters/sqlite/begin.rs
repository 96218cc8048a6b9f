//! Transactions that write.

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Sqlite, Transaction};

use super::rows::failed;
use super::store::SqliteStore;
use crate::store::StoreError;

/// Returns a connection that writes. There is only one, unless the pool is the host's.
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

/// Makes the driver forget a transaction that SQLite has already rolled back, as it does after a disk error. The driver would
/// roll it back again, get an error, and count it as open, so no later transaction could begin on this connection.
async fn settle(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // A rollback may be in progress.
    connection.ping().await?;
    if connection.is_in_transaction() {
        // Gives the driver a transaction to roll back. If one is still open, this fails without effect.
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await.ok();
        // The driver refuses a nested transaction and rolls the open one back.
        drop(connection.begin_with("BEGIN IMMEDIATE").await);
        connection.ping().await?;
    }
    Ok(())
}
