//! The freshness of verifications.

use std::time::Duration;

/// How late a revocation that another node has acknowledged can take effect on this node.
///
/// In both modes, a revocation on the same [`Keyward`](crate::Keyward) takes effect with the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host chooses one or the other")]
pub enum Freshness {
    /// At most this late; 1 second by default. One small poll keeps any number of cached keys fresh.
    Bounded(Duration),
    /// Immediately: every attempt polls the change feed. Concurrent attempts share a poll.
    Strict,
}

impl Freshness {
    /// Returns the maximum age of a store answer that an attempt can rely on.
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
