//! A store in one SQLite file, for a service without a database server.

mod begin;
mod commit;
mod copying;
mod credentials;
mod file;
mod headers;
mod host_pool;
mod in_turn;
mod open;
mod options;
mod rows;
mod schema;
mod store;
mod uses;

use std::path::Path;

use sqlx::sqlite::SqlitePool;

use super::sql;
use super::sql as by_id;
use crate::store::StoreError;

pub use self::options::SqliteOptions;
pub use self::store::SqliteStore;

impl SqliteStore {
    /// Opens the store in this file with the default options. Creates the file if it does not exist.
    ///
    /// Fails if the file cannot be created, opened or written, is not a database, or has a schema newer than this release; if
    /// the SQLite library is older than 3.51.3; and outside of a tokio runtime. A problem with the path is
    /// [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured), and the error names the mistake.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path).await
    }

    /// Opens a store in memory, whose records are lost when the last clone is dropped. For tests that need the real SQL.
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        SqliteOptions::new().open_in_memory().await
    }

    /// Opens a store in a database that the host has open, with the default options.
    ///
    /// Sets the file to WAL mode. Sets `foreign_keys`, `synchronous=FULL` and `busy_timeout` (the
    /// [time limit](SqliteOptions::time_limit)) on each connection that it writes with.
    ///
    /// Fails as [`open`](Self::open) does, and if the pool cannot be used: a database in memory with several connections or
    /// with a connection that the pool closes after a while, a shared cache with several connections, a journal mode other than
    /// WAL, or exclusive locking. The error names the setting.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        SqliteOptions::new().from_pool(pool).await
    }
}

sql::credential_store!(SqliteStore, schema::check);
