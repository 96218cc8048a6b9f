//! Opens a file, a database in memory, or a host's pool.

use std::path::Path;
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::in_turn::{OPENING, in_turn};
use super::options::SqliteOptions;
use super::rows::failed;
use super::store::BeginImmediate;
use super::store::SqliteStore;
use super::{file, host_pool, schema};
use crate::adapters::sql::{TimeLimit, expect_runtime};
use crate::store::{StoreError, StoreErrorKind};

/// The oldest SQLite library that can safely share a WAL between connections.
const OLDEST_LIBRARY: [u32; 3] = [3, 51, 3];

impl SqliteOptions {
    /// Opens the store in this file with these options. See [`SqliteStore::open`].
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        file(&self, path.as_ref()).await
    }

    /// Opens a store in memory with these options. See [`SqliteStore::open_in_memory`].
    pub async fn open_in_memory(self) -> Result<SqliteStore, StoreError> {
        in_memory(&self).await
    }

    /// Opens a store over the host's pool with these options. See [`SqliteStore::from_pool`]. The pool sets the number of
    /// readers.
    pub async fn from_pool(self, pool: SqlitePool) -> Result<SqliteStore, StoreError> {
        over_pool(&self, pool).await
    }
}

async fn file(options: &SqliteOptions, path: &Path) -> Result<SqliteStore, StoreError> {
    expect_runtime()?;
    if options.migrates {
        file::create(path)?;
    } else {
        file::expect(path)?;
    }
    let connect = connect_options().filename(path);
    // The first connection migrates the file, so that it is ready for readers.
    let patient = connect.clone().busy_timeout(OPENING);
    let opening = in_turn(|| pool_options(options, 1).connect_with(patient.clone()));
    let opening = opening.await.map_err(|error| file::explain(path, error))?;
    let ready = ready(options, &opening).await;
    opening.close().await;
    ready.map_err(|error| file::explain(path, error))?;
    let connect = connect.busy_timeout(options.time_limit);
    let writer = pool_options(options, 1).connect_lazy_with(connect.clone());
    let readers = pool_options(options, options.readers).connect_lazy_with(connect);
    let time_limit = TimeLimit(options.time_limit);
    let (begin, lost_commits) = (BeginImmediate::on_own(), Arc::default());
    Ok(SqliteStore { writer, readers, begin, time_limit, lost_commits })
}

async fn in_memory(options: &SqliteOptions) -> Result<SqliteStore, StoreError> {
    expect_runtime()?;
    // This connection is the database, so it must never be closed.
    let pool = pool_options(options, 1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connect_options().in_memory(true))
        .await
        .map_err(failed)?;
    pool_of(options, pool).await
}

async fn over_pool(options: &SqliteOptions, pool: SqlitePool) -> Result<SqliteStore, StoreError> {
    expect_runtime()?;
    let path = pool.connect_options().get_filename().to_owned();
    let opened = async {
        host_pool::prepare(&pool).await?;
        pool_of(options, pool).await
    };
    opened.await.map_err(|error| file::explain(&path, error))
}

async fn pool_of(options: &SqliteOptions, pool: SqlitePool) -> Result<SqliteStore, StoreError> {
    ready(options, &pool).await?;
    let time_limit = TimeLimit(options.time_limit);
    let lost_commits = Arc::default();
    Ok(SqliteStore {
        writer: pool.clone(),
        readers: pool,
        begin: BeginImmediate::on_any(options.time_limit),
        time_limit,
        lost_commits,
    })
}

async fn ready(options: &SqliteOptions, pool: &SqlitePool) -> Result<(), StoreError> {
    let library: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await.map_err(failed)?;
    check_library(&library)?;
    if options.migrates {
        schema::bring_forward(pool).await
    } else {
        schema::expect_existing(pool).await
    }
}

fn connect_options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .disable_statement_logging()
}

fn pool_options(options: &SqliteOptions, connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        // A call can wait for a connection until its own time limit.
        .acquire_timeout(OPENING.max(options.time_limit))
        // A connection to a file does not go stale: a test would only cost a round trip to its thread.
        .test_before_acquire(false)
}

/// The SQLite library has a bug that can corrupt a shared WAL.
#[derive(Debug, thiserror::Error)]
#[error(
    "the SQLite library is {found}, and before 3.51.3 it can corrupt a file that several \
     connections share: link a newer one, or let Keyward's feature `sqlite` bundle its own"
)]
struct OldLibrary {
    found: String,
}

fn check_library(found: &str) -> Result<(), StoreError> {
    let mut numbers = found.split('.').map(|number| number.parse().unwrap_or(0));
    let version: [u32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(0));
    if version < OLDEST_LIBRARY {
        let error = OldLibrary { found: found.to_owned() };
        return Err(StoreError::new(StoreErrorKind::Misconfigured).because(error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::time::Duration;

    use sqlx::ConnectOptions;

    use super::{OPENING, SqliteOptions, check_library, connect_options, pool_options};

    #[test]
    fn a_call_may_wait_for_a_connection_until_its_time_limit() {
        let waits =
            |limit| pool_options(&SqliteOptions::new().time_limit(limit), 1).get_acquire_timeout();
        assert_eq!(waits(Duration::from_mins(5)), Duration::from_mins(5));
        assert_eq!(waits(Duration::from_secs(1)), OPENING);
    }

    #[tokio::test]
    async fn a_connection_of_our_own_syncs_its_log_and_keeps_references() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let options = connect_options().filename(file).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        let mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection);
        assert_eq!(mode.await.map(|mode: String| mode).unwrap(), "wal");
        for (pragma, expected) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
            let found: i64 = sqlx::query_scalar(pragma).fetch_one(&mut connection).await.unwrap();
            assert_eq!(found, expected, "{pragma}");
        }
    }

    #[test]
    fn an_old_library_is_refused_by_name() {
        assert!(check_library("3.51.3").is_ok());
        assert!(check_library("3.100.0").is_ok());
        for old in ["3.51.2", "3.9.9", "2.0.0", "", "x"] {
            let error = check_library(old).unwrap_err();
            let source = error.source().unwrap().to_string();
            assert!(source.contains(&format!("the SQLite library is {old}")), "{source}");
        }
    }

    #[tokio::test]
    async fn the_bundled_library_is_new_enough() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        let found: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&pool).await.unwrap();
        assert!(check_library(&found).is_ok(), "{found}");
    }
}
