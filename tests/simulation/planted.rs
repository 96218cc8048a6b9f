//! Bugs that the simulation must find, each a patch to a copy of the crate.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// The patches, by what they break: a record read before an invalidation is kept after it; an attempt is answered by
/// a question that was sent before it began; a store that does not answer counts as one that has no news.
const PLANTED: [&str; 3] = ["insert_unchecked", "join_earlier", "fail_open"];

/// What the copy needs in order to be built.
const COPIED: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "README.md", "src", "tests", "benches", "examples"];

/// In how many runs each must be found.
const SEEDS: &str = "20000";

#[test]
fn the_planted_bugs_fit_the_crate() {
    for bug in PLANTED {
        let checked = apply(Path::new(env!("CARGO_MANIFEST_DIR")), bug, &["--check"]);
        assert!(checked.status.success(), "make {bug} anew: {checked:?}");
    }
    let kept = fs::read_dir(patches()).unwrap().count();
    assert_eq!(kept, PLANTED.len(), "each of the patches is planted");
}

/// Each takes a build of the crate: it is done where `KEYWARD_PLANTED` or `KEYWARD_SIMULATIONS` is set.
#[test]
fn the_planted_bugs_are_found() {
    let is_set = |variable| env::var_os(variable).is_some();
    if !is_set("KEYWARD_PLANTED") && !is_set("KEYWARD_SIMULATIONS") {
        return;
    }
    for bug in PLANTED {
        let copy = tempfile::tempdir().unwrap();
        for what in COPIED {
            copy_all(&here().join(what), &copy.path().join(what));
        }
        let applied = apply(copy.path(), bug, &[]);
        assert!(applied.status.success(), "{applied:?}");
        let told = simulate(copy.path());
        let found = told.lines().find(|line| line.starts_with("again: "));
        println!("{bug}: {found:?}");
        assert!(found.is_some(), "{bug} is not found: {told}");
    }
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn patches() -> PathBuf {
    here().join("tests/simulation/planted")
}

fn apply(to: &Path, bug: &str, arguments: &[&str]) -> Output {
    let patch = patches().join(bug).with_extension("patch");
    // Whatever repository lies around the folder, it is none of the patch's.
    let mut git = Command::new("git");
    git.current_dir(to).env("GIT_DIR", "/nonexistent");
    git.arg("apply").args(arguments).arg(patch).output().unwrap()
}

/// Runs the simulation of a crate, and answers what it says.
fn simulate(of: &Path) -> String {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| here().join("target"), PathBuf::from);
    let run = Command::new(env!("CARGO"))
        .current_dir(of)
        .args(["test", "--locked", "--test", "simulation", "--", "--nocapture", "every_answer"])
        .env("CARGO_TARGET_DIR", target)
        .env("KEYWARD_SIMULATIONS", SEEDS)
        .env_remove("KEYWARD_SEED")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    assert!(!run.status.success(), "nothing was found: {run:?}");
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

fn copy_all(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if ["target", "node_modules"].iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        copy_all(&entry.path(), &to.join(entry.file_name()));
    }
}
