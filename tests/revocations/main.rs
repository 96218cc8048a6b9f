//! Thousands of revocations of every kind at random moments, under load, on nodes in one process and in several, over
//! every store. The seed repeats the choices, but not the schedule.
//!
//! `KEYWARD_REVOCATIONS` sets the number of revocations in each storm: `KEYWARD_REVOCATIONS=10000 cargo test --test
//! revocations`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod attack;
mod child;
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod lines;
mod moment;
mod node;
mod process;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
mod store_location;
mod storm;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward::store::{AnyStore, CredentialStore};
use keyward::{Freshness, MasterKey, MemoryStore};
use tempfile::TempDir;
use tokio::time::sleep;

use harness::RUNTIME;
use node::{BOUNDED, Node, Place, handle};
use process::Process;
use store_location::StoreLocation;
use storm::Outcome;
use support::again;
use support::directed::Directed;
use support::random::Choices;
use support::slow::Slow;

/// The default number of revocations.
const IN_MEMORY: usize = 500;
const IN_A_DATABASE: usize = 120;
const IN_AN_OUTAGE: usize = 240;

/// How long the server stops answering: longer than the time limit of the stores.
const OUTAGE: Duration = Duration::from_millis(1_500);

/// The number of processes in addition to this one.
const PROCESSES: usize = 2;

/// Runs one storm at a time, because each needs the whole machine.
fn alone<T>(storm: impl Future<Output = T>) -> T {
    static RUNNING: Mutex<()> = Mutex::new(());
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    RUNTIME.block_on(storm)
}

fn here(store: impl CredentialStore, key: &MasterKey, freshness: Freshness) -> Node {
    Node { freshness, place: Place::Here(handle(store, again(key), freshness)) }
}

/// Four nodes in this process.
async fn blow_in_one_process(choices: Choices, most: usize, open: impl AsyncFn() -> AnyStore) {
    let key = MasterKey::generate().unwrap();
    let mut nodes = Vec::new();
    for freshness in [BOUNDED, BOUNDED, BOUNDED, Freshness::Strict] {
        nodes.push(here(open().await, &key, freshness));
    }
    storm::storm(choices, most, nodes).await.assert_mostly_answered();
}

/// Two nodes in this process, and two in each of the others.
async fn blow_in_processes(place: &StoreLocation, most: usize) -> Outcome {
    let key = MasterKey::generate().unwrap();
    let mut nodes = Vec::new();
    for freshness in child::NODES {
        nodes.push(here(place.open().await, &key, freshness));
    }
    let processes: Vec<_> = (0..PROCESSES).map(|_| Arc::new(Process::start(place, &key))).collect();
    for process in &processes {
        for (number, freshness) in child::NODES.into_iter().enumerate() {
            nodes.push(Node { freshness, place: Place::There(Arc::clone(process), number) });
        }
    }
    let outcome = storm::storm(Choices::new(), most, nodes).await;
    for process in processes {
        process.close().await;
    }
    outcome
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_over_a_store_in_memory() {
    alone(async {
        let store = AnyStore::new(MemoryStore::new());
        blow_in_one_process(Choices::new(), IN_MEMORY, async || store.clone()).await;
    });
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_over_a_slow_store() {
    alone(async {
        let choices = Choices::new();
        let store =
            AnyStore::new(Directed::new(MemoryStore::new(), Slow::new(choices.of(usize::MAX))));
        blow_in_one_process(choices, IN_MEMORY, async || store.clone()).await;
    });
}

/// A file that exists while `storm` runs.
fn alone_with_sqlite(storm: impl AsyncFnOnce(&StoreLocation)) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keyward.db");
    alone(storm(&StoreLocation::Sqlite(path.to_str().unwrap().to_owned())));
}

/// A schema that exists while `storm` runs.
fn alone_with_postgres(storm: impl AsyncFnOnce(&StoreLocation)) {
    // The server is looked for, or started, by a thread that waits for it.
    let (url, schema) = (server::URL.clone(), harness::new_schema());
    alone(async {
        storm(&StoreLocation::Postgres { url, schema: schema.clone() }).await;
        harness::drop_schema(&schema).await;
    });
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_over_a_sqlite_file() {
    alone_with_sqlite(async |place: &_| {
        blow_in_one_process(Choices::new(), IN_A_DATABASE, async || place.open().await).await;
    });
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_in_processes_over_a_sqlite_file() {
    alone_with_sqlite(async |place: &_| {
        blow_in_processes(place, IN_A_DATABASE).await.assert_mostly_answered();
    });
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_over_postgres() {
    alone_with_postgres(async |place: &_| {
        blow_in_one_process(Choices::new(), IN_A_DATABASE, async || place.open().await).await;
    });
}

#[test]
fn no_key_passes_too_late_or_is_refused_too_early_in_processes_over_postgres() {
    alone_with_postgres(async |place: &_| {
        blow_in_processes(place, IN_A_DATABASE).await.assert_mostly_answered();
    });
}

/// From time to time the server stops answering, for longer than the time limit of the stores. No attempt gets a wrong
/// answer, and the service recovers when the server is back.
#[test]
fn no_key_passes_too_late_or_is_refused_too_early_over_a_server_that_stops_answering() {
    alone_with_postgres(async |place: &_| {
        let StoreLocation::Postgres { schema, .. } = place else { panic!("{place:?}") };
        let over = AtomicBool::new(false);
        let storm = async {
            let outcome = blow_in_processes(place, IN_AN_OUTAGE).await;
            over.store(true, Ordering::Relaxed);
            outcome
        };
        let outages = async {
            let mut connection = harness::connection(schema).await;
            while !over.load(Ordering::Relaxed) {
                sleep(OUTAGE * 2).await;
                let stop = "BEGIN; LOCK TABLE keyward_position IN ACCESS EXCLUSIVE MODE";
                sqlx::raw_sql(stop).execute(&mut connection).await.unwrap();
                sleep(OUTAGE).await;
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
            }
        };
        let (outcome, ()) = tokio::join!(storm, outages);
        assert!(outcome.unavailable > 0, "there was no outage");
    });
}

/// The child of the tests above.
#[test]
#[ignore = "it does what another process says"]
fn a_process_with_nodes_of_its_own() {
    let (Ok(store), Ok(key)) = (std::env::var(child::STORE), std::env::var(child::KEY)) else {
        return;
    };
    RUNTIME.block_on(child::obey(store.parse().unwrap(), key.parse().unwrap()));
}
