//! Writes without an event: last-used times and refreshed secrets.
//! Each write is one statement, which is its own transaction.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::collisions::past_collisions;
use super::error::CallFailure;
use super::rows::query;
use super::store::PostgresStore;
use super::time::Time;
use crate::adapters::sql::{
    EventlessWriter, Refreshing, Statement, TimeLimit, WriteDoubt, left, refreshing,
};
use crate::store::{Refresh, Refreshed, StoreError, Use};
use crate::values::{CredentialId, GenerationNumber};

/// The maximum number of uses in one statement.
const USES: usize = 1_000;

/// Locks rows in the order of their keys, so that two nodes that write the same rows do not deadlock.
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
    let doubt = &WriteDoubt::default();
    let all = async {
        for uses in uses.chunks(USES) {
            store.patiently(|| past_collisions(|| record_some(store, uses, doubt))).await?;
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

async fn record_some(
    store: &PostgresStore,
    uses: &[Use],
    doubt: &WriteDoubt,
) -> Result<(), CallFailure> {
    let credentials: Vec<_> = uses.iter().map(|used| used.credential.as_str()).collect();
    let generations: Vec<_> = uses.iter().map(|used| i64::from(used.generation.get())).collect();
    let times: Vec<_> = uses.iter().map(|used| Time(used.at)).collect();
    let query = sqlx::query(store.schema.sql(RECORD));
    let query = query.bind(credentials).bind(generations).bind(times);
    execute(store, query, doubt).await?;
    Ok(())
}

/// Not retried after a lost connection, because the row count of a second run could be wrong.
pub(super) async fn refresh(
    store: &PostgresStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refresh: &Refresh,
) -> Result<Refreshed, StoreError> {
    let Refreshing { tag, secret, bytes } = refreshing(refresh);
    let text = format!("WITH tagged AS ({tag}) {secret} AND credential = (SELECT id FROM tagged)");
    let mut replace = Statement::new(text, [credential.as_str().into()]);
    replace.values.push(generation.get().into());
    replace.values.extend(bytes.iter().map(|bytes| bytes.as_slice().into()));
    let doubt = WriteDoubt::default();
    let replacing = store.once(&replace, &doubt);
    let written = doubt.or(store.time_limit.keep(replacing).await)?;
    Ok(if written == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

impl EventlessWriter for PostgresStore {
    /// Locks the uses first, in the order of their keys.
    const PURGE: &'static str = concat!(
        "WITH locked AS (SELECT 1 FROM keyward_uses WHERE credential = ANY($1) \
ORDER BY credential, generation FOR UPDATE) \
DELETE FROM keyward_credentials c WHERE id = ANY($1) AND (SELECT count(*) FROM locked) >= 0 AND ",
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
        let run = || execute(self, query(&self.schema, statement), doubt);
        self.patiently(|| past_collisions(run)).await
    }

    async fn once(&self, statement: &Statement<'_>, doubt: &WriteDoubt) -> Result<u64, StoreError> {
        self.past_standbys(|| execute(self, query(&self.schema, statement), doubt)).await
    }
}

/// Runs one statement on a connection, and returns how many rows it wrote.
async fn execute(
    store: &PostgresStore,
    query: Query<'_, Postgres, PgArguments>,
    doubt: &WriteDoubt,
) -> Result<u64, CallFailure> {
    let mut lease = store.lease().await?;
    let connection = lease.connection()?;
    let executed = async { query.execute(connection).await.map_err(CallFailure::from) };
    match doubt.about(executed, CallFailure::is_an_answer).await {
        Ok(done) => {
            lease.give_back();
            Ok(done.rows_affected())
        }
        Err(failure) => Err(Box::pin(lease.judged(failure)).await),
    }
}
