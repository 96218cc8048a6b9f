//! The statistics for the `metrics` facade.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::keyward::Keyward;
use super::stats::Stats;

impl Keyward {
    /// Passes the [`stats`](Self::stats) to the installed recorder of the `metrics` crate. [`maintain`](Self::maintain) does this
    /// each time it wakes. Without it, call this before you read the metrics. It adds no cost to requests.
    ///
    /// | metric | type | meaning |
    /// |---|---|---|
    /// | `keyward_verified_total` | counter | verified attempts |
    /// | `keyward_tolerated_total` | counter | attempts that were verified within the outage tolerance |
    /// | `keyward_denied_total` | counter | denied attempts by `reason`: [`DenialReason::as_str`](crate::DenialReason::as_str) |
    /// | `keyward_unavailable_total` | counter | attempts that ended with `Unavailable` |
    /// | `keyward_refused_headers_total` | counter | requests whose credentials a guard refused before verification, by `reason` (feature `tower`) |
    /// | `keyward_unknown_addresses_total` | counter | attempts of a guard without a client address, by `reason` (feature `tower`) |
    /// | `keyward_unknown_scopes_total` | counter | scopes of credentials that were read from the store and that the vocabulary lacks |
    /// | `keyward_unopened_records_total` | counter | reads of stored records that failed the tag check |
    /// | `keyward_distrusted_polls_total` | counter | polls with events that were changed, are missing or cannot be checked; each dropped the cache |
    /// | `keyward_hits_total` | counter | cache hits of credentials |
    /// | `keyward_misses_total` | counter | cache misses of credentials |
    /// | `keyward_loads_total` | counter | reads of a credential from the store |
    /// | `keyward_argon2id_runs_total` | counter | runs of Argon2id by `lane`: `issue` or `verify` |
    /// | `keyward_argon2id_waiting` | gauge | jobs that wait for Argon2id |
    /// | `keyward_cached` | gauge | cached credentials |
    /// | `keyward_feed_age_seconds` | gauge | time since the feed position was last confirmed; absent before the first time |
    /// | `keyward_unwritten_uses` | gauge | pending last-used times |
    ///
    /// No label contains an id or a presented text. The values are those of this handle since it was built. If a process has several
    /// handles, give each its own recorder with `metrics::with_local_recorder`. Otherwise they overwrite each other.
    pub fn report_metrics(&self) {
        report(&self.stats());
    }
}

// Lists every field, so that a new field cannot be forgotten.
pub(super) fn report(stats: &Stats) {
    describe();
    let Stats {
        verified,
        tolerated,
        denied: _, // the sum of those below
        denied_by_reason,
        unavailable,
        #[cfg(feature = "tower")]
        refused_headers,
        #[cfg(feature = "tower")]
        unknown_addresses,
        unopened_records,
        unknown_scopes,
        distrusted_polls,
        hits,
        misses,
        loads,
        cached,
        feed_age,
        argon2id_issue_runs,
        argon2id_verify_runs,
        argon2id_waiting,
        unwritten_uses,
    } = stats;
    counter!("keyward_verified_total").absolute(*verified);
    counter!("keyward_tolerated_total").absolute(*tolerated);
    for (reason, count) in denied_by_reason {
        counter!("keyward_denied_total", "reason" => reason.as_str()).absolute(*count);
    }
    counter!("keyward_unavailable_total").absolute(*unavailable);
    #[cfg(feature = "tower")]
    for (reason, count) in refused_headers {
        counter!("keyward_refused_headers_total", "reason" => reason.as_str()).absolute(*count);
    }
    #[cfg(feature = "tower")]
    for (reason, count) in unknown_addresses {
        counter!("keyward_unknown_addresses_total", "reason" => reason.as_str()).absolute(*count);
    }
    counter!("keyward_unopened_records_total").absolute(*unopened_records);
    counter!("keyward_unknown_scopes_total").absolute(*unknown_scopes);
    counter!("keyward_distrusted_polls_total").absolute(*distrusted_polls);
    counter!("keyward_hits_total").absolute(*hits);
    counter!("keyward_misses_total").absolute(*misses);
    counter!("keyward_loads_total").absolute(*loads);
    counter!("keyward_argon2id_runs_total", "lane" => "issue").absolute(*argon2id_issue_runs);
    counter!("keyward_argon2id_runs_total", "lane" => "verify").absolute(*argon2id_verify_runs);
    gauge!("keyward_argon2id_waiting").set(as_gauge(*argon2id_waiting));
    gauge!("keyward_cached").set(as_gauge(*cached));
    if let Some(age) = feed_age {
        gauge!("keyward_feed_age_seconds").set(age.as_secs_f64());
    }
    gauge!("keyward_unwritten_uses").set(as_gauge(*unwritten_uses));
}

