//! The first minute of a node that has just started, while all its keys are in use.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use keyward::store::AnyStore;
use keyward::{Attempt, Keyward, NotVerified, time::SystemClock};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::filled::{drop_schema, options};
use crate::harness::{RUNTIME, URL};
use crate::population::{FROM, Population};
use crate::sampling::Effort;
use crate::table::Table;

const A_SECOND: u32 = 2_000;

/// The time within which an attempt should be answered.
const SOON: Duration = Duration::from_millis(20);

/// Sends attempts at a fixed rate to a node with an empty cache, and counts those that are answered soon.
pub(super) fn first_minute(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (keys, seconds) = match effort {
        Effort::Full => (100_000, 60),
        Effort::Quick => (1_000, 1),
    };
    let population = Population::new(keys, 50, SystemClock::new())?;
    let schema = format!("keyward_figures_{}_restarted", std::process::id());
    let store = RUNTIME.block_on(options(&schema).connect(&URL))?;
    RUNTIME.block_on(population.copy_to(&store))?;
    let texts: Arc<[String]> = population.spread(keys).into_iter().map(str::to_owned).collect();
    let node = population.node_over(AnyStore::new(store.clone()))?;
    let node = node.cached_credentials(2 * keys).build()?;
    drop(population);
    let mut times = RUNTIME.block_on(async {
        let maintenance = tokio::spawn(node.maintain(tokio::time::sleep));
        let times = attempts(&node, &texts, A_SECOND * seconds).await;
        maintenance.abort();
        times
    })?;
    let soon = times.iter().filter(|time| **time <= SOON).count();
    times.sort_unstable();
    for (name, part) in [("median", 500), ("p99", 990), ("p999", 999)] {
        let time = times.get(times.len() * part / 1_000).copied().unwrap_or_default();
        table.note(&format!("postgres_first_minute_{name}_us"), time.as_secs_f64() * 1e6);
    }
    let name = "postgres_first_minute_answered_within_20_ms";
    table.timed_share_at_least(name, soon as u64, times.len() as u64, 0.99);
    RUNTIME.block_on(drop_schema(&schema))?;
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Starts this many attempts at a fixed rate, whether or not earlier ones have been answered. Returns the time of each from the
/// moment at which it was due.
async fn attempts(
    node: &Keyward,
    texts: &Arc<[String]>,
    count: u32,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..count {
        let due = begun + Duration::from_secs(1) * number / A_SECOND;
        sleep_until(due).await;
        let (node, texts) = (node.clone(), Arc::clone(texts));
        running.spawn(async move {
            // The keys are in random order.
            let text = texts.get(number as usize % texts.len()).map_or("", String::as_str);
            node.verify(&Attempt::app(text).client_address(FROM)).await?;
            Ok::<_, NotVerified>(due.elapsed())
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.push(done??);
    }
    Ok(times)
}
