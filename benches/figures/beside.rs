//! Compares a store with the same work by hand, on either database.

use std::error::Error;
use std::time::Duration;

use keyward::CredentialId;
use keyward::store::CredentialStore;
use tokio::runtime::Runtime;

use crate::sampling::{Work, medians_of};
use crate::seeded::{Ids, Seed, Sizes};
use crate::table::Table;

/// Compares reads of a few credentials and of many with bare reads of the few.
pub(crate) fn reads(
    sizes: Sizes,
    table: &mut Table,
    (database, runtime): (&str, &Runtime),
    [few, many]: [&impl CredentialStore; 2],
    bare: impl AsyncFn(CredentialId) -> Result<String, sqlx::Error>,
) -> Result<(), Box<dyn Error>> {
    let mut ids = [sizes.few, sizes.few, sizes.many].map(Ids::of);
    let [few_ids, bare_ids, many_ids] = &mut ids;
    let works: [Work<'_>; 3] = [
        &mut || runtime.block_on(read(few, few_ids, sizes.reads)),
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.reads {
                    std::hint::black_box(bare(bare_ids.draw()?).await?);
                }
                Ok(())
            })
        },
        &mut || runtime.block_on(read(many, many_ids, sizes.reads)),
    ];
    let [few, bare, many] = medians_of(sizes.runs, works)?;
    table.note(&format!("{database}_read_us"), micros(few, sizes.reads));
    table.ratio_at_most(&format!("{database}_read_to_bare_query"), ratio(few, bare), 1.3);
    table.ratio_at_most(&format!("{database}_read_of_many_to_few"), ratio(many, few), 1.2);
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

/// Compares commits that issue a key with bare transactions that write the same rows.
pub(crate) fn commits(
    sizes: Sizes,
    table: &mut Table,
    (database, runtime): (&str, &Runtime),
    (store, seed): (&impl CredentialStore, &mut Seed),
    bare: impl AsyncFn(u32) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut number = 0;
    let works: [Work<'_>; 2] = [
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.commits {
                    store.commit(&seed.issue()?).await?;
                }
                Ok(())
            })
        },
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.commits {
                    number += 1;
                    bare(number).await?;
                }
                Ok(())
            })
        },
    ];
    let [ours, bare] = medians_of(sizes.runs, works)?;
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
