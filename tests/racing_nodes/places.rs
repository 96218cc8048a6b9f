//! Where the nodes meet: one store of each kind, with a handle for each node.

use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::CredentialStore;
use keyward::{MemoryStore, PostgresStore, SqliteOptions, SqliteStore};
use tempfile::TempDir;

use crate::harness::{Postgres, RUNTIME};

/// One store. It goes with this value.
pub(crate) trait Place: Default {
    type Store: CredentialStore + Clone;

    /// How many trials a kind of race has, where `KEYWARD_RACES` says nothing.
    const TRIALS: usize;

    /// A handle of its own.
    fn handle(&self) -> Self::Store;
}

/// Memory, which all nodes of one process share.
#[derive(Default)]
pub(crate) struct Memory(MemoryStore);

impl Place for Memory {
    type Store = MemoryStore;

    const TRIALS: usize = 1_000;

    fn handle(&self) -> MemoryStore {
        self.0.clone()
    }
}

/// A SQLite file. Each handle has connections of its own.
pub(crate) struct File(TempDir);

impl Default for File {
    fn default() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Place for File {
    type Store = SqliteStore;

    const TRIALS: usize = 24;

    fn handle(&self) -> SqliteStore {
        // So long that a slow disk decides no race.
        let options = SqliteOptions::new().time_limit(Duration::from_mins(5));
        RUNTIME.block_on(options.open(self.0.path().join("keyward.db"))).unwrap()
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

    const TRIALS: usize = 24;

    fn handle(&self) -> PostgresStore {
        self.harness.another(&self.store).unwrap()
    }
}
