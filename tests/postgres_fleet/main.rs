//! PostgreSQL in a fleet of nodes: behind a pooler, with several servers of which one accepts writes, and with roles of
//! few rights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod failover;
mod forwarder;
mod haproxy;
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod heartbeat;
mod ledger;
mod nodes;
mod patroni;
mod pooler;
mod programs;
mod replaced;
mod roles;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
mod several;
mod standby;
#[path = "../stores/mod.rs"]
mod stores;
mod superseded;
mod unreplicated;
