//! The cost of a warm verification, compared with the floor.

use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use keyward::{Attempt, Keyward, time::SystemClock};

use crate::floor::Floor;
use crate::population::{FROM, Population, verify_warm};
use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

/// The number of attempts in one run.
const ATTEMPTS: usize = 8_192;
const HOT: usize = 256;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (many, some) = match effort {
        Effort::Full => (1_000_000, 100_000),
        Effort::Quick => (10_000, 2_000),
    };
    let small = Population::new(1_000, 50, SystemClock::new())?;
    let population = Population::new(some, 50, SystemClock::new())?;
    beside_the_floor("uniform_verify_to_floor", effort, table, &population, some)?;
    drop(population);

    let large = Population::new(many, 50, SystemClock::new())?;
    beside_the_floor("hot_verify_to_floor", effort, table, &large, HOT)?;
    one_by_one(effort, table, &large, &small)?;
    allowlists(effort, table)?;
    allocations(table, &large);
    threads(effort, table, &large);
    Ok(())
}

/// Compares warm verifications of `keys` keys in turn with the floor for the same keys.
fn beside_the_floor(
    name: &str,
    effort: Effort,
    table: &mut Table,
    population: &Population,
    keys: usize,
) -> Result<(), Box<dyn Error>> {
    let floor =
        Floor::new(population.tokens.iter().map(keyward::SecretKey::expose)).ok_or("floor")?;
    let texts = population.spread(keys);
    let keyward = &population.keyward;
    let mut places = (0, 0);
    let [ours, theirs] = medians(
        effort,
        [
            &mut || {
                take_turns(&texts, &mut places.0, |text| passes(keyward, text))
                    as Result<(), Box<dyn Error>>
            },
            &mut || {
                take_turns(&texts, &mut places.1, |text| {
                    floor.verify(text).ok_or_else(|| "floor".into())
                })
            },
        ],
    )?;
    table.note(&format!("{name}_floor_ns"), per_attempt(theirs));
    table.ratio_at_most(name, ours.as_secs_f64() / theirs.as_secs_f64(), 1.35);
    Ok(())
}

