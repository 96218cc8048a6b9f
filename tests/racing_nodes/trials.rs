//! The stores that are raced over, and how often.

use keyward::MemoryStore;

use crate::places::{File, Place, Schema};

/// How many trials a kind of race has, where `KEYWARD_RACES` says nothing.
pub(crate) trait Trials: Place {
    const TRIALS: usize;
}

/// Memory, which all nodes of one process share.
#[derive(Default)]
pub(crate) struct Memory(MemoryStore);

impl Place for Memory {
    type Store = MemoryStore;

    fn handle(&self) -> MemoryStore {
        self.0.clone()
    }
}

impl Trials for Memory {
    const TRIALS: usize = 1_000;
}

impl Trials for File {
    const TRIALS: usize = 24;
}

impl Trials for Schema {
    const TRIALS: usize = 24;
}
