//! The outage tolerance: cached keys pass while the store does not answer or cannot confirm that it is current.

use std::time::Duration;

use keyward::store::StoreErrorKind;
use keyward::{App, Attempt, Keyward, NotVerified, UnavailableReason};

use crate::support::block_on;
use crate::support::nodes::{BOUND, FRESH, Nodes, TICK, passes, refused, undecided};
use crate::support::revocation::Revocation;
use crate::support::staged::Call;

const TOLERANCE: Duration = Duration::from_secs(30);

fn tolerant(nodes: &Nodes) -> Keyward {
    nodes.node_with(|builder| builder.outage_tolerance(TOLERANCE))
}

/// Changes how the store answers.
type Switch = fn(&Nodes);

/// The ways in which a store fails a poll, and how it recovers.
const OUTAGES: [(Switch, Switch, UnavailableReason); 2] = [
    (
        |nodes| nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable),
        |nodes| nodes.store.recover(),
        UnavailableReason::Store,
    ),
    (
        |nodes| nodes.store.answer_with_age(Duration::MAX),
        |nodes| nodes.store.answer_with_age(Duration::ZERO),
        UnavailableReason::OldAnswer,
    ),
];

#[test]
fn in_an_outage_cached_keys_pass_until_the_tolerance_ends() {
    for (fail, recover, reason) in OUTAGES {
        let nodes = Nodes::new();
        let node = tolerant(&nodes);
        let (good, bad) = (nodes.warm_key(1, &[&node]), nodes.warm_key(2, &[&node]));
        block_on(Revocation::Suspend.carry_out(&node, &bad)).unwrap();
        refused(&node, &bad);
        let uncached = nodes.warm_key(3, &[]);
        nodes.clock.advance(BOUND);
        // The node polls the event of the third key's account too.
        passes(&node, &good);
        refused(&node, &bad);
        fail(&nodes);
        nodes.clock.advance(FRESH);
        passes(&node, &good);
        assert_eq!(node.stats().tolerated, 0, "it is still fresh");
        for second in 0..30 {
            nodes.clock.advance(if second == 0 { TICK } else { Duration::from_secs(1) });
            passes(&node, &good);
            refused(&node, &bad);
            assert_eq!(undecided(&node, &uncached), UnavailableReason::Store);
            assert_eq!(node.stats().tolerated, second + 1);
        }
        nodes.clock.advance(Duration::from_secs(1).saturating_sub(TICK));
        passes(&node, &good);
        nodes.clock.advance(TICK);
        for key in [&good, &bad, &uncached] {
            assert_eq!(undecided(&node, key), reason);
        }
        recover(&nodes);
        passes(&node, &good);
        refused(&node, &bad);
        passes(&node, &uncached);
    }
}

#[test]
fn without_a_tolerance_no_key_passes_later_than_the_bound() {
    for (fail, _, reason) in OUTAGES {
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key(1, &[&node]);
        nodes.clock.advance(BOUND);
        passes(&node, &key);
        fail(&nodes);
        nodes.clock.advance(FRESH);
        passes(&node, &key);
        nodes.clock.advance(TICK);
        assert_eq!(undecided(&node, &key), reason);
    }
}

/// The price of the tolerance.
#[test]
fn a_revocation_during_an_outage_is_late_by_at_most_the_tolerance() {
    let nodes = Nodes::new();
    let (node, other) = (tolerant(&nodes), nodes.node());
    let key = nodes.warm_key(1, &[&node]);
    nodes.clock.advance(BOUND);
    passes(&node, &key);
    block_on(Revocation::Suspend.carry_out(&other, &key)).unwrap();
    nodes.store.answer_with_age(Duration::MAX);
    nodes.clock.advance(FRESH);
    passes(&node, &key);
    nodes.clock.advance(TICK);
    // The answer is too old to rely on, but its events count.
    refused_or_undecided(&node, &key.text);
    nodes.store.answer_with_age(Duration::ZERO);
    nodes.clock.advance(BOUND);
    refused(&node, &key);
}

fn refused_or_undecided(node: &Keyward, text: &str) {
    assert!(block_on(node.verify::<App>(&Attempt::app(text))).is_err());
}

/// One attempt for each bound polls, so that the others do not wait for the store's time limit.
#[test]
fn in_an_outage_one_attempt_a_second_polls() {
    let nodes = Nodes::new();
    let node = tolerant(&nodes);
    let key = nodes.warm_key(1, &[&node]);
    nodes.clock.advance(BOUND);
    passes(&node, &key);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    nodes.clock.advance(BOUND);
    let before = nodes.store.calls(Call::Feed);
    for _ in 0..100 {
        passes(&node, &key);
        nodes.clock.advance(BOUND / 20);
    }
    assert_eq!(nodes.store.calls(Call::Feed), before + 5);
}

#[test]
fn the_tolerance_is_not_for_failures_that_an_operator_must_mend() {
    for kind in [StoreErrorKind::Misconfigured, StoreErrorKind::Corrupt] {
        let nodes = Nodes::new();
        let node = tolerant(&nodes);
        let key = nodes.warm_key(1, &[&node]);
        nodes.store.fail(Call::Feed, kind);
        nodes.clock.advance(BOUND);
        undecided(&node, &key);
    }
}

/// A node that has dropped its cache because of an untrusted answer has no tolerance.
#[test]
fn an_old_answer_that_drops_the_cache_ends_the_tolerance() {
    let nodes = Nodes::new();
    let node = tolerant(&nodes);
    let key = nodes.warm_key(1, &[&node]);
    nodes.clock.advance(BOUND);
    passes(&node, &key);
    nodes.store.answer_with_age(Duration::MAX);
    nodes.store.restore(1);
    nodes.clock.advance(BOUND);
    assert_eq!(undecided(&node, &key), UnavailableReason::OldAnswer);
}

#[test]
fn a_recheck_passes_on_the_tolerance_too() {
    let nodes = Nodes::new();
    let node = tolerant(&nodes);
    let key = nodes.warm_key(1, &[&node]);
    let proof = block_on(node.verify(&Attempt::<App>::app(&key.text))).unwrap();
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    nodes.clock.advance(TOLERANCE);
    block_on(node.recheck(&proof)).unwrap();
    nodes.clock.advance(BOUND);
    let outcome = block_on(node.recheck(&proof));
    assert!(matches!(outcome, Err(NotVerified::Unavailable(_))), "{outcome:?}");
}
