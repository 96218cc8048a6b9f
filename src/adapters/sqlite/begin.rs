//! Transactions that write.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Sqlite, Transaction};

use super::SqliteStore;
use super::rows::failed;
use crate::store::StoreError;

/// How a transaction that writes begins.
#[derive(Debug, Clone)]
pub(super) struct BeginImmediate(Arc<str>);

impl BeginImmediate {
    /// On a connection of the store's own. The lock is taken at once: a transaction that reads first and writes later can
    /// find that another connection wrote between.
    pub(super) fn on_own() -> Self {
        Self("BEGIN IMMEDIATE".into())
    }

    /// The same on a host's connection, with what it needs before it writes. It costs: each pragma makes SQLite
    /// prepare every statement of the connection again, so a connection of the store's own has them from the start.
    pub(super) fn on_any(busy_timeout: Duration) -> Self {
        let milliseconds = i32::try_from(busy_timeout.as_millis()).unwrap_or(i32::MAX);
        let begin = format!(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA busy_timeout = {milliseconds}; BEGIN IMMEDIATE"
        );
        Self(begin.into())
    }

    fn sql(&self) -> AssertSqlSafe<Arc<str>> {
        // It holds a number and words of this file.
        AssertSqlSafe(Arc::clone(&self.0))
    }
}

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
