//! Single credentials, within a commit: one statement each, secrets and last-used times included.

use sqlx::postgres::PgConnection;

use super::commit::conflict;
use super::error::Failure;
use super::headers::one_row;
use super::schema::Schema;
use super::time::Time;
use crate::domain::CredentialRecord;
use crate::secrets::Seal;
use crate::values::{CredentialId, WorkspaceId};

const INSERT: &str = "WITH written AS (INSERT INTO keyward_credentials (id, account, workspace, \
kind, name, name_key, created, generation, previous, previous_until, deprecated, sunset, \
suspended, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
ON CONFLICT (id) DO NOTHING RETURNING id), ";

/// A generation that the update does not hold is gone.
const UPDATE: &str = "WITH written AS (UPDATE keyward_credentials SET account = $2, \
workspace = $3, kind = $4, name = $5, name_key = $6, created = $7, generation = $8, previous = $9, \
previous_until = $10, deprecated = $11, sunset = $12, suspended = $13, expires = $14 \
WHERE id = $1 RETURNING id), \
gone AS (DELETE FROM keyward_generations stored USING written \
WHERE stored.credential = written.id AND stored.number <> ALL($15)), ";

/// The generations that are not there yet, each with its last-used time. One that stays keeps what is
/// stored of it.
const GENERATIONS: &str = "made AS (\
INSERT INTO keyward_generations (credential, number, created, slow_hash, digest, seal) \
SELECT written.id, new.* FROM written, \
unnest($15::bigint[], $16::timestamptz[], $17::text[], $18::bytea[], $19::bytea[]) AS new \
ON CONFLICT (credential, number) DO NOTHING RETURNING credential, number), \
noted AS (\
INSERT INTO keyward_uses (credential, generation, at) \
SELECT made.credential, made.number, new.at \
FROM made JOIN unnest($15::bigint[], $20::timestamptz[]) AS new (number, at) USING (number)) \
SELECT id FROM written";

pub(super) async fn insert(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
) -> Result<(), Failure> {
    write(connection, schema, INSERT, record).await
}

pub(super) async fn update(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
) -> Result<(), Failure> {
    write(connection, schema, UPDATE, record).await
}

async fn write(
    connection: &mut PgConnection,
    schema: &Schema,
    text: &str,
    record: &CredentialRecord,
) -> Result<(), Failure> {
    let previous = record.previous.as_ref();
    let deprecation = record.deprecation;
    let generations = || record.generations();
    let numbers: Vec<_> = generations().map(|one| i64::from(one.number.get())).collect();
    let created: Vec<_> = generations().map(|one| Time(one.created)).collect();
    let slow_hashes: Vec<_> = generations().map(|one| one.slow_hash.as_str()).collect();
    let digests: Vec<_> = generations().map(|one| one.digest.to_bytes().to_vec()).collect();
    let seals: Vec<_> = generations()
        .map(|one| one.seal.as_ref().map(Seal::as_bytes).map(|bytes| bytes.to_vec()))
        .collect();
    let last_used: Vec<_> = generations().map(|one| one.last_used.map(Time)).collect();
    let written = sqlx::query(schema.sql(&[text, GENERATIONS].concat()))
        .bind(record.id.as_str())
        .bind(record.account.as_str())
        .bind(record.workspace.as_str())
        .bind(record.kind.as_str())
        .bind(record.name.as_str())
        .bind(record.name.key().as_str())
        .bind(Time(record.created))
        .bind(i64::from(record.current.number.get()))
        .bind(previous.map(|previous| i64::from(previous.generation.number.get())))
        .bind(previous.map(|previous| Time(previous.until)))
        .bind(deprecation.map(|deprecation| Time(deprecation.since)))
        .bind(deprecation.and_then(|deprecation| deprecation.sunset).map(Time))
        .bind(record.suspended.map(Time))
        .bind(record.expires.map(Time))
        .bind(numbers)
        .bind(created)
        .bind(slow_hashes)
        .bind(digests)
        .bind(seals)
        .bind(last_used)
        .fetch_optional(connection)
        .await;
    match written {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(conflict()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes with everything that is below. The uses are locked first, in their order, as
/// [`record_uses`](crate::store::CredentialStore::record_uses) does: otherwise the two could deadlock.
const DELETE: &str = "WITH locked AS (\
SELECT 1 FROM keyward_uses WHERE credential = $1 ORDER BY generation FOR UPDATE) \
DELETE FROM keyward_credentials WHERE id = $1 AND (SELECT count(*) FROM locked) >= 0";

const DELETE_ALL: &str = "WITH disconnected AS (\
DELETE FROM keyward_integrations WHERE workspace = $1), \
disallowed AS (DELETE FROM keyward_allowlist WHERE workspace = $1), \
locked AS (SELECT 1 FROM keyward_uses used JOIN keyward_credentials c ON c.id = used.credential \
WHERE c.workspace = $1 ORDER BY used.credential, used.generation FOR UPDATE OF used) \
DELETE FROM keyward_credentials WHERE workspace = $1 AND (SELECT count(*) FROM locked) >= 0";

pub(super) async fn delete(
    connection: &mut PgConnection,
    schema: &Schema,
    id: CredentialId,
) -> Result<(), Failure> {
    let gone = sqlx::query(schema.sql(DELETE)).bind(id.as_str()).execute(connection).await?;
    one_row(gone.rows_affected())
}

/// The workspace's lists go with them.
pub(super) async fn delete_all(
    connection: &mut PgConnection,
    schema: &Schema,
    workspace: &WorkspaceId,
) -> Result<(), Failure> {
    sqlx::query(schema.sql(DELETE_ALL)).bind(workspace.as_str()).execute(connection).await?;
    Ok(())
}
