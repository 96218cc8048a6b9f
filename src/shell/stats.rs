//! Counters that a host can export.

mod by_reason;
#[cfg(feature = "tower")]
mod requests;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::DenialReason;

use self::tally::Tally;

#[cfg(feature = "tower")]
pub use self::requests::{NoAddress, RefusedHeader};

/// What a [`Keyward`](crate::Keyward) has done since it was built, and what waits now.
///
/// In serde, counts by reason are an object with a number for each reason, and `feed_age` is a number of seconds,
/// `feed_age_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts that passed.
    pub verified: u64,
    /// Attempts that were denied, for any reason.
    pub denied: u64,
    /// Attempts that were denied, by reason; each reason once, in the order of [`DenialReason::ALL`].
    #[serde(with = "by_reason")]
    pub denied_by_reason: Vec<(DenialReason, u64)>,
    /// Attempts without an answer.
    pub unavailable: u64,
    /// Requests whose credentials a guard refused before they were an attempt, by reason; each reason once, in the order of
    /// [`RefusedHeader::ALL`](crate::http::RefusedHeader::ALL).
    #[cfg(feature = "tower")]
    #[serde(with = "by_reason")]
    pub refused_headers: Vec<(RefusedHeader, u64)>,
    /// Attempts that a guard made without the client's address, by reason; each reason once, in the order of
    /// [`NoAddress::ALL`](crate::http::NoAddress::ALL).
    #[cfg(feature = "tower")]
    #[serde(with = "by_reason")]
    pub unknown_addresses: Vec<(NoAddress, u64)>,
    /// Stored records that were read and did not open: they, or their tags, were changed, or made under a key that
    /// this node does not accept.
    pub unopened_records: u64,
    /// Polls whose events were changed, are missing, or cannot be checked, so that the cache was dropped.
    pub distrusted_polls: u64,
    /// Look-ups of a credential that the cache answered.
    pub hits: u64,
    /// Look-ups of a credential that it did not.
    pub misses: u64,
    /// Credentials that were read from the store: fewer than the misses, where attempts came together.
    pub loads: u64,
    /// Credentials in the cache.
    pub cached: u64,
    /// How long ago this node last heard how far the history has come; `None` before the first time.
    #[serde(rename = "feed_age_seconds", with = "by_reason::seconds")]
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
pub(crate) struct Counters(Arc<Tally<{ HEADERS + OF_REQUESTS }>>);

/// What is counted besides denials.
#[derive(Debug, Clone, Copy)]
enum Count {
    Verified,
    Unavailable,
    Hit,
    Miss,
    Load,
    Unopened,
    DistrustedPoll,
    IssueRun,
    VerifyRun,
}

/// How many these are; the denials follow them.
const OTHERS: usize = Count::VerifyRun as usize + 1;

/// Where the refused headers begin, which the unknown addresses follow.
const HEADERS: usize = OTHERS + DenialReason::ALL.len();

#[cfg(feature = "tower")]
const ADDRESSES: usize = HEADERS + RefusedHeader::ALL.len();

#[cfg(feature = "tower")]
const OF_REQUESTS: usize = RefusedHeader::ALL.len() + NoAddress::ALL.len();

#[cfg(not(feature = "tower"))]
const OF_REQUESTS: usize = 0;

impl Counters {
    pub(crate) fn count_verified(&self) {
        self.0.add(Count::Verified as usize);
    }

    pub(crate) fn count_denied(&self, reason: DenialReason) {
        self.0.add(OTHERS + reason as usize);
    }

    pub(crate) fn count_unavailable(&self) {
        self.0.add(Count::Unavailable as usize);
    }

    #[cfg(feature = "tower")]
    pub(crate) fn count_refused_header(&self, reason: RefusedHeader) {
        self.0.add(HEADERS + reason as usize);
    }

    #[cfg(feature = "tower")]
    pub(crate) fn count_no_address(&self, reason: NoAddress) {
        self.0.add(ADDRESSES + reason as usize);
    }

    pub(crate) fn count_hit(&self) {
        self.0.add(Count::Hit as usize);
    }

    pub(crate) fn count_miss(&self) {
        self.0.add(Count::Miss as usize);
    }

    pub(crate) fn count_load(&self) {
        self.0.add(Count::Load as usize);
    }

    pub(crate) fn count_unopened(&self) {
        self.0.add(Count::Unopened as usize);
    }

    pub(crate) fn count_distrusted_poll(&self) {
        self.0.add(Count::DistrustedPoll as usize);
    }

    pub(crate) fn count_issue_run(&self) {
        self.0.add(Count::IssueRun as usize);
    }

    pub(crate) fn count_verify_run(&self) {
        self.0.add(Count::VerifyRun as usize);
    }

    /// What was counted; the rest is the caller's to fill in.
    pub(crate) fn snapshot(&self) -> Stats {
        let sum = |counted| self.0.sum(counted as usize);
        let denied_by_reason = self.sums(DenialReason::ALL, |reason| OTHERS + reason as usize);
        Stats {
            verified: sum(Count::Verified),
            denied: denied_by_reason.iter().map(|(_, count)| count).sum(),
            denied_by_reason,
            unavailable: sum(Count::Unavailable),
            #[cfg(feature = "tower")]
            refused_headers: self.sums(RefusedHeader::ALL, |reason| HEADERS + reason as usize),
            #[cfg(feature = "tower")]
            unknown_addresses: self.sums(NoAddress::ALL, |reason| ADDRESSES + reason as usize),
            hits: sum(Count::Hit),
            misses: sum(Count::Miss),
            loads: sum(Count::Load),
            unopened_records: sum(Count::Unopened),
            distrusted_polls: sum(Count::DistrustedPoll),
            argon2id_issue_runs: sum(Count::IssueRun),
            argon2id_verify_runs: sum(Count::VerifyRun),
            ..Stats::default()
        }
    }

    /// What was counted for each reason, in the order of the reasons.
    fn sums<R: Copy, const N: usize>(
        &self,
        reasons: [R; N],
        counter: impl Fn(R) -> usize,
    ) -> Vec<(R, u64)> {
        reasons.into_iter().map(|reason| (reason, self.0.sum(counter(reason)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Counters;
    #[cfg(feature = "tower")]
    use super::{NoAddress, RefusedHeader};
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
    #[cfg(feature = "tower")]
    #[test]
    fn each_reason_of_a_guard_has_a_counter_of_its_own() {
        let counters = Counters::default();
        for (times, reason) in RefusedHeader::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| counters.count_refused_header(reason));
        }
        for (times, reason) in NoAddress::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| counters.count_no_address(reason));
        }
        let stats = counters.snapshot();
        let refused: Vec<_> = RefusedHeader::ALL.into_iter().zip(1..).collect();
        let unknown: Vec<_> = NoAddress::ALL.into_iter().zip(1..).collect();
        assert_eq!(stats.refused_headers, refused);
        assert_eq!(stats.unknown_addresses, unknown);
        assert_eq!(stats.denied, 0);
    }
}
