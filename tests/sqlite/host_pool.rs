//! A host's pool: its required settings, and the settings of its connections.

use std::time::Duration;

use keyward::SqliteStore;
use keyward::store::CredentialStore;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions};

use crate::harness::{RUNTIME, Sqlite, patient};
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{furnish, now};

/// A new file.
fn file(harness: &Sqlite) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(harness.next_file()).create_if_missing(true)
}

/// A pool on which a store cannot work is refused, and the error names the setting to change.
#[test]
fn a_pool_that_cannot_hold_a_store_is_refused_and_the_setting_is_named() {
    let harness = Sqlite::default();
    let (few, one) = (SqlitePoolOptions::new().max_connections(4), SqlitePoolOptions::new());
    let one = one.max_connections(1);
    let memory = SqliteConnectOptions::new().in_memory(true);
    let shared: SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
    let for_ever = |pool: SqlitePoolOptions| pool.idle_timeout(None).max_lifetime(None);
    let cases = [
        ("max_connections", for_ever(few.clone()), memory.clone()),
        ("max_connections", for_ever(few.clone()), shared),
        ("idle_timeout", one.clone().max_lifetime(None), memory.clone()),
        ("max_lifetime", one.clone().idle_timeout(None), memory.clone()),
        ("shared_cache", few.clone(), file(&harness).shared_cache(true)),
        ("journal_mode", few.clone(), file(&harness).journal_mode(SqliteJournalMode::Delete)),
        ("journal_mode", one.clone(), file(&harness).journal_mode(SqliteJournalMode::Truncate)),
        ("locking_mode", few, file(&harness).locking_mode(SqliteLockingMode::Exclusive)),
    ];
    for (setting, pool, connect) in cases {
        RUNTIME.block_on(async {
            let pool = pool.connect_with(connect).await.unwrap();
            let error = SqliteStore::from_pool(pool.clone()).await.unwrap_err();
            assert_misconfigured(&error, &[&format!("`{setting}`")]);
            pool.close().await;
        });
    }
    RUNTIME.block_on(async {
        let pool = for_ever(one).connect_with(memory).await.unwrap();
        furnish(SqliteStore::from_pool(pool).await.unwrap()).await;
    });
}

/// The host's settings for new connections count too.
#[test]
fn a_pool_that_leaves_wal_mode_after_it_connected_is_refused() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let pool = SqlitePoolOptions::new().after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("PRAGMA journal_mode = DELETE").execute(connection).await?;
                Ok(())
            })
        });
        let pool = pool.connect_with(file(&harness)).await.unwrap();
        let error = SqliteStore::from_pool(pool).await.unwrap_err();
        assert_misconfigured(&error, &["`journal_mode`"]);
    });
}

/// The host's connections fail at once if the file is locked. The store waits for its time limit.
#[test]
fn a_write_waits_for_a_locked_file_as_the_store_says_and_not_as_the_pool_does() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let connect = file(&harness).busy_timeout(Duration::ZERO);
        let pool = SqlitePool::connect_with(connect).await.unwrap();
        let store = patient().from_pool(pool).await.unwrap();
        let mut other = harness.connection().await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let write = store.prune_events(now(), 10);
        let (written, ()) = tokio::join!(write, async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
        });
        written.unwrap();
    });
}
