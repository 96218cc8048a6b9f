//! Which uses are recorded.

use std::time::Duration;

use keyward::{Attempt, kind::KindWord};

use crate::support::nodes::{Nodes, passes, refused, undecided};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::Call;
use crate::support::{block_on, forged};
use crate::{all_written, flush, second, settled, writes, written};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_use_is_noted_to_the_second_once_a_second() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let before = writes(&nodes);
    nodes.clock.advance(SECOND);
    let first = second(&nodes);
    for _ in 0..9 {
        passes(&node, &key);
        nodes.clock.advance(SECOND / 10);
    }
    assert_eq!(second(&nodes), first);
    assert_eq!(node.stats().unwritten_uses, 1);
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(first));
    assert_eq!(node.stats().unwritten_uses, 0);

    passes(&node, &key);
    flush(&node);
    assert_eq!(writes(&nodes), before + 1, "that second is written");
    nodes.clock.advance(SECOND);
    passes(&node, &key);
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(first.saturating_add(SECOND)));
}

/// A secret in constant use is pending once, however long the store refuses writes.
#[test]
fn a_secret_in_constant_use_is_pending_once() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    for _ in 0..5 {
        nodes.clock.advance(SECOND);
        passes(&node, &key);
        assert_eq!(node.stats().unwritten_uses, 1);
    }
    flush(&node);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

#[test]
fn nothing_is_written_where_nothing_was_used() {
    let nodes = Nodes::new();
    let node = nodes.node();
    nodes.warm_key(1, &[]);
    flush(&node);
    block_on(node.close()).unwrap();
    assert_eq!(writes(&nodes), 0);
}

#[test]
fn each_secret_of_a_credential_has_its_own_time() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let old = nodes.warm_key(1, &[&node]);
    let admin = old.admin();
    let rotated = block_on(node.manager(&admin).rotate(old.id, SECOND * 3_600)).unwrap();
    let new = LiveKey { text: rotated.secret.expose().to_owned(), ..old.clone() };
    let used_old = second(&nodes);
    nodes.clock.advance(SECOND);
    passes(&node, &new);
    flush(&node);
    assert_eq!(all_written(&nodes, &old), [Some(second(&nodes)), Some(used_old)]);
}

/// A record that is read again has a new cell: the later of the two uses is written, once and in one batch.
#[test]
fn uses_before_and_after_a_read_are_merged_to_the_later_one() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let others: Vec<_> = (2..6).map(|number| nodes.warm_key(number, &[&node])).collect();
    for _ in 0..3 {
        nodes.clock.advance(SECOND);
        for key in others.iter().chain([&key]) {
            passes(&node, key);
        }
        block_on(Revocation::Suspend.carry_out(&node, &key)).unwrap();
        block_on(Revocation::Suspend.take_back(&node, &key)).unwrap();
    }
    flush(&node);
    let last = nodes.store.batches().pop().unwrap();
    let mut ids: Vec<_> = others.iter().chain([&key]).map(|key| key.id).collect();
    ids.sort_unstable();
    assert!(last.iter().map(|used| used.credential).eq(ids), "sorted, and no secret twice");
    assert!(last.iter().all(|used| used.at == second(&nodes)), "{last:?}");
}

#[test]
fn a_time_is_never_moved_back() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let latest = second(&nodes);
    for back in [SECOND, SECOND * 86_400] {
        nodes.clock.set_wall(latest.saturating_sub(back));
        passes(&node, &key);
        flush(&node);
        assert_eq!(written(&nodes, &key), Some(latest));
        // Nor by a node that has just read it.
        let other = nodes.node();
        passes(&other, &key);
        flush(&other);
        assert_eq!(written(&nodes, &key), Some(latest));
    }
}

#[test]
fn the_later_use_of_two_nodes_counts_whichever_writes_first() {
    for later_first in [true, false] {
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let key = nodes.warm_key(1, &[&one]);
        nodes.clock.advance(SECOND);
        passes(&other, &key);
        let order = if later_first { [&other, &one] } else { [&one, &other] };
        for node in order {
            flush(node);
        }
        assert_eq!(written(&nodes, &key), Some(second(&nodes)));
    }
}

#[test]
fn a_refused_or_unavailable_attempt_records_no_use() {
    for revocation in Revocation::ALL {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let node = nodes.node();
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &[&node]);
        flush(&node);
        let before = writes(&nodes);
        block_on(revocation.carry_out(&node, &key)).unwrap();
        nodes.clock.advance(SECOND * 3);
        refused(&node, &key);
        nodes.store.fail(Call::Feed, keyward::store::StoreErrorKind::Unavailable);
        nodes.clock.advance(SECOND * 3);
        undecided(&node, &key);
        flush(&node);
        assert_eq!(writes(&nodes), before);
    }
}

#[test]
fn an_attempt_with_a_wrong_secret_records_no_use() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let before = writes(&nodes);
    nodes.clock.advance(SECOND);
    let token = forged::key(KindWord::App, key.id, 7);
    block_on(node.verify(&Attempt::app(&token))).unwrap_err();
    refused(&node, &LiveKey { kind: KindWord::Track, ..key });
    flush(&node);
    assert_eq!(writes(&nodes), before);
}

/// A pending use of a deleted credential is not written, and delays no other use.
#[test]
fn a_credential_that_is_deleted_or_removed_leaves_its_notes_behind() {
    for revocation in [Revocation::Delete, Revocation::RemoveWorkspace] {
        let nodes = Nodes::new();
        let (node, kept) = settled(&nodes);
        let key = nodes.warm_key(2, &[&node]);
        nodes.clock.advance(SECOND);
        passes(&node, &key);
        passes(&node, &kept);
        block_on(revocation.carry_out(&node, &key)).unwrap();
        flush(&node);
        assert_eq!(node.stats().unwritten_uses, 0);
        assert_eq!(written(&nodes, &kept), Some(second(&nodes)));
    }
}

/// If the cache is too small, pending uses are kept when their credentials are evicted.
#[test]
fn an_eviction_loses_no_use() {
    let nodes = Nodes::new();
    let node = nodes.node_with(|builder| builder.cached_credentials(4));
    let keys: Vec<_> = (0..64).map(|number| nodes.warm_key(number, &[&node])).collect();
    assert!(node.stats().cached <= 4);
    assert_eq!(node.stats().unwritten_uses, 64);
    flush(&node);
    for key in &keys {
        assert_eq!(written(&nodes, key), Some(second(&nodes)));
    }
}
