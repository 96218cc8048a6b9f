//! Data that many attempts need is read once for all of them.

use std::task::Poll;
use std::time::Duration;

use keyward::{DenialReason, Freshness, Keyward, NewCredential, kind::KindWord};

use crate::support::nodes::{BOUND, Hand, Nodes, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};
use crate::support::{block_on, forged, name};

const READ: [Call; 3] = [Call::Credential, Call::Workspace, Call::Account];

fn calls(nodes: &Nodes) -> [usize; 3] {
    READ.map(|call| nodes.store.calls(call))
}

/// The first caller starts a read. Callers that arrive during it share the next one.
#[test]
fn attempts_that_come_together_with_one_key_share_what_is_read() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[]);
    // So that the history is known.
    nodes.warm_key(2, &[&node]);
    let (before, loads) = (calls(&nodes), node.stats().loads);
    for call in READ {
        nodes.store.hold(call, Until::Answered);
    }
    let mut attempts: Vec<_> = (0..100).map(|_| Hand::begun(key.present(&node))).collect();
    while !attempts.is_empty() {
        for call in READ {
            nodes.store.release(call);
            nodes.store.hold(call, Until::Answered);
        }
        attempts.retain_mut(|attempt| match attempt.poll() {
            Poll::Ready(outcome) => outcome.is_err(),
            Poll::Pending => true,
        });
    }
    for call in READ {
        nodes.store.release(call);
    }
    for (after, before) in calls(&nodes).into_iter().zip(before) {
        assert!(after - before <= 5, "{} readings", after - before);
    }
    assert!(node.stats().loads - loads <= 5);
    let warm = calls(&nodes);
    passes(&node, &key);
    assert_eq!(calls(&nodes), warm);
}

/// Keys of one workspace, each of them in the memory of `node`.
fn siblings(nodes: &Nodes, node: &Keyward, revocation: Revocation) -> Vec<LiveKey> {
    let first = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[node]);
    let admin = first.admin();
    let mut keys = vec![first.clone()];
    for number in 0..50 {
        let new = NewCredential::new(first.workspace.clone(), name(&format!("key {number}")));
        let issued = block_on(node.manager(&admin).issue_app_key(new)).unwrap();
        let text = issued.secret.expose().to_owned();
        keys.push(LiveKey { id: issued.credential.id, text, ..first.clone() });
    }
    // The node also polls the events of its own changes, and invalidates the changed records.
    nodes.clock.advance(BOUND);
    for key in &keys {
        passes(node, key);
    }
    keys
}

/// A change of a list or of an account costs one read, not one for each key. Unchanged data is not read.
#[test]
fn shared_records_are_read_again_once_for_all_keys() {
    let edits = [
        (Revocation::Restrict, [0, 1, 0]),
        (Revocation::Disallow, [0, 1, 0]),
        (Revocation::CloseUnlisted, [0, 0, 1]),
        (Revocation::SuspendAccount, [0, 0, 1]),
    ];
    for (revocation, expected) in edits {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let (node, other) = (nodes.node(), nodes.node());
        let keys = siblings(&nodes, &node, revocation);
        block_on(revocation.carry_out(&other, &keys[0])).unwrap();
        nodes.clock.advance(BOUND);
        let before = calls(&nodes);
        for key in &keys {
            assert_eq!(refused(&node, key), revocation.reason());
        }
        let after = calls(&nodes);
        assert_eq!([0, 1, 2].map(|at| after[at] - before[at]), expected);
    }
}

/// A node that has not polled a rotation reads once more before it denies the new secret. A flood of wrong secrets adds
/// almost no queries.
#[test]
fn an_unknown_secret_is_read_again_at_most_once_a_second() {
    let nodes = Nodes::new();
    let freshness = Freshness::Bounded(BOUND * 10);
    let (node, other) = (nodes.node_with(|builder| builder.freshness(freshness)), nodes.node());
    let key = nodes.warm_key(1, &[&node]);
    let wrong = LiveKey { text: forged::with_wrong_secret(&key.text), ..key.clone() };
    let second = Duration::from_secs(1);
    for looks in 0..3 {
        let before = nodes.store.calls(Call::Credential);
        for _ in 0..100 {
            assert_eq!(refused(&node, &wrong), DenialReason::WrongSecret);
        }
        assert_eq!(nodes.store.calls(Call::Credential) - before, usize::from(looks > 0));
        nodes.clock.advance(second);
    }
    passes(&node, &key);
    let rotated = block_on(other.manager(&key.admin()).rotate(key.id, second * 3_600)).unwrap();
    passes(&node, &LiveKey { text: rotated.secret.expose().to_owned(), ..key });
}
