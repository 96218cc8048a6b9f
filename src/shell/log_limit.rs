//! Logs what was unavailable: loudly once a minute for each cause, since a stranger can make it happen at any rate.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::errors::{Unavailable, UnavailableReason, with_sources};
use crate::secrets::MasterKeyId;

/// How long a cause is logged at `DEBUG` after it was logged as a warning or an error.
const QUIET: Duration = Duration::from_mins(1);
/// How many causes are remembered. Records can name any number of master keys.
const REMEMBERED: usize = 64;

/// What was logged lately, and when by the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct LogLimit(Mutex<HashMap<Cause, Duration>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cause {
    message: &'static str,
    reason: UnavailableReason,
    master_key: Option<MasterKeyId>,
}

impl LogLimit {
    /// Logs a warning if a retry can help, and otherwise an error; with the error's sources in both. The same message with
    /// the same reason and master key is logged at `DEBUG` for a minute after it.
    pub(crate) fn unavailable(
        &self,
        message: &'static str,
        unavailable: &Unavailable,
        now: Duration,
    ) {
        let (reason, master_key) = (unavailable.reason(), unavailable.master_key());
        let is_due = self.is_due(Cause { message, reason, master_key }, now);
        if !is_due && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let master_key = master_key.map(tracing::field::display);
        let error =
            unavailable.source().map(|source| tracing::field::display(with_sources(source)));
        if !is_due {
            tracing::debug!(%reason, master_key, error, "{message}");
        } else if reason.needs_an_operator() {
            tracing::error!(%reason, master_key, error, "{message}");
        } else {
            tracing::warn!(%reason, master_key, error, "{message}");
        }
    }

    /// Returns `true` if this was not logged within the last minute, and notes that it is now.
    fn is_due(&self, cause: Cause, now: Duration) -> bool {
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
    use super::{Cause, LogLimit, QUIET, REMEMBERED, UnavailableReason};
    use crate::secrets::{MasterKey, MasterKeys};
    use std::time::Duration;

    const STORE: Cause = Cause {
        message: "verification unavailable",
        reason: UnavailableReason::Store,
        master_key: None,
    };

    #[test]
    fn each_cause_is_due_once_a_minute() {
        let (limit, start) = (LogLimit::default(), Duration::from_secs(5));
        let corrupt = Cause { reason: UnavailableReason::CorruptRow, ..STORE };
        let recheck = Cause { message: "recheck unavailable", ..STORE };
        for cause in [STORE, corrupt, recheck] {
            assert!(limit.is_due(cause, start));
            assert!(!limit.is_due(cause, start + Duration::from_millis(59_999)));
            assert!(limit.is_due(cause, start + QUIET));
            assert!(!limit.is_due(cause, start + QUIET));
        }
    }

    #[test]
    fn its_memory_is_bounded() {
        let (limit, now) = (LogLimit::default(), Duration::ZERO);
        for _ in 0..=REMEMBERED {
            let keys = MasterKeys::new(MasterKey::generate().unwrap());
            assert!(limit.is_due(Cause { master_key: Some(keys.current_id()), ..STORE }, now));
        }
        assert_eq!(limit.0.lock().unwrap().len(), REMEMBERED);
    }
}
