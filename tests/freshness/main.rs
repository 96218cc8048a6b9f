//! A revoked key is refused: at once on the same handle and with strict freshness, and after the bound on other nodes,
//! regardless of the store, the clocks and other attempts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod acknowledged;
mod age;
mod clocks;
mod flood;
mod history;
mod in_flight;
mod outage;
mod recheck;
mod shared;
mod silence;
mod site;
