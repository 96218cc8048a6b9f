//! The cost of remembering the networks from which credentials passed.

use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use keyward::operate::NetworkViewers;
use keyward::{Attempt, Keyward, time::SystemClock};

use crate::population::{FROM, Population, verify_warm};
use crate::sampling::Effort;
use crate::table::Table;

const ATTEMPTS: usize = 8_192;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let off = Population::new(1, 50, SystemClock::new())?;
    let on = Population::built(1, 50, |builder| {
        builder.clock(SystemClock::new()).remember_networks(NetworkViewers::Managers)
    })?;
    for (name, threads) in
        [("remembered_networks_to_none", 1), ("remembered_networks_to_none_two_threads", 2)]
    {
        table.ratio_at_most(name, ratio(effort, threads, &on, &off), 1.02);
    }
    Ok(())
}

/// Returns the median of many ratios. The two take turns, and each turn is short, so that other load meets both.
fn ratio(effort: Effort, threads: usize, on: &Population, off: &Population) -> f64 {
    let pairs = match effort {
        Effort::Full => 501,
        Effort::Quick => 3,
    };
    let time = |population: &Population| turn(threads, population);
    let mut ratios: Vec<_> = (0..pairs)
        .map(|number| {
            let (on, off) = if number % 2 == 0 {
                let on = time(on);
                (on, time(off))
            } else {
                let off = time(off);
                (time(on), off)
            };
            on.as_secs_f64() / off.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(pairs / 2).copied().unwrap_or(f64::INFINITY)
}

/// Returns how long the threads take, each with many verifications of the same key.
fn turn(threads: usize, population: &Population) -> Duration {
    let text = population.spread(1).first().copied().unwrap_or_default();
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| verify_all(&population.keyward, text));
        }
        verify_all(&population.keyward, text);
    });
    begun.elapsed()
}

fn verify_all(keyward: &Keyward, text: &str) {
    for _ in 0..ATTEMPTS {
        let attempt = Attempt::app(black_box(text)).client_address(FROM);
        let outcome = verify_warm(keyward, &attempt);
        assert!(matches!(outcome, Some(Ok(_))), "a valid key was denied");
        drop(black_box(outcome));
    }
}
