//! The schema: created, brought forward, or refused.

#[cfg(test)]
mod tests;

use sqlx::sqlite::SqlitePool;

use super::rows::failed;
use crate::adapters::sql::{Step, next_step};
use crate::store::StoreError;

/// Every step there ever was, the oldest first. A step that was released is never edited.
pub(super) const STEPS: &[Step] = &[Step { version: 1, statements: include_str!("1.sql") }];

/// Keyward's own: the driver's default table would be the host's too.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS keyward_migrations \
    (version INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1)) STRICT";

/// Takes the steps that are missing, each in one transaction with the note that it was taken. Any number
/// of processes may do so at once: the file's write lock lets one of them, and the others find it done.
pub(super) async fn bring_forward(pool: &SqlitePool) -> Result<(), StoreError> {
    take_missing(pool, STEPS).await
}

async fn take_missing(pool: &SqlitePool, steps: &'static [Step]) -> Result<(), StoreError> {
    while take_next(pool, steps).await? {}
    Ok(())
}

async fn take_next(pool: &SqlitePool, steps: &'static [Step]) -> Result<bool, StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    sqlx::raw_sql(VERSIONS).execute(&mut *transaction).await.map_err(failed)?;
    let found: i64 = sqlx::query_scalar("SELECT COALESCE(max(version), 0) FROM keyward_migrations")
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
    let Some(step) = next_step(steps, found)? else {
        // A connection that can only read begins this transaction as well. It is refused where it would write.
        let nothing = "DELETE FROM keyward_migrations WHERE version < 0";
        sqlx::raw_sql(nothing).execute(&mut *transaction).await.map_err(failed)?;
        transaction.rollback().await.map_err(failed)?;
        return Ok(false);
    };
    sqlx::raw_sql(step.statements).execute(&mut *transaction).await.map_err(failed)?;
    sqlx::query("INSERT INTO keyward_migrations (version) VALUES ($1)")
        .bind(step.version)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}
