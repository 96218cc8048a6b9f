//! Stores for nodes to meet in, with a handle for each node.

#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod databases;

use keyward::MemoryStore;
use keyward::store::CredentialStore;

#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub use self::databases::{File, Schema};

/// One store. Its data is deleted when this value is dropped.
pub trait Place: Default {
    type Store: CredentialStore + Clone;

    /// A handle of its own.
    fn handle(&self) -> Self::Store;
}

/// Memory, which all nodes of one process share.
#[derive(Default)]
pub struct Memory(MemoryStore);

impl Place for Memory {
    type Store = MemoryStore;

    fn handle(&self) -> MemoryStore {
        self.0.clone()
    }
}
