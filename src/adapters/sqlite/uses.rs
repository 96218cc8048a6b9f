//! What is written without an event: last-used times and refreshed secrets; and the events forgotten.

use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};

use super::SqliteStore;
use super::begin::{begin, writer};
use super::rows::{failed, is_full};
use crate::adapters::sql::Doubt;
use crate::store::{Refresh, Refreshed, StoreError, Use};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// How many uses go into one statement.
const USES: usize = 1_000;

/// How many events go in one transaction: the file's lock is not held for longer than that takes.
const EVENTS: i64 = 5_000;

/// Uses come as one JSON array, so that the statement is one text for any number of them.
const RECORD: &str = "UPDATE keyward_uses SET at = used.at \
FROM (SELECT value ->> 0 AS credential, value ->> 1 AS generation, value ->> 2 AS at \
FROM json_each($1)) AS used \
WHERE keyward_uses.credential = used.credential AND keyward_uses.generation = used.generation \
AND (keyward_uses.at IS NULL OR keyward_uses.at < used.at)";

/// Looks no further than it deletes, however long the history is.
const PRUNE: &str = "WITH oldest AS (\
SELECT number, at FROM keyward_events WHERE number > 0 ORDER BY number LIMIT $2) \
DELETE FROM keyward_events WHERE number IN (SELECT number FROM oldest) AND number < \
COALESCE((SELECT min(number) FROM oldest WHERE at >= $1), 9223372036854775807)";

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
    let (text, old, new) = match refresh {
        Refresh::Digest { old, new } => (
            "UPDATE keyward_generations SET digest = $4 \
             WHERE credential = $1 AND number = $2 AND digest = $3",
            old.to_bytes().to_vec(),
            new.to_bytes().to_vec(),
        ),
        Refresh::Seal { old, new } => (
            "UPDATE keyward_generations SET seal = $4 \
             WHERE credential = $1 AND number = $2 AND seal = $3",
            old.as_bytes().to_vec(),
            new.as_bytes().to_vec(),
        ),
    };
    let statement =
        sqlx::query(text).bind(credential.as_str()).bind(generation.get()).bind(old).bind(new);
    let doubt = Doubt::default();
    let written = doubt.or(store.time_limit.keep(write(store, statement, &doubt)).await)?;
    Ok(if written.rows_affected() == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

pub(super) async fn prune_events(store: &SqliteStore, before: Timestamp) -> Result<(), StoreError> {
    let doubt = &Doubt::default();
    let forget = || write(store, sqlx::query(PRUNE).bind(before.as_micros()).bind(EVENTS), doubt);
    let all = async {
        while forget().await?.rows_affected() == EVENTS.unsigned_abs() {}
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
