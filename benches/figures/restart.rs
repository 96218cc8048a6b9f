//! The cost of a restart: every credential is used once, and none is cached.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use keyward::store::{AnyStore, CredentialStore};
use keyward::{Attempt, CredentialId, SqliteOptions, SqliteStore, time::SystemClock};
use tokio::runtime::{self, Runtime};

use crate::population::{FROM, Population};
use crate::sampling::{Effort, Work, medians_of};
use crate::table::Table;

/// Measures the attempts of a node that has just started, compared with reads of the same rows.
pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (keys, runs) = match effort {
        Effort::Full => (100_000, 5),
        Effort::Quick => (2_000, 1),
    };
    let population = Population::new(keys, 50, SystemClock::new())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("keyward.db");
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = SqliteOptions::new().time_limit(Duration::from_hours(1)).open(&file).await?;
        population.copy_to(&store).await
    })?;

    let texts = population.spread(keys);
    let ids: Vec<_> = texts.iter().map(|text| id_of(text)).collect::<Result<_, _>>()?;
    let mut slow_hashes = 0;
    let mut restarts = || {
        slow_hashes += restart(&runtime, &population, &file, &texts)?;
        Ok(())
    };
    let mut reads = || read_one_by_one(&runtime, &file, &ids);
    let works: [Work<'_>; 2] = [&mut restarts, &mut reads];
    let [restarted, read] = medians_of(runs, works)?;
    table.count_at_most("argon2id_runs_by_a_restart", slow_hashes, 0);
    let ratio = restarted.as_secs_f64() / read.as_secs_f64();
    table.ratio_at_most("restart_to_reading_the_rows", ratio, 1.5);
    Ok(())
}

/// Verifies every key once on a new node. Returns the number of runs of Argon2id.
fn restart(
    runtime: &Runtime,
    population: &Population,
    file: &Path,
    texts: &[&str],
) -> Result<u64, Box<dyn Error>> {
    runtime.block_on(async {
        let store = AnyStore::new(SqliteStore::open(file).await?);
        let node = population.node_over(store)?.cached_credentials(texts.len()).build()?;
        let maintenance = tokio::spawn(node.maintain(tokio::time::sleep));
        for text in texts {
            node.verify(&Attempt::app(text).client_address(FROM)).await?;
        }
        maintenance.abort();
        Ok(node.stats().argon2id_verify_runs)
    })
}

fn read_one_by_one(
    runtime: &Runtime,
    file: &Path,
    ids: &[CredentialId],
) -> Result<(), Box<dyn Error>> {
    runtime.block_on(async {
        let store = SqliteStore::open(file).await?;
        for id in ids {
            store.credential(*id).await?.ok_or("a row is missing")?;
        }
        Ok(())
    })
}

/// Returns the id in the text of a key.
fn id_of(text: &str) -> Result<CredentialId, Box<dyn Error>> {
    let id = text.get("kw_app_".len()..).and_then(|rest| rest.get(..CredentialId::LENGTH));
    Ok(CredentialId::new(id.ok_or("no key")?)?)
}
