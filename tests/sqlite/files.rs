//! Opening: again, by many at once, after a newer release, over a host's pool.

use std::sync::{Arc, Barrier};
use std::thread;

use keyward::SqliteStore;
use keyward::store::{CredentialStore, Position};
use pollster::block_on;
use sqlx::sqlite::SqlitePool;

use crate::calls;
use crate::harness::{RUNTIME, Sqlite, patient};
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{everything, furnish};

#[test]
fn all_records_remain_after_the_store_is_opened_again() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let store = patient().open(harness.file()).await.unwrap();
        furnish(store.clone()).await;
        let before = everything(&store).await;
        store.close().await;
        let store = patient().open(harness.file()).await.unwrap();
        assert_eq!(everything(&store).await, before);
    });
}

#[test]
fn ten_may_open_a_new_file_at_once() {
    let harness = Sqlite::default();
    // They meet at a different statement each time.
    for _ in 0..50 {
        let file = harness.next_file();
        let start = Arc::new(Barrier::new(10));
        let openers: Vec<_> = (0..10)
            .map(|_| {
                let (file, start) = (file.clone(), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    let store = RUNTIME.block_on(patient().open(file)).unwrap();
                    assert_eq!(RUNTIME.block_on(store.position()).unwrap(), Position::START);
                    RUNTIME.block_on(store.close());
                })
            })
            .collect();
        for opener in openers {
            opener.join().unwrap();
        }
    }
}

#[test]
fn a_newer_schema_is_refused_and_not_touched() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        patient().open(harness.file()).await.unwrap().close().await;
        let mut connection = harness.connection().await;
        sqlx::raw_sql(
            "INSERT INTO keyward_migrations SELECT max(version) + 1, max(version) + 1 FROM keyward_migrations",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        let error = SqliteStore::open(harness.file()).await.unwrap_err();
        assert_misconfigured(&error, &["at least as new"]);
    });
}

/// Other users of a machine must not read names, ids and hashes.
#[cfg(unix)]
#[test]
fn a_new_file_and_its_log_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let file = harness.next_file();
        let store = patient().open(&file).await.unwrap();
        furnish(store.clone()).await;
        for suffix in ["", "-wal", "-shm"] {
            let path = format!("{}{suffix}", file.display());
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{path}");
        }
        store.close().await;

        // The host's own mode is kept.
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        patient().open(&file).await.unwrap().close().await;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    });
}

/// SQLite does not treat these names as paths.
#[test]
fn a_name_that_is_not_the_path_of_a_file_is_refused() {
    for name in [":memory:", "file:keyward.db", "file::memory:?cache=shared"] {
        let error = RUNTIME.block_on(SqliteStore::open(name)).unwrap_err();
        assert_misconfigured(&error, &[&format!("`{name}`")]);
        assert!(!std::fs::exists(name).unwrap(), "{name}");
    }
}

/// As in a folder of releases: the link exists before the file.
#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_not_there_yet_is_followed() {
    let harness = Sqlite::default();
    let (file, link) = (harness.next_file(), harness.next_file());
    std::os::unix::fs::symlink(&file, &link).unwrap();
    RUNTIME.block_on(async { patient().open(&link).await.unwrap().close().await });
    assert!(file.exists());
}

/// The driver runs on tokio. Without it there is an error, and no panic.
#[test]
fn a_call_without_a_runtime_is_an_error_that_names_it() {
    let harness = Sqlite::default();
    calls::assert_no_runtime(&block_on(SqliteStore::open(harness.next_file())).unwrap_err());
    calls::assert_no_runtime(&block_on(SqliteStore::open_in_memory()).unwrap_err());
    let pool = RUNTIME.block_on(async { SqlitePool::connect("sqlite::memory:").await.unwrap() });
    calls::assert_no_runtime(&block_on(SqliteStore::from_pool(pool)).unwrap_err());
    let store = RUNTIME.block_on(patient().open(harness.file())).unwrap();
    calls::assert_each_needs_a_runtime(&RUNTIME, &store);
}

/// The host's tables and the driver's own migrations exist beside Keyward's, and the host's pool stays usable.
#[test]
fn a_host_may_share_its_pool() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let url = format!("sqlite://{}?mode=rwc", harness.file().display());
        let pool = SqlitePool::connect(&url).await.unwrap();
        sqlx::raw_sql("CREATE TABLE _sqlx_migrations (version INTEGER)")
            .execute(&pool)
            .await
            .unwrap();
        let store = patient().from_pool(pool.clone()).await.unwrap();
        furnish(store.clone()).await;
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
        assert_eq!(mode, "wal");
        let beside = patient().open(harness.file()).await.unwrap();
        assert_eq!(everything(&beside).await, everything(&store).await);
    });
}

/// The records are lost with the last clone, and not before: the only connection is kept.
#[test]
fn a_store_in_memory_lasts_as_long_as_its_clones() {
    RUNTIME.block_on(async {
        let store = SqliteStore::open_in_memory().await.unwrap();
        let clone = store.clone();
        furnish(store).await;
        assert_ne!(clone.position().await.unwrap(), Position::START);
        assert_eq!(
            SqliteStore::open_in_memory().await.unwrap().position().await.unwrap(),
            Position::START
        );
    });
}
