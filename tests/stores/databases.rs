//! The databases among the stores for nodes to meet in.

use std::path::PathBuf;
use std::time::Duration;

use keyward::conformance::Harness;
use keyward::{PostgresStore, SqliteOptions, SqliteStore};
use tempfile::TempDir;

use super::super::harness::{Postgres, RUNTIME};
use super::Place;

/// A SQLite file. Each handle has connections of its own.
pub struct File(TempDir);

impl File {
    pub fn path(&self) -> PathBuf {
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
        // Long enough for any slow disk.
        let options = SqliteOptions::new().time_limit(Duration::from_mins(5));
        RUNTIME.block_on(options.open(self.path())).unwrap()
    }
}

/// A schema of a PostgreSQL server.
pub struct Schema {
    harness: Postgres,
    store: PostgresStore,
}

impl Schema {
    pub fn name(&self) -> String {
        self.harness.schema()
    }
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
}
