//! Last-used times: recorded in memory, written in batches, and lost only in a crash.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

#[path = "../support/mod.rs"]
mod support;

mod early;
mod flushing;
mod maintain;
mod networks;
mod recording;

use keyward::store::CredentialStore;
use keyward::{
    Keyward,
    time::{Clock, Timestamp},
};

use support::block_on;
use support::nodes::Nodes;
use support::revocation::LiveKey;
use support::staged::Call;

/// The time, to the second.
fn second(nodes: &Nodes) -> Timestamp {
    Timestamp::from_micros(nodes.clock.now().wall.as_seconds() * 1_000_000).unwrap()
}

/// Returns the stored last-used times of a key's secrets, the current secret first.
fn all_written(nodes: &Nodes, key: &LiveKey) -> Vec<Option<Timestamp>> {
    let record = block_on(nodes.store.stored().credential(key.id)).unwrap().unwrap();
    record.generations().map(|generation| generation.last_used).collect()
}

/// The same for a key's oldest secret, with which it was issued.
fn written(nodes: &Nodes, key: &LiveKey) -> Option<Timestamp> {
    all_written(nodes, key).pop().unwrap()
}

fn writes(nodes: &Nodes) -> usize {
    nodes.store.calls(Call::RecordUses)
}

fn flush(node: &Keyward) {
    block_on(node.flush()).unwrap();
}

/// A node that has just written everything, and a key of which a use is no news.
fn settled(nodes: &Nodes) -> (Keyward, LiveKey) {
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    flush(&node);
    nodes.clock.advance(INTERVAL);
    support::nodes::passes(&node, &key);
    flush(&node);
    (node, key)
}

/// The default flush interval.
const INTERVAL: std::time::Duration = std::time::Duration::from_secs(10);
