//! The cost of a warm verification, compared with the floor.

use std::cell::Cell;
use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use keyward::{
    AccountId, Actor, ActorId, App, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    Network, NewCredential, NewWorkspace, SlowHashParams,
    manage::{CredentialNetworks, Label, Labels},
    scope::{ScopeName, Scopes, Vocabulary},
    time::SystemClock,
};
use pollster::block_on;

use crate::changeable_floor::ChangeableFloor;
use crate::floor::Floor;
use crate::population::{FROM, Population, shop, verify_warm};
use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

/// The number of attempts in one run.
const ATTEMPTS: usize = 8_192;
const HOT: usize = 256;
/// The networks that the measured workspaces allow.
const NETWORKS: u16 = 50;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (many, some) = match effort {
        Effort::Full => (1_000_000, 100_000),
        Effort::Quick => (10_000, 2_000),
    };
    let small = Population::new(1_000, NETWORKS, SystemClock::new())?;
    let population = Population::new(some, NETWORKS, SystemClock::new())?;
    beside_the_floor(("uniform_verify_to_floor", 1.2), effort, table, &population, some)?;
    drop(population);

    let large = Population::new(many, NETWORKS, SystemClock::new())?;
    beside_the_floor(("hot_verify_to_floor", 1.15), effort, table, &large, HOT)?;
    one_by_one(effort, table, &large, &small)?;
    allowlists(effort, table)?;
    measure_grants(effort, table)?;
    allocations(table, &large);
    threads(effort, table, &large)
}

/// Compares warm verifications of `keys` keys in turn with the floor for the same keys. Also another floor, and one whose keys
/// can change while they are in use.
fn beside_the_floor(
    (name, bound): (&str, f64),
    effort: Effort,
    table: &mut Table,
    population: &Population,
    keys: usize,
) -> Result<(), Box<dyn Error>> {
    let tokens = || population.tokens.iter().map(keyward::SecretKey::expose);
    let floor = || Floor::new(tokens()).ok_or("floor");
    let (floor, other) = (floor()?, floor()?);
    let changeable = ChangeableFloor::new(tokens(), NETWORKS).ok_or("floor")?;
    let texts = population.spread(keys);
    let keyward = &population.keyward;
    let mut places = (0, 0, 0, 0);
    let [ours, theirs, others, by_hand] = medians(
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
            &mut || {
                take_turns(&texts, &mut places.2, |text| {
                    other.verify(text).ok_or_else(|| "floor".into())
                })
            },
            &mut || {
                take_turns(&texts, &mut places.3, |text| {
                    let known = changeable.verify(text, FROM).ok_or("floor")?;
                    drop(black_box(known));
                    Ok(())
                })
            },
        ],
    )?;
    table.note_ratio(&format!("{name}_by_hand"), by_hand.as_secs_f64() / theirs.as_secs_f64());
    table.note_ratio(
        &format!("{name}_of_another_floor"),
        others.as_secs_f64() / theirs.as_secs_f64(),
    );
    table.note(&format!("{name}_floor_ns"), per_attempt(theirs));
    table.ratio_at_most(name, ours.as_secs_f64() / theirs.as_secs_f64(), bound);
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
    let floor = Floor::new([right]).ok_or("floor")?;
    let mut places = (0, 0);
    let refused = Cell::new(0_u64);
    let [app, other_app, one_app, track, wrong, mistyped, malformed, by_hand, floor] = medians(
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
            &mut || {
                repeat(|| {
                    if floor.verify(black_box("kw_app_malformed")).is_some() {
                        return Err("passes".into());
                    }
                    refused.set(black_box(refused.get() + 1));
                    Ok(())
                })
            },
            &mut || repeat(|| floor.verify(black_box(right)).ok_or_else(|| "floor".into())),
        ] as [Work<'_>; 9],
    )?;
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    table.note("hot_verify_ns", per_attempt(app));
    table.ratio_at_most("many_to_few_in_the_store", ratio(app, other_app), 1.15);
    table.ratio_at_most("track_to_app", ratio(track, one_app), 1.2);
    table.ratio_at_most("wrong_secret_to_warm", ratio(wrong, one_app), 1.1);
    table.ratio_at_most("bad_checksum_to_floor", ratio(mistyped, floor), 0.3);
    table.note_ratio("malformed_to_floor_by_hand", ratio(by_hand, floor));
    table.ratio_at_most("malformed_to_floor", ratio(malformed, floor), 0.1);
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
    let floor = Floor::new([*one_text]).ok_or("floor")?;
    let [one, many, floor] = medians(
        effort,
        [
            &mut || repeat(|| passes(&one.keyward, one_text)) as Result<(), Box<dyn Error>>,
            &mut || repeat(|| passes(&many.keyward, many_text)),
            &mut || repeat(|| floor.verify(black_box(one_text)).ok_or_else(|| "floor".into())),
        ],
    )?;
    let longer = many.as_secs_f64() - one.as_secs_f64();
    table.ratio_at_most("longer_allowlist_to_floor", longer / floor.as_secs_f64(), 0.12);
    Ok(())
}

