//! Several nodes over one store, on one thread and in virtual time, while everything goes wrong that may: calls to
//! the store fail, are late, lose their answers or get none; nodes sleep, crash and start again, and their
//! clocks differ and jump; callers do not wait. Whatever is answered must be right by the history.
//!
//! `KEYWARD_SIMULATIONS=20000 cargo test --release --test simulation` runs that many seeds, and
//! `KEYWARD_SEED=7 cargo test --test simulation` the one with that number again.

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
mod met;
mod node;
mod planted;
mod policy;
mod saboteur;
mod setting;
mod store;
mod timeline;
mod uses;
mod versions;
mod weather;
mod wishes;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use met::Telling;
use world::simulate;

/// How many seeds are run where nothing is said.
const SEEDS: u64 = 300;

#[test]
fn every_answer_is_right_by_the_history_whatever_goes_wrong() {
    let number = |variable| env::var(variable).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("KEYWARD_SEED") {
        return again(seed);
    }
    let met = run(number("KEYWARD_SIMULATIONS").unwrap_or(SEEDS));
    println!("{met:#?}");
    for expected in WORTH_MEETING {
        assert!(met.contains_key(*expected), "no run met {expected}");
    }
}

/// What the runs must come across, or they prove little.
const WORTH_MEETING: &[&str] = &[
    "account_suspended",
    "address_not_allowed",
    "address_unknown",
    "closed",
    "crashed",
    "outcome unknown",
    "ended",
    "overlap_ended",
    "passed",
    "pruned",
    "slept",
    "suspended",
    "troubled",
    "unavailable",
    "unknown",
    "workspace_removed",
    "wrong_secret",
];

/// Runs a seed aloud.
fn again(seed: u64) {
    println!("KEYWARD_SEED={seed}");
    simulate(seed, Telling::Aloud);
}

/// Runs so many seeds, several at a time, each on one thread. Answers what they came across.
fn run(seeds: u64) -> BTreeMap<String, usize> {
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
                    let Ok(met) = catch_unwind(|| simulate(seed, Telling::Untold)) else {
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

/// What a seed does is the same each time.
#[test]
fn a_seed_is_repeated_by_its_number() {
    let stories: Vec<_> = (0..20).map(|seed| simulate(seed, Telling::Kept).story()).collect();
    for (seed, story) in (0..).zip(&stories) {
        for _ in 0..3 {
            assert_eq!(simulate(seed, Telling::Kept).story(), *story, "seed {seed}");
        }
    }
    assert_ne!(stories[0], stories[1]);
}
