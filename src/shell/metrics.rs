//! The statistics, handed to the `metrics` facade.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::keyward::Keyward;
use super::stats::Stats;

impl Keyward {
    /// Hands what [`stats`](Self::stats) says to the recorder that the host has installed for the `metrics`
    /// crate. [`maintain`](Self::maintain) does so each time it wakes; without it, call this before the
    /// metrics are read. Requests pay nothing for it.
    ///
    /// | metric | kind | what |
    /// |---|---|---|
    /// | `keyward_verified_total` | counter | attempts that passed |
    /// | `keyward_denied_total` | counter | attempts that were denied, by `reason`: [`DenialReason::as_str`](crate::DenialReason::as_str) |
    /// | `keyward_unavailable_total` | counter | attempts without an answer |
    /// | `keyward_refused_headers_total` | counter | requests whose credentials a guard refused before they were an attempt, by `reason` (feature `tower`) |
    /// | `keyward_unknown_addresses_total` | counter | attempts that a guard made without the client's address, by `reason` (feature `tower`) |
    /// | `keyward_unopened_records_total` | counter | stored records that did not match their tags, or did not open for another reason |
    /// | `keyward_distrusted_polls_total` | counter | polls whose events were changed, are missing, or cannot be checked, so that the cache was dropped |
    /// | `keyward_hits_total` | counter | look-ups of a credential that the cache answered |
    /// | `keyward_misses_total` | counter | look-ups of a credential that it did not |
    /// | `keyward_loads_total` | counter | credentials that were read from the store |
    /// | `keyward_argon2id_runs_total` | counter | runs of Argon2id, by `lane`: `issue` or `verify` |
    /// | `keyward_argon2id_waiting` | gauge | jobs that wait for Argon2id |
    /// | `keyward_cached` | gauge | credentials in the cache |
    /// | `keyward_feed_age_seconds` | gauge | how long ago this node last heard how far the history has come; absent before the first time |
    /// | `keyward_unwritten_uses` | gauge | secrets whose last use is noted and not yet written |
    ///
    /// No label is an id or anything that was presented. The values are this handle's since it was built: a
    /// process with several handles gives each a recorder of its own (`metrics::with_local_recorder`), or they
    /// overwrite each other.
    pub fn report_metrics(&self) {
        report(&self.stats());
    }
}

// Every field by name: one that is new is reported, or left out on purpose.
pub(super) fn report(stats: &Stats) {
    describe();
    let Stats {
        verified,
        denied: _, // the sum of those below
        denied_by_reason,
        unavailable,
        #[cfg(feature = "tower")]
        refused_headers,
        #[cfg(feature = "tower")]
        unknown_addresses,
        unopened_records,
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

/// Tells the recorder what each metric means. It costs a look-up each, beside requests.
fn describe() {
    describe_counter!("keyward_verified_total", "Attempts that passed");
    describe_counter!("keyward_denied_total", "Attempts that were denied, by reason");
    describe_counter!("keyward_unavailable_total", "Attempts without an answer");
    #[cfg(feature = "tower")]
    {
        describe_counter!(
            "keyward_refused_headers_total",
            "Requests whose credentials were refused before they were an attempt, by reason"
        );
        describe_counter!(
            "keyward_unknown_addresses_total",
            "Attempts without the client's address, by reason"
        );
    }
    describe_counter!(
        "keyward_unopened_records_total",
        "Stored records that did not match their tags, or could not be checked"
    );
    describe_counter!(
        "keyward_distrusted_polls_total",
        "Polls of the history that did not fit together, so that the cache was dropped"
    );
    describe_counter!("keyward_hits_total", "Look-ups of a credential that the cache answered");
    describe_counter!("keyward_misses_total", "Look-ups of a credential that was not cached");
    describe_counter!("keyward_loads_total", "Credentials that were read from the store");
    describe_counter!("keyward_argon2id_runs_total", "Runs of Argon2id, by lane");
    describe_gauge!("keyward_argon2id_waiting", "Jobs that wait for Argon2id");
    describe_gauge!("keyward_cached", "Credentials in the cache");
    describe_gauge!(
        "keyward_feed_age_seconds",
        metrics::Unit::Seconds,
        "Time since the position of the history was last confirmed"
    );
    describe_gauge!("keyward_unwritten_uses", "Secrets whose last use is not written yet");
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

    /// A number of its own for each statistic: none is reported as another.
    #[test]
    fn each_statistic_has_a_metric_of_its_own() {
        let stats = Stats {
            verified: 1,
            denied: 7,
            denied_by_reason: vec![(DenialReason::Malformed, 7)],
            unavailable: 2,
            #[cfg(feature = "tower")]
            refused_headers: vec![(RefusedHeader::NoColon, 16)],
            #[cfg(feature = "tower")]
            unknown_addresses: vec![(NoAddress::AllTrusted, 17)],
            unopened_records: 14,
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
                "keyward_unavailable_total  2",
                #[cfg(feature = "tower")]
                "keyward_unknown_addresses_total all_trusted 17",
                "keyward_unopened_records_total  14",
                "keyward_unwritten_uses  12",
                "keyward_verified_total  1",
            ]
        );
    }
}
