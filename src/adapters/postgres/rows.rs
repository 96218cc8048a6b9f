//! Reading: a statement and its values to PostgreSQL, its rows to columns.

use std::sync::LazyLock;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Postgres, Row, query::Query};

use super::PostgresStore;
use super::connection::Lease;
use super::error::CallFailure;
use super::statements::Schema;
use super::time::Time;
use crate::adapters::sql::{Casts, Columns, Reader, Selects, Statement, Unreadable, Value};
use crate::store::StoreError;
use crate::values::Timestamp;

/// PostgreSQL does not take networks and JSON as text.
pub(super) const CASTS: Casts =
    Casts { network: ["CAST(", " AS cidr)"], json: ["CAST(", " AS jsonb)"] };

/// The previous secret of a credential, in one column.
const PREVIOUS: &str = "CASE WHEN p.number IS NOT NULL THEN json_build_array(p.number, p.brand, \
CASE WHEN isfinite(p.created) THEN (EXTRACT(epoch FROM p.created) * 1000000)::bigint END, p.slow_hash, \
encode(p.digest, 'hex'), encode(p.seal, 'hex'), \
CASE WHEN isfinite(v.at) THEN (EXTRACT(epoch FROM v.at) * 1000000)::bigint \
WHEN v.at IS NOT NULL THEN 9223372036854775807 END)::text END";

/// The secrets of a credential and their uses. LATERAL and LIMIT, so that each secret is looked up by its key: left to
/// itself, the planner may go through those of all other credentials to fill a page.
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
    type Row = PgRow;

    fn selects() -> &'static Selects {
        static SELECTS: LazyLock<Selects> = LazyLock::new(|| Selects::new(PREVIOUS, JOINS, LISTS));
        &SELECTS
    }

    const ONE_OF: &'static str = " = ANY({})";

    const BEYOND_ASCII: &'static str = "octet_length(c.name_key) <> length(c.name_key)";

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<PgRow>, StoreError> {
        self.time_limit.keep(self.patiently(|| self.fetch(&statement))).await
    }
}

impl PostgresStore {
    async fn fetch(&self, statement: &Statement<'_>) -> Result<Vec<PgRow>, CallFailure> {
        let mut lease = Lease::take(&self.pool).await?;
        let query = query(&self.schema, statement);
        let rows = query.fetch_all(lease.connection()?).await?;
        lease.give_back();
        Ok(rows)
    }

    /// Does what may be done twice, and does it again on another connection where the first was dead: a
    /// server that was started anew leaves a pool full of those.
    pub(super) async fn patiently<T, F>(&self, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, CallFailure>>,
    {
        let mut dead = 0;
        loop {
            match call().await {
                Err(failure) if failure.is_a_lost_connection() && dead < self.pool.size() + 3 => {
                    dead += 1;
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

/// Gives a query these values, after those that it has.
pub(super) fn bind(
    query: Query<'static, Postgres, PgArguments>,
    values: &[Value<'_>],
) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Texts(texts) => query.bind(*texts),
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

impl Columns for PgRow {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable> {
        Ok(self.try_get(column)?)
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        let time: Option<Time> = self.try_get(column)?;
        Ok(time.map(|Time(time)| time))
    }
}
