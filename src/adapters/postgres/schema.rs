//! Creates, upgrades or refuses the schema, by its version.

#[cfg(test)]
mod tests;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::error::CallFailure;
use super::owners;
use super::qualified::qualified;
use super::statements::Schema;
use crate::adapters::sql::{self, FoundVersion, SchemaStep, next_step};
use crate::store::StoreError;

/// All migration steps, the oldest first. A released step is never edited.
pub(super) const STEPS: &[SchemaStep] =
    &[SchemaStep { version: 1, serves_from: 1, statements: include_str!("1.sql") }];

/// The advisory lock that is held during a migration: any fixed number, here "keyward".
const LOCK: i64 = 0x6b65_7977_6172_6400;

/// Begins a transaction that migrates the schema: see [`BeginReadCommitted`](super::connection::BeginReadCommitted).
const BEGIN: &str = "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp";

/// The table of the completed steps.
const VERSIONS: &str = "CREATE TABLE keyward_migrations (version bigint NOT NULL PRIMARY KEY CHECK (version >= 1), \
     serves_from bigint NOT NULL CHECK (serves_from >= 1 AND serves_from <= version))";

/// Returns a script that migrates an empty schema to the newest version.
pub(super) fn script(schema: &Schema) -> String {
    let steps = STEPS.iter().map(|step| {
        let statements = qualified(step.statements, schema.quoted());
        let SchemaStep { version, serves_from, statements: _ } = step;
        let note = format!(
            "INSERT INTO keyward_migrations (version, serves_from) VALUES ({version}, {serves_from})"
        );
        format!("{statements}\n{};\n", qualified(&note, schema.quoted()))
    });
    let versions = qualified(VERSIONS, schema.quoted());
    format!("{BEGIN};\n{versions};\n{}COMMIT;\n", steps.collect::<String>())
}

/// Runs the missing steps, each in one transaction with the row that records it. Any number of nodes can call it at once: one
/// node holds the lock, and the others then find the steps completed.
///
/// If no step is missing, nothing is written, so a role without the right to create objects can open the store.
pub(super) async fn bring_forward(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
) -> Result<(), StoreError> {
    take_missing(connection, schema, owner, STEPS).await
}

/// Fails if the schema lacks a step that this release knows.
pub(super) async fn expect_newest(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
) -> Result<(), StoreError> {
    let found = found(connection, schema, owner).await?;
    let place = format!("the schema `{}` of this database", schema.name());
    let check = "check the name of the schema and the URL of the database";
    sql::expect_newest(STEPS, found.unwrap_or_default(), &place, check)
}

async fn take_missing(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
    steps: &'static [SchemaStep],
) -> Result<(), StoreError> {
    let found = found(connection, schema, owner).await?;
    if next_step(steps, found.unwrap_or_default())?.is_some() {
        while take_next(connection, schema, owner, steps).await? {}
    }
    Ok(())
}

/// Returns the version that exists when the store opens.
async fn found(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
) -> Result<Option<FoundVersion>, CallFailure> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let found = version(&mut transaction, schema, owner).await?;
    transaction.rollback().await?;
    Ok(found)
}

/// Returns the version, if the table of versions exists. Runs within a transaction.
///
/// Until the table exists, another role can create a table or a view with its name. Its owner is therefore checked under a
/// lock, which keeps the object under that name until the end of the transaction. Locking a view does not evaluate it.
async fn version(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
) -> Result<Option<FoundVersion>, CallFailure> {
    // Reads the catalogue's tables, because the catalogue caches may lack objects created while this connection waited for the
    // lock. Opening a table updates the caches.
    let text = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c \
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                WHERE n.nspname = $1 AND c.relname = 'keyward_migrations')";
    let query = sqlx::query_scalar(schema.sql(text)).bind(schema.name());
    let exists = query.fetch_one(&mut *connection).await?;
    if exists {
        let lock = schema.sql("LOCK TABLE keyward_migrations IN ACCESS SHARE MODE");
        sqlx::raw_sql(lock).execute(&mut *connection).await?;
    }
    owners::refuse(connection, schema, owner).await?;
    if !exists {
        return Ok(None);
    }
    let text = schema.sql(FoundVersion::SELECT);
    let found: (i64, i64) = sqlx::query_as(text).fetch_one(connection).await?;
    Ok(Some(found.into()))
}

async fn take_next(
    connection: &mut PgConnection,
    schema: &Schema,
    owner: Option<&str>,
    steps: &'static [SchemaStep],
) -> Result<bool, CallFailure> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let lock = schema.sql("SELECT pg_advisory_xact_lock($1)");
    sqlx::query(lock).bind(LOCK).execute(&mut *transaction).await?;
    let found = version(&mut transaction, schema, owner).await?;
    let Some(step) = next_step(steps, found.unwrap_or_default())? else {
        transaction.rollback().await?;
        return Ok(false);
    };
    // From here on, a step fails if another role has created one of its objects.
    if found.is_none() {
        create_versions(&mut transaction, schema).await?;
    }
    sqlx::raw_sql(schema.sql_once(step.statements)).execute(&mut *transaction).await?;
    let text = "INSERT INTO keyward_migrations (version, serves_from) VALUES ($1, $2)";
    sqlx::query(schema.sql(text))
        .bind(step.version)
        .bind(step.serves_from)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Creates the table of versions, and the schema if it does not exist.
async fn create_versions(
    connection: &mut PgConnection,
    schema: &Schema,
) -> Result<(), CallFailure> {
    let text = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)";
    let query = sqlx::query_scalar(schema.sql(text)).bind(schema.name());
    if !query.fetch_one(&mut *connection).await? {
        let create = AssertSqlSafe(format!("CREATE SCHEMA {}", schema.quoted()));
        sqlx::raw_sql(create).execute(&mut *connection).await?;
    }
    sqlx::raw_sql(schema.sql_once(VERSIONS)).execute(connection).await?;
    Ok(())
}
