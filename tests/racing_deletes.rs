//! Two requests at once for the last two Track sets: one set is left, each time.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::sync::{Arc, Barrier};
use std::thread;

use keyward::store::{Change, CredentialRecord, CredentialStore, HeaderChange};
use keyward::{CredentialId, Keyward, ManageError, ManualClock, MemoryStore, NewCredential};
use keyward::{NewWorkspace, Refusal};

use support::watched::{Watch, Watched};
use support::{START, admin, block_on, cheap, name, shop};

const TRIALS: usize = 1_000;

/// Holds the first change of each racer back until both have decided.
#[derive(Debug, Clone)]
struct Together {
    barrier: Arc<Barrier>,
    comparing: Comparing,
}

/// What the store does with the revision that a change was made for.
#[derive(Debug, Clone, Copy)]
enum Comparing {
    AsItMust,
    /// It takes whatever revision is stored for the right one.
    Naive,
}

impl Watch for Together {
    fn commit(&self, store: &MemoryStore, change: &Change) -> Change {
        thread_local!(static FIRST: std::cell::Cell<bool> = const { std::cell::Cell::new(true) });
        let racing = thread::current().name() == Some("racer");
        if racing && FIRST.replace(false) {
            self.barrier.wait();
        }
        match self.comparing {
            Comparing::AsItMust => change.clone(),
            Comparing::Naive => block_on(without_comparison(store, change.clone())),
        }
    }
}

async fn without_comparison(store: &MemoryStore, mut change: Change) -> Change {
    if let HeaderChange::Workspace { read_at, record, .. } = &mut change.header
        && let Some(stored) = store.workspace(&record.id).await.unwrap()
    {
        *read_at = stored.revision;
    }
    change
}

/// What came of two racing deletes of the last two sets.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    deleted: usize,
    refused: usize,
    left: usize,
    /// What the header says that is left.
    counted: u32,
}

fn race(store: &(impl CredentialStore + Clone), memory: &MemoryStore) -> Outcome {
    let clock = ManualClock::at(START.parse().unwrap());
    let nodes: [Keyward; 2] =
        std::array::from_fn(|_| cheap(store.clone(), clock.clone()).build().unwrap());
    let ids = two_sets(&nodes[0]);
    let start = Barrier::new(2);
    let answers = thread::scope(|scope| {
        let racers: Vec<_> = nodes
            .iter()
            .zip(ids)
            .map(|(node, (id, called))| {
                let start = &start;
                let delete = move || {
                    start.wait();
                    block_on(node.manager(&admin()).delete(id, called))
                };
                thread::Builder::new().name("racer".to_owned()).spawn_scoped(scope, delete).unwrap()
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
    });
    let sets = ids.iter().filter_map(|(id, _)| block_on(memory.credential(*id)).unwrap());
    let refused = |answer: &&Result<(), ManageError>| {
        matches!(answer, Err(ManageError::Refused(Refusal::LastTrackSet)))
    };
    Outcome {
        deleted: answers.iter().filter(|answer| answer.is_ok()).count(),
        refused: answers.iter().filter(refused).count(),
        left: sets.filter(CredentialRecord::is_lasting).count(),
        counted: block_on(memory.workspace(&shop())).unwrap().unwrap().lasting,
    }
}

fn two_sets(keyward: &Keyward) -> [(CredentialId, &'static str); 2] {
    let admin = admin();
    let manager = keyward.manager(&admin);
    let created = block_on(manager.create_workspace(NewWorkspace::new(shop(), name("Shop"))));
    let second = block_on(manager.issue_track_set(NewCredential::new(shop(), name("second"))));
    [(created.unwrap().primary.credential.id, "primary"), (second.unwrap().credential.id, "second")]
}

fn race_together(comparing: Comparing) -> Outcome {
    let memory = MemoryStore::new();
    let watch = Together { barrier: Arc::new(Barrier::new(2)), comparing };
    race(&Watched { store: memory.clone(), watch }, &memory)
}

const ONE_EACH: Outcome = Outcome { deleted: 1, refused: 1, left: 1, counted: 1 };

#[test]
fn one_set_is_left_whoever_is_faster() {
    for trial in 0..TRIALS {
        let memory = MemoryStore::new();
        assert_eq!(race(&memory, &memory), ONE_EACH, "trial {trial}");
    }
}

#[test]
fn one_set_is_left_where_both_decided_before_either_wrote() {
    for trial in 0..TRIALS {
        assert_eq!(race_together(Comparing::AsItMust), ONE_EACH, "trial {trial}");
    }
}

/// The control: the race is one that a store can lose.
#[test]
fn a_store_that_does_not_compare_revisions_loses_both() {
    let outcome = race_together(Comparing::Naive);
    assert_eq!((outcome.deleted, outcome.refused, outcome.left), (2, 0, 0));
}
