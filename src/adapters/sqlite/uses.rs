//! What is written without an event: last-used times and refreshed secrets; and the events forgotten.

use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};

use super::SqliteStore;
use super::begin::{begin, writer};
use super::rows::{failed, is_full};
use crate::adapters::sql::{Doubt, EVENTS_PRUNED_AT_ONCE, PRUNE, refreshing};
use crate::store::{Refresh, Refreshed, StoreError, Use};
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
    let (text, old, new) = refreshing(refresh);
    let statement =
        sqlx::query(text).bind(credential.as_str()).bind(generation.get()).bind(old).bind(new);
    let doubt = Doubt::default();
    let written = doubt.or(store.time_limit.keep(write(store, statement, &doubt)).await)?;
    Ok(if written.rows_affected() == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

pub(super) async fn prune_events(store: &SqliteStore, before: Timestamp) -> Result<(), StoreError> {
    let doubt = &Doubt::default();
    let forget = || {
        write(store, sqlx::query(PRUNE).bind(before.as_micros()).bind(EVENTS_PRUNED_AT_ONCE), doubt)
    };
    let all = async {
        while forget().await?.rows_affected() == EVENTS_PRUNED_AT_ONCE.unsigned_abs() {}
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
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
