//! The test suite for stores. It checks the contract of [`CredentialStore`] sentence by sentence.
//!
//! A case is a plain function over a [`Harness`]. The harness makes empty stores and waits for their futures, so you can use
//! any async runtime. [`conformance!`](crate::conformance!) writes one `#[test]` for each case. [`cases`] returns the same
//! cases as a list, for other test runners.
//!
//! ```
//! use keyward::MemoryStore;
//! use keyward::conformance::{self, Harness};
//!
//! #[derive(Default)]
//! struct Memory;
//!
//! impl Harness for Memory {
//!     type Store = MemoryStore;
//!
//!     fn fresh(&self) -> MemoryStore {
//!         MemoryStore::new()
//!     }
//!
//!     fn another(&self, store: &MemoryStore) -> Option<MemoryStore> {
//!         Some(store.clone())
//!     }
//!
//!     fn block_on<F: Future>(&self, future: F) -> F::Output {
//!         conformance::block_on(future)
//!     }
//! }
//!
//! mod tests {
//!     # #[cfg(any())]
//!     keyward::conformance!(super::Memory);
//! }
//!
//! conformance::reads::unwritten_records_are_not_found(&Memory);
//! ```
//!
//! If the data of a store outlives the store, delete it in [`Harness::discard`], which runs at the end of each case.
//!
//! A case fails by panicking. The message contains the sentence of the contract that the store broke, which is one of
//! [`promises`], and the first part of the answer that differs. If a call failed that should succeed, the message names the
//! call instead:
//!
//! ```text
//! Each read returns one snapshot: a header with its lists, a credential with its secrets, a page, or a position with its changes.
//! first difference, in store.workspace(&shop.id).as_ref().integrations[0].integration:
//!   expected Declared(IntegrationWord(segment))
//!      found Declared(IntegrationWord(api))
//! ```
//!
//! The cases of [`histories`] are random. A failure prints the seed. Set the environment variable `KEYWARD_CONFORMANCE_SEED`
//! to repeat it. For the case with racing writers, the seed repeats the changes but not how the threads interleave.
//!
//! # What it cannot prove
//!
//! The suite cannot prove that a call ends in time when the database does not answer, or that an acknowledged write survives
//! the loss of a machine. Test these in your store's own tests.
//!
//! [`CredentialStore`]: crate::store::CredentialStore

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]

mod difference;
mod driver;
mod dump;
mod generator;
mod harness;
mod list;
mod model;
mod random;
mod samples;
mod threads;

pub mod bounds;
pub mod cancellation;
pub mod commits;
pub mod events;
pub mod filters;
pub mod histories;
pub mod history;
pub mod networks;
pub mod pages;
pub mod races;
pub mod readers;
pub mod reads;
pub mod secrets;
pub mod uses;

pub use self::harness::{Harness, Planted, block_on};
pub use self::list::{Case, cases};
pub use crate::store::promises::texts as promises;
