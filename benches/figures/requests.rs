//! The cost of an attempt, and the most work that a forged one can cause.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use keyward::{
    AccountId, Actor, ActorId, Attempt, Builder, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    NewCredential, NewWorkspace, SlowHashParams, WorkspaceId, manage::Issued, time::ManualClock,
};
use pollster::block_on;

use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

/// The number of attempts in one run. It is large, so that the cost of the clock does not matter.
const ATTEMPTS: usize = 1_000;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (keyward, other) = (handle(builder()?)?, handle(builder()?)?);
    let uncached = handle(builder()?.cached_credentials(0))?;
    let right = issue(&keyward, "right")?;
    let first = issue(&uncached, "first")?;
    let rotated = issue(&keyward, "rotated")?;
    // An existing id with a revoked secret, which is the best that a forger can present.
    let manager = admin()?;
    let _fresh = block_on(keyward.manager(&manager).rotate(rotated.credential.id, Duration::ZERO))?;
    let unknown = issue(&other, "unknown")?;
    let mistyped = right.secret.expose().to_lowercase();

    let [cached, read, wrong, unknown, mistyped] = medians(
        effort,
        [
            &mut attempts(&keyward, right.secret.expose()) as Work<'_>,
            &mut attempts(&uncached, first.secret.expose()),
            &mut attempts(&keyward, rotated.secret.expose()),
            &mut attempts(&keyward, unknown.secret.expose()),
            &mut attempts(&keyward, &mistyped),
        ],
    )?;
    let runs = keyward.stats().argon2id_verify_runs + uncached.stats().argon2id_verify_runs;
    table.count_at_most("argon2id_runs_by_attempts", runs, 0);
    // Checks that the baseline of the next rows is read from the store each time.
    table.count_at_most("cache_hits_without_a_cache", uncached.stats().hits, 0);
    table.ratio_at_most("mistyped_to_cached_right", ratio(mistyped, cached), 1.0);
    table.ratio_at_most("wrong_secret_to_cached_right", ratio(wrong, cached), 1.0);
    table.ratio_at_most("unknown_id_to_uncached_right", ratio(unknown, read), 1.0);
    Ok(())
}

fn ratio(time: Duration, to: Duration) -> f64 {
    time.as_secs_f64() / to.as_secs_f64()
}

/// A run of attempts with one token, with any outcome.
fn attempts(keyward: &Keyward, token: &str) -> impl FnMut() -> Result<(), Box<dyn Error>> {
    move || {
        for _ in 0..ATTEMPTS {
            drop(black_box(block_on(keyward.verify(&Attempt::app(black_box(token))))));
        }
        Ok(())
    }
}

/// Uses a memory store and a fixed clock, so that no poll and no flush happens during a run.
fn builder() -> Result<Builder, Box<dyn Error>> {
    let keys = MasterKeys::new(MasterKey::generate()?);
    Ok(Keyward::builder(MemoryStore::new(), keys)
        .clock(ManualClock::at("2030-01-01T09:00:00Z".parse()?))
        .slow_hash(SlowHashParams::dangerous_cheap()))
}

/// Returns a handle with one workspace.
fn handle(builder: Builder) -> Result<Keyward, Box<dyn Error>> {
    let keyward = builder.build()?;
    let new = NewWorkspace::new(shop()?, Name::new("Shop")?);
    block_on(keyward.manager(&admin()?).create_workspace(new))?;
    Ok(keyward)
}

fn issue(keyward: &Keyward, name: &str) -> Result<Issued, Box<dyn Error>> {
    let new = NewCredential::new(shop()?, Name::new(name)?);
    Ok(block_on(keyward.manager(&admin()?).issue_app_key(new))?)
}

fn admin() -> Result<Actor, Box<dyn Error>> {
    Ok(Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?))
}

fn shop() -> Result<WorkspaceId, Box<dyn Error>> {
    Ok(WorkspaceId::new("acme/shop")?)
}
