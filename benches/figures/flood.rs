//! The effect of forged keys on the keys in use.

use std::error::Error;
use std::hint::black_box;

use keyward::{Attempt, DenialReason, NotVerified, time::SystemClock};
use pollster::block_on;

use crate::floor::base62;
use crate::population::{FROM, Population};
use crate::sampling::Effort;
use crate::table::Table;

/// The number of keys in use.
const HOT: usize = 256;

/// Mixes attempts with keys in use and attempts with ids that the store does not have, each id a new one.
pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let unknown = match effort {
        Effort::Full => 1_000_000,
        Effort::Quick => 20_000,
    };
    // The cache has a quarter more entries than there are keys in use.
    let population = Population::new(HOT, 50, SystemClock::new())?;
    let keyward = &population.keyward;
    let before = keyward.stats();
    for (number, hot) in (0..unknown).zip(population.spread(HOT).into_iter().cycle()) {
        let made_up = made_up(number)?;
        match block_on(keyward.verify(&Attempt::app(black_box(&made_up)).client_address(FROM))) {
            Err(NotVerified::Denied(denial)) if denial.reason() == DenialReason::Unknown => {}
            other => return Err(format!("{other:?}").into()),
        }
        block_on(keyward.verify(&Attempt::app(black_box(hot)).client_address(FROM)))?;
    }
    let after = keyward.stats();
    // An unknown id is never a cache hit, so these are the hits of the keys in use.
    let hits = after.hits - before.hits;
    table.share_at_least("hot_hits_in_a_flood", hits, u64::from(unknown), 0.99);
    let runs = after.argon2id_verify_runs - before.argon2id_verify_runs;
    table.count_at_most("argon2id_runs_in_a_flood", runs, 0);
    Ok(())
}

/// Returns a key with a correct checksum that was never issued.
fn made_up(number: u32) -> Result<String, Box<dyn Error>> {
    let body = format!("kw_app_{number:012}{:043}", 0);
    let checksum = base62(crc32fast::hash(body.as_bytes()));
    Ok(format!("{body}{}", str::from_utf8(&checksum)?))
}
