//! Attempts with keys that are not cached, 64 at a time.

use std::error::Error;
use std::time::Duration;

use futures_util::future::try_join_all;
use keyward::store::{AnyStore, CredentialRecord, CredentialStore, PageItem, StoreError};
use keyward::{Attempt, CredentialId, NotVerified, PostgresStore, time::SystemClock};

use sqlx::postgres::PgPool;

use super::bare;
use super::filled::options;
use crate::directed::{Directed, Director};
use crate::harness::{RUNTIME, URL};
use crate::messages::Sent;
use crate::population::{FROM, Population};
use crate::proxy::Proxy;
use crate::sampling::{Effort, Work, medians_of};
use crate::table::Table;

const AT_A_TIME: usize = 64;

/// The number of keys whose statements are counted.
const COUNTED: usize = 320;

/// The number of statements that the store sends at the same time.
const STATEMENTS: usize = 4;

/// Compares a node whose waiting reads share statements with a node that sends a statement for each read, and with the same two
/// ways of sending the query by hand, in turns. The ratio by hand is the most that sharing statements can gain here.
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
    statements(table, &population, &schema, &texts)?;
    let bare = RUNTIME.block_on(super::filled::bare(&URL, &schema, 10))?;
    let ids: Vec<_> = texts.iter().map(|text| id_of(text)).collect();
    let together = AnyStore::new(store.clone());
    let one_by_one = AnyStore::new(Directed::new(store.clone(), OneByOne));
    let works: [Work<'_>; 5] = [
        &mut || verify_all(&population, population.store.clone(), &texts),
        &mut || verify_all(&population, together.clone(), &texts),
        &mut || verify_all(&population, one_by_one.clone(), &texts),
        &mut || by_hand(&bare, &ids, STATEMENTS),
        &mut || by_hand(&bare, &ids, AT_A_TIME),
    ];
    let [in_memory, together, one_by_one, bare_together, bare_one_by_one] =
        medians_of(runs, works)?;
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    let name = "postgres_cold_attempts_together_to_one_by_one";
    table.note_ratio(&format!("{name}_by_hand"), ratio(bare_one_by_one, bare_together));
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / keys as f64;
    table.note("postgres_cold_attempt_us", micros(together));
    table.note("postgres_cold_attempt_in_memory_us", micros(in_memory));
    table.note("postgres_cold_attempt_by_hand_us", micros(bare_together));
    table.note_ratio("postgres_cold_attempts_to_reading_by_hand", ratio(together, bare_together));
    table.ratio_at_least(name, ratio(one_by_one, together), 4.0);
    RUNTIME.block_on(bare.close());
    RUNTIME.block_on(super::filled::drop_schema(&schema))?;
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Counts the statements of cold attempts, which do not depend on the machine's other work as times do.
fn statements(
    table: &mut Table,
    population: &Population,
    schema: &str,
    texts: &[&str],
) -> Result<(), Box<dyn Error>> {
    let proxy = RUNTIME.block_on(Proxy::start(&URL));
    let url = proxy.url("keyward_figures");
    let store = RUNTIME.block_on(options(schema).connect(&url))?;
    let texts = texts.get(..COUNTED).ok_or("too few keys")?;
    proxy.listen();
    verify_all(population, AnyStore::new(store.clone()), texts)?;
    let sent = proxy.sent();
    let executed = sent.iter().filter(|sent| **sent == Sent::Execute).count();
    let name = format!("postgres_statements_by_{COUNTED}_cold_attempts_together");
    table.count_at_most(&name, u64::try_from(executed)?, COUNTED as u64 / 2);
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Reads every credential once. As many are asked for at the same time as a node asks for, in this many statements.
fn by_hand(pool: &PgPool, ids: &[&str], statements: usize) -> Result<(), Box<dyn Error>> {
    let each = AT_A_TIME / statements;
    RUNTIME.block_on(async {
        let clients = ids.chunks(ids.len().div_ceil(statements)).map(async |ids| {
            for ids in ids.chunks(each) {
                let found = match ids {
                    [id] => bare::read(pool, CredentialId::new(id)?).await.map(|_| 1),
                    _ => bare::read_together(pool, ids).await,
                };
                if found? != ids.len() {
                    return Err("a row is missing".into());
                }
            }
            Ok::<_, Box<dyn Error>>(())
        });
        try_join_all(clients).await?;
        Ok(())
    })
}

/// Returns the id in the text of an App key.
pub(super) fn id_of(text: &str) -> &str {
    text.strip_prefix("kw_app_").and_then(|rest| rest.get(..12)).unwrap_or_default()
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
