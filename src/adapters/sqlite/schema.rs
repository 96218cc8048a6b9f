//! Creates, upgrades or refuses the schema.

#[cfg(test)]
mod tests;

use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::begin::{begin, writer};
use super::rows::{failed, primary_code};
use super::store::SqliteStore;
use crate::adapters::sql::{self, FoundVersion, SchemaStep, next_step};
use crate::store::{StoreError, StoreErrorKind, StoreFinding};

/// All migration steps, the oldest first. A released step is never edited.
pub(super) const STEPS: &[SchemaStep] =
    &[SchemaStep { version: 1, serves_from: 1, statements: include_str!("1.sql") }];

/// Keyward's own table, because the driver's default table could be the host's too.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS keyward_migrations \
    (version INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1), \
    serves_from INTEGER NOT NULL CHECK (serves_from >= 1 AND serves_from <= version)) STRICT";

/// Runs the missing steps, each in one transaction with the row that records it. Any number of processes can call it at once:
/// one holds the file's write lock, and the others then find the steps completed.
pub(super) async fn bring_forward(pool: &SqlitePool) -> Result<(), StoreError> {
    take_missing(pool, STEPS).await
}

/// Fails unless the tables exist and lack no step that this release knows. Writes nothing.
pub(super) async fn expect_existing(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(failed)?;
    let text = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'keyward_migrations')";
    let exists: bool =
        sqlx::query_scalar(text).fetch_one(&mut *connection).await.map_err(failed)?;
    let found = if exists { version(&mut connection).await? } else { FoundVersion::default() };
    expect_newest_of(found)
}

fn expect_newest_of(found: FoundVersion) -> Result<(), StoreError> {
    sql::expect_newest(STEPS, found, "this SQLite file", "check its path")
}

/// Returns a script that migrates an empty file to the newest version.
pub(super) fn script() -> String {
    let steps = STEPS.iter().map(|step| {
        let SchemaStep { version, serves_from, statements } = step;
        format!(
            "{statements}\nINSERT INTO keyward_migrations (version, serves_from) \
             VALUES ({version}, {serves_from});\n"
        )
    });
    format!("BEGIN IMMEDIATE;\n{VERSIONS};\n{}COMMIT;\n", steps.collect::<String>())
}

/// Checks that the schema is the newest one and that the file can be written. Writes nothing.
pub(super) async fn check(store: &SqliteStore) -> Result<Vec<StoreFinding>, StoreError> {
    const READ_ONLY: i32 = 8;
    let asking = async {
        let mut connection = writer(store).await?;
        let mut transaction = begin(store, &mut connection).await?;
        expect_newest(&mut transaction).await?;
        transaction.rollback().await.map_err(failed)
    };
    match store.time_limit.keep(asking).await {
        Ok(()) => Ok(Vec::new()),
        Err(error)
            if error.kind() == StoreErrorKind::Misconfigured
                && primary_code(&error) == Some(READ_ONLY) =>
        {
            Ok(vec![StoreFinding::ReadOnly])
        }
        Err(error) => Err(error),
    }
}

/// Fails if the schema is not the newest one, or if the connection cannot write. (A read-only connection can begin a
/// transaction.) Writes nothing.
async fn expect_newest(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    expect_newest_of(version(connection).await?)?;
    expect_writable(connection).await
}

async fn expect_writable(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let nothing = "DELETE FROM keyward_migrations WHERE version < 0";
    sqlx::raw_sql(nothing).execute(connection).await.map(drop).map_err(failed)
}

async fn version(connection: &mut SqliteConnection) -> Result<FoundVersion, StoreError> {
    let found: (i64, i64) =
        sqlx::query_as(FoundVersion::SELECT).fetch_one(connection).await.map_err(failed)?;
    Ok(found.into())
}

async fn take_missing(pool: &SqlitePool, steps: &'static [SchemaStep]) -> Result<(), StoreError> {
    while take_next(pool, steps).await? {}
    Ok(())
}

async fn take_next(pool: &SqlitePool, steps: &'static [SchemaStep]) -> Result<bool, StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    sqlx::raw_sql(VERSIONS).execute(&mut *transaction).await.map_err(failed)?;
    let found = version(&mut transaction).await?;
    let Some(step) = next_step(steps, found)? else {
        expect_writable(&mut transaction).await?;
        transaction.rollback().await.map_err(failed)?;
        return Ok(false);
    };
    sqlx::raw_sql(step.statements).execute(&mut *transaction).await.map_err(failed)?;
    sqlx::query("INSERT INTO keyward_migrations (version, serves_from) VALUES ($1, $2)")
        .bind(step.version)
        .bind(step.serves_from)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}
