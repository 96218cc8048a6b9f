//! What the layer costs an axum service: `cargo bench --features axum --bench http`.
//!
//! Two servers stand beside each other, one with the layer and one without, and take turns (A B A B) in
//! answering the same requests over real connections. The rows are printed as those of `figures` are, and
//! `BENCHMARKS.md` explains them. With the word `wrk` at the end of that command, it is `wrk` that sends.

mod background;
mod load;
#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "../figures/sampling.rs"]
mod sampling;
mod service;
#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "../figures/table.rs"]
mod table;
mod wrk;

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
    if std::env::args().any(|argument| argument == "wrk") {
        wrk::measure(effort, &service, &mut table)?;
        return Ok(table.end());
    }
    // The servers have a thread of their own; this one sends.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(effort, &service, &mut table))?;
    Ok(table.end())
}

async fn measure(effort: Effort, service: &Service, table: &mut Table) -> Result<(), Failed> {
    let (turns, requests) = turns(effort);
    let mut small = connect(service, service::get_attributes).await?;
    let mut email = connect(service, service::send_email).await?;

    let [_, least] = throughput(&mut small, turns, requests).await?;
    let [without, share] = throughput(&mut email, turns, requests).await?;
    table.ratio_at_least("requests_per_second_with_to_without_layer", share, 0.93);
    table.note("the_same_of_a_constant_answer_in_percent", 100.0 * least);
    table.note("requests_per_second_without_layer", without);

    let background = background::start(service);
    let mut late = Vec::new();
    for _ in 0..turns {
        let [guarded, bare] = &mut email;
        let [with, without] = [p99(guarded, requests).await?, p99(bare, requests).await?];
        late.push(with.as_secs_f64() / without.as_secs_f64());
    }
    let done = background.stop()?;
    table.ratio_at_most("p99_with_to_without_layer", median(late), 1.15);
    table.note("forged_requests_a_second_beside_it", done.forged_a_second);
    table.note("rotations_and_revocations_a_second_beside_it", done.changes_a_second);
    Ok(())
}

/// Connections to the guarded server and to the bare one. Every key is in the cache, and every connection warm,
/// before anything is timed.
async fn connect(service: &Service, request: fn(&str) -> Vec<u8>) -> Result<[Load; 2], Failed> {
    let requests = service.requests(request);
    let warm_up = requests.len() + CONNECTIONS;
    let mut guarded = Load::connect(service.guarded, requests.clone(), CONNECTIONS).await?;
    let mut bare = Load::connect(service.bare, requests, CONNECTIONS).await?;
    guarded.send(warm_up).await?;
    bare.send(warm_up).await?;
    Ok([guarded, bare])
}

/// Requests per second without the layer, and which share of them there is with it.
async fn throughput(
    [guarded, bare]: &mut [Load; 2],
    turns: usize,
    requests: usize,
) -> Result<[f64; 2], Failed> {
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let [with, without] = [timed(guarded, requests).await?, timed(bare, requests).await?];
        rates.push(f64::from(u32::try_from(requests)?) / without.as_secs_f64());
        shares.push(without.as_secs_f64() / with.as_secs_f64());
    }
    Ok([median(rates), median(shares)])
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
