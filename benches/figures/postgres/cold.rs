//! Attempts with keys that are not cached, 64 at a time.

use std::error::Error;

use futures_util::future::try_join_all;
use keyward::store::{AnyStore, CredentialRecord, CredentialStore, PageItem, StoreError};
use keyward::{Attempt, CredentialId, NotVerified, PostgresStore, time::SystemClock};

use super::filled::options;
use crate::directed::{Directed, Director};
use crate::harness::{RUNTIME, URL};
use crate::population::{FROM, Population};
use crate::sampling::{Effort, Work, medians_of};
use crate::table::Table;

const AT_A_TIME: usize = 64;

/// Compares a node whose waiting reads share statements with a node that sends a statement for each read.
pub(super) fn attempts(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (keys, runs) = match effort {
        Effort::Full => (20_000, 5),
        Effort::Quick => (500, 1),
    };
    let population = Population::new(keys, 50, SystemClock::new())?;
    let schema = format!("keyward_figures_{}_cold", std::process::id());
    let store = RUNTIME.block_on(options(&schema).connect(&URL))?;
    RUNTIME.block_on(population.copy_to(&store))?;
    let texts = population.spread(keys);
    let together = AnyStore::new(store.clone());
    let one_by_one = AnyStore::new(Directed::new(store.clone(), OneByOne));
    let works: [Work<'_>; 2] =
        [&mut || verify_all(&population, together.clone(), &texts), &mut || {
            verify_all(&population, one_by_one.clone(), &texts)
        }];
    let [together, one_by_one] = medians_of(runs, works)?;
    let ratio = one_by_one.as_secs_f64() / together.as_secs_f64();
    table.ratio_at_least("postgres_cold_attempts_together_to_one_by_one", ratio, 4.0);
    RUNTIME.block_on(super::filled::drop_schema(&schema))?;
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Verifies every key once on a new node.
fn verify_all(
    population: &Population,
    store: AnyStore,
    texts: &[&str],
) -> Result<(), Box<dyn Error>> {
    RUNTIME.block_on(async {
        let node = population.node_over(store)?.cached_credentials(2 * texts.len()).build()?;
        let clients = texts.chunks(texts.len().div_ceil(AT_A_TIME)).map(async |texts| {
            for text in texts {
                node.verify(&Attempt::app(text).client_address(FROM)).await?;
            }
            Ok::<_, NotVerified>(())
        });
        try_join_all(clients).await?;
        Ok(())
    })
}

/// Sends a statement for each read.
#[derive(Debug)]
struct OneByOne;

impl Director<PostgresStore> for OneByOne {
    async fn credential(
        &self,
        store: &PostgresStore,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        let found = store.credentials_by_id(&[id]).await?;
        Ok(found.into_iter().flatten().find_map(PageItem::record))
    }
}
