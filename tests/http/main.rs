//! HTTP: reading a request, answering it, and reaching a handler.

#![cfg(feature = "tower")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(clippy::too_many_lines, reason = "a table is as long as it is")]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

#[cfg(feature = "actix-web")]
mod actix;
mod allocations;
mod authorization;
#[cfg(feature = "axum")]
mod extractors;
mod forwarding;
mod forwarding_table;
mod kinds;
mod layers;
mod leaks;
mod outage;
#[cfg(all(feature = "axum", target_os = "linux"))]
mod proxies;
mod scopes;
mod service;
#[path = "../support/mod.rs"]
mod support;
mod tonic;
