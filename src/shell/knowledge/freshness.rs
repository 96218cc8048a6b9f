//! How fresh the answer to an attempt must be.

use std::time::Duration;

/// How far a node may be behind a revocation that another node has acknowledged.
///
/// In both modes, a revocation holds on the same [`Keyward`](crate::Keyward) from the next attempt on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host chooses one or the other")]
pub enum Freshness {
    /// At most this long; 1 second by default. One small poll keeps any number of cached keys fresh.
    Bounded(Duration),
    /// Not at all: every attempt asks the store how far the history has come; attempts that come together
    /// ask together.
    Strict,
}

impl Freshness {
    /// Returns the greatest age of an answer of the store that an attempt can rely on.
    pub(super) const fn oldest_answer(self) -> Duration {
        match self {
            Self::Bounded(bound) => bound,
            Self::Strict => Duration::ZERO,
        }
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Self::Bounded(Duration::from_secs(1))
    }
}
