//! Readings that are under way when something changes, and attempts that join them, leave them, or stop.

use keyward::store::StoreErrorKind;
use keyward::{Keyward, kind::KindWord};

use crate::support::block_on;
use crate::support::nodes::{BOUND, FRESH, Hand, Nodes, denial, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};

/// The call with which attempts read the data again after each of these.
const READ: [(Revocation, Call); 3] = [
    (Revocation::Suspend, Call::Credential),
    (Revocation::Restrict, Call::Workspace),
    (Revocation::SuspendAccount, Call::Account),
];

/// Returns a key whose data `node` has cached except for the part that `call` reads.
fn half_known(nodes: &Nodes, node: &Keyward, revocation: Revocation) -> LiveKey {
    let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[node]);
    block_on(revocation.carry_out(node, &key)).unwrap();
    block_on(revocation.take_back(node, &key)).unwrap();
    key
}

#[test]
fn an_attempt_begun_after_a_revocation_is_not_answered_by_an_older_read() {
    for (revocation, call) in READ {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = half_known(&nodes, &node, revocation);
        nodes.store.hold(call, Until::Answered);
        let before = Hand::begun(key.present(&node));
        nodes.store.release(call);
        // The attempt has read the old state.
        block_on(revocation.carry_out(&node, &key)).unwrap();
        nodes.store.hold(call, Until::Answered);
        let mut after = Hand::begun(key.present(&node));
        before.ends().unwrap();
        assert!(after.poll().is_pending(), "it reads for itself");
        nodes.store.release(call);
        assert_eq!(denial(after.ends()).reason(), revocation.reason());
        assert_eq!(refused(&node, &key), revocation.reason());
    }
}

#[test]
fn with_strict_freshness_an_older_read_is_not_used() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.strict(), nodes.strict());
    let key = nodes.warm_key(1, &[&one]);
    nodes.store.hold(Call::Feed, Until::Answered);
    let before = Hand::begun(key.present(&one));
    block_on(Revocation::Suspend.carry_out(&other, &key)).unwrap();
    let after = Hand::begun(key.present(&one));
    nodes.store.release(Call::Feed);
    before.ends().unwrap();
    assert_eq!(denial(after.ends()).reason(), Revocation::Suspend.reason());
}

/// The invalidation comes from this node's own change.
#[test]
fn records_read_before_an_own_change_are_not_cached_after_it() {
    for (revocation, call) in READ {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = half_known(&nodes, &node, revocation);
        nodes.store.hold(call, Until::Answered);
        let before = Hand::begun(key.present(&node));
        nodes.store.release(call);
        block_on(revocation.carry_out(&node, &key)).unwrap();
        before.ends().unwrap();
        assert_eq!(refused(&node, &key), revocation.reason());
    }
}

/// The invalidation comes from the feed.
#[test]
fn records_read_before_a_polled_change_are_not_cached_after_it() {
    for (revocation, call) in READ {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let listener = nodes.warm_key(2, &[&one]);
        let key = half_known(&nodes, &one, revocation);
        nodes.store.hold(call, Until::Answered);
        let reading = Hand::begun(key.present(&one));
        nodes.store.release(call);
        block_on(revocation.carry_out(&other, &key)).unwrap();
        nodes.clock.advance(BOUND);
        passes(&one, &listener);
        // The cache is fresh, so the attempt continues with the data that it has read: it began before.
        reading.ends().unwrap();
        assert_eq!(refused(&one, &key), revocation.reason());
    }
}

/// The age is checked after the last wait, not only before the first.
#[test]
fn an_attempt_whose_read_outlasts_the_bound_reads_again() {
    for (revocation, call) in READ {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let key = half_known(&nodes, &one, revocation);
        nodes.store.hold(call, Until::Answered);
        let attempt = Hand::begun(key.present(&one));
        nodes.store.release(call);
        block_on(revocation.carry_out(&other, &key)).unwrap();
        nodes.clock.advance(BOUND);
        assert_eq!(denial(attempt.ends()).reason(), revocation.reason());
    }
}

#[test]
fn the_caller_that_sent_a_read_can_leave_and_the_others_get_their_answer() {
    for call in [Call::Feed, Call::Credential, Call::Workspace, Call::Account] {
        println!("{call:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key(1, &[]);
        nodes.store.hold(call, Until::Answered);
        let first = Hand::begun(key.present(&node));
        let mut second = Hand::begun(key.present(&node));
        let third = Hand::begun(key.present(&node));
        drop(first);
        assert!(second.poll().is_pending());
        nodes.store.release(call);
        third.ends().unwrap();
        second.ends().unwrap();
        passes(&node, &key);
    }
}

/// A stream of attempts whose consumer is busy: its attempts are not polled, and delay neither other attempts nor a
/// flush.
#[test]
fn an_attempt_that_is_no_longer_polled_delays_nobody() {
    for call in [Call::Feed, Call::Credential, Call::Workspace, Call::Account, Call::RecordUses] {
        println!("{call:?}");
        let nodes = Nodes::new();
        let node = nodes.node_with(|builder| builder.flush_interval(BOUND / 2));
        let key = nodes.warm_key(1, &[]);
        if call == Call::RecordUses {
            passes(&node, &key);
            nodes.clock.advance(FRESH);
        }
        nodes.store.hold(call, Until::Answered);
        let left = Hand::begun(key.present(&node));
        nodes.store.release(call);
        passes(&node, &key);
        Hand::of(node.close()).ends().unwrap();
        drop(left);
    }
}

#[test]
fn a_failed_attempt_does_not_block_the_next() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[]);
    nodes.store.hold(Call::Credential, Until::Carried);
    let (first, second) = (Hand::begun(key.present(&node)), Hand::begun(key.present(&node)));
    nodes.store.fail(Call::Credential, StoreErrorKind::Unavailable);
    nodes.store.release(Call::Credential);
    first.ends().unwrap_err();
    second.ends().unwrap_err();
    nodes.store.recover();
    passes(&node, &key);
}

/// However little fits, every attempt is answered.
#[test]
fn a_tiny_or_empty_cache_changes_no_answer() {
    for most in [0, 1, 2] {
        let nodes = Nodes::new();
        let node = nodes.node_with(|builder| builder.cached_credentials(most));
        let keys: Vec<_> = (0..8).map(|number| nodes.warm_key(number, &[])).collect();
        for _ in 0..3 {
            for key in &keys {
                passes(&node, key);
            }
            nodes.clock.advance(BOUND);
        }
        assert!(node.stats().cached <= 2, "{}", node.stats().cached);
        for (key, (revocation, _)) in keys.iter().zip(READ) {
            block_on(revocation.carry_out(&node, key)).unwrap();
            assert_eq!(refused(&node, key), revocation.reason());
        }
    }
}
