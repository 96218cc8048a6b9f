//! The stores that the histories run over, and how many run over each.

#[cfg(all(feature = "postgres", feature = "sqlite"))]
use crate::harness::RUNTIME;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
use crate::places::{File, Schema};
use crate::places::{Memory, Place};

/// A store, and the number of its histories.
pub(crate) trait Ground: Place {
    /// With each run of the tests, for each set of kinds.
    const FEW: u32;
    /// The promised number, for each set of kinds.
    const FULL: u32;
}

impl Ground for Memory {
    const FEW: u32 = 100;
    const FULL: u32 = 50_000;
}

#[cfg(all(feature = "postgres", feature = "sqlite"))]
impl Ground for File {
    const FEW: u32 = 6;
    const FULL: u32 = 2_500;
}

#[cfg(all(feature = "postgres", feature = "sqlite"))]
impl Ground for Schema {
    const FEW: u32 = 3;
    const FULL: u32 = 500;
}

/// The databases' connections live on a runtime.
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}
