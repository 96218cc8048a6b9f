//! What is written without an event: last-used times and refreshed secrets; and the events forgotten.
//! Each is one statement, which is its own transaction.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::PostgresStore;
use super::collisions::past_collisions;
use super::connection::Lease;
use super::error::Failure;
use super::time::Time;
use crate::adapters::sql::{Doubt, EVENTS_PRUNED_AT_ONCE, PRUNE, refreshing};
use crate::store::{Refresh, Refreshed, StoreError, Use};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// How many uses go into one statement.
const USES: usize = 1_000;

/// Rows are locked in the order of their keys, so that two nodes that write the same ones do not deadlock.
const RECORD: &str = "WITH used AS (\
SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) AS used (credential, generation, at)), \
locked AS (SELECT stored.credential, stored.generation, used.at FROM used \
JOIN keyward_uses stored ON stored.credential = used.credential \
AND stored.generation = used.generation WHERE stored.at IS NULL OR stored.at < used.at \
ORDER BY stored.credential, stored.generation FOR UPDATE OF stored) \
UPDATE keyward_uses stored SET at = locked.at FROM locked \
WHERE stored.credential = locked.credential AND stored.generation = locked.generation \
AND (stored.at IS NULL OR stored.at < locked.at)";

pub(super) async fn record(store: &PostgresStore, uses: &[Use]) -> Result<(), StoreError> {
    let doubt = &Doubt::default();
    let all = async {
        for uses in uses.chunks(USES) {
            store.patiently(|| past_collisions(|| record_some(store, uses, doubt))).await?;
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

async fn record_some(store: &PostgresStore, uses: &[Use], doubt: &Doubt) -> Result<(), Failure> {
    let credentials: Vec<_> = uses.iter().map(|used| used.credential.as_str()).collect();
    let generations: Vec<_> = uses.iter().map(|used| i64::from(used.generation.get())).collect();
    let times: Vec<_> = uses.iter().map(|used| Time(used.at)).collect();
    let query = statement(store, RECORD).bind(credentials).bind(generations).bind(times);
    execute(store, query, doubt).await?;
    Ok(())
}

/// Not done again where the connection is lost: the second answer would be that of another question.
pub(super) async fn refresh(
    store: &PostgresStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refresh: &Refresh,
) -> Result<Refreshed, StoreError> {
    let (text, old, new) = refreshing(refresh);
    let generation = i64::from(generation.get());
    let query =
        statement(store, text).bind(credential.as_str()).bind(generation).bind(old).bind(new);
    let doubt = Doubt::default();
    let replace = async { Ok(execute(store, query, &doubt).await?) };
    let written = doubt.or(store.time_limit.keep(replace).await)?;
    Ok(if written == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

pub(super) async fn prune_events(
    store: &PostgresStore,
    before: Timestamp,
) -> Result<(), StoreError> {
    let doubt = &Doubt::default();
    let forget = || {
        execute(
            store,
            statement(store, PRUNE).bind(Time(before)).bind(EVENTS_PRUNED_AT_ONCE),
            doubt,
        )
    };
    let all = async {
        while store.patiently(forget).await? == EVENTS_PRUNED_AT_ONCE.unsigned_abs() {}
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

fn statement<'q>(store: &PostgresStore, text: &str) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(store.schema.sql(text))
}

/// Runs one statement on a connection, and answers how many rows it wrote.
async fn execute(
    store: &PostgresStore,
    query: Query<'_, Postgres, PgArguments>,
    doubt: &Doubt,
) -> Result<u64, Failure> {
    let mut lease = Lease::take(&store.pool).await?;
    let connection = lease.connection()?;
    let executed = async { query.execute(connection).await.map_err(Failure::from) };
    let done = doubt.about(executed, Failure::is_an_answer).await?;
    lease.give_back();
    Ok(done.rows_affected())
}
