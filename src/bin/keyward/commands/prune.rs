//! Deletes old events of the history.

use std::time::Duration;

use keyward::time::{Clock, SystemClock, Timestamp};
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::arguments::{Age, Prune};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::service;

pub(super) async fn run(prune: &Prune) -> Result<Answer, Failure> {
    let before = before(&prune.age)?;
    let opened = service::open(&prune.service).await?;
    let progress = Progress::start("deleting events");
    opened.keyward.prune(before).await?;
    drop(progress);
    opened.store.close().await;
    let text = format!("Deleted the events from before {before}, except for the last 24 hours.");
    Answer::new(Exit::Done, text, &json!({ "before": before }))
}

fn before(age: &Age) -> Result<Timestamp, Failure> {
    match (age.before, age.older_than_days) {
        (Some(time), None) => Ok(time),
        (None, Some(days)) => {
            let age = Duration::from_hours(24).saturating_mul(days);
            Ok(SystemClock::new().now().wall.saturating_sub(age))
        }
        _ => Err(Failure::usage("give either `--before` or `--older-than-days`")),
    }
}