/// Measures what scopes, networks, labels and inactive owners add to a warm verification.
pub(crate) fn measure_grants(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    grants(effort, table)?;
    inactive_owners(effort, table)
}

/// Compares a key with 20 scopes, 16 networks of its own and 16 labels with a key without them.
fn grants(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let names: Vec<_> = (0..20).map(|at| format!("scope:{at}")).collect();
    let vocabulary = Vocabulary::new(names.iter().map(|name| (name, "A scope")))?;
    let required = vocabulary.scope("scope:19").ok_or("no scope")?;
    let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .vocabulary(vocabulary)
        .build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let (manager, shop) = (keyward.manager(&admin), shop()?);
    block_on(manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)))?;
    let scopes = names.iter().map(ScopeName::new).collect::<Result<Vec<_>, _>>()?;
    let networks = (1..16).map(|at| format!("10.{at}.0.0/25").parse());
    let networks = networks.chain([Ok(Network::of(FROM))]).collect::<Result<Vec<_>, _>>()?;
    let labels = (0..16).map(|at| Label::new(format!("label-{at}"), "a value"));
    let narrowed = NewCredential::new(shop.clone(), Name::new("narrowed")?)
        .scopes(Scopes::only(scopes)?)
        .networks(CredentialNetworks::new(networks)?)
        .labels(Labels::new(labels.collect::<Result<Vec<_>, _>>()?)?);
    let plain = NewCredential::new(shop, Name::new("plain")?);
    let narrowed = block_on(manager.issue_app_key(narrowed))?.secret;
    let plain = block_on(manager.issue_app_key(plain))?.secret;
    let attempt = Attempt::<App>::app(narrowed.expose()).client_address(FROM);
    let proof = block_on(keyward.verify(&attempt))?;
    block_on(keyward.verify(&Attempt::<App>::app(plain.expose()).client_address(FROM)))?;
    let [with, without, require] = medians(
        effort,
        [
            &mut || repeat(|| passes(&keyward, narrowed.expose())) as Result<(), Box<dyn Error>>,
            &mut || repeat(|| passes(&keyward, plain.expose())),
            &mut || repeat(|| Ok(black_box(&proof).require(black_box(required))?)),
        ],
    )?;
    let (with, without) = (with.as_secs_f64(), without.as_secs_f64());
    table.ratio_at_most("narrowed_to_plain", with / without, 1.05);
    table.ratio_at_most("require_to_verify", require.as_secs_f64() / without, 0.02);
    let counted = allocation_counter::measure(|| {
        for _ in 0..256 {
            drop(black_box(proof.require(black_box(required))));
        }
    });
    table.count_at_most("allocations_by_256_requires", counted.count_total, 0);
    Ok(())
}

