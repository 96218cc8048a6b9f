//! Two nodes over one store. Each can be restarted with the next master key, and both without the oldest.

use keyward::store::CredentialStore;
use keyward::{Freshness, Keyward, Limits, MasterKey, MasterKeys, time::ManualClock};

use crate::block_on;
use crate::model;
use crate::support::kinds::KindSet;
use crate::support::{again, plain};

/// The number of master keys. Every node knows all of them that are not lost.
pub(crate) const MASTER_KEYS: usize = 3;

pub(crate) struct Nodes<S> {
    stores: [S; 2],
    clock: ManualClock,
    kinds: &'static KindSet,
    freshness: Freshness,
    master_keys: [MasterKey; MASTER_KEYS],
    /// The number of lost keys, the oldest first.
    lost: usize,
    both: [Node; 2],
    /// The node that acts next.
    pub(crate) turn: usize,
}

pub(crate) struct Node {
    pub(crate) keyward: Keyward,
    /// Which master key it stamps and seals with.
    pub(crate) current: usize,
}

impl<S: CredentialStore + Clone> Nodes<S> {
    pub(crate) fn new(
        stores: [S; 2],
        clock: ManualClock,
        kinds: &'static KindSet,
        freshness: Freshness,
    ) -> Self {
        let master_keys = std::array::from_fn(|_| MasterKey::generate().unwrap());
        let start = |store: &S| Node::start(store, &clock, (kinds, freshness), &master_keys, 0, 0);
        let both = stores.each_ref().map(start);
        Self { stores, clock, kinds, freshness, master_keys, lost: 0, both, turn: 0 }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.both[self.turn]
    }

    pub(crate) fn store(&self) -> &S {
        &self.stores[self.turn]
    }

    /// Restarts the node that acts next.
    pub(crate) fn restart(&mut self) {
        self.start(self.turn, (self.node().current + 1).min(MASTER_KEYS - 1));
    }

    /// Ends both, and starts them without the oldest master key that they held. One is always left.
    pub(crate) fn lose(&mut self) {
        self.assert_no_slow_checks();
        self.lost = (self.lost + 1).min(MASTER_KEYS - 1);
        for which in 0..self.both.len() {
            self.start(which, self.both[which].current.max(self.lost));
        }
    }

    fn start(&mut self, which: usize, current: usize) {
        block_on(self.both[which].keyward.close()).unwrap();
        self.assert_no_slow_checks();
        let (store, keys) = (&self.stores[which], &self.master_keys);
        self.both[which] =
            Node::start(store, &self.clock, (self.kinds, self.freshness), keys, self.lost, current);
    }

    /// Writes the pending uses of both nodes.
    pub(crate) fn flush(&self) {
        for node in &self.both {
            block_on(node.keyward.flush()).unwrap();
        }
    }
}

impl<S> Nodes<S> {
    /// Argon2id decides only secrets under a lost key.
    fn assert_no_slow_checks(&self) {
        for node in self.both.iter().filter(|_| self.lost == 0) {
            assert_eq!(node.keyward.stats().argon2id_verify_runs, 0);
        }
    }
}

impl<S> Drop for Nodes<S> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_slow_checks();
        }
    }
}

impl Node {
    fn start(
        store: &(impl CredentialStore + Clone),
        clock: &ManualClock,
        (kinds, freshness): (&KindSet, Freshness),
        master_keys: &[MasterKey; MASTER_KEYS],
        lost: usize,
        current: usize,
    ) -> Self {
        let limits = Limits::default()
            .credentials(model::CREDENTIALS)
            .integrations(model::INTEGRATIONS)
            .allowlist_entries(model::ALLOWLIST_ENTRIES);
        let keys = MasterKeys::new(again(&master_keys[current]))
            .older(master_keys[lost..current].iter().map(again))
            .newer(master_keys[current + 1..].iter().map(again))
            .lost(master_keys[..lost].iter().map(MasterKey::id));
        let builder = kinds.declare(plain(store.clone(), clock.clone(), keys));
        let builder = builder.limits(limits).freshness(freshness).cached_credentials(16);
        Self { keyward: builder.build().unwrap(), current }
    }
}
