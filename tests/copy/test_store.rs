//! A store of any of the three kinds, and a copy between two.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use keyward::store::{AnyStore, Copied, CopyError, copy};
use keyward::{MemoryStore, PostgresStore, SqliteOptions, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

use crate::harness::{RUNTIME, connection, drop_schema, new_schema, patient};
use crate::server::URL;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

pub const KINDS: [Kind; 3] = [Kind::Memory, Kind::Sqlite, Kind::Postgres];

/// The two kinds that statements can be run in.
pub const DATABASES: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A store in memory, in a file or in a schema. Its file or schema is deleted when this value is dropped.
pub struct TestStore {
    store: Store,
    folder: TempDir,
    schema: Option<String>,
}

enum Store {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Runs the future of a test. The server is started before, on a runtime that no test waits for.
pub fn block_on<F: Future>(future: F) -> F::Output {
    LazyLock::force(&URL);
    RUNTIME.block_on(future)
}

impl TestStore {
    /// An empty store, with a time limit that even a slow machine does not reach.
    pub async fn fresh(kind: Kind) -> Self {
        Self::within(kind, Duration::from_mins(5)).await
    }

    /// An empty store with this time limit.
    pub async fn within(kind: Kind, time_limit: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("keyward.db");
        let schema = (kind == Kind::Postgres).then(new_schema);
        let store = match kind {
            Kind::Memory => Store::Memory(MemoryStore::new()),
            Kind::Sqlite => {
                let options = SqliteOptions::new().time_limit(time_limit);
                Store::Sqlite(options.open(file).await.unwrap())
            }
            Kind::Postgres => {
                let options = patient(schema.as_ref().unwrap()).time_limit(time_limit);
                Store::Postgres(options.connect(&URL).await.unwrap())
            }
        };
        Self { store, folder, schema }
    }

    /// The same database, opened by another node.
    #[allow(dead_code, reason = "the copies have one node")]
    pub async fn opened_again(&self) -> AnyStore {
        match &self.schema {
            Some(schema) => AnyStore::new(patient(schema).connect(&URL).await.unwrap()),
            None => AnyStore::new(SqliteOptions::new().open(self.path()).await.unwrap()),
        }
    }

    /// The store as a host sees it.
    pub fn store(&self) -> AnyStore {
        match &self.store {
            Store::Memory(store) => AnyStore::new(store.clone()),
            Store::Sqlite(store) => AnyStore::new(store.clone()),
            Store::Postgres(store) => AnyStore::new(store.clone()),
        }
    }

    /// Copies everything into another.
    pub async fn copy_to(&self, to: &Self) -> Result<Copied, CopyError> {
        match &self.store {
            Store::Memory(from) => match &to.store {
                Store::Memory(to) => copy(from, to).await,
                Store::Sqlite(to) => copy(from, to).await,
                Store::Postgres(to) => copy(from, to).await,
            },
            Store::Sqlite(from) => match &to.store {
                Store::Memory(to) => copy(from, to).await,
                Store::Sqlite(to) => copy(from, to).await,
                Store::Postgres(to) => copy(from, to).await,
            },
            Store::Postgres(from) => match &to.store {
                Store::Memory(to) => copy(from, to).await,
                Store::Sqlite(to) => copy(from, to).await,
                Store::Postgres(to) => copy(from, to).await,
            },
        }
    }

    /// Runs statements by hand. On SQLite the checks of the schema are disabled for them.
    pub async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        if let Some(schema) = &self.schema {
            let mut connection = connection(schema).await;
            sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = self.file().await;
            let no_nets = "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF";
            sqlx::raw_sql(no_nets).execute(&mut connection).await.unwrap();
            sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        }
    }

    /// Returns a column of text.
    #[allow(dead_code, reason = "the tampering tests ask, the copies do not")]
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        if let Some(schema) = &self.schema {
            let mut connection = connection(schema).await;
            sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
        } else {
            sqlx::query_scalar(query).fetch_all(&mut self.file().await).await.unwrap()
        }
    }

    /// The schema of a PostgreSQL store.
    pub fn schema(&self) -> &str {
        self.schema.as_ref().unwrap()
    }

    /// The file of an SQLite store.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("keyward.db")
    }

    async fn file(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path());
        options.busy_timeout(Duration::from_mins(5)).connect().await.unwrap()
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Some(schema) = self.schema.take() {
            // A test waits on the runtime, and a thread of its own can wait on it too.
            let dropped = std::thread::spawn(move || RUNTIME.block_on(drop_schema(&schema)));
            dropped.join().unwrap();
        }
    }
}
