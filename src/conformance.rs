//! The suite that every store passes: the contract of [`CredentialStore`], sentence by sentence.
//!
//! A case is a plain function over a [`Harness`], which says how to make an empty store and how to wait for
//! its futures: so no async runtime is forced. [`conformance!`](crate::conformance!) writes one `#[test]`
//! for each case; [`cases`] lists them for those who have a runner of their own. Both come from one list.
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
//! conformance::reads::what_was_never_written_is_none(&Memory);
//! ```
//!
//! A store whose data outlives it is taken back by [`Harness::discard`] at the end of its case.
//!
//! A case fails by panicking. Its message is the sentence that the store broke, one of [`promises`], and the first part
//! in which the answer differs; or the call that failed although it should not:
//!
//! ```text
//! Each read is one snapshot
//! first difference, in store.workspace(&shop.id).as_ref().integrations[0].integration:
//!   expected Declared(IntegrationWord(segment))
//!      found Declared(IntegrationWord(api))
//! ```
//!
//! The histories of [`histories`] are random: a failure names the seed,
//! which the environment variable `KEYWARD_CONFORMANCE_SEED` takes. (Of racing histories it decides the changes,
//! not how they meet.)
//!
//! # What it cannot prove
//!
//! That a call ends in time when the database does not answer, and that what is acknowledged survives the
//! loss of a machine: no store can be made to show that from outside. A store's own tests do.
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
pub mod promises;
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
pub mod pages;
pub mod races;
pub mod readers;
pub mod reads;
pub mod secrets;
pub mod uses;

pub use self::harness::{Harness, Planted, block_on};
pub use self::list::{Case, cases};
