//! Keyward and the model, side by side.

use std::time::Duration;

use keyward::store::{CredentialStore, PageItem, PageSize};
use keyward::{Freshness, history::HistoryFilter, manage::CredentialFilter, time::ManualClock};

use crate::block_on;
use crate::grounds::Ground;
use crate::model::{self, Model};
use crate::nodes::Nodes;
use crate::page_reads;
use crate::perform::{self, perform};
use crate::steps::{BOUND, Step};
use crate::support::kinds::KindSet;
use crate::support::{START, account, operator};

pub(crate) struct Pair<G: Ground> {
    pub(crate) model: Model,
    nodes: Nodes<G::Store>,
    clock: ManualClock,
    freshness: Freshness,
    /// `true` if a node may not have polled the newest changes of the other node yet.
    unpolled: [bool; 2],
    /// The last field, because the store is dropped with it.
    _ground: G,
}

impl<G: Ground> Pair<G> {
    pub(crate) fn new(kinds: &'static KindSet, freshness: Freshness) -> Self {
        let (ground, clock) = (G::default(), ManualClock::at(START.parse().unwrap()));
        let nodes = Nodes::new([ground.handle(), ground.handle()], clock.clone(), kinds, freshness);
        let model = Model::new(kinds);
        Self { model, nodes, clock, freshness, unpolled: [false; 2], _ground: ground }
    }

    /// Does a step on both sides, and compares the answers. The next one is the other node's.
    pub(crate) fn step(&mut self, step: &Step) {
        self.take(step);
        self.nodes.turn ^= 1;
    }

    fn take(&mut self, step: &Step) {
        let node = self.nodes.node();
        match step {
            Step::Wait(seconds) => self.wait(*seconds),
            Step::Manage(actor, operation) => {
                let Some(operation) = self.model.resolve(operation) else { return };
                let (answer, made) = perform(&node.keyward, *actor, &operation, &self.model);
                let expected = self.model.refusals(*actor, &operation);
                match answer {
                    Ok(()) => assert!(expected.is_empty(), "done, and should be {expected:?}"),
                    Err(refused) => {
                        assert!(expected.contains(&refused), "{refused:?}, not {expected:?}");
                        return;
                    }
                }
                self.model.apply(*actor, &operation, made, node.current);
                self.unpolled[self.nodes.turn ^ 1] = true;
            }
            Step::Look(actor, look) => {
                let Some(look) = self.model.resolve_look(look) else { return };
                self.nodes.flush();
                page_reads::look(&node.keyward, *actor, &look, &mut self.model);
            }
            Step::Attempt { credential, secret, address, presented } => {
                self.poll();
                let Some((known, secret)) = self.model.any_secret(*credential, *secret) else {
                    return;
                };
                let node = self.nodes.node();
                let case = perform::Case { known, secret, from: *address, presented: *presented };
                let outcome = perform::attempt(&node.keyward, &self.model, &case);
                self.model.check_attempt(&case, node.current, outcome);
            }
            Step::Site(credential) => {
                self.poll();
                let Some(known) = self.model.any_credential(*credential) else { return };
                let node = self.nodes.node();
                let site = block_on(node.keyward.site(self.model.credentials[known].id)).unwrap();
                self.model.check_site(known, site.as_ref());
            }
            Step::Trace { credential, secret } => {
                let Some((known, secret)) = self.model.any_secret(*credential, *secret) else {
                    return;
                };
                let found = &self.model.credentials[known].secrets[secret].text;
                let traced = block_on(node.keyward.trace(&operator(), found));
                self.model.check_traced(known, secret, perform::unless_busy(traced));
            }
            Step::Rekey(size) => {
                let counted = perform::rekey(&node.keyward, *size);
                assert_eq!(counted, self.model.rekey(node.current));
            }
            Step::Restart => self.nodes.restart(),
            Step::Lose => {
                self.nodes.lose();
                self.model.lose();
                let node = self.nodes.node();
                let counted = perform::rekey(&node.keyward, 1_000);
                assert_eq!(counted, self.model.rekey(node.current));
            }
            Step::Prune(seconds) => {
                let before = self.model.in_seconds(-seconds);
                block_on(self.nodes.store().prune_events(before, usize::MAX)).unwrap();
                self.model.prune(*seconds);
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.model.wait(seconds);
        self.unpolled = [false; 2];
    }

    /// The changes of another node are visible here after the bound, or at once.
    fn poll(&mut self) {
        if self.unpolled[self.nodes.turn] && self.freshness != Freshness::Strict {
            assert!(BOUND < Duration::from_secs(1));
            self.wait(1);
        }
    }

    /// Compares the stored state with the model.
    pub(crate) fn check(&self) {
        self.nodes.flush();
        let (store, keyward) = (self.nodes.store(), &self.nodes.node().keyward);
        assert_eq!(block_on(store.position()).unwrap().number(), self.model.events);
        for place in 0..self.model.workspaces.len() {
            let stored = block_on(store.workspace(&model::workspace_id(place))).unwrap();
            self.model.check_workspace(place, stored.as_ref());
        }
        let operator = operator().acting_for(account());
        let manager = keyward.manager(&operator);
        let filter = CredentialFilter::new().size(PageSize::MAX);
        let page = block_on(manager.credentials(filter)).unwrap();
        let listed: Vec<_> = page.items.into_iter().filter_map(PageItem::record).collect();
        self.model.check_listing(&listed, |_| true);
        let filter = HistoryFilter::new().size(PageSize::MAX);
        let page = block_on(manager.history(filter)).unwrap();
        let told: Vec<_> = page.items.into_iter().filter_map(PageItem::record).collect();
        self.model.check_history(&told, |_| true);
        self.model.check_secrets_differ();
    }
}