/// Compares a member's key in an account with 1,000 inactive members and in one without.
fn inactive_owners(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (none, many) =
        (Population::new(1, 1, SystemClock::new())?, Population::new(1, 1, SystemClock::new())?);
    let (none_key, many_key) = (none.owned_key(0)?, many.owned_key(1_000)?);
    let (none_text, many_text) = (none_key.expose(), many_key.expose());
    let counted = allocation_counter::measure(|| {
        drop(black_box(passes(&many.keyward, many_text)));
    });
    table.count_at_most("allocations_with_inactive_owners", counted.count_total, 0);
    let [none, many] = medians(
        effort,
        [
            &mut || repeat(|| passes(&none.keyward, none_text)) as Result<(), Box<dyn Error>>,
            &mut || repeat(|| passes(&many.keyward, many_text)),
        ],
    )?;
    let ratio = many.as_secs_f64() / none.as_secs_f64();
    table.ratio_at_most("inactive_owners_to_none", ratio, 1.05);
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

fn threads(
    effort: Effort,
    table: &mut Table,
    population: &Population,
) -> Result<(), Box<dyn Error>> {
    let runs = match effort {
        Effort::Full => 31,
        Effort::Quick => 1,
    };
    let texts = population.spread(HOT);
    let (left, right) = texts.split_at(HOT / 2);
    let keyward = &population.keyward;
    let floor = Floor::new(texts.iter().copied()).ok_or("floor")?;
    let one_key = texts.get(..1).unwrap_or_default();
    let ours = |text: &str| passes(keyward, text);
    let pure = |text: &str| {
        black_box(pure(text));
        Ok(())
    };
    // All take turns, so that the processor's state at a moment affects all of them.
    let mut speeds = [const { Vec::new() }; 4];
    for _ in 0..runs {
        let [distinct, shared, floor_shared, processor] = &mut speeds;
        distinct.push(speed_up(left, right, ours));
        shared.push(speed_up(one_key, one_key, ours));
        floor_shared.push(speed_up(one_key, one_key, |text| {
            floor.verify(text).ok_or_else(|| "floor".into())
        }));
        processor.push(speed_up(one_key, one_key, pure));
    }
    let [distinct, shared, floor_shared, processor] = speeds.map(|mut all| median(&mut all));
    table.ratio_at_least("two_threads_to_one_distinct_keys", distinct, 1.8);
    table.note_ratio("two_threads_to_one_sharing_nothing", processor);
    table.note_ratio("two_threads_to_one_same_key_by_hand", floor_shared);
    table.ratio_at_least("two_threads_to_one_same_key", shared, 1.6);
    Ok(())
}

/// A digest of the text, which shares no memory with another thread.
fn pure(text: &str) -> [u8; 32] {
    <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()).into()
}

/// Measures the throughput of two threads relative to one.
fn speed_up(
    left: &[&str],
    right: &[&str],
    attempt: impl Fn(&str) -> Result<(), Box<dyn Error>> + Sync,
) -> f64 {
    const ROUNDS: usize = 20;
    let work = |texts: &[&str]| {
        let mut place = 0;
        for _ in 0..ROUNDS {
            drop(black_box(take_turns(texts, &mut place, &attempt)));
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

pub(crate) fn repeat(
    attempt: impl Fn() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..ATTEMPTS {
        attempt()?;
    }
    Ok(())
}

pub(crate) fn passes(keyward: &Keyward, text: &str) -> Result<(), Box<dyn Error>> {
    match verify_warm(keyward, &Attempt::app(text).client_address(FROM)) {
        Some(Ok(verified)) => drop(black_box(verified)),
        // Once a second the feed is polled. The memory store answers within the same poll of the future.
        other => return Err(format!("{other:?}").into()),
    }
    Ok(())
}

pub(crate) fn is_denied(keyward: &Keyward, text: &str) -> Result<(), Box<dyn Error>> {
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
