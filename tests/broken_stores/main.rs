//! Stores that are broken on purpose: each case of the suite fails on one of them at least, so no case is
//! there for nothing; and each defect is found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commit;
mod defects;
mod store;

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};

use keyward::conformance::{self, Harness, Planted, promises};
use keyward::{CredentialId, MemoryStore};

use self::defects::{DEFECTS, Defect};
use self::store::Flawed;

/// Makes stores with one defect, or none.
#[derive(Debug, Default)]
struct With(Option<Defect>);

impl Harness for With {
    type Store = Flawed;

    fn fresh(&self) -> Flawed {
        Flawed::new(self.0)
    }

    fn another(&self, store: &Flawed) -> Option<Flawed> {
        Some(store.another())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }

    fn spoil(&self, store: &Flawed, credential: CredentialId) -> Planted {
        store.spoil(credential);
        Planted::Corrupt
    }
}

/// Without a defect the store keeps the contract: what a defect is found by is the defect.
mod none {
    keyward::conformance!(super::With);
}

#[test]
fn every_case_is_failed_by_a_defect() {
    let named: BTreeSet<_> = DEFECTS.iter().flat_map(|(_, cases)| *cases).copied().collect();
    let listed: BTreeSet<_> = conformance::cases::<With>().iter().map(|case| case.name).collect();
    assert_eq!(named, listed);
}

#[test]
fn every_defect_is_found() {
    let mut missed = Vec::new();
    for (defect, names) in DEFECTS {
        for case in conformance::cases::<With>() {
            if !names.contains(&case.name) {
                continue;
            }
            let harness = With(Some(*defect));
            match panic::catch_unwind(AssertUnwindSafe(|| (case.run)(&harness))) {
                Ok(()) => missed.push(format!("{defect:?} passes {}", case.name)),
                Err(message) => {
                    let message = message.downcast::<String>().expect("a formatted message");
                    let says_why = names_a_promise(&message) || names_a_call(&message);
                    assert!(says_why, "{} does not say why: {message}", case.name);
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

fn names_a_promise(message: &str) -> bool {
    promises::ALL.iter().any(|promise| message.contains(promise))
}

/// A call that should have succeeded.
fn names_a_call(message: &str) -> bool {
    ["the store failed: ", "was the answer to ", "is not found"]
        .iter()
        .any(|words| message.contains(words))
}

/// Gives out one store again and again.
struct NotFresh(MemoryStore);

impl Harness for NotFresh {
    type Store = MemoryStore;

    fn fresh(&self) -> MemoryStore {
        self.0.clone()
    }

    fn another(&self, _: &MemoryStore) -> Option<MemoryStore> {
        None
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }
}

#[test]
fn a_store_that_is_not_empty_is_the_fault_of_its_harness() {
    let harness = NotFresh(MemoryStore::new());
    conformance::reads::records_are_read_as_they_were_written(&harness);
    for case in conformance::cases::<NotFresh>() {
        let run = AssertUnwindSafe(|| (case.run)(&harness));
        let message = panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("Harness::fresh"), "{}: {message}", case.name);
    }
}
