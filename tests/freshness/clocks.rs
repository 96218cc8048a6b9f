//! Machines that sleep, clocks that jump, and nodes whose clocks differ.

use std::time::Duration;

use keyward::{
    Freshness, Keyward,
    kind::KindWord,
    time::{Clock, ManualClock, Timestamp},
};

use crate::support::block_on;
use crate::support::nodes::{BOUND, Nodes, TICK, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::Call;

const DAY: Duration = Duration::from_hours(24);
const SKEW: Duration = Duration::from_secs(5);

fn revoke(node: &Keyward, key: &LiveKey, revocation: Revocation) {
    block_on(revocation.carry_out(node, key)).unwrap();
}

fn wall(clock: &ManualClock) -> Timestamp {
    clock.now().wall
}

#[test]
fn a_machine_that_slept_does_not_trust_what_it_knew() {
    for slept in [BOUND, SKEW, DAY * 30] {
        let nodes = Nodes::new();
        let (one, other) = (nodes.node(), nodes.node());
        let key = nodes.warm_key(1, &[&one]);
        revoke(&other, &key, Revocation::Suspend);
        nodes.clock.sleep_machine(slept);
        assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
    }
}

/// The longer of the two times counts: after a jump forward a node polls too early, and after a jump back never too
/// late.
#[test]
fn a_clock_that_jumps_makes_no_key_pass_after_the_bound_and_refuses_none() {
    for jump in [Duration::from_secs(3), DAY * 3] {
        for forward in [true, false] {
            let nodes = Nodes::new();
            let (one, other) = (nodes.node(), nodes.node());
            let (kept, key) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
            let now = wall(&nodes.clock);
            nodes.clock.set_wall(if forward {
                now.saturating_add(jump)
            } else {
                now.saturating_sub(jump)
            });
            let before = nodes.store.calls(Call::Feed);
            passes(&one, &kept);
            passes(&one, &key);
            let asked = nodes.store.calls(Call::Feed) - before;
            assert_eq!(asked, usize::from(forward), "a jump forward is asked about, once");
            revoke(&other, &key, Revocation::Suspend);
            nodes.clock.advance(BOUND);
            passes(&one, &kept);
            assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
            nodes.clock.set_wall(now);
            passes(&one, &kept);
            assert_eq!(refused(&one, &key), Revocation::Suspend.reason());
        }
    }
}

/// A node behind this one by some seconds, and one ahead of it.
fn skewed(nodes: &Nodes) -> [(ManualClock, Keyward); 2] {
    let now = wall(&nodes.clock);
    [now.saturating_sub(SKEW), now.saturating_add(SKEW)].map(|at| {
        let clock = ManualClock::at(at);
        let node = nodes.node_with(|builder| builder.clock(clock.clone()));
        (clock, node)
    })
}

#[test]
fn ends_that_need_no_clock_reach_all_nodes_within_the_bound_however_their_clocks_differ() {
    for revocation in Revocation::ALL {
        if Revocation::TIMED.contains(&revocation) {
            continue;
        }
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let own = nodes.node();
        let others = skewed(&nodes);
        let all = [&own, &others[0].1, &others[1].1];
        let key = nodes.warm_key_before(1, KindWord::App, Some(revocation), &all);
        revoke(&own, &key, revocation);
        for (clock, node) in &others {
            clock.advance(BOUND);
            assert_eq!(refused(node, &key), revocation.reason());
        }
        assert_eq!(refused(&own, &key), revocation.reason());
    }
}

/// With differing clocks, it ends on each node by that node's clock.
#[test]
fn an_end_time_of_now_takes_effect_by_the_clock_of_each_node() {
    for revocation in Revocation::TIMED {
        println!("{revocation:?}");
        let nodes = Nodes::new();
        let own = nodes.node();
        let [(slow, behind), (fast, ahead)] = skewed(&nodes);
        let key = nodes.warm_key(1, &[&own, &behind, &ahead]);
        let end = wall(&nodes.clock);
        revoke(&own, &key, revocation);
        for clock in [&nodes.clock, &slow, &fast] {
            clock.advance(BOUND);
        }
        assert_eq!(refused(&own, &key), revocation.reason());
        assert_eq!(refused(&ahead, &key), revocation.reason());
        passes(&behind, &key);
        slow.set_wall(end.saturating_sub(TICK));
        passes(&behind, &key);
        slow.set_wall(end);
        assert_eq!(refused(&behind, &key), revocation.reason());
    }
}

/// An expiry, a sunset and the end of an overlap take effect to the microsecond, without a query.
#[test]
fn a_cached_end_time_takes_effect_by_the_clock_alone() {
    type Set = fn(&Keyward, &LiveKey, Timestamp);
    let ends: [Set; 3] = [
        |node, key, end| {
            block_on(node.manager(&key.admin()).set_expiry(key.id, end)).unwrap();
        },
        |node, key, end| {
            let sunset = Some(end.into());
            block_on(node.manager(&key.admin()).deprecate(key.id, sunset)).unwrap();
        },
        |node, key, _| {
            let _ = block_on(node.manager(&key.admin()).rotate(key.id, BOUND)).unwrap();
        },
    ];
    for set in ends {
        let nodes = Nodes::new();
        let bound = Freshness::Bounded(2 * BOUND);
        let node = nodes.node_with(|builder| builder.freshness(bound));
        let key = nodes.warm_key(1, &[&node]);
        let end = wall(&nodes.clock).saturating_add(BOUND);
        set(&node, &key, end);
        passes(&node, &key);
        let before = nodes.store.calls(Call::Feed);
        nodes.clock.set_wall(end.saturating_sub(TICK));
        passes(&node, &key);
        nodes.clock.set_wall(end);
        refused(&node, &key);
        assert_eq!(nodes.store.calls(Call::Feed), before);
        nodes.clock.advance(DAY);
        refused(&node, &key);
    }
}
