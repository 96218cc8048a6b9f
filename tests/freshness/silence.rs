//! A store that does not answer or fails: attempts are `Unavailable`.

use keyward::store::StoreErrorKind;
use keyward::{Keyward, UnavailableReason};

use crate::support::block_on;
use crate::support::nodes::{BOUND, FRESH, Hand, Nodes, TICK, passes, refused, undecided};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};

const KINDS: [StoreErrorKind; 6] = [
    StoreErrorKind::Unavailable,
    StoreErrorKind::Unknown,
    StoreErrorKind::Conflict,
    StoreErrorKind::Misconfigured,
    StoreErrorKind::Other,
    StoreErrorKind::Corrupt,
];

fn reason(kind: StoreErrorKind) -> UnavailableReason {
    match kind {
        StoreErrorKind::Corrupt => UnavailableReason::CorruptRow,
        StoreErrorKind::Misconfigured => UnavailableReason::StoreMisconfigured,
        _ => UnavailableReason::Store,
    }
}

/// Changes everything about a key, so that it must all be read again; the key passes afterwards.
fn forget(node: &Keyward, key: &LiveKey) {
    for revocation in [Revocation::Suspend, Revocation::Restrict, Revocation::CloseUnlisted] {
        block_on(revocation.carry_out(node, key)).unwrap();
        block_on(revocation.take_back(node, key)).unwrap();
    }
}

/// A valid key, a revoked one, and one whose workspace was removed. The first two are cached.
fn three_keys(nodes: &Nodes, node: &Keyward) -> [LiveKey; 3] {
    let (good, bad) = (nodes.warm_key(1, &[node]), nodes.warm_key(2, &[node]));
    block_on(Revocation::Suspend.carry_out(node, &bad)).unwrap();
    refused(node, &bad);
    let gone = nodes.warm_key(3, &[]);
    block_on(Revocation::Delete.carry_out(node, &gone)).unwrap();
    [good, bad, gone]
}

#[test]
fn an_error_of_the_store_is_never_a_denial_and_never_a_proof() {
    for call in [Call::Feed, Call::Credential, Call::Workspace, Call::Account] {
        for kind in KINDS {
            let nodes = Nodes::new();
            let node = nodes.node();
            let keys = three_keys(&nodes, &node);
            for key in &keys[..2] {
                forget(&node, key);
            }
            block_on(Revocation::Suspend.carry_out(&node, &keys[1])).unwrap();
            nodes.clock.advance(BOUND);
            nodes.store.fail(call, kind);
            let in_question = match call {
                Call::Feed | Call::Credential => &keys[..],
                // The key of the removed workspace has no workspace to read.
                _ => &keys[..2],
            };
            for key in in_question {
                assert_eq!(undecided(&node, key), reason(kind), "{call:?} {kind:?}");
            }
            nodes.store.recover();
            passes(&node, &keys[0]);
            refused(&node, &keys[1]);
            refused(&node, &keys[2]);
        }
    }
}

#[test]
fn the_cache_is_trusted_up_to_the_bound_and_then_the_store_must_answer() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let [good, bad, gone] = three_keys(&nodes, &node);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    nodes.store.fail(Call::Credential, StoreErrorKind::Unavailable);
    nodes.clock.advance(FRESH);
    passes(&node, &good);
    refused(&node, &bad);
    undecided(&node, &gone);
    nodes.clock.advance(TICK);
    for key in [&good, &bad, &gone] {
        assert_eq!(undecided(&node, key), UnavailableReason::Store);
    }
    nodes.store.recover();
    passes(&node, &good);
    refused(&node, &bad);
    refused(&node, &gone);
}

#[test]
fn with_strict_freshness_a_silent_store_makes_every_attempt_unavailable() {
    let nodes = Nodes::new();
    let node = nodes.strict();
    let keys = three_keys(&nodes, &node);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    for key in &keys {
        undecided(&node, key);
    }
    nodes.store.recover();
    passes(&node, &keys[0]);
}

/// A hundred attempts that arrive while the store does not answer wait for at most two calls: the one that was running
/// when they arrived, and one for all of them.
#[test]
fn attempts_that_come_together_wait_together() {
    for strict in [false, true] {
        let nodes = Nodes::new();
        let node = if strict { nodes.strict() } else { nodes.node() };
        let keys: Vec<_> = (0..100).map(|number| nodes.warm_key(number, &[&node])).collect();
        nodes.clock.advance(BOUND);
        let before = nodes.store.calls(Call::Feed);
        nodes.store.hold(Call::Feed, Until::Carried);
        let mut attempts: Vec<_> = keys.iter().map(|key| Hand::begun(key.present(&node))).collect();
        assert_eq!(nodes.store.calls(Call::Feed), before + 1);
        nodes.store.release(Call::Feed);
        nodes.store.hold(Call::Feed, Until::Carried);
        let (first, rest) = attempts.split_first_mut().unwrap();
        assert!(first.poll().is_ready());
        for attempt in &mut *rest {
            assert!(attempt.poll().is_pending(), "that call was sent before it began");
        }
        assert_eq!(nodes.store.calls(Call::Feed), before + 2, "one for all the others");
        nodes.store.release(Call::Feed);
        for attempt in rest {
            assert!(matches!(attempt.poll(), std::task::Poll::Ready(Ok(()))));
        }
        assert_eq!(nodes.store.calls(Call::Feed), before + 2);
    }
}

/// A malformed text is denied without the store.
#[test]
fn malformed_keys_are_refused_whatever_the_store_does() {
    let nodes = Nodes::new();
    let node = nodes.strict();
    let key = nodes.warm_key(1, &[]);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    refused(&node, &LiveKey { text: "no key".to_owned(), ..key });
}

/// A late answer counts from the time of the poll, and not of its arrival.
#[test]
fn the_age_of_the_cache_counts_from_when_the_poll_was_sent() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let key = nodes.warm_key(1, &[&one, &other]);
    nodes.clock.advance(BOUND);
    nodes.store.hold(Call::Feed, Until::Answered);
    let attempt = Hand::begun(key.present(&one));
    block_on(Revocation::Suspend.carry_out(&other, &key)).unwrap();
    nodes.clock.advance(BOUND);
    nodes.store.release(Call::Feed);
    attempt.ends().unwrap();
    assert_eq!(one.stats().feed_age, Some(BOUND));
    refused(&one, &key);
}
