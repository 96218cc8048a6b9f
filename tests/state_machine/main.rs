//! Random histories of everything that the manager and the verifier can do, against a plain model of the rules, over
//! each store, through two handles in turn, with the default kinds and with four of a host's own. After each step: the
//! answers agree, each workspace keeps a permanent credential of the kind with a minimum, the counters are right, the positions have no gap, and no two live secrets are equal.
//!
//! `KEYWARD_HISTORIES=full cargo test --release --test state_machine` runs as many as were promised, and
//! `KEYWARD_HISTORIES=1000` so many over each store.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod databases;
mod grounds;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod looks;
mod model;
mod nodes;
mod pair;
mod perform;
#[path = "../stores/places.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod places;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
mod steps;
#[path = "../support/mod.rs"]
mod support;

use proptest::prelude::{ProptestConfig, proptest};

#[cfg(all(feature = "postgres", feature = "sqlite"))]
use databases::block_on;
use grounds::Ground;
use pair::Pair;
use places::Memory;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
use places::{File, Schema};
use steps::{History, history};
#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
use support::block_on;
use support::kinds::{DEFAULT, FOUR};

/// As many histories as the environment wants. A failure prints its seed, and what is left of it when it is made small.
fn config<G: Ground>() -> ProptestConfig {
    let wanted = std::env::var("KEYWARD_HISTORIES");
    let cases = match wanted.as_deref() {
        Err(_) => G::FEW,
        Ok("full") => G::FULL,
        Ok(number) => number.parse().unwrap(),
    };
    ProptestConfig { cases, ..ProptestConfig::default() }
}

fn runs<G: Ground>(history: &History) {
    let mut pair = Pair::<G>::new(history.kinds, history.freshness);
    for step in history.steps() {
        pair.step(&step);
        pair.check();
    }
}

proptest! {
    #![proptest_config(config::<Memory>())]
    #[test]
    fn keyward_agrees_with_a_plain_model_over_memory(history in history(&DEFAULT)) {
        runs::<Memory>(&history);
    }

    #[test]
    fn it_does_so_with_four_kinds_of_a_hosts_own_over_memory(history in history(&FOUR)) {
        runs::<Memory>(&history);
    }
}

#[cfg(all(feature = "postgres", feature = "sqlite"))]
proptest! {
    #![proptest_config(config::<File>())]
    #[test]
    fn keyward_agrees_with_a_plain_model_over_sqlite(history in history(&DEFAULT)) {
        runs::<File>(&history);
    }

    #[test]
    fn it_does_so_with_four_kinds_of_a_hosts_own_over_sqlite(history in history(&FOUR)) {
        runs::<File>(&history);
    }
}

#[cfg(all(feature = "postgres", feature = "sqlite"))]
proptest! {
    #![proptest_config(config::<Schema>())]
    #[test]
    fn keyward_agrees_with_a_plain_model_over_postgres(history in history(&DEFAULT)) {
        runs::<Schema>(&history);
    }

    #[test]
    fn it_does_so_with_four_kinds_of_a_hosts_own_over_postgres(history in history(&FOUR)) {
        runs::<Schema>(&history);
    }
}

/// The histories reach what they are meant to reach, over both sets of kinds together.
#[test]
fn the_histories_are_worth_running() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..2 * Memory::FEW {
        for kinds in [&DEFAULT, &FOUR] {
            let history = history(kinds).new_tree(&mut runner).unwrap().current();
            let mut pair = Pair::<Memory>::new(kinds, history.freshness);
            for step in history.steps() {
                pair.step(&step);
            }
            met.extend(pair.model.met);
        }
    }
    for expected in model::WORTH_MEETING {
        assert!(met.contains(*expected), "no history met {expected}: {met:?}");
    }
}
