//! The example service, as those see it who use it: the product's official client, and a newcomer who pastes
//! what it prints.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

#[allow(dead_code, reason = "the test prints no lines to paste")]
#[path = "../../examples/service/app/mod.rs"]
mod app;
mod management;
mod official_client;
mod pasted_lines;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Stdio};

/// Whether a program is there. Where it is not, its test proves nothing: no harm at a desk, a failure in CI.
fn is_there(program: &str) -> bool {
    let mut version = Command::new(program);
    let there = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    assert!(there || std::env::var_os("CI").is_none(), "{program} is needed for this test");
    if !there {
        eprintln!("skipped: there is no {program}");
    }
    there
}
