//! Counters that a host can export.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::domain::DenialReason;

/// What a [`Keyward`](crate::Keyward) has done since it was built, and what waits now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts that passed.
    pub verified: u64,
    /// Attempts that were denied, for whatever reason.
    pub denied: u64,
    /// Attempts that were denied, by reason; each reason once, in the order of [`DenialReason::ALL`].
    pub denied_by_reason: Vec<(DenialReason, u64)>,
    /// Attempts without an answer.
    pub unavailable: u64,
    /// Look-ups of a credential that the cache answered.
    pub hits: u64,
    /// Look-ups of a credential that it did not.
    pub misses: u64,
    /// Credentials that were read from the store: fewer than the misses, where attempts came together.
    pub loads: u64,
    /// Credentials in the cache.
    pub cached: u64,
    /// How long ago this node last heard how far the history has come; `None` before the first time.
    pub feed_age: Option<Duration>,
    /// Runs of Argon2id for new secrets.
    pub argon2id_issue_runs: u64,
    /// Runs of Argon2id for presented secrets: at most one for each generation under a lost master key,
    /// and one for each wrong secret presented to such a one.
    pub argon2id_verify_runs: u64,
    /// Jobs that wait for Argon2id, of both lanes.
    pub argon2id_waiting: u64,
    /// Secrets whose last use is noted and not yet written.
    pub unwritten_uses: u64,
}

impl Stats {
    /// How many attempts were denied for this reason.
    #[must_use]
    pub fn denied_for(&self, reason: DenialReason) -> u64 {
        let mut counts = self.denied_by_reason.iter();
        counts.find(|(known, _)| *known == reason).map_or(0, |(_, count)| *count)
    }
}

/// The counters behind them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters(Arc<Cells>);

#[derive(Debug, Default)]
struct Cells {
    /// Attempts that passed with what was known: each was a hit, and is counted once for both.
    warm: Striped,
    /// The others that passed.
    verified: AtomicU64,
    /// The other hits.
    hits: AtomicU64,
    denied: [AtomicU64; DenialReason::ALL.len()],
    unavailable: AtomicU64,
    misses: AtomicU64,
    loads: AtomicU64,
    issue_runs: AtomicU64,
    verify_runs: AtomicU64,
}

impl Counters {
    /// One hit, with which an attempt passed.
    pub(crate) fn count_warm(&self) {
        self.0.warm.add();
    }

    pub(crate) fn count_verified(&self) {
        self.0.verified.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_hit(&self) {
        self.0.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_denied(&self, reason: DenialReason) {
        if let Some(cell) = self.0.denied.get(reason as usize) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_unavailable(&self) {
        self.0.unavailable.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_miss(&self) {
        self.0.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_load(&self) {
        self.0.loads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_issue_run(&self) {
        self.0.issue_runs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_verify_run(&self) {
        self.0.verify_runs.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted; the rest is the caller's to fill in.
    pub(crate) fn snapshot(&self) -> Stats {
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        let warm = self.0.warm.sum();
        let denied_by_reason: Vec<_> =
            DenialReason::ALL.into_iter().zip(self.0.denied.iter().map(read)).collect();
        Stats {
            verified: warm + read(&self.0.verified),
            denied: denied_by_reason.iter().map(|(_, count)| count).sum(),
            denied_by_reason,
            unavailable: read(&self.0.unavailable),
            hits: warm + read(&self.0.hits),
            misses: read(&self.0.misses),
            loads: read(&self.0.loads),
            argon2id_issue_runs: read(&self.0.issue_runs),
            argon2id_verify_runs: read(&self.0.verify_runs),
            ..Stats::default()
        }
    }
}

/// How many threads count without meeting each other.
const STRIPES: usize = 16;

/// A counter of what happens in every attempt. Threads count on lines of their own: one that all cores write
/// would cost them more than a look-up.
#[derive(Debug)]
struct Striped([Line; STRIPES]);

#[derive(Debug, Default)]
#[repr(align(128))]
struct Line(AtomicU64);

impl Default for Striped {
    fn default() -> Self {
        Self(array::from_fn(|_| Line::default()))
    }
}

impl Striped {
    fn add(&self) {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static STRIPE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % STRIPES;
        }
        // A thread on its way out may have no number any more: it counts on the first line.
        let stripe = STRIPE.try_with(|stripe| *stripe).unwrap_or(0);
        if let Some(line) = self.0.get(stripe) {
            line.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn sum(&self) -> u64 {
        self.0.iter().map(|line| line.0.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Counters;
    use crate::domain::DenialReason;

    #[test]
    fn each_reason_has_a_counter_of_its_own() {
        let counters = Counters::default();
        for (times, reason) in DenialReason::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| counters.count_denied(reason));
        }
        for (times, reason) in DenialReason::ALL.into_iter().enumerate() {
            assert_eq!(counters.snapshot().denied_for(reason), times as u64 + 1, "{reason}");
        }
    }
}
