//! The suite, on the stores of this crate and on the one of the example.

#[path = "../examples/custom_store.rs"]
#[expect(dead_code, reason = "the example's `main` is the example's")]
mod custom_store;

use keyward::MemoryStore;
use keyward::conformance::{self, Harness};
use keyward::store::AnyStore;

#[derive(Default)]
struct Memory;

impl Harness for Memory {
    type Store = MemoryStore;

    fn fresh(&self) -> MemoryStore {
        MemoryStore::new()
    }

    fn another(&self, store: &MemoryStore) -> Option<MemoryStore> {
        Some(store.clone())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }
}

/// A pointer to a store. Every store is erased by the same code, so the suite runs once over this one.
#[derive(Default)]
struct Erased;

impl Harness for Erased {
    type Store = AnyStore;

    fn fresh(&self) -> AnyStore {
        AnyStore::new(MemoryStore::new())
    }

    fn another(&self, store: &AnyStore) -> Option<AnyStore> {
        Some(store.clone())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }
}

mod memory {
    keyward::conformance!(super::Memory);
}

mod erased {
    keyward::conformance!(super::Erased);
}

mod snapshots {
    keyward::conformance!(crate::custom_store::Snapshots);
}
