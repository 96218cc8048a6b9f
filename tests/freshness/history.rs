//! The node follows the history: its own changes with unknown outcome, events that it has not polled, events that are
//! missing, and a restored history.

use keyward::store::{CredentialStore, StoreErrorKind};
use keyward::{Keyward, ManageError, kind::KindWord, time::Timestamp};

use crate::support::block_on;
use crate::support::nodes::{BOUND, Hand, Nodes, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};

fn revoke(node: &Keyward, key: &LiveKey) {
    block_on(Revocation::Suspend.carry_out(node, key)).unwrap();
}

#[test]
fn a_change_whose_outcome_is_lost_is_seen_from_the_next_attempt_on() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&node]);
        nodes.store.lose_next_answer(Call::Commit);
        nodes.store.lose_next_answer(Call::Operation);
        let lost = block_on(revocation.carry_out(&node, &key)).unwrap_err();
        assert!(matches!(lost, ManageError::Unknown { .. }), "{lost:?}");
        assert_eq!(refused(&node, &key), revocation.reason());
    }
}

/// The change is looked up by its operation.
#[test]
fn a_change_whose_answer_is_lost_is_found() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&node]);
        nodes.store.lose_next_answer(Call::Commit);
        block_on(revocation.carry_out(&node, &key)).unwrap();
        assert_eq!(refused(&node, &key), revocation.reason());
    }
}

#[test]
fn an_abandoned_change_is_seen_from_the_next_attempt_on() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&node]);
        nodes.store.hold(Call::Commit, Until::Answered);
        // Argon2id runs on a thread of its own, before a rotation is committed.
        let mut change = Hand::of(revocation.carry_out(&node, &key));
        while nodes.store.waiting(Call::Commit) == 0 {
            assert!(change.poll().is_pending());
        }
        drop(change);
        nodes.store.release(Call::Commit);
        assert_eq!(refused(&node, &key), revocation.reason());
    }
}

/// The change was still running when its caller gave up, and is committed afterwards. No caller was told of it, so it
/// takes effect when the feed reports it.
#[test]
fn a_change_made_after_its_caller_left_is_seen_within_the_bound() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    nodes.store.hold(Call::Commit, Until::Carried);
    let change = Hand::begun(Revocation::Suspend.carry_out(&node, &key));
    drop(change);
    passes(&node, &key);
    nodes.store.release(Call::Commit);
    revoke(&nodes.node(), &key);
    nodes.clock.advance(BOUND);
    assert_eq!(refused(&node, &key), Revocation::Suspend.reason());
}

/// A node's own change does not move the feed position past earlier changes of other nodes.
#[test]
fn a_change_of_this_node_hides_no_earlier_change() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (theirs, own) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
    revoke(&other, &theirs);
    revoke(&one, &own);
    nodes.clock.advance(BOUND);
    assert_eq!(refused(&one, &own), Revocation::Suspend.reason());
    assert_eq!(refused(&one, &theirs), Revocation::Suspend.reason());
}

/// More than one call to the store answers.
#[test]
fn a_node_thousands_of_events_behind_polls_up_to_the_last_one() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (busy, key) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
    for _ in 0..1_250 {
        block_on(Revocation::Suspend.carry_out(&other, &busy)).unwrap();
        block_on(Revocation::Suspend.take_back(&other, &busy)).unwrap();
    }
    revoke(&other, &key);
    nodes.clock.advance(BOUND);
    let before = nodes.store.calls(Call::Feed);
    assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
    assert_eq!(nodes.store.calls(Call::Feed), before + 3);
    passes(&one, &busy);
}

#[test]
fn a_node_for_which_the_events_are_pruned_reads_everything_again() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&one]);
        let kept = nodes.warm_key(2, &[&one]);
        block_on(revocation.carry_out(&other, &key)).unwrap();
        block_on(nodes.store.prune_events(Timestamp::MAX, usize::MAX)).unwrap();
        nodes.clock.advance(BOUND);
        let denial = refused(&one, &key);
        assert!(revocation.explains(denial), "{denial}");
        passes(&one, &kept);
    }
}

/// Slots that running attempts hold are shared with later attempts.
#[test]
fn a_node_that_reads_everything_again_spares_nothing_that_is_in_use() {
    let cases = [
        (Revocation::Restrict, Revocation::SuspendAccount, Call::Account),
        (Revocation::SuspendAccount, Revocation::Restrict, Call::Workspace),
    ];
    for (revocation, unknown, call) in cases {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let (key, kept) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
        block_on(unknown.carry_out(&one, &key)).unwrap();
        block_on(unknown.take_back(&one, &key)).unwrap();
        nodes.store.hold(call, Until::Answered);
        let under_way = Hand::begun(key.present(&one));
        nodes.store.release(call);
        block_on(revocation.carry_out(&other, &key)).unwrap();
        block_on(nodes.store.prune_events(Timestamp::MAX, usize::MAX)).unwrap();
        nodes.clock.advance(BOUND);
        passes(&one, &kept);
        assert_eq!(refused(&one, &key), revocation.reason());
        drop(under_way);
    }
}

/// The same numbers are assigned again, with other operation ids: by the number alone, no change would be visible.
#[test]
fn a_node_whose_store_was_restored_from_a_backup_reads_everything_again() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (key, lost) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
    let backup = nodes.store.changes();
    revoke(&other, &lost);
    nodes.clock.advance(BOUND);
    passes(&one, &key);
    assert_eq!(refused(&one, &lost), Revocation::Suspend.reason());

    nodes.store.restore(backup);
    revoke(&other, &key);
    assert_eq!(nodes.store.changes(), backup + 1, "as many as before");
    nodes.clock.advance(BOUND);
    assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
    passes(&one, &lost);
}

#[test]
fn a_node_whose_store_was_restored_to_an_earlier_position_reads_everything_again() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let key = nodes.warm_key(1, &[&one]);
    let backup = nodes.store.changes();
    revoke(&other, &key);
    nodes.clock.advance(BOUND);
    assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
    nodes.store.restore(backup);
    nodes.clock.advance(BOUND);
    passes(&one, &key);
}

/// After an error in the middle of catching up, the node stays at its position.
#[test]
fn a_node_that_missed_the_end_polls_again_from_where_it_was() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let key = nodes.warm_key(1, &[&one]);
    revoke(&other, &key);
    nodes.clock.advance(BOUND);
    nodes.store.lose_next_answer(Call::Feed);
    block_on(key.present(&one)).unwrap_err();
    nodes.store.hold(Call::Feed, Until::Answered);
    drop(Hand::begun(key.present(&one)));
    nodes.store.release(Call::Feed);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    block_on(key.present(&one)).unwrap_err();
    nodes.store.recover();
    assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
}
