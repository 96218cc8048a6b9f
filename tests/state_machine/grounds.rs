//! The stores that the histories run over, and how many run over each.

use crate::places::{Memory, Place};

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
