//! What the SQLite store adds to its database, a file.

mod bare;
mod filled;

use std::error::Error;
use std::time::Duration;

use keyward::store::CredentialStore;
use tokio::runtime::{self, Runtime};

use self::filled::Filled;
use crate::sampling::{Effort, Work, medians_of};
use crate::seeded::{Ids, Sizes};
use crate::table::Table;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut few = runtime.block_on(Filled::new(sizes.few))?;
    let many = runtime.block_on(Filled::new(sizes.many))?;
    reads(sizes, table, &runtime, [&few, &many])?;
    commits(sizes, table, &runtime, &mut few)
}

fn reads(
    sizes: Sizes,
    table: &mut Table,
    runtime: &Runtime,
    [few, many]: [&Filled; 2],
) -> Result<(), Box<dyn Error>> {
    let mut ids = [few.count, few.count, many.count].map(Ids::of);
    let [few_ids, bare_ids, many_ids] = &mut ids;
    let works: [Work<'_>; 3] = [
        &mut || runtime.block_on(read(few, few_ids, sizes.reads)),
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.reads {
                    let id = bare_ids.draw()?;
                    std::hint::black_box(bare::read(&few.bare, id).await?);
                }
                Ok(())
            })
        },
        &mut || runtime.block_on(read(many, many_ids, sizes.reads)),
    ];
    let [few, bare, many] = medians_of(sizes.runs, works)?;
    table.note("sqlite_read_us", few.as_secs_f64() * 1e6 / f64::from(sizes.reads));
    table.ratio_at_most("sqlite_read_to_bare_query", ratio(few, bare), 1.3);
    table.ratio_at_most("sqlite_read_of_many_to_few", ratio(many, few), 1.2);
    Ok(())
}

async fn read(filled: &Filled, ids: &mut Ids, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        filled.store.credential(ids.draw()?).await?.ok_or("a row is missing")?;
    }
    Ok(())
}

fn commits(
    sizes: Sizes,
    table: &mut Table,
    runtime: &Runtime,
    few: &mut Filled,
) -> Result<(), Box<dyn Error>> {
    let Filled { store, bare_writer, seed, other, .. } = few;
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
                    bare::issue(bare_writer, other, number).await?;
                }
                Ok(())
            })
        },
    ];
    let [ours, bare] = medians_of(sizes.runs, works)?;
    table.note("sqlite_commit_us", ours.as_secs_f64() * 1e6 / f64::from(sizes.commits));
    table.ratio_at_most("sqlite_commit_to_bare_transaction", ratio(ours, bare), 1.5);
    Ok(())
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
