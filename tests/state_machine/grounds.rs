//! The stores that the histories run over, and how many run over each.

use crate::places::{File, Memory, Place, Schema};

/// A store, and the number of its histories.
pub(crate) trait Ground: Place {
    /// With each run of the tests.
    const FEW: u32;
    /// What was promised.
    const FULL: u32;
}

impl Ground for Memory {
    const FEW: u32 = 200;
    const FULL: u32 = 100_000;
}

impl Ground for File {
    const FEW: u32 = 12;
    const FULL: u32 = 5_000;
}

impl Ground for Schema {
    const FEW: u32 = 6;
    const FULL: u32 = 1_000;
}
