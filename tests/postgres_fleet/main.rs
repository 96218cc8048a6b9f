//! PostgreSQL as a fleet of nodes meets it: behind a pooler, with several servers of which one accepts writes, and under
//! roles that have few rights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod forwarder;
mod haproxy;
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod nodes;
mod pooler;
mod programs;
mod roles;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
mod several;
mod standby;
#[path = "../stores/mod.rs"]
mod stores;
