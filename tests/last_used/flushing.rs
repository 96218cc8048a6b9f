//! The writing of uses, and the treatment of uses that cannot be written.

use std::time::Duration;

use keyward::store::StoreErrorKind;
use keyward::{Freshness, Keyward, NewCredential, operate::UnwrittenUses};

use crate::support::nodes::{Hand, Nodes, passes};
use crate::support::revocation::LiveKey;
use crate::support::staged::{Call, Until};
use crate::support::{block_on, name};
use crate::{INTERVAL, flush, second, settled, writes, written};

/// Keys of one workspace, all of them used.
fn used_keys(nodes: &Nodes, node: &Keyward, most: usize) -> Vec<LiveKey> {
    let first = nodes.warm_key(1, &[node]);
    let admin = first.admin();
    let mut keys: Vec<_> = (1..most)
        .map(|number| {
            let called = name(&format!("key {number}"));
            let new = NewCredential::new(first.workspace.clone(), called);
            let issued = block_on(node.manager(&admin).issue_app_key(new)).unwrap();
            let text = issued.secret.expose().to_owned();
            LiveKey { id: issued.credential.id, text, ..first.clone() }
        })
        .collect();
    keys.push(first);
    for key in &keys {
        passes(node, key);
    }
    keys
}

#[test]
fn a_failed_flush_keeps_unwritten_uses() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let before = written(&nodes, &key);
    nodes.clock.advance(INTERVAL / 2);
    passes(&node, &key);
    nodes.store.fail(Call::RecordUses, StoreErrorKind::Unavailable);
    for _ in 0..3 {
        let UnwrittenUses { count, source, .. } = block_on(node.flush()).unwrap_err();
        assert_eq!((count, source.kind()), (1, StoreErrorKind::Unavailable));
        assert_eq!(node.stats().unwritten_uses, 1);
    }
    assert_eq!(written(&nodes, &key), before);
    nodes.store.recover();
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

/// Uses are written a thousand at a time, and a written use is not written again.
#[test]
fn a_flush_that_fails_in_between_keeps_the_rest() {
    const USED: usize = 1_500;
    const BATCH: usize = 1_000;
    let nodes = Nodes::new();
    // So that the requests do not write by themselves.
    let node = nodes.node_with(|builder| builder.flush_interval(INTERVAL * 1_000));
    let keys = used_keys(&nodes, &node, USED);
    nodes.store.hold(Call::RecordUses, Until::Answered);
    let flushing = Hand::begun(node.flush());
    nodes.store.fail(Call::RecordUses, StoreErrorKind::Unavailable);
    nodes.store.release(Call::RecordUses);
    assert_eq!(flushing.ends().unwrap_err().count, USED - BATCH);
    nodes.store.recover();
    flush(&node);
    let batches = nodes.store.batches();
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH, USED - BATCH]);
    assert!(batches.concat().is_sorted());
    for key in &keys {
        assert_eq!(written(&nodes, key), Some(second(&nodes)));
    }
}

#[test]
fn an_abandoned_flush_keeps_unwritten_uses() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    nodes.clock.advance(INTERVAL / 2);
    passes(&node, &key);
    nodes.store.hold(Call::RecordUses, Until::Carried);
    drop(Hand::begun(node.flush()));
    nodes.store.release(Call::RecordUses);
    assert_eq!(node.stats().unwritten_uses, 1);
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

#[test]
fn a_use_during_a_flush_waits_for_the_next() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    nodes.clock.advance(INTERVAL / 2);
    passes(&node, &key);
    nodes.store.hold(Call::RecordUses, Until::Answered);
    let flushing = Hand::begun(node.flush());
    nodes.clock.advance(INTERVAL / 10);
    passes(&node, &key);
    nodes.store.release(Call::RecordUses);
    flushing.ends().unwrap();
    assert!(written(&nodes, &key) < Some(second(&nodes)));
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

/// Uses that another flush is writing can become pending again.
#[test]
fn close_waits_for_a_flush_under_way_and_writes_what_that_could_not() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    nodes.clock.advance(INTERVAL / 2);
    passes(&node, &key);
    nodes.store.hold(Call::RecordUses, Until::Carried);
    let flushing = Hand::begun(node.flush());
    let mut closing = Hand::begun(node.close());
    drop(flushing);
    assert!(closing.poll().is_pending());
    nodes.store.release(Call::RecordUses);
    closing.ends().unwrap();
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

#[test]
fn close_says_how_many_it_could_not_write_and_can_be_called_again() {
    let nodes = Nodes::new();
    let node = nodes.node_with(|builder| builder.flush_interval(INTERVAL * 1_000));
    let keys = used_keys(&nodes, &node, 7);
    nodes.store.fail(Call::RecordUses, StoreErrorKind::Other);
    let error = block_on(node.close()).unwrap_err();
    assert_eq!(error.count, keys.len());
    assert!(error.to_string().starts_with("7 "), "{error}");
    nodes.store.recover();
    block_on(node.close()).unwrap();
    for key in &keys {
        assert_eq!(written(&nodes, key), Some(second(&nodes)));
    }
    // The handle can still be used.
    nodes.clock.advance(INTERVAL);
    passes(&node, &keys[0]);
    block_on(node.close()).unwrap();
    assert_eq!(written(&nodes, &keys[0]), Some(second(&nodes)));
}

/// Without `maintain`, a request that finds the flush overdue writes the uses, and gets its answer in any case.
#[test]
fn requests_write_what_is_overdue_and_pass_even_where_that_fails() {
    for freshness in [Freshness::default(), Freshness::Strict] {
        let nodes = Nodes::new();
        let node = nodes.node_with(|builder| builder.freshness(freshness));
        let key = nodes.warm_key(1, &[&node]);
        flush(&node);
        let before = writes(&nodes);
        nodes.store.fail(Call::RecordUses, StoreErrorKind::Unavailable);
        nodes.clock.advance(INTERVAL);
        passes(&node, &key);
        assert_eq!(writes(&nodes), before + 1);
        nodes.store.recover();
        nodes.clock.advance(INTERVAL);
        passes(&node, &key);
        assert_eq!(writes(&nodes), before + 2);
        assert_eq!(written(&nodes, &key), Some(second(&nodes)));
    }
}

/// Every node flushes every ten seconds.
#[test]
fn a_hot_key_on_twenty_nodes_is_written_a_few_times_a_minute() {
    let nodes = Nodes::new();
    let grain = Duration::from_secs(10);
    let node = || nodes.node_with(|builder| builder.last_used_grain(grain));
    let all: Vec<_> = (0..20).map(|_| node()).collect();
    let key = nodes.warm_key(1, &all.iter().collect::<Vec<_>>());
    let (mut stored, mut updates) = (written(&nodes, &key), 0);
    for _ in 0..60 {
        nodes.clock.advance(Duration::from_secs(1));
        for node in &all {
            passes(node, &key);
            let now = written(&nodes, &key);
            updates += usize::from(now != stored);
            stored = now;
        }
    }
    println!("{updates} updates");
    assert!((3..=20).contains(&updates), "{updates}");
    // Pending times are written exactly.
    nodes.clock.advance(Duration::from_secs(1));
    let node = all.first().unwrap();
    passes(node, &key);
    flush(node);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}
