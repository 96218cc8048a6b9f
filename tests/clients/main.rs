//! The example service from the view of its users: the product's official client, and a newcomer who signs in.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

#[allow(dead_code, reason = "the tests do not need all of it")]
#[path = "../../examples/service/app/mod.rs"]
mod app;
mod first_request;
mod management;
mod newcomer;
mod official_client;
#[path = "../support/mod.rs"]
mod support;