fn one_by_one(
    effort: Effort,
    table: &mut Table,
    large: &Population,
    small: &Population,
) -> Result<(), Box<dyn Error>> {
    let (hot, few) = (large.spread(HOT), small.spread(HOT));
    let right = hot.first().copied().ok_or("no key")?;
    let wrong = wrong_secret(right)?;
    let checksum = right.to_lowercase();
    let (site_id, api_key) = &large.track;
    let keyward = &large.keyward;
    let track = Attempt::track(site_id, api_key).client_address(FROM);
    let mut places = (0, 0);
    let [app, other_app, one_app, track, wrong, mistyped, malformed] = medians(
        effort,
        [
            &mut || {
                take_turns(&hot, &mut places.0, |text| passes(keyward, text))
                    as Result<(), Box<dyn Error>>
            },
            &mut || take_turns(&few, &mut places.1, |text| passes(&small.keyward, text)),
            &mut || repeat(|| passes(keyward, right)),
            &mut || {
                repeat(|| {
                    verify_warm(keyward, black_box(&track)).map(drop).ok_or_else(|| "cold".into())
                })
            },
            &mut || repeat(|| is_denied(keyward, &wrong)),
            &mut || repeat(|| is_denied(keyward, &checksum)),
            &mut || repeat(|| is_denied(keyward, "kw_app_malformed")),
        ] as [Work<'_>; 7],
    )?;
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    table.note("hot_verify_ns", per_attempt(app));
    table.ratio_at_most("many_to_few_in_the_store", ratio(app, other_app), 1.15);
    table.ratio_at_most("track_to_app", ratio(track, one_app), 1.2);
    table.ratio_at_most("wrong_secret_to_warm", ratio(wrong, one_app), 1.1);
    table.nanoseconds_at_most("bad_checksum_ns", per_attempt(mistyped), 60.0);
    table.nanoseconds_at_most("malformed_ns", per_attempt(malformed), 15.0);
    Ok(())
}

fn allowlists(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (one, many) = (
        Population::new(1, 1, SystemClock::new())?,
        Population::new(1, 1_000, SystemClock::new())?,
    );
    let (one_text, many_text) = (one.spread(1), many.spread(1));
    let (Some(one_text), Some(many_text)) = (one_text.first(), many_text.first()) else {
        return Err("no key".into());
    };
    let [one, many] = medians(
        effort,
        [
            &mut || repeat(|| passes(&one.keyward, one_text)) as Result<(), Box<dyn Error>>,
            &mut || repeat(|| passes(&many.keyward, many_text)),
        ],
    )?;
    table.nanoseconds_at_most("longer_allowlist_ns", per_attempt(many) - per_attempt(one), 25.0);
    Ok(())
}

fn allocations(table: &mut Table, population: &Population) {
    let texts = population.spread(HOT);
    let counted = allocation_counter::measure(|| {
        for text in &texts {
            drop(black_box(passes(&population.keyward, text)));
        }
    });
    table.count_at_most("allocations_by_256_warm_verifications", counted.count_total, 0);
}

fn threads(effort: Effort, table: &mut Table, population: &Population) {
    let runs = match effort {
        Effort::Full => 31,
        Effort::Quick => 3,
    };
    let texts = population.spread(HOT);
    let (left, right) = texts.split_at(HOT / 2);
    let keyward = &population.keyward;
    let one_key = texts.get(..1).unwrap_or_default();
    let mut distinct: Vec<_> = (0..runs).map(|_| speed_up(keyward, left, right)).collect();
    let mut shared: Vec<_> = (0..runs).map(|_| speed_up(keyward, one_key, one_key)).collect();
    table.ratio_at_least("two_threads_to_one_distinct_keys", median(&mut distinct), 1.8);
    table.ratio_at_least("two_threads_to_one_same_key", median(&mut shared), 1.6);
}

/// Measures the throughput of two threads relative to one.
fn speed_up(keyward: &Keyward, left: &[&str], right: &[&str]) -> f64 {
    const ROUNDS: usize = 20;
    let work = |texts: &[&str]| {
        let mut place = 0;
        for _ in 0..ROUNDS {
            drop(black_box(take_turns(texts, &mut place, |text| passes(keyward, text))));
        }
    };
    let begun = Instant::now();
    work(left);
    let alone = begun.elapsed();
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| work(left));
        work(right);
    });
    2.0 * alone.as_secs_f64() / begun.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn take_turns(
    texts: &[&str],
    place: &mut usize,
    attempt: impl Fn(&str) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..ATTEMPTS {
        *place = if *place + 1 < texts.len() { *place + 1 } else { 0 };
        attempt(black_box(texts.get(*place).copied().unwrap_or_default()))?;
    }
    Ok(())
}

fn repeat(attempt: impl Fn() -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    for _ in 0..ATTEMPTS {
        attempt()?;
    }
    Ok(())
}

fn passes(keyward: &Keyward, text: &str) -> Result<(), Box<dyn Error>> {
    match verify_warm(keyward, &Attempt::app(text).client_address(FROM)) {
        Some(Ok(verified)) => drop(black_box(verified)),
        // Once a second the feed is polled. The memory store answers within the same poll of the future.
        other => return Err(format!("{other:?}").into()),
    }
    Ok(())
}

fn is_denied(keyward: &Keyward, text: &str) -> Result<(), Box<dyn Error>> {
    match verify_warm(keyward, black_box(&Attempt::app(text).client_address(FROM))) {
        Some(Err(error)) => drop(black_box(error)),
        other => return Err(format!("{other:?}").into()),
    }
    Ok(())
}

/// Returns the same id with another secret and a correct checksum.
fn wrong_secret(token: &str) -> Result<String, Box<dyn Error>> {
    let body = token.get(..token.len() - 6).ok_or("short")?;
    let (kept, last) = body.split_at(body.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    let body = format!("{kept}{other}");
    let checksum = crate::floor::base62(crc32fast::hash(body.as_bytes()));
    Ok(format!("{body}{}", String::from_utf8(checksum.to_vec())?))
}

fn per_attempt(run: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let attempts = ATTEMPTS as f64;
    run.as_secs_f64() * 1e9 / attempts
}
