//! Bugs that the simulation must find, each a patch to a copy of the crate.

use std::path::PathBuf;
use std::{env, fs};

use crate::support::patched::{Patched, assert_fits, here};

/// The patches, by the defect that they plant: a record that was read before an invalidation is kept after it; an
/// attempt gets the answer of a read that was sent before it began; a store that does not answer counts as one without
/// changes.
const PLANTED: [&str; 3] = ["insert_unchecked", "join_earlier", "fail_open"];

/// In how many runs each must be found.
const SEEDS: &str = "20000";

#[test]
fn the_planted_bugs_fit_the_crate() {
    for bug in PLANTED {
        assert_fits(&patch(bug));
    }
    let kept = fs::read_dir(patches()).unwrap().count();
    assert_eq!(kept, PLANTED.len(), "each of the patches is planted");
}

/// Each needs a build of the crate, so this runs only if `KEYWARD_PLANTED` or `KEYWARD_SIMULATIONS` is set.
#[test]
fn the_planted_bugs_are_found() {
    let is_set = |variable| env::var_os(variable).is_some();
    if !is_set("KEYWARD_PLANTED") && !is_set("KEYWARD_SIMULATIONS") {
        return;
    }
    for bug in PLANTED {
        let told = simulate(&Patched::with(&patch(bug)));
        let found = told.lines().find(|line| line.starts_with("again: "));
        println!("{bug}: {found:?}");
        assert!(found.is_some(), "{bug} is not found: {told}");
    }
}

fn patches() -> PathBuf {
    here().join("tests/simulation/planted")
}

fn patch(bug: &str) -> PathBuf {
    patches().join(bug).with_extension("patch")
}

/// Runs the simulation in a patched copy, and returns its output.
fn simulate(copy: &Patched) -> String {
    let run = copy
        .cargo_test("simulation", "every_answer")
        .env("KEYWARD_SIMULATIONS", SEEDS)
        .env_remove("KEYWARD_SEED")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    assert!(!run.status.success(), "nothing was found: {run:?}");
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}
