//! Single credentials, within a commit: one statement each, secrets and last-used times included.

use sqlx::postgres::PgConnection;

use super::commit::conflict;
use super::error::Failure;
use super::headers::one_row;
use super::schema::Schema;
use super::time::Time;
use crate::adapters::sql::{left, living, stored};
use crate::domain::CredentialRecord;
use crate::secrets::{RecordTag, Seal};
use crate::values::{CredentialId, WorkspaceId};

/// The generations, and the last-used times of those that are not there yet. Two records are compared as one value,
/// in which NULL is equal to NULL.
macro_rules! generations {
    () => {
        "made AS (\
INSERT INTO keyward_generations AS stored (credential, number, brand, created, slow_hash, digest, seal) \
SELECT written.id, new.* FROM written, \
ROWS FROM (unnest($18::bigint[]), unnest($26::text[]), unnest($19::timestamptz[]), unnest($20::text[]), \
unnest($21::bytea[]), unnest($22::bytea[])) AS new \
ON CONFLICT (credential, number) DO UPDATE SET brand = excluded.brand, created = excluded.created, \
slow_hash = excluded.slow_hash, digest = excluded.digest, seal = excluded.seal \
WHERE ROW(stored.brand, stored.created, stored.slow_hash, stored.digest, stored.seal)::record <> \
ROW(excluded.brand, excluded.created, excluded.slow_hash, excluded.digest, excluded.seal)::record \
RETURNING stored.credential, stored.number), \
noted AS (\
INSERT INTO keyward_uses (credential, generation, at) \
SELECT made.credential, made.number, new.at \
FROM made JOIN ROWS FROM (unnest($18::bigint[]), unnest($23::timestamptz[])) AS new (number, at) \
ON new.number = made.number \
ON CONFLICT (credential, generation) DO NOTHING) \
SELECT id FROM written"
    };
}

const INSERT: &str = concat!(
    "WITH written AS (INSERT INTO keyward_credentials (id, account, workspace, \
kind, name, name_key, created, generation, previous, previous_until, deprecated, sunset, \
suspended, expires, created_by_role, created_by_id, revision, workspace_incarnation, tag) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $24, $25) \
ON CONFLICT (id) DO NOTHING RETURNING id), ",
    generations!()
);

/// A generation that the update does not hold is gone.
const UPDATE: &str = concat!(
    "WITH written AS (UPDATE keyward_credentials AS c SET account = $2, \
workspace = $3, kind = $4, name = $5, name_key = $6, created = $7, generation = $8, previous = $9, \
previous_until = $10, deprecated = $11, sunset = $12, suspended = $13, expires = $14, \
created_by_role = $15, created_by_id = $16, revision = $17, workspace_incarnation = $24, tag = $25 \
WHERE id = $1 AND ($27::bytea IS NULL OR tag = $27) AND ",
    living!(),
    " RETURNING id), \
gone AS (DELETE FROM keyward_generations stored USING written \
WHERE stored.credential = written.id AND stored.number <> ALL($18)), ",
    generations!()
);

pub(super) async fn insert(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
) -> Result<(), Failure> {
    if write(connection, schema, INSERT, record, None).await? == Written::Row {
        return Ok(());
    }
    // A removed workspace may have left a credential with this id.
    sqlx::query(schema.sql(FREE)).bind(record.id.as_str()).execute(&mut *connection).await?;
    write(connection, schema, INSERT, record, None).await?.or_conflict()
}

pub(super) async fn update(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
    read: Option<&RecordTag>,
) -> Result<(), Failure> {
    write(connection, schema, UPDATE, record, read).await?.or_conflict()
}

/// Whether a row was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Row,
    Nothing,
}

impl Written {
    fn or_conflict(self) -> Result<(), Failure> {
        match self {
            Self::Row => Ok(()),
            Self::Nothing => Err(conflict()),
        }
    }
}

