//! From when on what was acknowledged holds: every kind of revocation, and of taking one back.

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
fn on_the_same_handle_from_the_next_attempt_on() {
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
fn on_another_node_after_the_bound_and_for_nothing_until_then() {
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
fn where_freshness_is_strict_from_the_next_attempt_on() {
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

/// Who hears that it is done must see it done, even where another node did it.
#[test]
fn an_operation_that_finds_nothing_left_to_do_counts_as_one_that_did_it() {
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
        // It may be refused, since it is done already: that says so, too.
        block_on(revocation.carry_out(&other, &key)).ok();
        assert_eq!(nodes.store.changes(), changes, "nothing was left to do");
        is_refused(&other, &key, revocation);
    }
}

/// One edit of what many keys share is one reading of it, and the keys themselves stay in memory.
#[test]
fn an_edit_of_an_allowlist_costs_one_reading_for_all_the_keys_of_the_workspace() {
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
