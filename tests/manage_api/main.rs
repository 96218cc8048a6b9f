//! The management API, over every route and for every actor. Each answer of the run is compared with `openapi.json`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod actors;
mod bad_input;
mod changes;
mod cross_site;
mod document;
mod grants;
mod idempotency;
mod mounting;
mod networks;
mod outage;
mod policy;
mod preconditions;
mod reads;
mod routes;
mod scene;
mod schema;
#[path = "../support/mod.rs"]
mod support;
mod typescript;
mod workspaces;
