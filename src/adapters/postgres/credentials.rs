//! Writes single credentials within a commit: one statement each, including secrets and last-used times.

use std::collections::HashSet;
use std::sync::LazyLock;

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use super::rows::{CASTS, bind, execute, query_once};
use super::statements::Schema;
use super::time::Time;
use crate::adapters::sql::{
    CREDENTIAL, Statement, Value, conflict, credential_values, insert_generations, left, living,
    one_row,
};
use crate::domain::CredentialRecord;
use crate::secrets::{RecordTag, Seal};
use crate::values::{CredentialId, WorkspaceId};

/// The index of the credential's first parameter. `$1` to `$7` are its secrets.
const FIRST: usize = 8;

/// The index of the parameter for the tag that was read.
const READ: usize = FIRST + CREDENTIAL.columns.len();

/// Writes the generations, and the last-used times that do not exist yet. Two rows are compared as one value, in which NULL
/// equals NULL.
const GENERATIONS: &str = "made AS (\
INSERT INTO keyward_generations AS stored (credential, number, brand, created, slow_hash, digest, seal) \
SELECT written.id, new.* FROM written, \
ROWS FROM (unnest($1::bigint[]), unnest($2::text[]), unnest($3::timestamptz[]), unnest($4::text[]), \
unnest($5::bytea[]), unnest($6::bytea[])) AS new \
ON CONFLICT (credential, number) DO UPDATE SET brand = excluded.brand, created = excluded.created, \
slow_hash = excluded.slow_hash, digest = excluded.digest, seal = excluded.seal \
WHERE ROW(stored.brand, stored.created, stored.slow_hash, stored.digest, stored.seal)::record <> \
ROW(excluded.brand, excluded.created, excluded.slow_hash, excluded.digest, excluded.seal)::record \
RETURNING stored.credential, stored.number), \
noted AS (\
INSERT INTO keyward_uses (credential, generation, at) \
SELECT made.credential, made.number, new.at \
FROM made JOIN ROWS FROM (unnest($1::bigint[]), unnest($7::timestamptz[])) AS new (number, at) \
ON new.number = made.number \
ON CONFLICT (credential, generation) DO NOTHING) \
SELECT id FROM written";

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (insert, places) = (CREDENTIAL.insert_into(), CREDENTIAL.places(FIRST));
    format!(
        "WITH written AS ({insert} VALUES ({places}) ON CONFLICT (id) DO NOTHING RETURNING id), \
         {GENERATIONS}"
    )
});

/// Deletes stored generations that the update does not contain.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (set, living) = (CREDENTIAL.assignments(&["id"], FIRST), living!());
    format!(
        "WITH written AS (UPDATE keyward_credentials AS c SET {set} \
         WHERE id = ${FIRST} AND (${READ}::bytea IS NULL OR tag = ${READ}) AND {living} RETURNING id), \
         gone AS (DELETE FROM keyward_generations stored USING written \
         WHERE stored.credential = written.id AND stored.number <> ALL($1)), {GENERATIONS}"
    )
});

pub(super) async fn insert(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
) -> Result<(), CallFailure> {
    if write(connection, schema, &INSERT, record, &[]).await? == 0 {
        // A removed workspace may have left a credential with this id.
        let free = Statement::new(FREE, [record.id.as_str().into()]);
        execute(connection, schema, &free).await?;
        one_row(write(connection, schema, &INSERT, record, &[]).await?)?;
    }
    Ok(())
}

/// Inserts many credentials in a few statements: an import has a thousand.
pub(super) async fn insert_all(
    connection: &mut PgConnection,
    schema: &Schema,
    records: &[&CredentialRecord],
) -> Result<(), CallFailure> {
    let rows = records.iter().map(|record| credential_values(record));
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    let mut written = HashSet::new();
    for statement in CREDENTIAL.insert(&CASTS, rows, " ON CONFLICT (id) DO NOTHING RETURNING id") {
        for row in query_once(schema, &statement).fetch_all(&mut *connection).await? {
            written.insert(row.try_get::<String, _>(0)?);
        }
    }
    let (new, others): (Vec<_>, Vec<_>) =
        records.iter().copied().partition(|record| written.contains(record.id.as_str()));
    for statement in insert_generations(&new.iter().copied(), ["", ""]) {
        query_once(schema, &statement).execute(&mut *connection).await?;
    }
    // Their ids are taken, perhaps by what a removed workspace has left.
    for record in others {
        insert(connection, schema, record).await?;
    }
    Ok(())
}

pub(super) async fn update(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &CredentialRecord,
    read: Option<&RecordTag>,
) -> Result<(), CallFailure> {
    let read = read.map(|tag| tag.to_bytes().to_vec());
    let written = write(connection, schema, &UPDATE, record, &[read.as_deref().into()]).await?;
    Ok(one_row(written)?)
}

/// Writes the credential with its secrets, and returns how many credentials were written. `more` contains the parameters after
/// the credential's.
async fn write(
    connection: &mut PgConnection,
    schema: &Schema,
    text: &str,
    record: &CredentialRecord,
    more: &[Value<'_>],
) -> Result<u64, CallFailure> {
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
    let query = sqlx::query(schema.sql(text))
        .bind(numbers)
        .bind(brands)
        .bind(created)
        .bind(slow_hashes)
        .bind(digests)
        .bind(seals)
        .bind(last_used);
    let query = bind(bind(query, &credential_values(record)?), more);
    let written = query.fetch_optional(connection).await?;
    Ok(written.map_or(0, |_| 1))
}

/// Compares the tag of a credential that the change does not edit.
pub(super) async fn compare(
    connection: &mut PgConnection,
    schema: &Schema,
    id: CredentialId,
    read: &RecordTag,
) -> Result<(), CallFailure> {
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
    if found.is_some() { Ok(()) } else { Err(conflict().into()) }
}

/// Deletes the credential with all its rows. The uses are locked first, in the order of their keys, as in
/// [`record_uses`](crate::store::CredentialStore::record_uses): otherwise the two could deadlock.
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
) -> Result<(), CallFailure> {
    let read: Option<Vec<u8>> = read.map(|tag| tag.to_bytes().to_vec());
    let delete = Statement::new(DELETE, [id.as_str().into(), read.as_deref().into()]);
    Ok(one_row(execute(connection, schema, &delete).await?)?)
}

/// Hides all credentials of a workspace and leaves them for a later deletion: from now on no statement finds them. Deletes the
/// workspace's lists.
pub(super) async fn leave_all(
    connection: &mut PgConnection,
    schema: &Schema,
    workspace: &WorkspaceId,
) -> Result<(), CallFailure> {
    let leave = Statement::new(LEAVE_ALL, [workspace.as_str().into()]);
    execute(connection, schema, &leave).await?;
    Ok(())
}
