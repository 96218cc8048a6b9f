//! Counters and gauges for monitoring.

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

/// The counters of a [`Keyward`](crate::Keyward) since it was built, and its gauges.
///
/// Counts by reason serialize as an object with a number for each reason. `feed_age` serializes as `feed_age_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// Verified attempts.
    pub verified: u64,
    /// Attempts that were verified within the [outage tolerance](crate::Builder::outage_tolerance).
    pub tolerated: u64,
    /// Denied attempts.
    pub denied: u64,
    /// Denied attempts by reason, in the order of [`DenialReason::ALL`].
    #[serde(with = "by_reason")]
    pub denied_by_reason: Vec<(DenialReason, u64)>,
    /// Attempts that ended with `Unavailable`.
    pub unavailable: u64,
    /// Requests whose credentials a guard refused before verification, by reason, in the order of
    /// [`RefusedHeader::ALL`](crate::http::RefusedHeader::ALL).
    #[cfg(feature = "tower")]
    #[serde(with = "by_reason")]
    pub refused_headers: Vec<(RefusedHeader, u64)>,
    /// Attempts of a guard without a client address, by reason, in the order of
    /// [`NoAddress::ALL`](crate::http::NoAddress::ALL).
    #[cfg(feature = "tower")]
    #[serde(with = "by_reason")]
    pub unknown_addresses: Vec<(NoAddress, u64)>,
    /// Reads of stored records that failed the tag check: the record or its tag was changed, or this node cannot check it.
    pub unopened_records: u64,
    /// Scopes of credentials that were read from the store and that the vocabulary lacks. They grant nothing.
    pub unknown_scopes: u64,
    /// Polls with events that were changed, are missing or cannot be checked. Each of them dropped the cache.
    pub distrusted_polls: u64,
    /// Cache hits of credentials.
    pub hits: u64,
    /// Cache misses of credentials.
    pub misses: u64,
    /// Reads of a credential from the store. Concurrent misses share one read.
    pub loads: u64,
    /// Cached credentials.
    pub cached: u64,
    /// Time since the feed position was last confirmed; `None` before the first time.
    #[serde(rename = "feed_age_seconds", with = "by_reason::seconds")]
    pub feed_age: Option<Duration>,
    /// Runs of Argon2id for new secrets.
    pub argon2id_issue_runs: u64,
    /// Runs of Argon2id for presented secrets: at most one for each generation under a lost master key, and one for each wrong
    /// secret that is compared with such a generation. An imported key with a salted hash counts in the same way before its first use,
    /// with the run of the other system's hash.
    pub argon2id_verify_runs: u64,
    /// Jobs that wait for Argon2id in both lanes.
    pub argon2id_waiting: u64,
    /// Pending last-used times. A secret can have two after the cache dropped its credential and read it again.
    pub unwritten_uses: u64,
}

impl Stats {
    /// Returns the number of attempts that were denied for this reason.
    #[must_use]
    pub fn denied_for(&self, reason: DenialReason) -> u64 {
        let mut counts = self.denied_by_reason.iter();
        counts.find(|(known, _)| *known == reason).map_or(0, |(_, count)| *count)
    }
}

/// The counters behind the statistics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters(Arc<Tally<{ HEADERS + OF_REQUESTS }>>);

/// The counters other than denials.
#[derive(Debug, Clone, Copy)]
enum Count {
    Verified,
    Tolerated,
    Unavailable,
    Hit,
    Miss,
    Load,
    Unopened,
    UnknownScope,
    DistrustedPoll,
    IssueRun,
    VerifyRun,
}

/// Number of these counters. The denials follow them.
const OTHERS: usize = Count::VerifyRun as usize + 1;

/// Index of the first refused header. The unknown addresses follow the refused headers.
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

    pub(crate) fn count_tolerated(&self) {
        self.0.add(Count::Tolerated as usize);
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

    pub(crate) fn count_unknown_scopes(&self, scopes: u64) {
        (0..scopes).for_each(|_| self.0.add(Count::UnknownScope as usize));
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

    /// Returns the counters. The caller sets the gauges.
    pub(crate) fn snapshot(&self) -> Stats {
        let sum = |counted| self.0.sum(counted as usize);
        let denied_by_reason = self.sums(DenialReason::ALL, |reason| OTHERS + reason as usize);
        Stats {
            verified: sum(Count::Verified),
            tolerated: sum(Count::Tolerated),
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
            unknown_scopes: sum(Count::UnknownScope),
            distrusted_polls: sum(Count::DistrustedPoll),
            argon2id_issue_runs: sum(Count::IssueRun),
            argon2id_verify_runs: sum(Count::VerifyRun),
            ..Stats::default()
        }
    }

    /// Returns the count for each reason, in the order of the reasons.
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
