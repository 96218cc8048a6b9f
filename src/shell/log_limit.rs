//! How often a cause is logged: anyone can make the same failure happen at any rate.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a cause is not due after it was due.
const QUIET: Duration = Duration::from_mins(1);
/// How many causes are remembered. Records can name any number of master keys.
const REMEMBERED: usize = 64;

/// What was logged lately, and when by the monotonic clock.
#[derive(Debug)]
pub(super) struct LogLimit<C>(Mutex<HashMap<C, Duration>>);

impl<C> Default for LogLimit<C> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<C: Copy + Eq + Hash> LogLimit<C> {
    /// Returns `true` if this was not logged within the last minute, and notes that it is now.
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
