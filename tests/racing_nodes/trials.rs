//! The stores that are raced over, and how often.

use crate::places::{File, Memory, Place, Schema};

/// How many trials a kind of race has, where `KEYWARD_RACES` says nothing.
pub(crate) trait Trials: Place {
    const TRIALS: usize;
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
