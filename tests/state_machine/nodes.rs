//! Two nodes over one store. Each can be started anew, with the next master key.

use keyward::store::CredentialStore;
use keyward::{Freshness, Keyward, Limits, ManualClock, MasterKey, MasterKeys};

use crate::block_on;
use crate::model;
use crate::support::{again, cheap_under};

/// How many master keys there are. Every node knows all of them.
pub(crate) const MASTER_KEYS: usize = 3;

pub(crate) struct Nodes<S> {
    stores: [S; 2],
    clock: ManualClock,
    freshness: Freshness,
    master_keys: [MasterKey; MASTER_KEYS],
    both: [Node; 2],
    /// Whose turn it is.
    pub(crate) turn: usize,
}

pub(crate) struct Node {
    pub(crate) keyward: Keyward,
    /// Which master key it stamps and seals with.
    pub(crate) current: usize,
}

impl<S: CredentialStore + Clone> Nodes<S> {
    pub(crate) fn new(stores: [S; 2], clock: ManualClock, freshness: Freshness) -> Self {
        let master_keys = std::array::from_fn(|_| MasterKey::generate().unwrap());
        let start = |store: &S| Node::start(store, &clock, freshness, &master_keys, 0);
        let both = stores.each_ref().map(start);
        Self { stores, clock, freshness, master_keys, both, turn: 0 }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.both[self.turn]
    }

    pub(crate) fn store(&self) -> &S {
        &self.stores[self.turn]
    }

    /// Ends the node whose turn it is, and starts it anew.
    pub(crate) fn restart(&mut self) {
        self.close(self.turn);
        let current = (self.node().current + 1).min(MASTER_KEYS - 1);
        let node =
            Node::start(self.store(), &self.clock, self.freshness, &self.master_keys, current);
        self.both[self.turn] = node;
    }

    /// Writes what both have noted.
    pub(crate) fn flush(&self) {
        for node in &self.both {
            block_on(node.keyward.flush()).unwrap();
        }
    }

    fn close(&self, which: usize) {
        let keyward = &self.both[which].keyward;
        block_on(keyward.close()).unwrap();
        assert_eq!(keyward.stats().argon2id_verify_runs, 0);
    }
}

impl<S> Drop for Nodes<S> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            for node in &self.both {
                assert_eq!(node.keyward.stats().argon2id_verify_runs, 0);
            }
        }
    }
}

impl Node {
    fn start(
        store: &(impl CredentialStore + Clone),
        clock: &ManualClock,
        freshness: Freshness,
        master_keys: &[MasterKey; MASTER_KEYS],
        current: usize,
    ) -> Self {
        let limits = Limits::default()
            .credentials(model::CREDENTIALS)
            .integrations(model::INTEGRATIONS)
            .allowlist_entries(model::ALLOWLIST_ENTRIES);
        let keys = MasterKeys::new(again(&master_keys[current]))
            .older(master_keys[..current].iter().map(again))
            .newer(master_keys[current + 1..].iter().map(again));
        let builder = cheap_under(store.clone(), clock.clone(), keys);
        let builder = builder.limits(limits).freshness(freshness).cached_credentials(16);
        Self { keyward: builder.build().unwrap(), current }
    }
}
