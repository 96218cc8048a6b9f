//! The SQLite stores of the suite.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyward::conformance::{Harness, Planted};
use keyward::{CredentialId, SqliteOptions, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// One runtime for all tests: it drives the connections, and tests wait for it from their own threads.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// So long that a slow disk never decides a test.
pub(crate) fn patient() -> SqliteOptions {
    SqliteOptions::new().time_limit(Duration::from_mins(5))
}

/// Stores in files of one folder, which is deleted with the harness.
pub(crate) struct Sqlite {
    folder: TempDir,
    made: AtomicU32,
}

impl Default for Sqlite {
    fn default() -> Self {
        Self { folder: TempDir::new().unwrap(), made: AtomicU32::new(0) }
    }
}

impl Sqlite {
    /// Returns the file of the newest store: a case makes one after the other.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.made.load(Ordering::Relaxed)))
    }

    /// A file of its own for another store.
    pub(crate) fn next_file(&self) -> PathBuf {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.file()
    }

    pub(crate) async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.file()).connect().await.unwrap()
    }
}

impl Harness for Sqlite {
    type Store = SqliteStore;

    fn fresh(&self) -> SqliteStore {
        self.block_on(patient().open(self.next_file())).unwrap()
    }

    fn another(&self, _: &SqliteStore) -> Option<SqliteStore> {
        Some(self.block_on(patient().open(self.file())).unwrap())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }

    fn spoil(&self, _: &SqliteStore, credential: CredentialId) -> Planted {
        self.block_on(async {
            let mut connection = self.connection().await;
            sqlx::raw_sql("PRAGMA ignore_check_constraints = ON")
                .execute(&mut connection)
                .await
                .unwrap();
            sqlx::query("UPDATE keyward_generations SET digest = x'01' WHERE credential = $1")
                .bind(credential.as_str())
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        });
        Planted::Corrupt
    }
}

/// Stores that are one connection.
#[derive(Default)]
pub(crate) struct InMemory;

impl Harness for InMemory {
    type Store = SqliteStore;

    fn fresh(&self) -> SqliteStore {
        self.block_on(patient().open_in_memory()).unwrap()
    }

    fn another(&self, store: &SqliteStore) -> Option<SqliteStore> {
        Some(store.clone())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }
}
