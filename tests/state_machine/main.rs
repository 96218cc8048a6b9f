//! Random histories of management and attempts, against a plain model of the rules: the answers agree, each
//! workspace keeps a lasting Track set, the counters are right, and the positions have no gap.
//!
//! `PROPTEST_CASES=10000 cargo test --test state_machine` runs more of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod model;
mod perform;
mod steps;

use keyward::store::{CredentialStore, PageItem, PageSize};
use keyward::{CredentialFilter, HistoryFilter, Keyward, Limits, ManualClock, MemoryStore};
use proptest::prelude::{ProptestConfig, Strategy, prop, proptest};

use model::Model;
use perform::perform;
use steps::{Actor, Operation, Step, step};
use support::{START, account, block_on, cheap, operator};

const CASES: u32 = 200;
const STEPS: usize = 40;

/// Keyward and the model, side by side.
struct Pair {
    store: MemoryStore,
    clock: ManualClock,
    keyward: Keyward,
    model: Model,
}

impl Pair {
    fn new() -> Self {
        let (store, clock) = (MemoryStore::new(), ManualClock::at(START.parse().unwrap()));
        let limits = Limits::default()
            .credentials(model::CREDENTIALS)
            .integrations(model::INTEGRATIONS)
            .allowlist_entries(model::ALLOWLIST_ENTRIES);
        let keyward = cheap(store.clone(), clock.clone()).limits(limits).build().unwrap();
        Self { store, clock, keyward, model: Model::default() }
    }

    /// Does a step on both sides, and compares the answers.
    fn step(&mut self, step: &Step) {
        match step {
            Step::Wait(seconds) => {
                self.clock.advance(std::time::Duration::from_secs(*seconds));
                self.model.wait(*seconds);
            }
            Step::Manage(actor, operation) => {
                let Some(operation) = self.model.resolve(operation) else { return };
                let (answer, made) = perform(&self.keyward, *actor, &operation, &self.model);
                let expected = self.model.refusals(*actor, &operation);
                match answer {
                    Ok(()) => assert!(expected.is_empty(), "done, and should be {expected:?}"),
                    Err(refused) => {
                        assert!(expected.contains(&refused), "{refused:?}, not {expected:?}");
                        return;
                    }
                }
                self.model.apply(&operation, made);
            }
            Step::Attempt { credential, secret, address } => {
                let Some(known) = self.model.any_credential(*credential) else { return };
                let secret = secret.index(self.model.credentials[known].secrets.len());
                let outcome = perform::attempt(&self.keyward, &self.model, known, secret, *address);
                self.model.check_attempt(known, secret, *address, outcome);
            }
        }
    }

    /// Compares what both sides hold.
    fn check(&self) {
        block_on(self.keyward.flush()).unwrap();
        assert_eq!(block_on(self.store.position()).unwrap().number(), self.model.events);
        for (place, known) in self.model.workspaces.iter().enumerate() {
            let stored = block_on(self.store.workspace(&model::workspace_id(place))).unwrap();
            let open = stored.filter(|workspace| workspace.removed.is_none());
            assert_eq!(open.is_some(), known.is_open());
            if let Some(workspace) = open {
                let lasting = self.model.lasting(place);
                assert!(!lasting.is_empty(), "every workspace keeps a lasting Track set");
                assert_eq!(workspace.lasting as usize, lasting.len());
                assert_eq!(workspace.credentials as usize, self.model.present(place).count());
            }
        }
        let operator = operator().acting_for(account());
        let filter = CredentialFilter::new().size(PageSize::MAX);
        let page = block_on(self.keyward.manager(&operator).credentials(filter)).unwrap();
        let listed: Vec<_> = page.items.into_iter().filter_map(PageItem::record).collect();
        self.model.check_listing(&listed);
    }

    /// Reads the whole history: every change of the model is in it, one after the other.
    fn check_history(&self) {
        let operator = operator().acting_for(account());
        let filter = HistoryFilter::new().size(PageSize::MAX);
        let page = block_on(self.keyward.manager(&operator).history(filter)).unwrap();
        let numbers = page.items.into_iter().filter_map(PageItem::record).map(|event| event.number);
        assert!(numbers.eq((1..=self.model.events).rev()));
        assert_eq!(self.keyward.stats().argon2id_verify_runs, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The environment's number comes first, so that one can ask for more.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES),
        ..ProptestConfig::default()
    })]

    #[test]
    fn keyward_agrees_with_a_plain_model(steps in prop::collection::vec(step(), 1..STEPS)) {
        let mut pair = Pair::new();
        let first = Step::Manage(Actor::Admin, Operation::CreateWorkspace(0));
        for step in std::iter::once(first).chain(steps) {
            pair.step(&step);
            pair.check();
        }
        pair.check_history();
    }
}

/// The histories reach what they are meant to reach.
#[test]
fn the_histories_are_worth_running() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..CASES {
        let steps = prop::collection::vec(step(), STEPS).new_tree(&mut runner).unwrap().current();
        let mut pair = Pair::new();
        let first = Step::Manage(Actor::Admin, Operation::CreateWorkspace(0));
        for step in std::iter::once(&first).chain(&steps) {
            pair.step(step);
        }
        met.extend(pair.model.met);
    }
    for expected in model::WORTH_MEETING {
        assert!(met.contains(*expected), "no history met {expected}: {met:?}");
    }
}
