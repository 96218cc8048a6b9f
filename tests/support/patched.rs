//! Copies of the crate with a patch: a bug that a test must find, or a release that is still to come.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use tempfile::TempDir;

use super::cargo::cargo;

/// The files that a copy needs to be built.
const COPIED: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "askama.toml", "README.md", "src", "tests", "benches", "examples"];

/// A copy of the crate, which is deleted on drop.
pub struct Patched(TempDir);

impl Patched {
    /// Copies the crate without its command, and applies the patch.
    pub fn with(patch: &Path) -> Self {
        let copy = TempDir::new().unwrap();
        for what in COPIED {
            copy_all(&here().join(what), &copy.path().join(what));
        }
        without_command(copy.path());
        let applied = apply(copy.path(), patch, &[]);
        assert!(applied.status.success(), "{applied:?}");
        Self(copy)
    }

    /// The command that runs tests of one file of the copy. It builds in the target folder of the crate itself, where
    /// the dependencies are already built.
    pub fn cargo_test(&self, file: &str, tests: &str) -> Command {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| here().join("target"), PathBuf::from);
        let mut cargo = cargo();
        cargo
            .current_dir(self.0.path())
            .args(["test", "--locked", "--test", file, "--", "--nocapture", tests])
            .env("CARGO_TARGET_DIR", target)
            // The counters of `.ci/coverage` are for the crate itself.
            .env_remove("RUSTC_WORKSPACE_WRAPPER");
        cargo
    }
}

/// Panics if a patch does not fit the crate.
pub fn assert_fits(patch: &Path) {
    let checked = apply(here(), patch, &["--check"]);
    assert!(checked.status.success(), "make {} again: {checked:?}", patch.display());
}

pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn apply(to: &Path, patch: &Path, arguments: &[&str]) -> Output {
    // A repository around the folder is not the patch's.
    let mut git = Command::new("git");
    git.current_dir(to).env("GIT_DIR", "/nonexistent");
    git.arg("apply").args(arguments).arg(patch).output().unwrap()
}

/// Removes the command `keyward` from a copy. Otherwise cargo would build it for each test program.
fn without_command(copy: &Path) {
    fs::remove_dir_all(copy.join("src/bin")).unwrap();
    let manifest = copy.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let (before, rest) = text.split_once("[[bin]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    fs::write(manifest, format!("{before}{after}")).unwrap();
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
