//! The time limit of every call of a store.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::{StoreError, StoreErrorKind};

/// The time limit of every call.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct TimeLimit(pub(in crate::adapters) Duration);

impl TimeLimit {
    pub(in crate::adapters) const DEFAULT: Self = Self(Duration::from_secs(1));

    /// Returns the time limit for a page of a copy, on a machine with other load.
    pub(in crate::adapters) fn for_pages(self) -> Self {
        Self(self.0.max(Duration::from_mins(1)))
    }

    /// Returns the deadline of a call that begins now.
    pub(in crate::adapters) fn end(self) -> Instant {
        Instant::now() + self.0
    }

    /// Runs a call within the whole limit. Dropping the call at any point must leave no effect.
    pub(in crate::adapters) async fn keep<T>(
        self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        until(self.end(), call).await
    }

    /// Returns the deadline for the database's answer to a commit that begins now, and the deadline of the whole call. The time
    /// between them is for looking up the outcome of a commit whose answer was lost.
    pub(in crate::adapters) fn commit(self) -> (Instant, Instant) {
        let now = Instant::now();
        (now + self.0.mul_f64(0.75), now + self.0)
    }
}

/// The store was called outside of a tokio runtime, which its driver needs.
#[derive(Debug, thiserror::Error)]
#[error("there is no tokio runtime: call the store within one, as `#[tokio::main]` does")]
struct NoRuntime;

/// Fails outside of a tokio runtime, where the driver would panic.
pub(in crate::adapters) fn expect_runtime() -> Result<(), StoreError> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(StoreError::new(StoreErrorKind::Other).because(NoRuntime)),
    }
}

/// Waits for a call until `end`.
pub(in crate::adapters) async fn until<T>(
    end: Instant,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    expect_runtime()?;
    match tokio::time::timeout_at(end, call).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(StoreError::new(StoreErrorKind::Unavailable).because(elapsed)),
    }
}
