//! Single credentials, within a commit.

use sqlx::sqlite::SqliteConnection;

use super::headers::one_row;
use super::rows::failed;
use crate::adapters::sql::{left, living, stored};
use crate::domain::{CredentialRecord, GenerationRecord};
use crate::secrets::Seal;
use crate::store::StoreError;
use crate::values::{CredentialId, Timestamp, WorkspaceId};

const INSERT: &str = "INSERT INTO keyward_credentials (id, account, workspace, kind, name, name_key, \
created, generation, previous, previous_until, deprecated, sunset, suspended, expires, \
created_by_role, created_by_id, revision, workspace_incarnation, tag) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (id) DO NOTHING";

const UPDATE: &str = concat!(
    "UPDATE keyward_credentials AS c SET account = $2, workspace = $3, kind = $4, \
name = $5, name_key = $6, created = $7, generation = $8, previous = $9, previous_until = $10, \
deprecated = $11, sunset = $12, suspended = $13, expires = $14, created_by_role = $15, \
created_by_id = $16, revision = $17, workspace_incarnation = $18, tag = $19 WHERE id = $1 AND ",
    living!()
);

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    if write(connection, INSERT, record).await? == 0 {
        // A removed workspace may have left a credential with this id.
        free(connection, record.id).await?;
        one_row(write(connection, INSERT, record).await?)?;
    }
    generations(connection, record).await
}

/// A generation that stays keeps its last-used time.
pub(super) async fn update(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    one_row(write(connection, UPDATE, record).await?)?;
    let previous = record.previous.as_ref().map(|previous| previous.generation.number.get());
    sqlx::query(
        "DELETE FROM keyward_generations \
         WHERE credential = $1 AND number <> $2 AND number IS NOT $3",
    )
    .bind(record.id.as_str())
    .bind(record.current.number.get())
    .bind(previous)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    generations(connection, record).await
}

/// The secrets and the last-used times go with it.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    id: CredentialId,
) -> Result<(), StoreError> {
    let text = concat!("DELETE FROM keyward_credentials AS c WHERE id = $1 AND ", living!());
    let gone = sqlx::query(text).bind(id.as_str()).execute(connection).await.map_err(failed)?;
    one_row(gone.rows_affected())
}

async fn free(connection: &mut SqliteConnection, id: CredentialId) -> Result<(), StoreError> {
    sqlx::query(concat!("DELETE FROM keyward_credentials AS c WHERE id = $1 AND ", left!()))
        .bind(id.as_str())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Leaves all credentials of a workspace to be deleted later: no statement finds them from now on.
pub(super) async fn leave_all(
    connection: &mut SqliteConnection,
    workspace: &WorkspaceId,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO keyward_leftovers (workspace) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(workspace.as_str())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Writes the row, and returns how many rows that was.
async fn write(
    connection: &mut SqliteConnection,
    text: &'static str,
    record: &CredentialRecord,
) -> Result<u64, StoreError> {
    let previous = record.previous.as_ref();
    let deprecation = record.deprecation;
    let written = sqlx::query(text)
        .bind(record.id.as_str())
        .bind(record.account.as_str())
        .bind(record.workspace.as_str())
        .bind(record.kind.as_str())
        .bind(record.name.as_str())
        .bind(record.name.key().as_str())
        .bind(record.created.as_micros())
        .bind(record.current.number.get())
        .bind(previous.map(|previous| previous.generation.number.get()))
        .bind(previous.map(|previous| previous.until.as_micros()))
        .bind(deprecation.map(|deprecation| deprecation.since.as_micros()))
        .bind(deprecation.and_then(|deprecation| deprecation.sunset).map(Timestamp::as_micros))
        .bind(record.suspended.map(Timestamp::as_micros))
        .bind(record.expires.map(Timestamp::as_micros))
        .bind(record.created_by.role.as_str())
        .bind(record.created_by.id.as_str())
        .bind(stored(record.revision.get())?)
        .bind(record.workspace_incarnation.as_bytes().as_slice())
        .bind(record.tag.to_bytes().to_vec())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(written.rows_affected())
}

/// Writes the generations, and the last-used times of those that are not there yet.
async fn generations(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    for GenerationRecord { number, brand, created, slow_hash, digest, seal, last_used } in
        record.generations()
    {
        sqlx::query(
            "INSERT INTO keyward_generations \
             (credential, number, brand, created, slow_hash, digest, seal) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential, number) DO UPDATE \
             SET brand = excluded.brand, created = excluded.created, slow_hash = excluded.slow_hash, \
             digest = excluded.digest, seal = excluded.seal",
        )
        .bind(record.id.as_str())
        .bind(number.get())
        .bind(brand.as_str())
        .bind(created.as_micros())
        .bind(slow_hash.as_str())
        .bind(digest.to_bytes().as_slice())
        .bind(seal.as_ref().map(Seal::as_bytes).map(<[u8; Seal::LENGTH]>::as_slice))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        sqlx::query(
            "INSERT INTO keyward_uses (credential, generation, at) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(record.id.as_str())
        .bind(number.get())
        .bind(last_used.map(Timestamp::as_micros))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}
