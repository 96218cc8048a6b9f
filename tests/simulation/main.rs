//! Several nodes over one store, on one thread and in virtual time, with every kind of fault: calls to the store fail,
//! are late, lose their answers or get none; nodes sleep, crash and restart, and their clocks differ and jump; callers
//! give up. Every answer must be right by the history.
//!
//! `KEYWARD_SIMULATIONS=20000 cargo test --release --test simulation` runs that many seeds, and `KEYWARD_SEED=7 cargo
//! test --test simulation` repeats the seed with that number.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod attempts;
mod changes;
mod clock;
mod executor;
mod hashing;
mod history;
mod initial_state;
mod network_faults;
mod node;
mod node_faults;
mod planned_change;
mod planted;
mod policy;
mod situations;
mod store;
mod timeline;
mod uses;
mod versions;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use situations::{EventLog, Situations};
use world::{simulate, simulate_tolerating};

/// The default number of seeds.
const SEEDS: u64 = 300;

/// The outage tolerance, as long as a few faults.
const TOLERANCE: Duration = Duration::from_millis(300);

#[test]
fn every_answer_is_right_by_the_history_whatever_goes_wrong() {
    let Some(met) = simulate_all(simulate) else { return };
    for expected in WORTH_MEETING {
        assert!(met.contains_key(*expected), "no run met {expected}");
    }
}

/// Situations that the runs must reach, because they would prove little otherwise.
const WORTH_MEETING: &[&str] = &[
    "account_closed",
    "account_suspended",
    "address_not_allowed",
    "address_unknown",
    "closed",
    "crashed",
    "outcome unknown",
    "owner_inactive",
    "ended",
    "insufficient_scope",
    "overlap_ended",
    "passed",
    "pruned",
    "removed in the background",
    "slept",
    "suspended",
    "troubled",
    "unavailable",
    "unknown",
    "workspace_removed",
    "wrong_secret",
];

/// Nodes with an outage tolerance are late by at most the bound and the tolerance.
#[test]
fn an_outage_tolerance_makes_no_node_later_than_it_says() {
    let simulate = |seed, telling| simulate_tolerating(seed, telling, TOLERANCE);
    let Some(met) = simulate_all(simulate) else { return };
    assert!(met.contains_key("tolerated"), "no run met the tolerance");
}

/// How a seed is run.
type Simulate = fn(u64, EventLog) -> Situations;

/// Runs as many seeds as the environment says, and returns how often each situation occurred. If it names one seed, runs that one
/// aloud.
fn simulate_all(simulate: Simulate) -> Option<BTreeMap<String, usize>> {
    let number = |variable| env::var(variable).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("KEYWARD_SEED") {
        println!("KEYWARD_SEED={seed}");
        simulate(seed, EventLog::Aloud);
        return None;
    }
    let met = run(number("KEYWARD_SIMULATIONS").unwrap_or(SEEDS), simulate);
    println!("{met:#?}");
    Some(met)
}

/// Runs this many seeds, several at a time, each on one thread. Returns how often each situation occurred.
fn run(seeds: u64, simulate: Simulate) -> BTreeMap<String, usize> {
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let all = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !failed.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds {
                        break;
                    }
                    let Ok(met) = catch_unwind(|| simulate(seed, EventLog::Untold)) else {
                        failed.store(true, Ordering::SeqCst);
                        println!("again: KEYWARD_SEED={seed} cargo test --test simulation");
                        break;
                    };
                    for (what, count) in met.counts() {
                        *all.lock().unwrap().entry(what).or_default() += count;
                    }
                }
            });
        }
    });
    assert!(!failed.into_inner(), "a seed failed: see above");
    all.into_inner().unwrap()
}

/// A seed has the same result each time.
#[test]
fn a_seed_is_repeated_by_its_number() {
    let stories: Vec<_> = (0..20).map(|seed| simulate(seed, EventLog::Kept).story()).collect();
    for (seed, story) in (0..).zip(&stories) {
        for _ in 0..3 {
            assert_eq!(simulate(seed, EventLog::Kept).story(), *story, "seed {seed}");
        }
    }
    assert_ne!(stories[0], stories[1]);
}