/// Describes each metric to the recorder. It costs one look-up for each metric, outside of requests.
fn describe() {
    describe_counter!("keyward_verified_total", "Verified attempts");
    describe_counter!(
        "keyward_tolerated_total",
        "Attempts that were verified within the outage tolerance"
    );
    describe_counter!("keyward_denied_total", "Denied attempts by reason");
    describe_counter!("keyward_unavailable_total", "Attempts that ended with Unavailable");
    #[cfg(feature = "tower")]
    {
        describe_counter!(
            "keyward_refused_headers_total",
            "Requests whose credentials a guard refused before verification, by reason"
        );
        describe_counter!(
            "keyward_unknown_addresses_total",
            "Attempts without a client address, by reason"
        );
    }
    describe_counter!(
        "keyward_unopened_records_total",
        "Reads of stored records that failed the tag check"
    );
    describe_counter!(
        "keyward_unknown_scopes_total",
        "Scopes of credentials that were read from the store and that the vocabulary lacks"
    );
    describe_counter!(
        "keyward_distrusted_polls_total",
        "Polls with changed, missing or unchecked events; each dropped the cache"
    );
    describe_counter!("keyward_hits_total", "Cache hits of credentials");
    describe_counter!("keyward_misses_total", "Cache misses of credentials");
    describe_counter!("keyward_loads_total", "Reads of a credential from the store");
    describe_counter!("keyward_argon2id_runs_total", "Runs of Argon2id by lane");
    describe_gauge!("keyward_argon2id_waiting", "Jobs that wait for Argon2id");
    describe_gauge!("keyward_cached", "Cached credentials");
    describe_gauge!(
        "keyward_feed_age_seconds",
        metrics::Unit::Seconds,
        "Time since the feed position was last confirmed"
    );
    describe_gauge!("keyward_unwritten_uses", "Pending last-used times");
}

#[expect(clippy::cast_precision_loss, reason = "these are counts of what is in memory")]
const fn as_gauge(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::domain::DenialReason;
    use crate::shell::stats::Stats;
    #[cfg(feature = "tower")]
    use crate::shell::{NoAddress, RefusedHeader};
    use metrics::with_local_recorder;
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    use std::time::Duration;

    /// Each statistic has a different number, so that a mix-up fails the test.
    #[test]
    fn each_statistic_has_a_metric_of_its_own() {
        let stats = Stats {
            verified: 1,
            tolerated: 18,
            denied: 7,
            denied_by_reason: vec![(DenialReason::Malformed, 7)],
            unavailable: 2,
            #[cfg(feature = "tower")]
            refused_headers: vec![(RefusedHeader::NoColon, 16)],
            #[cfg(feature = "tower")]
            unknown_addresses: vec![(NoAddress::AllTrusted, 17)],
            unopened_records: 14,
            unknown_scopes: 19,
            distrusted_polls: 15,
            hits: 3,
            misses: 4,
            loads: 5,
            cached: 6,
            feed_age: Some(Duration::from_secs(8)),
            argon2id_issue_runs: 9,
            argon2id_verify_runs: 10,
            argon2id_waiting: 11,
            unwritten_uses: 12,
        };
        let recorder = DebuggingRecorder::new();
        with_local_recorder(&recorder, || report(&stats));
        let mut found: Vec<_> = recorder.snapshotter().snapshot().into_vec();
        found.sort_by_key(|(key, ..)| key.key().to_string());
        let found = found.into_iter().map(|(key, _, description, value)| {
            assert!(description.is_some(), "{key:?} has no description");
            let value = match value {
                DebugValue::Counter(count) => count.to_string(),
                DebugValue::Gauge(value) => value.to_string(),
                DebugValue::Histogram(_) => "a histogram".to_owned(),
            };
            let labels: String = key.key().labels().map(metrics::Label::value).collect();
            format!("{} {labels} {value}", key.key().name())
        });
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                "keyward_argon2id_runs_total issue 9",
                "keyward_argon2id_runs_total verify 10",
                "keyward_argon2id_waiting  11",
                "keyward_cached  6",
                "keyward_denied_total malformed 7",
                "keyward_distrusted_polls_total  15",
                "keyward_feed_age_seconds  8",
                "keyward_hits_total  3",
                "keyward_loads_total  5",
                "keyward_misses_total  4",
                #[cfg(feature = "tower")]
                "keyward_refused_headers_total no_colon 16",
                "keyward_tolerated_total  18",
                "keyward_unavailable_total  2",
                #[cfg(feature = "tower")]
                "keyward_unknown_addresses_total all_trusted 17",
                "keyward_unknown_scopes_total  19",
                "keyward_unopened_records_total  14",
                "keyward_unwritten_uses  12",
                "keyward_verified_total  1",
            ]
        );
    }
}
