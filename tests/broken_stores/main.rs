//! Stores with a planted defect. Each case of the suite fails on at least one of them, and each defect is found.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod commit;
mod defects;
mod store;

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// A control: without a defect, the store keeps the contract.
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
                    let is_short = message.lines().count() <= 4 && message.len() < 1_500;
                    assert!(is_short, "{} says too much: {message}", case.name);
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

fn names_a_promise(message: &str) -> bool {
    promises::ALL.iter().any(|promise| message.contains(promise))
}

/// A defect, a case that finds it, and the parts of the message: the promise, the path of the first difference, and the
/// values.
const MESSAGES: &[(Defect, &str, &str, [&str; 3])] = &[
    (
        Defect::CutsMicroseconds,
        "records_are_read_as_they_were_written",
        promises::BYTE_FOR_BYTE,
        [
            "first difference, in store.credential(record.id).created:",
            "  expected Timestamp(2023-11-14T22:13:26.999999Z)",
            "     found Timestamp(2023-11-14T22:13:26.999000Z)",
        ],
    ),
    (
        Defect::SortsLists,
        "a_header_is_read_with_its_lists_in_their_order",
        promises::SNAPSHOT,
        [
            "first difference, in store.workspace(&shop.id).as_ref().integrations[0].integration:",
            "  expected Declared(IntegrationWord(segment))",
            "     found Declared(IntegrationWord(api))",
        ],
    ),
    (
        Defect::RefreshKeepsTag,
        "a_refresh_replaces_the_expected_value",
        promises::REFRESHED,
        ["first difference, in store.dump().credentials[0].tag:", "  expected ", "     found "],
    ),
    (
        Defect::NextNever,
        "events_come_newest_first",
        promises::NEWEST_FIRST,
        [
            "first difference, in store.events(&query)[1].number:",
            "  expected 6",
            "     found nothing",
        ],
    ),
    (
        Defect::InventsAccounts,
        "unwritten_records_are_not_found",
        promises::BYTE_FOR_BYTE,
        [
            "first difference, in store.account(&account_id(\"acme\")):",
            "  expected None",
            "     found .id: AccountId(\"acme\")",
        ],
    ),
    (
        Defect::ShortActions,
        "the_longest_texts_are_kept",
        promises::SIZES,
        ["Other was the answer to the change f7", "", ""],
    ),
];

#[test]
fn a_message_is_the_promise_and_the_first_difference() {
    for (defect, name, promise, [place, expected, found]) in MESSAGES {
        let case = conformance::cases::<With>().into_iter().find(|case| case.name == *name);
        let run = AssertUnwindSafe(|| (case.unwrap().run)(&With(Some(*defect))));
        let message = panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap();
        let mut lines = message.lines();
        assert!(lines.next().unwrap().starts_with(promise), "{message}");
        for begin in [place, expected, found] {
            assert!(lines.next().unwrap_or_default().starts_with(begin), "{begin}\n{message}");
        }
        assert_eq!(lines.next(), None, "{message}");
    }
}

/// A call that should have succeeded.
fn names_a_call(message: &str) -> bool {
    message.starts_with("the store failed: ")
}

/// Counts the stores that it has made and not yet discarded.
#[derive(Debug, Default)]
struct Counting {
    with: With,
    made: AtomicUsize,
    discarded: AtomicUsize,
}

impl Harness for Counting {
    type Store = Flawed;

    fn fresh(&self) -> Flawed {
        self.made.fetch_add(1, Ordering::SeqCst);
        self.with.fresh()
    }

    fn another(&self, store: &Flawed) -> Option<Flawed> {
        self.with.another(store)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }

    fn spoil(&self, store: &Flawed, credential: CredentialId) -> Planted {
        self.with.spoil(store, credential)
    }

    fn discard(&self, store: Flawed) {
        assert!(store.is_the_last_handle(), "another handle is left");
        self.discarded.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns how many stores a harness has made, and how many it has discarded.
fn counts(harness: Counting) -> (usize, usize) {
    (harness.made.into_inner(), harness.discarded.into_inner())
}

#[test]
fn each_store_is_taken_back_once_when_its_case_has_passed() {
    for case in conformance::cases::<Counting>() {
        let harness = Counting::default();
        (case.run)(&harness);
        let (made, discarded) = counts(harness);
        assert!(made > 0 && made == discarded, "{}: {made} made, {discarded} back", case.name);
    }
}

#[test]
fn a_store_is_taken_back_from_a_case_that_has_failed() {
    let harness = Counting { with: With(Some(Defect::FoldsCase)), ..Counting::default() };
    let run = AssertUnwindSafe(|| conformance::reads::ids_are_compared_by_their_bytes(&harness));
    panic::catch_unwind(run).unwrap_err();
    assert_eq!(counts(harness), (1, 1));
}

/// Fails when it discards a store.
struct Undiscarded(With);

impl Harness for Undiscarded {
    type Store = Flawed;

    fn fresh(&self) -> Flawed {
        self.0.fresh()
    }

    fn another(&self, store: &Flawed) -> Option<Flawed> {
        self.0.another(store)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }

    fn discard(&self, store: Flawed) {
        panic!("the file cannot be deleted of a store with {:?}", store.defect)
    }
}

#[test]
fn a_failed_tear_down_fails_a_case_that_has_passed_and_hides_no_other_failure() {
    let fails = |defect| {
        let harness = Undiscarded(With(defect));
        let run =
            AssertUnwindSafe(|| conformance::reads::ids_are_compared_by_their_bytes(&harness));
        *panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap()
    };
    assert_eq!(fails(None), "the file cannot be deleted of a store with None");
    let message = fails(Some(Defect::FoldsCase));
    assert!(names_a_promise(&message), "{message}");
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
