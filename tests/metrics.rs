//! The host's metrics: every statistic, and no label that names an account or a person.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use keyward::http::{NoAddress, RefusedHeader};
use keyward::{Attempt, DenialReason};
use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::support::{World, block_on};

/// Returns the recorded values, by name and labels.
fn reported(report: impl FnOnce()) -> BTreeMap<String, f64> {
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, report);
    let entry = |(key, _, _, value): (metrics_util::CompositeKey, _, _, DebugValue)| {
        let labels: Vec<_> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => f64::from(u32::try_from(count).unwrap()),
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(_) => panic!("no histogram is documented"),
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    };
    recorder.snapshotter().snapshot().into_vec().into_iter().map(entry).collect()
}

/// A world in which everything that is counted has happened, each a different number of times.
fn busy() -> World {
    let world = World::new();
    world.shop();
    let issued = world.app_key("backend");
    let attempt = Attempt::app(issued.secret.expose());
    for _ in 0..3 {
        block_on(world.keyward.verify(&attempt)).unwrap();
    }
    for _ in 0..5 {
        block_on(world.keyward.verify(&Attempt::app("a guess"))).unwrap_err();
    }
    world.clock.advance(Duration::from_millis(250));
    world
}

/// An operator reads there what each means, and when to wake somebody.
#[test]
fn every_metric_has_an_alert_in_the_documents() {
    let world = busy();
    let metrics = reported(|| world.keyward.report_metrics());
    let names: std::collections::BTreeSet<_> =
        metrics.keys().filter_map(|key| Some(key.split_once('{')?.0)).collect();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operating.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `keyward_"));
    let rows: Vec<_> = rows.collect();
    for row in &rows {
        let cells: Vec<_> = row.trim_end_matches('|').split(" | ").collect();
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.trim().is_empty()), "{row}");
    }
    let listed: Vec<_> = rows.iter().filter_map(|row| row.split('`').next()).collect();
    let listed: std::collections::BTreeSet<_> =
        listed.iter().map(|name| format!("keyward_{name}")).collect();
    assert_eq!(listed.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), names);
}

#[test]
fn every_statistic_is_reported() {
    let world = busy();
    let stats = world.keyward.stats();
    let metrics = reported(|| world.keyward.report_metrics());
    let count = |name: &str| metrics.get(name).copied();
    let exact = |count: u64| Some(f64::from(u32::try_from(count).unwrap()));
    for reason in DenialReason::ALL {
        let name = format!("keyward_denied_total{{reason={reason}}}");
        assert_eq!(count(&name), exact(stats.denied_for(reason)), "{reason}");
    }
    assert_eq!(count("keyward_denied_total{reason=malformed}"), Some(5.0));
    assert_eq!(count("keyward_verified_total{}"), Some(3.0));
    assert_eq!(count("keyward_unavailable_total{}"), exact(stats.unavailable));
    assert_eq!(count("keyward_tolerated_total{}"), exact(stats.tolerated));
    assert_eq!(count("keyward_unopened_records_total{}"), Some(0.0));
    assert_eq!(count("keyward_unknown_scopes_total{}"), Some(0.0));
    assert_eq!(count("keyward_distrusted_polls_total{}"), Some(0.0));
    assert_eq!(count("keyward_hits_total{}"), Some(2.0));
    assert_eq!(count("keyward_misses_total{}"), Some(1.0));
    assert_eq!(count("keyward_loads_total{}"), Some(1.0));
    // The workspace's first Track set, and the App key.
    assert_eq!(count("keyward_argon2id_runs_total{lane=issue}"), Some(2.0));
    assert_eq!(count("keyward_argon2id_runs_total{lane=verify}"), Some(0.0));
    assert_eq!(count("keyward_argon2id_waiting{}"), Some(0.0));
    assert_eq!(count("keyward_cached{}"), Some(1.0));
    assert_eq!(count("keyward_feed_age_seconds{}"), Some(0.25));
    assert_eq!(count("keyward_unwritten_uses{}"), Some(1.0));
    let of_requests = RefusedHeader::ALL.len() + NoAddress::ALL.len();
    assert_eq!(metrics.len(), DenialReason::ALL.len() + of_requests + 15, "{metrics:?}");
}

#[test]
fn an_age_that_is_not_known_is_not_reported() {
    let world = World::new();
    let metrics = reported(|| world.keyward.report_metrics());
    assert!(!metrics.contains_key("keyward_feed_age_seconds{}"), "{metrics:?}");
}

#[test]
fn maintenance_reports_by_itself() {
    let world = busy();
    let sleeps = AtomicU32::new(0);
    let maintain = world.keyward.maintain(|_| {
        let first = sleeps.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move { if first { ready(()).await } else { pending().await } })
    });
    let mut maintain = pin!(maintain);
    let metrics = reported(|| {
        assert!(maintain.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    assert_eq!(metrics.get("keyward_verified_total{}"), Some(&3.0));
    assert_eq!(metrics.get("keyward_feed_age_seconds{}"), Some(&0.0), "it has just asked");
}

#[test]
fn no_metric_names_an_account_or_a_person() {
    let world = busy();
    let metrics = reported(|| world.keyward.report_metrics());
    let told = format!("{metrics:?}");
    let ids = world.dump().credentials.into_iter().map(|record| record.id.to_string());
    let names = ["acme", "shop", "backend", "guess"].map(str::to_owned);
    for private in ids.chain(names).chain(world.secrets()) {
        assert!(!told.contains(&private), "{private} in {told}");
    }
}
