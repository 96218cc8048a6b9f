//! Programs that a test needs beside cargo.

use std::path::Path;
use std::process::{Command, Stdio};

/// Returns `true` if a program is installed. Without it, the test is skipped locally and fails in CI.
pub fn is_there(program: &str) -> bool {
    let mut version = Command::new(program);
    let there = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    assert!(there || std::env::var_os("CI").is_none(), "{program} is needed for this test");
    if !there {
        eprintln!("skipped: there is no {program}");
    }
    there
}

/// Installs the packages of a folder's lock file, unless they are installed. Their own scripts do not run.
pub fn npm_install(folder: &Path) {
    if folder.join("node_modules").exists() {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let installed = npm.output().unwrap();
    let said = String::from_utf8_lossy(&installed.stderr);
    assert!(installed.status.success(), "npm ci in {}: {said}", folder.display());
}
