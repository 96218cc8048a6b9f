//! Stores that can be put back to what they held.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::CredentialStore;
use keyward::{PostgresStore, SqliteOptions, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

use crate::harness::{Postgres, RUNTIME, connection};

/// Every table, after those that it refers to. (Credentials and generations refer to each other, but not
/// before the end of a transaction.)
const TABLES: [&str; 9] = [
    "accounts",
    "workspaces",
    "credentials",
    "generations",
    "uses",
    "integrations",
    "allowlist",
    "events",
    "position",
];

/// One store. It goes with this value.
pub(crate) trait Place: Default {
    type Store: CredentialStore + Clone;

    /// A handle of its own.
    fn handle(&self) -> Self::Store;

    /// Runs statements on the store's tables.
    async fn run(&self, statements: String);

    /// Keeps a copy of all that is there.
    async fn save(&self) {
        let mut text = String::new();
        for table in TABLES {
            write!(text, "CREATE TABLE saved_{table} AS SELECT * FROM keyward_{table};").unwrap();
        }
        self.run(text).await;
    }

    /// Puts the copy back in one moment, while the nodes are at it.
    async fn restore(&self) {
        let mut text = "BEGIN;".to_owned();
        for table in TABLES.iter().rev() {
            write!(text, "DELETE FROM keyward_{table};").unwrap();
        }
        for table in TABLES {
            write!(text, "INSERT INTO keyward_{table} SELECT * FROM saved_{table};").unwrap();
        }
        text.push_str("COMMIT");
        self.run(text).await;
    }
}

/// A SQLite file.
pub(crate) struct File(TempDir);

impl File {
    fn path(&self) -> PathBuf {
        self.0.path().join("keyward.db")
    }
}

impl Default for File {
    fn default() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Place for File {
    type Store = SqliteStore;

    fn handle(&self) -> SqliteStore {
        let options = SqliteOptions::new().time_limit(Duration::from_mins(5));
        RUNTIME.block_on(options.open(self.path())).unwrap()
    }

    async fn run(&self, statements: String) {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    }
}

/// A schema of a PostgreSQL server.
pub(crate) struct Schema {
    harness: Postgres,
    store: PostgresStore,
}

impl Default for Schema {
    fn default() -> Self {
        let harness = Postgres::default();
        let store = harness.fresh();
        Self { harness, store }
    }
}

impl Place for Schema {
    type Store = PostgresStore;

    fn handle(&self) -> PostgresStore {
        self.harness.another(&self.store).unwrap()
    }

    async fn run(&self, statements: String) {
        let mut connection = connection(&self.harness.schema()).await;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    }
}
