//! The networks from which credentials passed are written with the last-used times, and not lost when the store fails.

use std::net::IpAddr;

use keyward::operate::{NetworkViewers, UnwrittenUses};
use keyward::store::{CredentialStore, StoreErrorKind};
use keyward::{App, Attempt, CredentialId, Keyward};

use crate::support::block_on;
use crate::support::nodes::Nodes;
use crate::support::staged::Call;
use crate::{INTERVAL, flush};

fn pass(node: &Keyward, key: &str, from: &str) {
    let address: IpAddr = from.parse().unwrap();
    block_on(node.verify(&Attempt::<App>::token(key).client_address(address))).unwrap();
}

fn stored(nodes: &Nodes, id: CredentialId) -> Vec<String> {
    let networks = block_on(nodes.store.stored().networks_of(&[id])).unwrap();
    networks.iter().map(|seen| seen.network.to_string()).collect()
}

fn remembering(nodes: &Nodes) -> Keyward {
    nodes.node_with(|builder| builder.remember_networks(NetworkViewers::Managers))
}

#[test]
fn a_failed_flush_keeps_unwritten_networks() {
    let nodes = Nodes::new();
    let node = remembering(&nodes);
    let key = nodes.warm_key(1, &[&node]);
    flush(&node);
    pass(&node, &key.text, "10.1.0.9");
    pass(&node, &key.text, "10.2.0.9");
    let before = stored(&nodes, key.id);
    nodes.store.fail(Call::Networks, StoreErrorKind::Unavailable);
    for _ in 0..3 {
        let UnwrittenUses { count, source, .. } = block_on(node.flush()).unwrap_err();
        assert_eq!((count, source.kind()), (2, StoreErrorKind::Unavailable));
    }
    assert_eq!(stored(&nodes, key.id), before);
    nodes.store.recover();
    flush(&node);
    let after = stored(&nodes, key.id);
    for network in ["10.1.0.0/24", "10.2.0.0/24"] {
        assert!(after.iter().any(|seen| seen == network), "{after:?}");
    }
}

/// A network of today is written once, however often it is used, and by each node.
#[test]
fn a_network_is_written_once_a_day() {
    let nodes = Nodes::new();
    let node = remembering(&nodes);
    let key = nodes.warm_key(1, &[&node]);
    for _ in 0..5 {
        for address in ["203.0.113.9", "192.0.2.9"] {
            pass(&node, &key.text, address);
        }
        flush(&node);
        assert_eq!(nodes.store.calls(Call::Networks), 1);
        nodes.clock.advance(INTERVAL);
    }
    assert_eq!(stored(&nodes, key.id).len(), 2);
}

#[test]
fn a_host_that_remembers_no_networks_writes_none() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    pass(&node, &key.text, "203.0.113.9");
    flush(&node);
    assert_eq!(nodes.store.calls(Call::Networks), 0);
}
