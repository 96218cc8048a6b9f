//! Compares a store with the same work by hand, on either database.

use std::cell::Cell;
use std::error::Error;
use std::time::Duration;

use keyward::CredentialId;
use keyward::store::CredentialStore;
use tokio::runtime::Runtime;

use crate::sampling::{Work, medians_of};
use crate::seeded::{Ids, Seed, Sizes};
use crate::table::Table;

/// Compares reads of a few credentials and of many with the same reads by hand.
pub(crate) fn reads<P>(
    sizes: Sizes,
    table: &mut Table,
    (database, runtime): (&str, &Runtime),
    [few, many]: [&impl CredentialStore; 2],
    [few_bare, many_bare]: [&P; 2],
    bare: &impl AsyncFn(&P, CredentialId) -> Result<String, sqlx::Error>,
) -> Result<(), Box<dyn Error>> {
    let mut ids = [sizes.few, sizes.few, sizes.many, sizes.many].map(Ids::of);
    let [few_ids, few_bare_ids, many_ids, many_bare_ids] = &mut ids;
    let bare = async |pool: &P, ids: &mut Ids| {
        for _ in 0..sizes.reads {
            std::hint::black_box(bare(pool, ids.draw()?).await?);
        }
        Ok(())
    };
    let works: [Work<'_>; 4] = [
        &mut || runtime.block_on(read(few, few_ids, sizes.reads)),
        &mut || runtime.block_on(bare(few_bare, few_bare_ids)),
        &mut || runtime.block_on(read(many, many_ids, sizes.reads)),
        &mut || runtime.block_on(bare(many_bare, many_bare_ids)),
    ];
    let [few, few_bare, many, many_bare] = medians_of(sizes.runs, works)?;
    table.note(&format!("{database}_read_us"), micros(few, sizes.reads));
    table.ratio_at_most(&format!("{database}_read_to_bare_query"), ratio(few, few_bare), 1.3);
    let growth = ratio(many, few) / ratio(many_bare, few_bare);
    table.ratio_at_most(&format!("{database}_growth_to_bare_growth"), growth, 1.1);
    let longer = |many: Duration, few: Duration| many.as_secs_f64() - few.as_secs_f64();
    let longer = longer(many, few) / longer(many_bare, few_bare);
    table.note_ratio(&format!("{database}_longer_to_bare_longer"), longer);
    Ok(())
}

/// The number of events between two polls, for the row of the feed.
const EVENTS: usize = 250;

/// Compares a poll that finds many events with one that finds none, and with the same two queries by hand.
pub(crate) fn feed(
    sizes: Sizes,
    table: &mut Table,
    (database, runtime): (&str, &Runtime),
    (store, seed): (&impl CredentialStore, &mut Seed),
    bare: impl AsyncFn(i64) -> Result<usize, sqlx::Error>,
) -> Result<(), Box<dyn Error>> {
    let before = runtime.block_on(store.position())?;
    for _ in 0..EVENTS {
        let change = seed.issue()?;
        runtime.block_on(store.commit(&change))?;
    }
    let after = runtime.block_on(store.position())?;
    let count = sizes.reads / 10;
    let polls = |position| {
        runtime.block_on(async {
            for _ in 0..count {
                std::hint::black_box(store.changes_since(position, EVENTS).await?);
            }
            Ok(())
        })
    };
    let queries = |after: u64, expected: usize| {
        let after = i64::try_from(after)?;
        runtime.block_on(async {
            for _ in 0..count {
                let found = bare(after).await?;
                if found != expected {
                    return Err(format!("found {found} events by hand").into());
                }
            }
            Ok(())
        })
    };
    let works: [Work<'_>; 4] = [
        &mut || polls(&before),
        &mut || polls(&after),
        &mut || queries(before.number(), EVENTS),
        &mut || queries(after.number(), 0),
    ];
    let [events, none, bare_events, bare_none] = medians_of(sizes.runs, works)?;
    table.note(&format!("{database}_poll_us"), micros(none, count));
    table.note(&format!("{database}_poll_of_{EVENTS}_events_us"), micros(events, count));
    table.note(
        &format!("{database}_poll_of_{EVENTS}_events_by_hand_us"),
        micros(bare_events, count),
    );
    let name = format!("{database}_poll_of_{EVENTS}_events_to_none");
    table.note_ratio(&format!("{name}_by_hand"), ratio(bare_events, bare_none));
    table.ratio_at_most(&name, ratio(events, none), 3.0);
    Ok(())
}

async fn read(
    store: &impl CredentialStore,
    ids: &mut Ids,
    count: u32,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        store.credential(ids.draw()?).await?.ok_or("a row is missing")?;
    }
    Ok(())
}

/// Compares commits that issue a key with bare transactions that write the same rows, and these with themselves, in turns: that
/// ratio would be 1 on a machine without other work.
pub(crate) fn commits(
    sizes: Sizes,
    table: &mut Table,
    (database, runtime): (&str, &Runtime),
    (store, seed): (&impl CredentialStore, &mut Seed),
    bare: impl AsyncFn(u32) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let number = Cell::new(0);
    let by_hand = || {
        runtime.block_on(async {
            for _ in 0..sizes.commits {
                number.set(number.get() + 1);
                bare(number.get()).await?;
            }
            Ok(())
        })
    };
    let works: [Work<'_>; 3] = [
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.commits {
                    store.commit(&seed.issue()?).await?;
                }
                Ok(())
            })
        },
        &mut || by_hand(),
        &mut || by_hand(),
    ];
    let [ours, bare, again] = medians_of(sizes.runs, works)?;
    table.note_ratio(&format!("{database}_bare_transaction_to_itself"), ratio(again, bare));
    table.note(&format!("{database}_commit_us"), micros(ours, sizes.commits));
    table.ratio_at_most(&format!("{database}_commit_to_bare_transaction"), ratio(ours, bare), 1.5);
    Ok(())
}

fn micros(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
