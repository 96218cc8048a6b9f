//! Measures the cost of the layer for an axum service. Run it with `cargo bench --features axum --bench http`.
//!
//! Five servers take turns (A B C D E A B C D E) in answering the same requests over real connections: one with the layer, one
//! with the extractor, one with a verification in the thinnest possible layer, one with a hand-written check, and one without a
//! check. The output has the format of `figures`, and `docs/benchmarks.md` explains it. Add `wrk` to the command to send the
//! requests with `wrk`.

mod background;
mod by_hand;
#[path = "../figures/floor.rs"]
mod floor;
mod load;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../figures/sampling.rs"]
mod sampling;
mod service;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../figures/table.rs"]
mod table;
mod wrk;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::load::{Failed, Load};
use self::sampling::Effort;
use self::service::Service;
use self::table::Table;

/// The number of connections, each of which sends one request after another.
const CONNECTIONS: usize = 16;

/// Returns the number of turns, and the number of requests to each server in one turn.
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
    // The servers run on another thread. This thread sends the requests.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(effort, &service, &mut table))?;
    Ok(table.end())
}

async fn measure(effort: Effort, service: &Service, table: &mut Table) -> Result<(), Failed> {
    let (turns, requests) = turns(effort);
    let mut small = connect(service, service::get_attributes).await?;
    let mut email = connect(service, service::send_email).await?;

    let least = throughput(&mut small, turns, requests).await?;
    let rates = throughput(&mut email, turns, requests).await?;
    table.ratio_at_least("requests_per_second_with_layer_to_by_hand", rates.layer_to_by_hand, 0.98);
    let extractor = rates.extractor_to_by_hand;
    table.ratio_at_least("requests_per_second_with_extractor_to_by_hand", extractor, 0.98);
    table.note_ratio("requests_per_second_with_verification_to_by_hand", rates.verified_to_by_hand);
    table.note("layer_to_no_layer_in_percent", 100.0 * rates.layer);
    table.note("by_hand_to_no_layer_in_percent", 100.0 * rates.by_hand);
    table.note("layer_to_no_layer_of_a_constant_answer_in_percent", 100.0 * least.layer);
    table.note("requests_per_second_without_layer", rates.bare);

    let background = background::start(service);
    let (mut late, mut late_by_hand) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let times = in_turn(&mut email, async |load| p99(load, requests).await).await?;
        let [layer, _, _, by_hand, bare] = times.map(|time| time.as_secs_f64());
        late.push(layer / bare);
        late_by_hand.push(by_hand / bare);
    }
    let done = background.stop()?;
    table.ratio_at_most("p99_with_to_without_layer", median(late), 1.15);
    table.note("p99_by_hand_in_percent", 100.0 * median(late_by_hand));
    table.note("forged_requests_a_second_beside_it", done.forged_a_second);
    table.note("rotations_and_revocations_a_second_beside_it", done.changes_a_second);
    Ok(())
}

/// Connections to the servers: with the layer, with the extractor, with a verification, by hand, bare.
type Loads = [Load; 5];

/// Returns the connections. All keys are cached and all connections are warm before the measurement.
async fn connect(service: &Service, request: fn(&str) -> Vec<u8>) -> Result<Loads, Failed> {
    let requests = service.requests(request);
    let warm = async |server| {
        let mut load = Load::connect(server, Arc::clone(&requests), CONNECTIONS).await?;
        load.send(requests.len() + CONNECTIONS).await?;
        Ok::<_, Failed>(load)
    };
    Ok([
        warm(service.guarded).await?,
        warm(service.extracted).await?,
        warm(service.verified).await?,
        warm(service.by_hand).await?,
        warm(service.bare).await?,
    ])
}

/// The requests per second of the bare server, and the relative rates of the others.
struct Rates {
    bare: f64,
    layer: f64,
    by_hand: f64,
    layer_to_by_hand: f64,
    extractor_to_by_hand: f64,
    verified_to_by_hand: f64,
}

async fn throughput(loads: &mut Loads, turns: usize, requests: usize) -> Result<Rates, Failed> {
    let (mut rates, mut layers, mut by_hands) = (Vec::new(), Vec::new(), Vec::new());
    let [mut to_by_hand, mut extractors, mut verifieds] = [const { Vec::new() }; 3];
    for _ in 0..turns {
        let times = in_turn(loads, async |load| timed(load, requests).await).await?;
        let [layer, extractor, verified, by_hand, bare] = times.map(|time| time.as_secs_f64());
        rates.push(f64::from(u32::try_from(requests)?) / bare);
        layers.push(bare / layer);
        by_hands.push(bare / by_hand);
        to_by_hand.push(by_hand / layer);
        extractors.push(by_hand / extractor);
        verifieds.push(by_hand / verified);
    }
    Ok(Rates {
        bare: median(rates),
        layer: median(layers),
        by_hand: median(by_hands),
        layer_to_by_hand: median(to_by_hand),
        extractor_to_by_hand: median(extractors),
        verified_to_by_hand: median(verifieds),
    })
}

/// Returns the result of each server for one measurement.
async fn in_turn(
    [layer, extractor, verified, by_hand, bare]: &mut Loads,
    measure: impl AsyncFn(&mut Load) -> Result<Duration, Failed>,
) -> Result<[Duration; 5], Failed> {
    Ok([
        measure(layer).await?,
        measure(extractor).await?,
        measure(verified).await?,
        measure(by_hand).await?,
        measure(bare).await?,
    ])
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
