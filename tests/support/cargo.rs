//! Cargo, asked by a test of this crate.

use std::env;
use std::process::Command;

/// The cargo that runs this test, without the variables that it sets for the test: they would make build scripts of
/// dependencies run again.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let told = env::vars_os().map(|(name, _)| name);
    for name in told.filter(|name| is_of_this_crate(&name.to_string_lossy())) {
        cargo.env_remove(name);
    }
    cargo
}

fn is_of_this_crate(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|beginning| variable.starts_with(beginning))
}
