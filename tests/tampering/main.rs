//! What a database writer can do, and what they cannot: rows changed by hand, on SQLite and PostgreSQL.

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
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../copy/place.rs"]
mod place;
mod put_back;
mod repair;
mod scene;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
