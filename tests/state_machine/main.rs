//! Random histories of all operations of the manager and the verifier, compared with a plain model of the rules, over
//! each store, through two handles in turn, with the default kinds and with four custom kinds. After each step: the
//! answers agree, each workspace keeps a permanent credential of the kind with a minimum, the counters are right, the
//! positions have no gap, and no two live secrets are equal.
//!
//! `KEYWARD_HISTORIES=full cargo test --release --test state_machine` runs the number of the documented figures, and
//! `KEYWARD_HISTORIES=1000` this number over each store.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod grounds;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod model;
mod nodes;
mod page_reads;
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

use grounds::Ground;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
use grounds::block_on;
use pair::Pair;
use places::Memory;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
use places::{File, Schema};
use steps::{History, history};
#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
use support::block_on;
use support::kinds::{DEFAULT, FOUR};

/// The number of histories is set by the environment. A failure prints its seed, and the minimised history.
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
    fn keyward_with_four_custom_kinds_agrees_with_the_model_over_memory(history in history(&FOUR)) {
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
    fn keyward_with_four_custom_kinds_agrees_with_the_model_over_sqlite(history in history(&FOUR)) {
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
    fn keyward_with_four_custom_kinds_agrees_with_the_model_over_postgres(history in history(&FOUR)) {
        runs::<Schema>(&history);
    }
}

/// The histories of both sets of kinds together reach the situations that they must reach.
#[test]
fn the_histories_reach_every_required_situation() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..8 * Memory::FEW {
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
