//! Writes without an event: last-used times and refreshed secrets.

use super::begin::{begin, writer};
use super::rows::{execute, failed, is_full};
use super::store::SqliteStore;
use crate::adapters::sql::{
    EventlessWriter, Refreshing, Statement, TimeLimit, Value, WriteDoubt, keep_few_networks, left,
    living, refreshing,
};
use crate::domain::NetworkUse;
use crate::store::{Refresh, Refreshed, StoreError, Use};
use crate::values::{CredentialId, GenerationNumber};

/// The maximum number of uses in one statement.
const USES: usize = 1_000;

/// Takes the uses as one JSON array, so that the statement has one text for any number of them.
const RECORD: &str = "UPDATE keyward_uses SET at = used.at \
FROM (SELECT value ->> 0 AS credential, value ->> 1 AS generation, value ->> 2 AS at, \
value ->> 3 AS older_than \
FROM json_each($1)) AS used \
WHERE keyward_uses.credential = used.credential AND keyward_uses.generation = used.generation \
AND (keyward_uses.at IS NULL OR keyward_uses.at < used.older_than)";

pub(super) async fn record(store: &SqliteStore, uses: &[Use]) -> Result<(), StoreError> {
    let doubt = &WriteDoubt::default();
    let all = async {
        for uses in uses.chunks(USES) {
            let record = Statement::new(RECORD, [Value::Json(json(uses))]);
            store.once(&record, doubt).await?;
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

fn json(uses: &[Use]) -> String {
    let uses = uses.iter().map(|used| {
        let (at, older_than) = (used.at.as_micros(), used.older_than.as_micros());
        serde_json::json!([used.credential.as_str(), used.generation.get(), at, older_than])
    });
    serde_json::Value::Array(uses.collect()).to_string()
}

/// Takes the networks as one JSON array.
const RECORD_NETWORKS: &str = concat!(
    "INSERT INTO keyward_used_networks (credential, network, day) \
SELECT c.id, seen.value ->> 1, seen.value ->> 2 FROM json_each($1) AS seen \
JOIN keyward_credentials AS c ON c.id = seen.value ->> 0 WHERE ",
    living!(),
    " ON CONFLICT (credential, network) DO UPDATE SET day = excluded.day \
WHERE excluded.day > keyward_used_networks.day"
);

pub(super) async fn record_networks(
    store: &SqliteStore,
    seen: &[NetworkUse],
) -> Result<(), StoreError> {
    let doubt = &WriteDoubt::default();
    let all = async {
        for seen in seen.chunks(USES) {
            let rows = seen.iter().map(|NetworkUse { credential, network, day }| {
                serde_json::json!([credential.as_str(), network, day.get()])
            });
            let rows = serde_json::Value::Array(rows.collect()).to_string();
            let record = Statement::new(RECORD_NETWORKS, [Value::Json(rows)]);
            if store.once(&record, doubt).await? > 0 {
                keep_few_networks(store, seen, doubt).await?;
            }
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

pub(super) async fn refresh(
    store: &SqliteStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refresh: &Refresh,
) -> Result<Refreshed, StoreError> {
    let doubt = WriteDoubt::default();
    let replacing = replace(store, credential, generation, refreshing(refresh), &doubt);
    doubt.or(store.time_limit.keep(replacing).await)
}

async fn replace(
    store: &SqliteStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refreshing: Refreshing,
    doubt: &WriteDoubt,
) -> Result<Refreshed, StoreError> {
    let Refreshing { tag, secret, bytes } = refreshing;
    let secret = format!("{secret} AND credential = $1");
    let mut connection = writer(store).await?;
    let mut transaction = begin(store, &mut connection).await?;
    for text in [tag, secret] {
        let mut statement = Statement::new(text, [credential.as_str().into()]);
        statement.values.push(generation.get().into());
        statement.values.extend(bytes.iter().map(|bytes| bytes.as_slice().into()));
        if execute(&mut transaction, statement).await? == 0 {
            return Ok(Refreshed::Outdated);
        }
    }
    doubt.about(transaction.commit(), is_full).await.map_err(failed)?;
    Ok(Refreshed::Replaced)
}

impl EventlessWriter for SqliteStore {
    const PURGE: &'static str = concat!(
        "DELETE FROM keyward_credentials AS c WHERE id IN (SELECT value FROM json_each($1)) AND ",
        left!()
    );

    fn time_limit(&self) -> TimeLimit {
        self.time_limit
    }

    async fn repeatable(
        &self,
        statement: &Statement<'_>,
        doubt: &WriteDoubt,
    ) -> Result<u64, StoreError> {
        self.once(statement, doubt).await
    }

    async fn once(&self, statement: &Statement<'_>, doubt: &WriteDoubt) -> Result<u64, StoreError> {
        let mut connection = writer(self).await?;
        let mut transaction = begin(self, &mut connection).await?;
        let written = execute(&mut transaction, statement.clone()).await?;
        doubt.about(transaction.commit(), is_full).await.map_err(failed)?;
        Ok(written)
    }
}
