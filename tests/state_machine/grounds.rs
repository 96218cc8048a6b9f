//! The stores that the histories run over, and how many run over each.

use crate::places::{Memory, Place};

/// A store, and the number of its histories.
pub(crate) trait Ground: Place {
    /// With each run of the tests, for each set of kinds.
    const FEW: u32;
    /// What was promised, for each set of kinds.
    const FULL: u32;
}

impl Ground for Memory {
    const FEW: u32 = 100;
    const FULL: u32 = 50_000;
}
