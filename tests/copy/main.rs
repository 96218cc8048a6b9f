//! `store::copy`: from each of the crate's stores to each, whole, or not at all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod contents;
mod differences;
mod directions;
mod furnished;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/harness.rs"]
mod harness;
mod histories;
mod interrupted;
mod many_rows;
mod refused;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
mod test_store;
