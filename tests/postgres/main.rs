//! The PostgreSQL store: the suite that every store passes, and what only this one can show.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod corrupt;
mod crashes;
mod crossing;
mod harness;
mod messages;
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
mod unfit;

mod store {
    keyward::conformance!(super::harness::Postgres);
}

mod erased {
    keyward::conformance!(super::harness::Erased);
}
