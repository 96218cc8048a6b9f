//! What a database writer can and cannot do: rows changed by hand, on SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod absent;
mod catalogue;
mod changed;
mod events;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/harness.rs"]
mod harness;
mod history;
mod put_back;
mod repair;
mod scene;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../copy/test_store.rs"]
mod test_store;
