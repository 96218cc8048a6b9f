//! Reads: passes a statement and its values to PostgreSQL, and its rows to the columns.

use std::sync::LazyLock;

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Postgres, query::Query};

use super::connection::Lease;
use super::error::CallFailure;
use super::heartbeat::AGE;
use super::marked_statement::Answer;
use super::packed_events::{PACKED, unpacked};
use super::statements::Schema;
use super::store::PostgresStore;
use super::time::Time;
use crate::adapters::sql::{Casts, Columns, Reader, Selects, Statement, Unreadable, Value};
use crate::domain::EventOutline;
use crate::store::StoreError;

/// PostgreSQL does not accept networks and JSON as text.
pub(super) const CASTS: Casts =
    Casts { network: ["CAST(", " AS cidr)"], json: ["CAST(", " AS jsonb)"] };

/// The previous secret of a credential, in one column.
const PREVIOUS: &str = "CASE WHEN p.number IS NOT NULL THEN json_build_array(p.number, p.brand, \
CASE WHEN isfinite(p.created) THEN (EXTRACT(epoch FROM p.created) * 1000000)::bigint END, p.slow_hash, \
encode(p.digest, 'hex'), encode(p.seal, 'hex'), \
CASE WHEN isfinite(v.at) THEN (EXTRACT(epoch FROM v.at) * 1000000)::bigint \
WHEN v.at IS NOT NULL THEN 9223372036854775807 END)::text END";

/// The secrets of a credential and their uses. LATERAL and LIMIT make the planner look up each secret by its key. Without them
/// it may scan the secrets of all other credentials to fill a page.
const JOINS: &str = "\
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.generation LIMIT 1) g ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.generation LIMIT 1) u ON TRUE \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.previous LIMIT 1) p ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.previous LIMIT 1) v ON TRUE";

/// The lists of a workspace.
const LISTS: &str = "\
(SELECT json_agg(json_build_array(integration, credential, CASE WHEN isfinite(connected) \
THEN (EXTRACT(epoch FROM connected) * 1000000)::bigint END) ORDER BY place)::text \
FROM keyward_integrations WHERE workspace = w.id), \
(SELECT json_agg(json_build_array(network, CASE WHEN isfinite(added) \
THEN (EXTRACT(epoch FROM added) * 1000000)::bigint END) ORDER BY place)::text \
FROM keyward_allowlist WHERE workspace = w.id)";

impl Reader for PostgresStore {
    type Row = Answer;

    fn selects() -> &'static Selects {
        static SELECTS: LazyLock<Selects> =
            LazyLock::new(|| Selects::new::<PostgresStore>(PREVIOUS, JOINS, LISTS));
        &SELECTS
    }

    const ONE_OF: &'static str = " = ANY({})";

    const AGE: &'static str = AGE;

    const EVENTS: &'static str = PACKED;

    const HAS_LABEL: &'static str = " AND strpos(c.labels, {}) > 0";

    const BEYOND_ASCII: &'static str = "octet_length(c.name_key) <> length(c.name_key)";

    fn outlines(row: &Answer) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
        row.bytes(4)?.map_or_else(|| Ok(Vec::new()), unpacked)
    }

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<Answer>, StoreError> {
        self.read(&statement).await
    }

    async fn feed_rows(&self, statement: Statement<'_>) -> Result<Vec<Answer>, StoreError> {
        self.poll(&statement).await
    }
}

impl PostgresStore {
    /// Takes a connection for one call.
    pub(super) async fn lease(&self) -> Result<Lease, CallFailure> {
        self.servers.lease(&self.pool).await
    }

    /// Returns the rows that a statement has found, if the answer belongs to this statement and comes from a primary.
    pub(super) async fn ask(
        &self,
        connection: &mut PgConnection,
        statement: &Statement<'_>,
    ) -> Result<Vec<Answer>, CallFailure> {
        let marked = self.schema.marked(&statement.text);
        let query = bind(sqlx::query(marked.sql.clone()), &statement.values);
        marked.answers(query.fetch_all(connection).await?)
    }

    /// Runs an idempotent call, and retries it on another connection if the first was dead or led to a standby: after a restart
    /// of the server or a failover, the pool is full of such connections.
    pub(super) async fn patiently<T, F>(&self, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, CallFailure>>,
    {
        self.again(call, CallFailure::is_a_lost_connection).await
    }

    /// Runs a call that must not run twice, and retries it on another connection only if a standby has refused it.
    pub(super) async fn past_standbys<T, F>(&self, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, CallFailure>>,
    {
        self.again(call, |failure| matches!(failure, CallFailure::Standby)).await
    }

    async fn again<T, F>(
        &self,
        call: impl Fn() -> F,
        passes: fn(&CallFailure) -> bool,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, CallFailure>>,
    {
        let mut left = None;
        loop {
            match call().await {
                Err(failure) if passes(&failure) => {
                    // Every idle connection can be dead too, and so can some of those that are opened now.
                    if left.is_none() {
                        Box::pin(self.servers.follow(&self.pool)).await;
                    }
                    let tries = left.get_or_insert_with(|| self.pool.num_idle() + 3);
                    if *tries == 0 {
                        return Err(failure.into());
                    }
                    *tries -= 1;
                }
                answer => return Ok(answer?),
            }
        }
    }
}

pub(super) fn query(
    schema: &Schema,
    statement: &Statement<'_>,
) -> Query<'static, Postgres, PgArguments> {
    bind(sqlx::query(schema.sql(&statement.text)), &statement.values)
}

/// Returns the query of a statement whose text rarely repeats.
pub(super) fn query_once(
    schema: &Schema,
    statement: &Statement<'_>,
) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(schema.sql_once(&statement.text)).persistent(false);
    bind(query, &statement.values)
}

/// Appends these values to the parameters of a query.
pub(super) fn bind(
    query: Query<'static, Postgres, PgArguments>,
    values: &[Value<'_>],
) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Texts(texts) => query.bind(texts),
        Value::Number(number) => query.bind(*number),
        Value::Bytes(bytes) => query.bind(bytes.as_deref()),
        Value::Time(time) => query.bind(time.map(Time)),
        Value::Network(text) | Value::Json(text) => query.bind(text),
    })
}

/// Runs a statement, and returns how many rows it wrote.
pub(super) async fn execute(
    connection: &mut PgConnection,
    schema: &Schema,
    statement: &Statement<'_>,
) -> Result<u64, CallFailure> {
    Ok(query(schema, statement).execute(connection).await?.rows_affected())
}
