//! What is written without an event: last-used times and refreshed secrets; and the events forgotten.
//! Each is one statement, which is its own transaction.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::PostgresStore;
use super::collisions::past_collisions;
use super::error::Failure;
use super::time::Time;
use crate::adapters::sql::{
    Doubt, FORGET_LEFTOVERS, Leftovers, PRUNE, Refreshing, Retagging, left, leftovers, refreshing,
    retagging,
};
use crate::store::{Purged, RecordId, Refresh, Refreshed, StoreError, TagChange, Use};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// How many uses go into one statement.
const USES: usize = 1_000;

/// Rows are locked in the order of their keys, so that two nodes that write the same ones do not deadlock.
const RECORD: &str = "WITH used AS (\
SELECT * FROM ROWS FROM (unnest($1::text[]), unnest($2::bigint[]), unnest($3::timestamptz[])) \
AS used (credential, generation, at)), \
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
    let Refreshing { tag, secret, bytes: [old, new, old_tag, new_tag] } = refreshing(refresh);
    let text = format!("WITH tagged AS ({tag}) {secret} AND credential = (SELECT id FROM tagged)");
    let doubt = &Doubt::default();
    let replace = || {
        let query = statement(store, &text)
            .bind(credential.as_str())
            .bind(i64::from(generation.get()))
            .bind(old.clone())
            .bind(new.clone())
            .bind(old_tag.clone())
            .bind(new_tag.clone());
        execute(store, query, doubt)
    };
    let written = doubt.or(store.time_limit.keep(store.past_standbys(replace)).await)?;
    Ok(if written == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

/// Not done again where the connection is lost, for the same reason.
pub(super) async fn retag(
    store: &PostgresStore,
    record: &RecordId,
    tags: &TagChange,
) -> Result<Refreshed, StoreError> {
    let Retagging { text, id, tags: [old, new] } = retagging(record, tags);
    let doubt = &Doubt::default();
    let replace = || {
        let query = statement(store, text).bind(id).bind(old.clone()).bind(new.clone());
        execute(store, query, doubt)
    };
    let written = doubt.or(store.time_limit.keep(store.past_standbys(replace)).await)?;
    Ok(if written == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

pub(super) async fn prune_events(
    store: &PostgresStore,
    before: Timestamp,
    limit: usize,
) -> Result<Purged, StoreError> {
    let doubt = &Doubt::default();
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let forget = || execute(store, statement(store, PRUNE).bind(Time(before)).bind(most), doubt);
    let gone = doubt.or(store.time_limit.keep(store.patiently(forget)).await)?;
    Ok(if gone < most.unsigned_abs() { Purged::All } else { Purged::Some })
}

/// Deletes credentials with everything below them. The uses are locked first, in the order of their keys.
const PURGE: &str = concat!(
    "WITH locked AS (SELECT 1 FROM keyward_uses WHERE credential = ANY($1) \
ORDER BY credential, generation FOR UPDATE) \
DELETE FROM keyward_credentials c WHERE id = ANY($1) AND (SELECT count(*) FROM locked) >= 0 AND ",
    left!()
);

/// Two short transactions, neither with the position's row.
pub(super) async fn purge_removed(
    store: &PostgresStore,
    limit: usize,
) -> Result<Purged, StoreError> {
    let doubt = &Doubt::default();
    let purge = Box::pin(async {
        let Some(left) = leftovers(store, limit).await? else { return Ok(Purged::All) };
        let Leftovers { workspace, credentials } = left;
        let delete = || {
            past_collisions(|| {
                execute(store, statement(store, PURGE).bind(credentials.clone()), doubt)
            })
        };
        let forget =
            || execute(store, statement(store, FORGET_LEFTOVERS).bind(workspace.clone()), doubt);
        if !credentials.is_empty() {
            store.patiently(delete).await?;
        }
        if credentials.len() < limit {
            store.patiently(forget).await?;
        }
        Ok(Purged::Some)
    });
    doubt.or(store.time_limit.keep(purge).await)
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
    let mut lease = store.lease().await?;
    let connection = lease.connection()?;
    let executed = async { query.execute(connection).await.map_err(Failure::from) };
    match doubt.about(executed, Failure::is_an_answer).await {
        Ok(done) => {
            lease.give_back();
            Ok(done.rows_affected())
        }
        Err(failure) => Err(Box::pin(lease.judged(failure)).await),
    }
}
