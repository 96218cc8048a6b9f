//! Writes without an event: last-used times and refreshed secrets.
//! Each write is one statement, which is its own transaction.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, types::PgInterval};
use sqlx::query::Query;

use super::collisions::past_collisions;
use super::error::CallFailure;
use super::reading::to_the_end;
use super::rows::bind;
use super::store::PostgresStore;
use super::time::Time;
use crate::adapters::sql::{
    EventlessWriter, Refreshing, Statement, TimeLimit, Value, WriteDoubt, keep_few_networks, left,
    living, refreshing,
};
use crate::domain::NetworkUse;
use crate::store::{Refresh, Refreshed, StoreError, StoreErrorKind, Use};
use crate::values::{CredentialId, GenerationNumber};

/// The maximum number of uses in one statement: each takes 40 bytes of the message, which must fit in one record of TLS (16 KiB).
/// The driver writes each record to the socket by itself and does not set `TCP_NODELAY`. So the system would hold back the end of
/// the message until the server acknowledges its beginning, which takes 40 ms.
const USES: usize = 400;

/// The same for networks, each of which takes at most 51 bytes.
const NETWORKS: usize = 300;

/// Locks rows in the order of their keys, so that two nodes that write the same rows do not deadlock. `$4` is the grain of all uses.
const RECORD: &str = "WITH used AS (\
SELECT * FROM ROWS FROM (unnest($1::text[]), unnest($2::bigint[]), unnest($3::timestamptz[])) \
AS used (credential, generation, at)), \
locked AS (SELECT stored.credential, stored.generation, used.at FROM used \
JOIN keyward_uses stored ON stored.credential = used.credential \
AND stored.generation = used.generation WHERE stored.at IS NULL OR stored.at < (used.at - $4::interval) \
ORDER BY stored.credential, stored.generation FOR UPDATE OF stored) \
UPDATE keyward_uses stored SET at = locked.at FROM locked \
WHERE stored.credential = locked.credential AND stored.generation = locked.generation \
AND (stored.at IS NULL OR stored.at < locked.at)";

/// A request can wait for this write, and leave.
pub(super) async fn record(store: &PostgresStore, uses: &[Use]) -> Result<(), StoreError> {
    let (store, uses) = (store.clone(), uses.to_vec());
    to_the_end(async move { record_all(&store, &uses).await }, StoreErrorKind::Unknown).await
}

async fn record_all(store: &PostgresStore, uses: &[Use]) -> Result<(), StoreError> {
    let doubt = &WriteDoubt::default();
    let all = async {
        // A node has one grain, so this splits nothing there.
        for same in uses.chunk_by(|one, next| grain(one) == grain(next)) {
            for uses in same.chunks(USES) {
                store.patiently(|| past_collisions(|| record_some(store, uses, doubt))).await?;
            }
        }
        Ok(())
    };
    doubt.or(store.time_limit.keep(all).await)
}

/// Returns how much newer than the stored time a use must be, in microseconds.
const fn grain(used: &Use) -> i64 {
    used.at.as_micros() - used.older_than.as_micros()
}

/// Records uses with the same grain.
async fn record_some(
    store: &PostgresStore,
    uses: &[Use],
    doubt: &WriteDoubt,
) -> Result<(), CallFailure> {
    let credentials: Vec<_> = uses.iter().map(|used| used.credential.as_str()).collect();
    let generations: Vec<_> = uses.iter().map(|used| i64::from(used.generation.get())).collect();
    let times: Vec<_> = uses.iter().map(|used| Time(used.at)).collect();
    let microseconds = uses.first().map_or(0, grain);
    let query = sqlx::query(store.schema.guarded(RECORD));
    let query = query.bind(credentials).bind(generations).bind(times);
    let query = query.bind(PgInterval { months: 0, days: 0, microseconds });
    execute(store, query, doubt).await?;
    Ok(())
}

/// Writes rows in the order of their keys, so that two nodes that write the same rows do not deadlock.
const RECORD_NETWORKS: &str = concat!(
    "INSERT INTO keyward_used_networks AS stored (credential, network, day) \
SELECT seen.credential, seen.network, seen.day FROM ROWS FROM (unnest($1::text[]), \
unnest($2::text[]), unnest($3::bigint[])) AS seen (credential, network, day) \
JOIN keyward_credentials c ON c.id = seen.credential WHERE ",
    living!(),
    " AND {guard} ORDER BY seen.credential, seen.network \
ON CONFLICT (credential, network) DO UPDATE SET day = excluded.day WHERE excluded.day > stored.day"
);

/// A request can wait for this write, and leave.
pub(super) async fn record_networks(
    store: &PostgresStore,
    seen: &[NetworkUse],
) -> Result<(), StoreError> {
    let (store, seen) = (store.clone(), seen.to_vec());
    let recording = async move {
        let doubt = &WriteDoubt::default();
        let all = async {
            for seen in seen.chunks(NETWORKS) {
                if record_some_networks(&store, seen, doubt).await? > 0 {
                    keep_few_networks(&store, seen, doubt).await?;
                }
            }
            Ok(())
        };
        doubt.or(store.time_limit.keep(all).await)
    };
    to_the_end(recording, StoreErrorKind::Unknown).await
}

/// Returns how many rows it wrote.
async fn record_some_networks(
    store: &PostgresStore,
    seen: &[NetworkUse],
    doubt: &WriteDoubt,
) -> Result<u64, StoreError> {
    let credentials: Vec<_> = seen.iter().map(|seen| seen.credential.as_str()).collect();
    let networks: Vec<_> = seen.iter().map(|seen| seen.network.to_string()).collect();
    let days: Vec<_> = seen.iter().map(|seen| seen.day.get()).collect();
    let run = || async {
        let query = sqlx::query(store.schema.guarded(RECORD_NETWORKS));
        let query = query.bind(&credentials).bind(&networks).bind(&days);
        execute(store, query, doubt).await
    };
    store.patiently(|| past_collisions(run)).await
}

/// Not retried after a lost connection, because the row count of a second run could be wrong. A request can wait for this write,
/// and leave.
pub(super) async fn refresh(
    store: &PostgresStore,
    credential: CredentialId,
    generation: GenerationNumber,
    refresh: &Refresh,
) -> Result<Refreshed, StoreError> {
    let Refreshing { tag, secret, bytes } = refreshing(refresh);
    let text = format!("WITH tagged AS ({tag}) {secret} AND credential = (SELECT id FROM tagged)");
    let mut replace = Statement::new(text, [credential.as_str().to_owned().into()]);
    replace.values.push(generation.get().into());
    replace.values.extend(bytes.map(Value::from));
    let store = store.clone();
    let replacing = async move {
        let doubt = WriteDoubt::default();
        doubt.or(store.time_limit.keep(store.once(&replace, &doubt)).await)
    };
    let written = to_the_end(replacing, StoreErrorKind::Unknown).await?;
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
        let run = || execute(self, guarded(self, statement), doubt);
        self.patiently(|| past_collisions(run)).await
    }

    async fn once(&self, statement: &Statement<'_>, doubt: &WriteDoubt) -> Result<u64, StoreError> {
        self.past_standbys(|| execute(self, guarded(self, statement), doubt)).await
    }
}

fn guarded(
    store: &PostgresStore,
    statement: &Statement<'_>,
) -> Query<'static, Postgres, PgArguments> {
    bind(sqlx::query(store.schema.guarded(&statement.text)), &statement.values)
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
