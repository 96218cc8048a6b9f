//! The PostgreSQL store: the suite for all stores, and the tests of this one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod by_id;
mod calls;
mod corrupt;
mod crashes;
mod crossing;
mod floods;
#[path = "../support/forged.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod forged;
mod harness;
mod host_transactions;
mod idle;
mod imports;
mod messages;
mod misconfigured;
mod network;
mod owners;
mod planted;
mod proxy;
mod refused;
mod removal;
mod round_trips;
mod row_security;
mod rows;
mod scene;
mod schemas;
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
#[path = "../stores/mod.rs"]
mod stores;
mod tls_records;

mod store {
    keyward::conformance!(super::harness::Postgres);
}
