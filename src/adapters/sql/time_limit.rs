//! The time within which every call of a store ends.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::{StoreError, StoreErrorKind};

/// The time within which every call ends.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct TimeLimit(pub(in crate::adapters) Duration);

impl TimeLimit {
    pub(in crate::adapters) const DEFAULT: Self = Self(Duration::from_secs(1));

    /// The time that a page of a copy may take, on a machine that has other things to do.
    pub(in crate::adapters) fn for_pages(self) -> Self {
        Self(self.0.max(Duration::from_mins(1)))
    }

    /// Lets a call take the whole time. Dropping it half-way must leave nothing behind.
    pub(in crate::adapters) async fn keep<T>(
        self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        until(Instant::now() + self.0, call).await
    }

    /// When a commit that begins now must have its answer, and when it must have given its own. What lies
    /// between is for finding out about an answer that was lost.
    pub(in crate::adapters) fn commit(self) -> (Instant, Instant) {
        let now = Instant::now();
        (now + self.0.mul_f64(0.75), now + self.0)
    }
}

/// The store was called outside of a tokio runtime, on which its driver works.
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
