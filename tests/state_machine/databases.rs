//! The databases among the stores that the histories run over.

use crate::grounds::Ground;
use crate::harness::RUNTIME;
use crate::places::{File, Schema};

/// The databases' connections live on a runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

impl Ground for File {
    const FEW: u32 = 6;
    const FULL: u32 = 2_500;
}

impl Ground for Schema {
    const FEW: u32 = 3;
    const FULL: u32 = 500;
}
