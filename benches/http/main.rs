//! What the layer costs an axum service: `cargo bench --features axum --bench http`.
//!
//! Two servers stand beside each other, one with the layer and one without, and take turns (A B A B) in
//! answering the same requests over real connections. The rows are printed as those of `figures` are, and
//! `BENCHMARKS.md` explains them.

mod background;
mod load;
#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "../figures/sampling.rs"]
mod sampling;
mod service;
#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "../figures/table.rs"]
mod table;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::load::{Failed, Load};
use self::sampling::Effort;
use self::service::Service;
use self::table::Table;

/// Connections that send one request after the other.
const CONNECTIONS: usize = 16;

/// How often the servers take turns, and how many requests each answers in one turn.
const fn turns(effort: Effort) -> (usize, usize) {
    match effort {
        Effort::Full => (41, 8_000),
        Effort::Quick => (3, 800),
    }
}

fn main() -> Result<ExitCode, Failed> {
    let effort = Effort::from_env();
    let mut table = Table::begin(effort);
    let service = Service::start(10_000)?;
    // The servers have a thread of their own; this one sends.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(effort, &service, &mut table))?;
    Ok(table.end())
}

async fn measure(effort: Effort, service: &Service, table: &mut Table) -> Result<(), Failed> {
    let (turns, requests) = turns(effort);
    let mut guarded = Load::connect(service.guarded, service.requests.clone(), CONNECTIONS).await?;
    let mut bare = Load::connect(service.bare, service.requests.clone(), CONNECTIONS).await?;
    // Every key is in the cache, and every connection warm, before anything is timed.
    guarded.send(service.requests.len() + CONNECTIONS).await?;
    bare.send(requests).await?;

    let mut per_second = Vec::new();
    for _ in 0..turns {
        let [with, without] =
            [timed(&mut guarded, requests).await?, timed(&mut bare, requests).await?];
        per_second.push(without.as_secs_f64() / with.as_secs_f64());
    }
    table.ratio_at_least("requests_per_second_with_to_without_layer", median(per_second), 0.93);

    let background = background::start(service);
    let mut late = Vec::new();
    for _ in 0..turns {
        let [with, without] = [p99(&mut guarded, requests).await?, p99(&mut bare, requests).await?];
        late.push(with.as_secs_f64() / without.as_secs_f64());
    }
    let done = background.stop()?;
    table.ratio_at_most("p99_with_to_without_layer", median(late), 1.15);
    table.note("forged_requests_a_second_beside_it", done.forged_a_second);
    table.note("rotations_and_revocations_a_second_beside_it", done.changes_a_second);
    Ok(())
}

async fn timed(load: &mut Load, requests: usize) -> Result<Duration, Failed> {
    let begun = Instant::now();
    load.send(requests).await?;
    Ok(begun.elapsed())
}

async fn p99(load: &mut Load, requests: usize) -> Result<Duration, Failed> {
    let mut latencies = load.send(requests).await?;
    let place = latencies.len() * 99 / 100;
    Ok(*latencies.select_nth_unstable(place).1)
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
