//! The first minute of a node that has just started, while all its keys are in use.

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use keyward::store::AnyStore;
use keyward::{Attempt, CredentialId, time::SystemClock};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::bare::read;
use super::cold::id_of;
use super::filled::{bare, drop_schema, options};
use crate::harness::{RUNTIME, URL};
use crate::population::{FROM, Population};
use crate::sampling::Effort;
use crate::table::Table;

const A_SECOND: u32 = 2_000;

/// The error of a task.
type Failed = Box<dyn Error + Send + Sync>;

/// The time within which an attempt should be answered.
const SOON: Duration = Duration::from_millis(20);

/// How long each kind of attempt is sent before the next has its turn.
const TURN: u32 = 5;

/// Sends attempts at a fixed rate to a node with an empty cache, and counts those that are answered soon. In turns with them, sends
/// the store's query for the same keys by hand, and tasks that do nothing: they show what the database and the machine allow.
pub(super) fn first_minute(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (keys, seconds) = match effort {
        Effort::Full => (100_000, 60),
        Effort::Quick => (1_000, 1),
    };
    let population = Population::new(keys, 50, SystemClock::new())?;
    let schema = format!("keyward_figures_{}_restarted", std::process::id());
    let store = RUNTIME.block_on(options(&schema).connect(&URL))?;
    RUNTIME.block_on(population.copy_to(&store))?;
    let pool = RUNTIME.block_on(bare(&URL, &schema, 10))?;
    let texts: Arc<[String]> = population.spread(keys).into_iter().map(str::to_owned).collect();
    let node = population.node_over(AnyStore::new(store.clone()))?;
    let node = node.cached_credentials(2 * keys).build()?;
    drop(population);
    let [mut ours, mut by_hand, mut nothing] = [const { Vec::new() }; 3];
    RUNTIME
        .block_on(async {
            let maintenance = tokio::spawn(node.maintain(tokio::time::sleep));
            for begun in (0..seconds).step_by(TURN as usize) {
                let numbers = A_SECOND * begun..A_SECOND * seconds.min(begun + TURN);
                // The keys are in random order.
                let text = |number| {
                    let texts = Arc::clone(&texts);
                    move || texts.get(number as usize % texts.len()).cloned().unwrap_or_default()
                };
                ours.extend(
                    at_a_fixed_rate(numbers.clone(), |number| {
                        let (node, text) = (node.clone(), text(number));
                        async move {
                            node.verify(&Attempt::app(&text()).client_address(FROM)).await?;
                            Ok(())
                        }
                    })
                    .await?,
                );
                by_hand.extend(
                    at_a_fixed_rate(numbers.clone(), |number| {
                        let (pool, text) = (pool.clone(), text(number));
                        async move {
                            read(&pool, CredentialId::new(id_of(&text()))?).await?;
                            Ok(())
                        }
                    })
                    .await?,
                );
                nothing.extend(at_a_fixed_rate(numbers, |_| std::future::ready(Ok(()))).await?);
            }
            maintenance.abort();
            Ok(())
        })
        .map_err(|error: Failed| error as Box<dyn Error>)?;
    let name = "postgres_first_minute_answered_within_20_ms";
    table.note_ratio(&format!("{name}_by_hand"), soon(&by_hand));
    table.note_ratio(&format!("{name}_of_nothing"), soon(&nothing));
    ours.sort_unstable();
    for (name, part) in [("median", 500), ("p99", 990), ("p999", 999)] {
        let time = ours.get(ours.len() * part / 1_000).copied().unwrap_or_default();
        table.note(&format!("postgres_first_minute_{name}_us"), time.as_secs_f64() * 1e6);
    }
    table.timed_share_at_least(name, count_soon(&ours), ours.len() as u64, 0.99);
    RUNTIME.block_on(async {
        pool.close().await;
        drop_schema(&schema).await?;
        store.close().await;
        Ok(())
    })
}

fn count_soon(times: &[Duration]) -> u64 {
    times.iter().filter(|time| **time <= SOON).count() as u64
}

#[expect(clippy::cast_precision_loss, reason = "some hundred thousands")]
fn soon(times: &[Duration]) -> f64 {
    count_soon(times) as f64 / times.len() as f64
}

/// Starts a task for each number at a fixed rate, whether or not earlier ones have ended. Returns the time of each from the moment
/// at which it was due.
async fn at_a_fixed_rate<F>(
    numbers: Range<u32>,
    task: impl Fn(u32) -> F,
) -> Result<Vec<Duration>, Failed>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (at, number) in (0..).zip(numbers) {
        let due = begun + Duration::from_secs(1) * at / A_SECOND;
        sleep_until(due).await;
        let task = task(number);
        running.spawn(async move {
            task.await?;
            Ok::<_, Failed>(due.elapsed())
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.push(done??);
    }
    Ok(times)
}
