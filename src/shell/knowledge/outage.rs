//! Records whether polls fail. Attempts within the outage tolerance then need not each wait for a poll.

use std::time::Duration;

use crate::shell::sync::atomic::{AtomicU64, Ordering};

/// Set by a failed poll and cleared by a successful one.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// When an attempt polls again, in nanoseconds of the monotonic clock plus one; 0 if the last poll succeeded.
    retry_at: AtomicU64,
}

impl Outage {
    /// A poll failed. One attempt at `retry_at` or later polls again.
    pub(super) fn begin(&self, retry_at: Duration) {
        self.retry_at.store(nanos(retry_at), Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        // Most polls succeed, and a write would move the cache line between cores.
        if self.retry_at.load(Ordering::SeqCst) != 0 {
            self.retry_at.store(0, Ordering::SeqCst);
        }
    }

    /// Returns `true` if the last poll failed and another attempt polls again. The first attempt after the pause gets `false`, and
    /// must poll.
    pub(super) fn may_skip_poll(&self, now: Duration, pause: Duration) -> bool {
        let retry_at = self.retry_at.load(Ordering::SeqCst);
        if retry_at == 0 {
            return false;
        }
        nanos(now) < retry_at
            || self
                .retry_at
                .compare_exchange(
                    retry_at,
                    nanos(now.saturating_add(pause)),
                    Ordering::SeqCst,
                    Ordering::SeqCst,
                )
                .is_err()
    }
}

fn nanos(of: Duration) -> u64 {
    u64::try_from(of.as_nanos()).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(all(test, not(keyward_model)))]
mod tests {
    use std::time::Duration;

    use super::Outage;

    #[test]
    fn after_a_failed_poll_one_attempt_for_each_pause_polls_again() {
        let (outage, second) = (Outage::default(), Duration::from_secs(1));
        assert!(!outage.may_skip_poll(second, second), "no poll failed");
        outage.begin(second * 2);
        let polls = (10..50).filter(|at| !outage.may_skip_poll(second * *at / 10, second));
        assert_eq!(polls.collect::<Vec<_>>(), [20, 30, 40]);
        outage.end();
        assert!(!outage.may_skip_poll(second * 5, second), "the last poll succeeded");
    }
}
