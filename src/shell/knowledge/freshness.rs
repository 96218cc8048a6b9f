//! The freshness of verifications.

use std::time::Duration;

/// How late a revocation that another node has acknowledged can take effect on this node.
///
/// In both modes, a revocation on the same [`Keyward`](crate::Keyward) takes effect with the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host chooses one or the other")]
pub enum Freshness {
    /// At most this late; 1 second by default. One small poll keeps any number of cached keys fresh. A store that does not answer
    /// adds the [outage tolerance](crate::Builder::outage_tolerance), which is zero by default.
    Bounded(Duration),
    /// Immediately: every attempt polls the change feed. Concurrent attempts share a poll. If the store has replicas, a failover
    /// can delay it by the [maximum age of an answer](crate::Builder::strict_answer_age), 1 second by default.
    Strict,
}

impl Default for Freshness {
    fn default() -> Self {
        Self::Bounded(Duration::from_secs(1))
    }
}

/// The default age of a store answer that an attempt in strict mode accepts.
const OLDEST_STRICT: Duration = Duration::from_secs(1);

/// Decides whether an attempt can rely on the cache, from its age alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreshnessRules {
    pub(crate) freshness: Freshness,
    /// The maximum age of a store answer in strict mode.
    pub(crate) oldest_strict: Duration,
    /// How long after the bound an attempt can use the cache if no poll succeeds.
    pub(crate) tolerance: Duration,
}

impl From<Freshness> for FreshnessRules {
    /// Returns the rules without an outage tolerance.
    fn from(freshness: Freshness) -> Self {
        Self { freshness, oldest_strict: OLDEST_STRICT, tolerance: Duration::ZERO }
    }
}

impl FreshnessRules {
    /// Returns the maximum age of a store answer that an attempt can rely on.
    pub(super) const fn oldest_answer(&self) -> Duration {
        match self.freshness {
            Freshness::Bounded(bound) => bound,
            Freshness::Strict => self.oldest_strict,
        }
    }

    /// Returns `true` if an attempt needs no poll. `age` is the age of the cache.
    pub(super) fn is_fresh(&self, age: Duration) -> bool {
        match self.freshness {
            Freshness::Bounded(bound) => age < bound,
            Freshness::Strict => false,
        }
    }

    /// Returns `true` if an attempt can use the cache although polls fail.
    pub(super) fn is_tolerated(&self, age: Duration) -> bool {
        match self.freshness {
            Freshness::Bounded(bound) => {
                !self.tolerance.is_zero() && age < bound.saturating_add(self.tolerance)
            }
            Freshness::Strict => false,
        }
    }

    /// Returns how long attempts use the cache after a failed poll, before one of them polls again.
    pub(super) const fn retry(&self) -> Duration {
        match self.freshness {
            Freshness::Bounded(bound) => bound,
            Freshness::Strict => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Freshness, FreshnessRules};

    const BOUND: Duration = Duration::from_secs(1);
    /// The last moment before the bound.
    const LAST: Duration = Duration::from_nanos(999_999_999);

    #[test]
    fn the_tolerance_begins_at_the_bound_and_is_zero_by_default() {
        let rules = FreshnessRules::from(Freshness::Bounded(BOUND));
        assert!(rules.is_fresh(LAST) && !rules.is_fresh(BOUND));
        assert!(!rules.is_tolerated(Duration::ZERO), "there is no tolerance");
        let rules = FreshnessRules { tolerance: BOUND * 30, ..rules };
        assert!(!rules.is_fresh(BOUND));
        assert!(rules.is_tolerated(BOUND * 30 + LAST) && !rules.is_tolerated(BOUND * 31));
        let strict = FreshnessRules { freshness: Freshness::Strict, ..rules };
        assert!(!strict.is_fresh(Duration::ZERO) && !strict.is_tolerated(Duration::ZERO));
    }

    #[test]
    fn the_oldest_answer_is_the_bound_or_the_age_for_strict_mode() {
        let rules = FreshnessRules::from(Freshness::Bounded(BOUND * 7));
        assert_eq!(rules.oldest_answer(), BOUND * 7);
        assert_eq!(FreshnessRules::from(Freshness::Strict).oldest_answer(), BOUND);
    }
}
