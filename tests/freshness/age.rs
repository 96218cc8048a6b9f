//! A store whose answers have an age: the cache is confirmed as of the poll minus the age.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward::{Freshness, Keyward, UnavailableReason};

use crate::support::block_on;
use crate::support::nodes::{BOUND, Nodes, TICK, passes, refused, undecided};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::Call;

/// A key that passes and a revoked one, both cached.
fn two_keys(nodes: &Nodes, node: &Keyward) -> [LiveKey; 2] {
    let keys = [1, 2].map(|number| nodes.warm_key(number, &[node]));
    block_on(Revocation::Suspend.carry_out(node, &keys[1])).unwrap();
    refused(node, &keys[1]);
    keys
}

#[test]
fn a_poll_confirms_the_cache_as_of_its_age_ago() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let [good, bad] = two_keys(&nodes, &node);
    nodes.clock.advance(BOUND);
    let age = BOUND / 4;
    nodes.store.answer_with_age(age);
    passes(&node, &good);
    assert_eq!(node.stats().feed_age, Some(age));
    let polls = nodes.store.calls(Call::Feed);
    nodes.clock.advance(BOUND.saturating_sub(age + TICK));
    passes(&node, &good);
    refused(&node, &bad);
    assert_eq!(nodes.store.calls(Call::Feed), polls, "it is fresh until then");
    nodes.clock.advance(TICK);
    passes(&node, &good);
    refused(&node, &bad);
    assert_eq!(nodes.store.calls(Call::Feed), polls + 1);
}

#[test]
fn an_answer_older_than_the_bound_decides_nothing() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let keys = two_keys(&nodes, &node);
    nodes.clock.advance(BOUND);
    nodes.store.answer_with_age(BOUND + TICK);
    for _ in 0..2 {
        for key in &keys {
            assert_eq!(undecided(&node, key), UnavailableReason::OldAnswer);
        }
    }
    nodes.store.answer_with_age(BOUND);
    passes(&node, &keys[0]);
    refused(&node, &keys[1]);
}

/// A poll can also move the confirmation back, because records that are read after it may be as old as its answer.
#[test]
fn an_older_answer_takes_an_earlier_confirmation_away() {
    let nodes = Nodes::new();
    nodes.clock.advance(BOUND * 10);
    let node = nodes.node();
    let keys = two_keys(&nodes, &node);
    assert_eq!(node.stats().feed_age, Some(Duration::ZERO));
    nodes.store.answer_with_age(BOUND * 2);
    // Runs `maintain`, although nothing is stale yet.
    let slept = AtomicBool::new(false);
    block_on(node.maintain(|_| {
        if slept.swap(true, Ordering::SeqCst) {
            block_on(node.close()).unwrap();
        }
        std::future::ready(())
    }));
    assert_eq!(node.stats().feed_age, Some(BOUND * 2));
    for key in &keys {
        assert_eq!(undecided(&node, key), UnavailableReason::OldAnswer);
    }
}

/// The monotonic clock of a node starts with the node, and cannot express an earlier time.
#[test]
fn an_age_longer_than_the_node_runs_confirms_nothing() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let keys = two_keys(&nodes, &node);
    nodes.clock.advance(BOUND);
    nodes.store.answer_with_age(BOUND * 2);
    assert_eq!(undecided(&node, &keys[0]), UnavailableReason::OldAnswer);
    assert_eq!(node.stats().feed_age, None);
    assert_eq!(undecided(&node, &keys[0]), UnavailableReason::OldAnswer);
}

#[test]
fn with_strict_freshness_an_answer_may_be_as_old_as_the_host_says() {
    for (set, oldest) in [(None, BOUND), (Some(BOUND / 4), BOUND / 4)] {
        let nodes = Nodes::new();
        let node = nodes.node_with(|builder| {
            let builder = builder.freshness(Freshness::Strict);
            set.into_iter().fold(builder, keyward::Builder::strict_answer_age)
        });
        let keys = two_keys(&nodes, &node);
        nodes.store.answer_with_age(oldest + TICK);
        for key in &keys {
            assert_eq!(undecided(&node, key), UnavailableReason::OldAnswer);
        }
        nodes.store.answer_with_age(oldest);
        passes(&node, &keys[0]);
        refused(&node, &keys[1]);
    }
}

/// With a bound of zero each attempt polls, and only an answer without an age is accepted.
#[test]
fn a_bound_of_zero_accepts_only_an_answer_of_age_zero() {
    let nodes = Nodes::new();
    let key = nodes.warm_key(1, &[]);
    let node = nodes.node_with(|builder| builder.freshness(Freshness::Bounded(Duration::ZERO)));
    passes(&node, &key);
    nodes.store.answer_with_age(TICK);
    assert_eq!(undecided(&node, &key), UnavailableReason::OldAnswer);
}

/// The position that a node begins with has no age, so the changes since it are asked for as well.
#[test]
fn a_node_does_not_start_with_an_old_answer() {
    let nodes = Nodes::new();
    let key = nodes.warm_key(1, &[]);
    nodes.store.answer_with_age(BOUND + TICK);
    for node in [nodes.node(), nodes.strict()] {
        assert_eq!(undecided(&node, &key), UnavailableReason::OldAnswer);
    }
    nodes.store.answer_with_age(Duration::ZERO);
    passes(&nodes.node(), &key);
}
