//! The command `keyward`, as the process that an operator starts, on SQLite and PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod checks;
mod closings;
mod copies;
mod documented;
mod fixture;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/harness.rs"]
mod harness;
mod history;
mod imports;
mod keys;
mod leak_drills;
mod pages;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../support/programs.rs"]
mod programs;
mod progress;
mod refusals;
mod rekeys;
mod repairs;
mod runbooks;
mod schemas;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/server.rs"]
mod server;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../copy/test_store.rs"]
mod test_store;
mod traces;
