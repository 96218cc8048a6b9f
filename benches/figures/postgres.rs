//! The overhead of the PostgreSQL store over its database, on the loopback interface.

mod bare;
mod filled;

use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use keyward::store::CredentialStore;

use self::filled::{Filled, options};
use crate::beside;
use crate::harness::{RUNTIME, URL};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::sampling::{Effort, Work, medians_of};
use crate::seeded::{Ids, Sizes};
use crate::table::Table;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    // The server must be found outside of any runtime.
    LazyLock::force(&URL);
    let mut few = RUNTIME.block_on(Filled::new("few", sizes.few))?;
    let many = RUNTIME.block_on(Filled::new("many", sizes.many))?;
    counts(table, &mut few)?;
    let on = ("postgres", &*RUNTIME);
    let stores = [&few.store, &many.store];
    beside::reads(sizes, table, on, stores, async |id| bare::read(&few.bare, id).await)?;
    let Filled { store, bare, seed, other, .. } = &mut few;
    beside::commits(sizes, table, on, (&*store, seed), async |number| {
        bare::issue(bare, other, number).await
    })?;
    uses(sizes, table, &many)
}

/// Counts the statements of a commit and of ten thousand uses, after they are prepared.
fn counts(table: &mut Table, few: &mut Filled) -> Result<(), Box<dyn Error>> {
    let (commit, uses) = RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let connect = options(&few.schema).connections(1);
        let store = connect.connect(&proxy.url("keyward_figures")).await?;
        let executed = |heard: &[Sent]| heard.iter().filter(|sent| **sent == Sent::Execute).count();
        store.commit(&few.seed.issue()?).await?;
        proxy.listen();
        store.commit(&few.seed.issue()?).await?;
        let commit = executed(&proxy.heard());
        // Few credentials are enough, because the use of a missing one costs a statement too.
        let uses = Ids::of(u32::MAX).uses(&few.seed, 10_000, few.seed.credential.created)?;
        proxy.listen();
        store.record_uses(&uses).await?;
        let uses = executed(&proxy.heard());
        store.close().await;
        Ok::<_, Box<dyn Error>>((commit, uses))
    })?;
    table.count_at_most("postgres_round_trips_by_a_commit", u64::try_from(commit)?, 4);
    table.count_at_most("postgres_statements_by_10000_uses", u64::try_from(uses)?, 10);
    Ok(())
}

/// Each run records another ten thousand uses, later than those before.
fn uses(sizes: Sizes, table: &mut Table, many: &Filled) -> Result<(), Box<dyn Error>> {
    let mut ids = Ids::of(many.count);
    let mut batches = Vec::new();
    for run in 1..=sizes.runs as u64 {
        let at = many.seed.credential.created.saturating_add(Duration::from_secs(run));
        batches.push(ids.uses(&many.seed, sizes.uses, at)?);
    }
    let mut batches = batches.iter();
    let works: [Work<'_>; 1] = [&mut || {
        let batch = batches.next().ok_or("no batch")?;
        Ok(RUNTIME.block_on(many.store.record_uses(batch))?)
    }];
    let [time] = medians_of(sizes.runs, works)?;
    let rate = f64::from(sizes.uses) / time.as_secs_f64();
    table.rate_at_least("postgres_uses_a_second", rate, 50_000.0);
    Ok(())
}
