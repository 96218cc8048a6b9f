//! The schema: named, created, brought forward, or refused.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqlStr};

use super::error::Failure;
use crate::adapters::sql::{self, Step, next_step};
use crate::store::{StoreError, StoreErrorKind};

/// Every step there ever was, the oldest first. A step that was released is never edited.
const STEPS: &[Step] = &[Step { version: 1, statements: include_str!("1.sql") }];

/// The advisory lock that is held while the schema is brought forward: any fixed number, "keyward" here.
const LOCK: i64 = 0x6b65_7977_6172_6400;

/// The schema in which the tables are, by its name.
#[derive(Debug, Clone)]
pub(super) struct Schema(Arc<str>);

/// Not a schema's name.
#[derive(Debug, thiserror::Error)]
#[error(
    "the name of a schema has 1 to 63 bytes and no NUL: give `PostgresOptions::schema` another"
)]
struct BadSchema;

impl Schema {
    pub(super) fn new(name: &str) -> Result<Self, StoreError> {
        if name.is_empty() || name.len() > 63 || name.contains('\0') {
            return Err(StoreError::new(StoreErrorKind::Misconfigured).because(BadSchema));
        }
        Ok(Self(name.into()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The name as an identifier.
    fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    /// A statement of Keyward's own, with its tables found in this schema. What callers give is never in
    /// the text, and in it the prefix of the tables stands nowhere else.
    pub(super) fn sql(&self, text: &str) -> SqlStr {
        let table = format!("{}.keyward_", self.quoted());
        AssertSqlSafe(text.replace("keyward_", &table)).into_sql_str()
    }
}

/// Takes the steps that are missing, each in one transaction with the note that it was taken. Any number
/// of nodes may do so at once: one at a time holds the lock, and the others find it done.
///
/// Where nothing is missing nothing is written, so that a role that may not create anything can open.
pub(super) async fn bring_forward(pool: &PgPool, schema: &Schema) -> Result<(), StoreError> {
    take_missing(pool, schema, STEPS).await
}

/// Refuses a schema that is not the newest one.
pub(super) async fn expect_newest(
    connection: &mut PgConnection,
    schema: &Schema,
) -> Result<(), StoreError> {
    sql::expect_newest(STEPS, version(connection, schema).await?)
}

async fn take_missing(
    pool: &PgPool,
    schema: &Schema,
    steps: &'static [Step],
) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(Failure::from)?;
    let found = version(&mut connection, schema).await?;
    if next_step(steps, found)?.is_some() {
        while take_next(&mut connection, schema, steps).await? {}
    }
    Ok(())
}

async fn version(connection: &mut PgConnection, schema: &Schema) -> Result<i64, Failure> {
    // Asked of the catalogue's tables, since its caches may not know yet what was made while this
    // connection waited for the lock; opening a table makes them listen.
    let there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = 'keyward_migrations')",
    )
    .bind(&*schema.0)
    .fetch_one(&mut *connection)
    .await?;
    if !there {
        return Ok(0);
    }
    let text = schema.sql("SELECT COALESCE(max(version), 0) FROM keyward_migrations");
    Ok(sqlx::query_scalar(text).fetch_one(connection).await?)
}

async fn take_next(
    connection: &mut PgConnection,
    schema: &Schema,
    steps: &'static [Step],
) -> Result<bool, Failure> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    let found = version(&mut transaction, schema).await?;
    let Some(step) = next_step(steps, found)? else {
        transaction.rollback().await?;
        return Ok(false);
    };
    let there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)",
    )
    .bind(&*schema.0)
    .fetch_one(&mut *transaction)
    .await?;
    let create: Cow<'_, str> =
        if there { "".into() } else { format!("CREATE SCHEMA {};", schema.quoted()).into() };
    let place = format!(
        "{create} SET LOCAL search_path TO {}; \
         CREATE TABLE IF NOT EXISTS keyward_migrations \
         (version bigint NOT NULL PRIMARY KEY CHECK (version >= 1));",
        schema.quoted()
    );
    sqlx::raw_sql(AssertSqlSafe(place)).execute(&mut *transaction).await?;
    sqlx::raw_sql(step.statements).execute(&mut *transaction).await?;
    sqlx::query(schema.sql("INSERT INTO keyward_migrations (version) VALUES ($1)"))
        .bind(step.version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}
