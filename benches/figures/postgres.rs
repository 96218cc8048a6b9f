//! The overhead of the PostgreSQL store over its database, on the loopback interface.

mod bare;
mod cold;
mod delay;
mod far;
mod filled;
mod restarted;

use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use keyward::PostgresStore;
use keyward::store::{CredentialStore, Use};

use self::filled::{Filled, options};
use crate::beside;
use crate::harness::{RUNTIME, TLS_URL, URL};
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
    beside::reads(sizes, table, on, stores, [&few.bare, &many.bare], &bare::read)?;
    let Filled { store, bare, seed, other, .. } = &mut few;
    beside::commits(sizes, table, on, (&*store, seed), async |number| {
        bare::issue(bare, other, number).await
    })?;
    beside::feed(sizes, table, on, (&*store, seed), async |after| bare::poll(bare, after).await)?;
    cold::attempts(effort, table)?;
    far::commits(effort, table, &few)?;
    restarted::first_minute(effort, table)?;
    uses(sizes, table, &many)?;
    uses_by_tls(sizes, table, &many)
}

/// Measures only the attempts with keys that are not cached.
pub(crate) fn measure_cold(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    LazyLock::force(&URL);
    cold::attempts(effort, table)
}

/// Measures only the rows about a network, in a schema of their own.
pub(crate) fn measure_network(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    LazyLock::force(&URL);
    cold::attempts(effort, table)?;
    let filled = RUNTIME.block_on(Filled::new("network", 2 * sizes.uses))?;
    far::commits(effort, table, &filled)?;
    uses(sizes, table, &filled)?;
    uses_by_tls(sizes, table, &filled)
}

/// Counts the statements of a commit and of ten thousand uses, after they are prepared.
fn counts(table: &mut Table, few: &mut Filled) -> Result<(), Box<dyn Error>> {
    let (commit, uses) = RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let connect = options(&few.schema).connections(1);
        let store = connect.connect(&proxy.url("keyward_figures")).await?;
        let executed = |all: &[Sent]| all.iter().filter(|sent| **sent == Sent::Execute).count();
        store.commit(&few.seed.issue()?).await?;
        proxy.listen();
        store.commit(&few.seed.issue()?).await?;
        let commit = executed(&proxy.sent());
        // Few credentials are enough, because the use of a missing one costs a statement too.
        let uses = Ids::of(u32::MAX).uses(&few.seed, 10_000, few.seed.credential.created)?;
        proxy.listen();
        store.record_uses(&uses).await?;
        let uses = executed(&proxy.sent());
        store.close().await;
        Ok::<_, Box<dyn Error>>((commit, uses))
    })?;
    table.count_at_most("postgres_round_trips_by_a_commit", u64::try_from(commit)?, 4);
    table.count_at_most("postgres_statements_by_10000_uses", u64::try_from(uses)?, 25);
    Ok(())
}

/// Each run records another ten thousand uses, later than those before.
fn uses(sizes: Sizes, table: &mut Table, many: &Filled) -> Result<(), Box<dyn Error>> {
    let batches = batches(sizes, many, 1, sizes.runs)?;
    let mut batches = batches.iter();
    let works: [Work<'_>; 1] = [&mut || record(&many.store, batches.next())];
    let [time] = medians_of(sizes.runs, works)?;
    let rate = f64::from(sizes.uses) / time.as_secs_f64();
    table.rate_at_least("postgres_uses_a_second", rate, 50_000.0);
    Ok(())
}

/// Compares the rate over TLS with the rate over a plain connection.
fn uses_by_tls(sizes: Sizes, table: &mut Table, many: &Filled) -> Result<(), Box<dyn Error>> {
    let Some(url) = TLS_URL.as_deref() else {
        eprintln!("there is no row about TLS: install openssl");
        return Ok(());
    };
    let store = RUNTIME.block_on(options(&many.schema).connect(url))?;
    let first = sizes.runs + 1;
    let batches = batches(sizes, many, first, first + 2 * sizes.runs)?;
    let mut batches = batches.iter();
    let mut next = || batches.next();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..sizes.runs {
        for (store, times) in [&many.store, &store].into_iter().zip(&mut times) {
            let batch = next();
            let begun = std::time::Instant::now();
            record(store, batch)?;
            times.push(begun.elapsed().as_secs_f64());
        }
    }
    let [plain, tls] =
        times.map(|mut times| *times.select_nth_unstable_by(sizes.runs / 2, f64::total_cmp).1);
    table.ratio_at_least("postgres_uses_by_tls_to_plain", plain / tls, 0.8);
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Returns a batch for each of these runs.
fn batches(
    sizes: Sizes,
    many: &Filled,
    first: usize,
    last: usize,
) -> Result<Vec<Vec<Use>>, Box<dyn Error>> {
    let mut ids = Ids::of(many.count);
    let created = many.seed.credential.created;
    let at = |run: usize| created.saturating_add(Duration::from_secs(run as u64));
    (first..=last).map(|run| ids.uses(&many.seed, sizes.uses, at(run))).collect()
}

fn record(store: &PostgresStore, batch: Option<&Vec<Use>>) -> Result<(), Box<dyn Error>> {
    Ok(RUNTIME.block_on(store.record_uses(batch.ok_or("no batch")?))?)
}
