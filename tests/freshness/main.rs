//! What is revoked is refused: at once on the same handle and where freshness is strict, after the bound on
//! other nodes, and whatever the store, the clocks and other attempts do meanwhile.

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
mod recheck;
mod shared;
mod silence;
