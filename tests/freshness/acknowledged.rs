//! The time from which an acknowledged change takes effect: for every kind of revocation, and for its reversal.

use keyward::{Keyward, kind::KindWord};

use crate::support::block_on;
use crate::support::nodes::{FRESH, Nodes, TICK, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::Call;

const KINDS: [KindWord; 2] = [KindWord::App, KindWord::Track];

/// Every revocation of a key of each kind, in a world of its own.
fn each(test: impl Fn(Nodes, KindWord, Revocation)) {
    for kind in KINDS {
        for revocation in Revocation::ALL {
            println!("{kind} {revocation:?}");
            test(Nodes::new(), kind, revocation);
        }
    }
}

fn revoke(node: &Keyward, key: &LiveKey, revocation: Revocation) {
    block_on(revocation.carry_out(node, key)).unwrap();
}

fn take_back(node: &Keyward, key: &LiveKey, revocation: Revocation) {
    block_on(revocation.take_back(node, key)).unwrap();
}

fn is_refused(node: &Keyward, key: &LiveKey, revocation: Revocation) {
    let reason = refused(node, key);
    assert_eq!(reason, revocation.reason());
}

#[test]
fn on_the_same_handle_a_revocation_takes_effect_at_the_next_attempt() {
    each(|nodes, kind, revocation| {
        let node = nodes.node();
        let key = nodes.warm_key_before(1, kind, Some(revocation), &[&node]);
        revoke(&node, &key, revocation);
        is_refused(&node, &key, revocation);
        if Revocation::REVERSIBLE.contains(&revocation) {
            take_back(&node, &key, revocation);
            passes(&node, &key);
        }
    });
}

#[test]
fn on_another_node_a_revocation_takes_effect_after_the_bound_without_queries_until_then() {
    each(|nodes, kind, revocation| {
        let (one, other) = (nodes.node(), nodes.node());
        let key = nodes.warm_key_before(1, kind, Some(revocation), &[&one, &other]);
        for (here, there) in [(&one, &other), (&other, &one)] {
            revoke(here, &key, revocation);
            nodes.clock.advance(FRESH);
            let before = nodes.store.calls(Call::Feed);
            passes(there, &key);
            assert_eq!(nodes.store.calls(Call::Feed), before, "fresh enough");
            nodes.clock.advance(TICK);
            is_refused(there, &key, revocation);
            if !Revocation::REVERSIBLE.contains(&revocation) {
                return;
            }
            take_back(here, &key, revocation);
            nodes.clock.advance(FRESH);
            is_refused(there, &key, revocation);
            nodes.clock.advance(TICK);
            passes(there, &key);
            passes(here, &key);
        }
    });
}

#[test]
fn with_strict_freshness_a_revocation_takes_effect_at_the_next_attempt() {
    each(|nodes, kind, revocation| {
        let (one, other) = (nodes.strict(), nodes.strict());
        let key = nodes.warm_key_before(1, kind, Some(revocation), &[&one, &other]);
        for (here, there) in [(&one, &other), (&other, &one)] {
            revoke(here, &key, revocation);
            is_refused(there, &key, revocation);
            if !Revocation::REVERSIBLE.contains(&revocation) {
                return;
            }
            take_back(here, &key, revocation);
            passes(there, &key);
        }
    });
}

/// A caller that is told that a change was made must see it, even if another node made it.
#[test]
fn a_revocation_that_another_node_made_takes_effect_after_a_repeat() {
    for revocation in Revocation::ALL {
        if [Revocation::RotateWithoutOverlap, Revocation::RotateAgain].contains(&revocation) {
            // Each is another one.
            continue;
        }
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&one, &other]);
        revoke(&one, &key, revocation);
        let changes = nodes.store.changes();
        // It may be refused, because the change is already made. The refusal also implies that.
        block_on(revocation.carry_out(&other, &key)).ok();
        assert_eq!(nodes.store.changes(), changes, "nothing was left to do");
        is_refused(&other, &key, revocation);
    }
}

/// A change of a workspace or account costs one read for all its keys, and the keys stay cached.
#[test]
fn an_edit_of_an_allowlist_costs_one_read_for_all_keys_of_the_workspace() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    let admin = key.admin();
    let others: Vec<_> = (0..20)
        .map(|number| {
            let name = crate::support::name(&format!("key {number}"));
            let new = keyward::NewCredential::new(key.workspace.clone(), name);
            let issued = block_on(node.manager(&admin).issue_app_key(new)).unwrap();
            let text = issued.secret.expose().to_owned();
            LiveKey { id: issued.credential.id, text, ..key.clone() }
        })
        .collect();
    for other in &others {
        passes(&node, other);
    }
    revoke(&node, &key, Revocation::Restrict);
    let calls = |call| nodes.store.calls(call);
    let before = (calls(Call::Credential), calls(Call::Workspace));
    for other in &others {
        is_refused(&node, other, Revocation::Restrict);
    }
    assert_eq!((calls(Call::Credential), calls(Call::Workspace)), (before.0, before.1 + 1));
}
