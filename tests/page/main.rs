//! The page, driven in process: forms are filled in and sent as a browser without JavaScript sends them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod allowlists;
mod cross_site;
mod dry_run;
mod effort;
mod flows;
mod grants;
mod hostile;
mod html;
mod integrations;
mod leaked;
mod mounting;
mod permissions;
mod policy;
mod scene;
mod secrecy;
mod sent_twice;
mod states;
#[path = "../support/mod.rs"]
mod support;
mod workspaces;
