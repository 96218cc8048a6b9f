//! Uses that are written before the interval ends: a first use, and the use of an ending secret.

use std::time::Duration;

use keyward::Keyward;

use crate::support::block_on;
use crate::support::nodes::{Nodes, passes};
use crate::support::revocation::LiveKey;
use crate::{INTERVAL, second, settled, writes, written};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Returns after how many seconds requests write a use of `key`.
fn seconds_until_written(nodes: &Nodes, node: &Keyward, key: &LiveKey, other: &LiveKey) -> u64 {
    passes(node, key);
    let used = Some(second(nodes));
    for seconds in 0..=INTERVAL.as_secs() {
        if written(nodes, key) == used {
            return seconds;
        }
        nodes.clock.advance(SECOND);
        passes(node, other);
    }
    panic!("it was never written");
}

/// Another key, of which the next uses are no news.
fn another(nodes: &Nodes, node: &Keyward) -> LiveKey {
    let key = nodes.warm_key(9, &[node]);
    crate::flush(node);
    key
}

#[test]
fn a_use_soon_after_another_waits_for_the_interval() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let other = another(&nodes, &node);
    nodes.clock.advance(INTERVAL);
    passes(&node, &other);
    assert_eq!(seconds_until_written(&nodes, &node, &key, &other), INTERVAL.as_secs());
}

#[test]
fn a_first_use_and_one_after_a_long_idle_time_are_written_within_a_second() {
    let nodes = Nodes::new();
    let (node, other) = settled(&nodes);
    let key = nodes.warm_key(2, &[]);
    assert!(seconds_until_written(&nodes, &node, &key, &other) <= 1);
    nodes.clock.advance(HOUR.saturating_sub(INTERVAL));
    passes(&node, &other);
    crate::flush(&node);
    nodes.clock.advance(INTERVAL);
    assert!(seconds_until_written(&nodes, &node, &key, &other) <= 1);
}

#[test]
fn a_use_of_an_ending_secret_is_written_within_a_second_once_an_interval() {
    type Retire = fn(&Keyward, &LiveKey);
    let ways: [Retire; 2] = [
        |node, key| {
            block_on(node.manager(&key.admin()).deprecate(key.id, None)).unwrap();
        },
        |node, key| {
            let _ = block_on(node.manager(&key.admin()).rotate(key.id, HOUR)).unwrap();
        },
    ];
    for retire in ways {
        let nodes = Nodes::new();
        let (node, key) = settled(&nodes);
        let other = another(&nodes, &node);
        retire(&node, &key);
        nodes.clock.advance(INTERVAL);
        passes(&node, &other);
        assert!(seconds_until_written(&nodes, &node, &key, &other) <= 1);
        let before = writes(&nodes);
        let seconds = 30;
        for _ in 0..seconds {
            nodes.clock.advance(SECOND);
            passes(&node, &key);
        }
        // Beside each early write there is the one of the interval, at most.
        let most = usize::try_from(2 * seconds / INTERVAL.as_secs()).unwrap();
        assert!(writes(&nodes) - before <= most, "{} writes", writes(&nodes) - before);
    }
}