async fn write(
    connection: &mut PgConnection,
    schema: &Schema,
    text: &str,
    record: &CredentialRecord,
    read: Option<&RecordTag>,
) -> Result<Written, Failure> {
    let previous = record.previous.as_ref();
    let deprecation = record.deprecation;
    let generations = || record.generations();
    let numbers: Vec<_> = generations().map(|one| i64::from(one.number.get())).collect();
    let brands: Vec<_> = generations().map(|one| one.brand.as_str()).collect();
    let created: Vec<_> = generations().map(|one| Time(one.created)).collect();
    let slow_hashes: Vec<_> = generations().map(|one| one.slow_hash.as_str()).collect();
    let digests: Vec<_> = generations().map(|one| one.digest.to_bytes().to_vec()).collect();
    let seals: Vec<_> = generations()
        .map(|one| one.seal.as_ref().map(Seal::as_bytes).map(|bytes| bytes.to_vec()))
        .collect();
    let last_used: Vec<_> = generations().map(|one| one.last_used.map(Time)).collect();
    let written = sqlx::query(schema.sql(text))
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
        .bind(record.created_by.role.as_str())
        .bind(record.created_by.id.as_str())
        .bind(stored(record.revision.get())?)
        .bind(numbers)
        .bind(created)
        .bind(slow_hashes)
        .bind(digests)
        .bind(seals)
        .bind(last_used)
        .bind(record.workspace_incarnation.as_bytes().as_slice())
        .bind(record.tag.to_bytes().to_vec())
        .bind(brands)
        .bind(read.map(|tag| tag.to_bytes().to_vec()))
        .fetch_optional(connection)
        .await?;
    Ok(if written.is_some() { Written::Row } else { Written::Nothing })
}

/// Compares the tag of a credential that the change does not edit.
pub(super) async fn compare(
    connection: &mut PgConnection,
    schema: &Schema,
    id: CredentialId,
    read: &RecordTag,
) -> Result<(), Failure> {
    let text = concat!(
        "SELECT 1 FROM keyward_credentials c WHERE id = $1 AND tag = $2 AND ",
        living!(),
        " FOR SHARE OF c"
    );
    let found = sqlx::query(schema.sql(text))
        .bind(id.as_str())
        .bind(read.to_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    if found.is_some() { Ok(()) } else { Err(conflict()) }
}

/// Deletes with everything that is below. The uses are locked first, in their order, as
/// [`record_uses`](crate::store::CredentialStore::record_uses) does: otherwise the two could deadlock.
const DELETE: &str = concat!(
    "WITH locked AS (\
SELECT 1 FROM keyward_uses WHERE credential = $1 ORDER BY generation FOR UPDATE) \
DELETE FROM keyward_credentials c WHERE id = $1 AND ($2::bytea IS NULL OR tag = $2) \
AND (SELECT count(*) FROM locked) >= 0 AND ",
    living!()
);

/// Deletes a credential that a removed workspace has left.
const FREE: &str = concat!(
    "WITH locked AS (\
SELECT 1 FROM keyward_uses WHERE credential = $1 ORDER BY generation FOR UPDATE) \
DELETE FROM keyward_credentials c WHERE id = $1 AND (SELECT count(*) FROM locked) >= 0 AND ",
    left!()
);

const LEAVE_ALL: &str = "WITH disconnected AS (\
DELETE FROM keyward_integrations WHERE workspace = $1), \
disallowed AS (DELETE FROM keyward_allowlist WHERE workspace = $1) \
INSERT INTO keyward_leftovers (workspace) VALUES ($1) ON CONFLICT DO NOTHING";

pub(super) async fn delete(
    connection: &mut PgConnection,
    schema: &Schema,
    id: CredentialId,
    read: Option<&RecordTag>,
) -> Result<(), Failure> {
    let gone = sqlx::query(schema.sql(DELETE))
        .bind(id.as_str())
        .bind(read.map(|tag| tag.to_bytes().to_vec()))
        .execute(connection)
        .await?;
    one_row(gone.rows_affected())
}

/// Leaves all credentials of a workspace to be deleted later: no statement finds them from now on. The workspace's lists
/// are deleted.
pub(super) async fn leave_all(
    connection: &mut PgConnection,
    schema: &Schema,
    workspace: &WorkspaceId,
) -> Result<(), Failure> {
    sqlx::query(schema.sql(LEAVE_ALL)).bind(workspace.as_str()).execute(connection).await?;
    Ok(())
}
