//! Rate limiting of log messages, because anyone can cause the same failure at any rate.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The minimum time between two messages for the same cause.
const QUIET: Duration = Duration::from_mins(1);
/// Maximum number of remembered causes. It is bounded, because records can name any number of master keys.
const REMEMBERED: usize = 64;

/// The recently logged causes, and when they were logged by the monotonic clock.
#[derive(Debug)]
pub(super) struct LogLimit<C>(Mutex<HashMap<C, Duration>>);

impl<C> Default for LogLimit<C> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<C: Copy + Eq + Hash> LogLimit<C> {
    /// Returns `true` if the cause was not logged within the last minute, and records that it is logged now.
    pub(super) fn is_due(&self, cause: C, now: Duration) -> bool {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.get(&cause).is_some_and(|at| now.saturating_sub(*at) < QUIET) {
            return false;
        }
        if logged.len() >= REMEMBERED && !logged.contains_key(&cause) {
            let oldest = logged.iter().min_by_key(|(_, at)| **at).map(|(cause, _)| *cause);
            oldest.and_then(|cause| logged.remove(&cause));
        }
        logged.insert(cause, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{LogLimit, QUIET, REMEMBERED};
    use std::time::Duration;

    #[test]
    fn each_cause_is_due_once_a_minute() {
        let (limit, start) = (LogLimit::default(), Duration::from_secs(5));
        for cause in ["store", "corrupt row"] {
            assert!(limit.is_due(cause, start));
            assert!(!limit.is_due(cause, start + Duration::from_millis(59_999)));
            assert!(limit.is_due(cause, start + QUIET));
            assert!(!limit.is_due(cause, start + QUIET));
        }
    }

    #[test]
    fn its_memory_is_bounded() {
        let (limit, now) = (LogLimit::default(), Duration::ZERO);
        for cause in 0..=REMEMBERED {
            assert!(limit.is_due(cause, now));
        }
        assert_eq!(limit.0.lock().unwrap().len(), REMEMBERED);
    }
}
