//! What is written without an event: last-used times and refreshed secrets; and the events forgotten.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};
use sqlx::{AssertSqlSafe, Sqlite};

use super::SqliteStore;
use super::begin::{begin, writer};
use super::rows::{failed, is_full};
use crate::adapters::sql::{
    Doubt, FORGET_LEFTOVERS, Leftovers, PRUNE, Refreshing, Retagging, left, leftovers, refreshing,
    retagging,
};
use crate::store::{Purged, RecordId, Refresh, Refreshed, StoreError, TagChange, Use};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// How many uses go into one statement.
const USES: usize = 1_000;

/// Uses come as one JSON array, so that the statement is one text for any number of them.
const RECORD: &str = "UPDATE keyward_uses SET at = used.at \
FROM (SELECT value ->> 0 AS credential, value ->> 1 AS generation, value ->> 2 AS at \
FROM json_each($1)) AS used \
WHERE keyward_uses.credential = used.credential AND keyward_uses.generation = used.generation \
AND (keyward_uses.at IS NULL OR keyward_uses.at < used.at)";

pub(super) async fn record(store: &SqliteStore, uses: &[Use]) -> Result<(), StoreError> {
    let doubt = &Doubt::default();
    let all = async {
        for uses in uses.chunks(USES) {
            write(store, sqlx::query(RECORD).bind(json(uses)), doubt).await?;
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

fn json(uses: &[Use]) -> String {
    let uses = uses.iter().map(|used| {
        serde_json::json!([used.credential.as_str(), used.generation.get(), used.at.as_micros()])
    });
    serde_json::Value::Array(uses.collect()).to_string()
}

pub(super) async fn refresh(
    store: &SqliteStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refresh: &Refresh,
) -> Result<Refreshed, StoreError> {
    let doubt = Doubt::default();
    let replacing = replace(store, credential, generation, refreshing(refresh), &doubt);
    doubt.or(store.time_limit.keep(replacing).await)
}

async fn replace(
    store: &SqliteStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refreshing: Refreshing,
    doubt: &Doubt,
) -> Result<Refreshed, StoreError> {
    let Refreshing { tag, secret, bytes } = refreshing;
    let secret = format!("{secret} AND credential = $1");
    let mut connection = writer(store).await?;
    let mut transaction = begin(store, &mut connection).await?;
    for text in [tag.to_owned(), secret] {
        // The texts are Keyward's own.
        let query = sqlx::query(AssertSqlSafe(text));
        let query = query.bind(credential.as_str()).bind(generation.get());
        let query = bytes.iter().fold(query, |query, bytes| query.bind(bytes.clone()));
        if query.execute(&mut *transaction).await.map_err(failed)?.rows_affected() == 0 {
            return Ok(Refreshed::Outdated);
        }
    }
    doubt.about(transaction.commit(), is_full).await.map_err(failed)?;
    Ok(Refreshed::Replaced)
}

pub(super) async fn retag(
    store: &SqliteStore,
    record: &RecordId,
    tags: &TagChange,
) -> Result<Refreshed, StoreError> {
    let Retagging { text, id, tags: [old, new] } = retagging(record, tags);
    let doubt = Doubt::default();
    let replacing = write(store, sqlx::query(text).bind(id).bind(old).bind(new), &doubt);
    let written = doubt.or(store.time_limit.keep(replacing).await)?;
    Ok(if written.rows_affected() == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

pub(super) async fn prune_events(
    store: &SqliteStore,
    before: Timestamp,
    limit: usize,
) -> Result<Purged, StoreError> {
    let doubt = Doubt::default();
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let forget = write(store, sqlx::query(PRUNE).bind(before.as_micros()).bind(most), &doubt);
    let gone = doubt.or(store.time_limit.keep(forget).await)?.rows_affected();
    Ok(if gone < most.unsigned_abs() { Purged::All } else { Purged::Some })
}

/// Deletes what the credentials in `$1`, one JSON array, have in the tables.
const PURGE: &str = concat!(
    "DELETE FROM keyward_credentials AS c WHERE id IN (SELECT value FROM json_each($1)) AND ",
    left!()
);

pub(super) async fn purge_removed(store: &SqliteStore, limit: usize) -> Result<Purged, StoreError> {
    let doubt = &Doubt::default();
    let purge = async {
        let Some(left) = leftovers(store, limit).await? else { return Ok(Purged::All) };
        let Leftovers { workspace, credentials } = left;
        let is_last = credentials.len() < limit;
        if !credentials.is_empty() {
            let ids = serde_json::json!(credentials).to_string();
            write(store, sqlx::query(PURGE).bind(ids), doubt).await?;
        }
        if is_last {
            write(store, sqlx::query(FORGET_LEFTOVERS).bind(workspace), doubt).await?;
        }
        Ok(Purged::Some)
    };
    doubt.or(store.time_limit.keep(purge).await)
}

async fn write(
    store: &SqliteStore,
    statement: Query<'_, Sqlite, SqliteArguments>,
    doubt: &Doubt,
) -> Result<SqliteQueryResult, StoreError> {
    let mut connection = writer(store).await?;
    let mut transaction = begin(store, &mut connection).await?;
    let written = statement.execute(&mut *transaction).await.map_err(failed)?;
    doubt.about(transaction.commit(), is_full).await.map_err(failed)?;
    Ok(written)
}
