//! The same work by hand, with only `sqlx`.

use std::error::Error;
use std::sync::LazyLock;

use keyward::CredentialId;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Row};

use crate::seeded::Seed;

/// The query of the store for one credential, without the mark of its answer.
const READ: &str = "\
SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, c.created_by_role, \
c.created_by_id, c.revision, c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
c.workspace_incarnation, c.scopes, c.networks, c.labels, c.owner, c.tag, g.number, g.brand, g.created, \
g.slow_hash, g.digest, g.seal, u.at, CASE WHEN p.number IS NOT NULL THEN json_build_array(p.number, p.brand, \
CASE WHEN isfinite(p.created) THEN (EXTRACT(epoch FROM p.created) * 1000000)::bigint END, p.slow_hash, \
encode(p.digest, 'hex'), encode(p.seal, 'hex'), CASE WHEN isfinite(v.at) THEN (EXTRACT(epoch FROM v.at) * \
1000000)::bigint WHEN v.at IS NOT NULL THEN 9223372036854775807 END)::text END \
FROM keyward_credentials c \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.generation LIMIT 1) g ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.generation LIMIT 1) u ON TRUE \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.previous LIMIT 1) p ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.previous LIMIT 1) v ON TRUE WHERE c.id = $1 \
AND 0 = (SELECT count(*) FROM keyward_leftovers l JOIN keyward_workspaces h ON h.id = l.workspace WHERE \
l.workspace = c.workspace AND h.removed IS NOT NULL)";

pub(super) async fn read(pool: &PgPool, id: CredentialId) -> Result<String, sqlx::Error> {
    sqlx::query(READ).bind(id.as_str()).fetch_one(pool).await?.try_get(0)
}

/// The same query for the credentials with these ids. Returns how many it has found.
pub(super) async fn read_together(pool: &PgPool, ids: &[&str]) -> Result<usize, sqlx::Error> {
    static TOGETHER: LazyLock<String> =
        LazyLock::new(|| READ.replace("c.id = $1", "c.id = ANY($1)"));
    let query = sqlx::query(AssertSqlSafe(TOGETHER.as_str())).bind(ids);
    Ok(query.fetch_all(pool).await?.len())
}

/// The events after a number, as a poll reads them.
const EVENTS: &str = "\
SELECT number, operation, at, account, workspace, credential, outline_tag FROM keyward_events \
WHERE number > $1 ORDER BY number LIMIT 250";

/// Returns the number of events, whose columns are not read.
pub(super) async fn poll(pool: &PgPool, after: i64) -> Result<usize, sqlx::Error> {
    Ok(sqlx::query(EVENTS).bind(after).fetch_all(pool).await?.len())
}

/// Writes the same rows as a commit that issues a key, with one statement for each row.
pub(super) async fn issue(pool: &PgPool, other: &Seed, number: u32) -> Result<(), Box<dyn Error>> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let [id, name] = [format!("bare{number:08}"), format!("Bare {number}")];
    let operation = operation(number);
    let mut transaction = pool.begin().await?;
    rows(&mut transaction, other, &id, &name).await?;
    let position = sqlx::query(
        "UPDATE keyward_position SET number = number + 1, operation = $1 RETURNING number",
    )
    .bind(operation.as_slice())
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_events \
         (number, operation, at, account, workspace, credential, by_role, by_id, action, \
         outline_tag, tag) \
         VALUES ($1, $2, to_timestamp($3::float8), $4, $5, $6, 'admin', 'ada@acme.test', \
         jsonb_build_object('action', 'issued', 'kind', 'app', 'name', $7::text, 'expires', NULL), $8, $8)",
    )
    .bind(position.try_get::<i64, _>(0)?)
    .bind(operation.as_slice())
    .bind(record.created.as_seconds())
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&id)
    .bind(&name)
    .bind(record.tag.to_bytes().as_slice())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Does the same, with the last two statements and `COMMIT` in one message.
pub(super) async fn issue_in_a_batch(
    pool: &PgPool,
    other: &Seed,
    number: u32,
) -> Result<(), sqlx::Error> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let [id, name] = [format!("bare{number:08}"), format!("Bare {number}")];
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    rows(&mut connection, other, &id, &name).await?;
    let operation = hex(&operation(number));
    let (at, account) = (record.created.as_seconds(), record.account.as_str());
    let tag = hex(&record.tag.to_bytes());
    // Only this benchmark writes values into a statement: it chooses all of them itself.
    let last = format!(
        "WITH newest AS (UPDATE keyward_position SET number = number + 1, operation = '{operation}' \
         RETURNING number) INSERT INTO keyward_events \
         (number, operation, at, account, workspace, credential, by_role, by_id, action, \
         outline_tag, tag) \
         SELECT number, '{operation}', to_timestamp({at}), '{account}', '{workspace}', '{id}', 'admin', \
         'ada@acme.test', jsonb_build_object('action', 'issued', 'kind', 'app', 'name', '{name}', \
         'expires', NULL), '{tag}', '{tag}' FROM newest; COMMIT"
    );
    sqlx::raw_sql(AssertSqlSafe(last)).execute(&mut *connection).await?;
    Ok(())
}

/// An operation id that the store never has.
fn operation(number: u32) -> [u8; 16] {
    (!u128::from(number)).to_be_bytes()
}

/// A `bytea` as text.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Writes the rows of a new credential and of its workspace.
async fn rows(
    connection: &mut PgConnection,
    other: &Seed,
    id: &str,
    name: &str,
) -> Result<(), sqlx::Error> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    sqlx::query(
        "UPDATE keyward_workspaces SET revision = revision + 1, credentials = credentials + 1 \
         WHERE id = $1",
    )
    .bind(workspace)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_credentials \
         (id, account, workspace, kind, name, name_key, created, created_by_role, created_by_id, \
         revision, generation, workspace_incarnation, tag) \
         VALUES ($1, $2, $3, 'app', $4, lower($4), to_timestamp($5::float8), 'admin', 'ada', 1, 1, $6, $7)",
    )
    .bind(id)
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(name)
    .bind(record.created.as_seconds())
    .bind(record.workspace_incarnation.as_bytes().as_slice())
    .bind(record.tag.to_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_generations (credential, number, brand, created, slow_hash, digest) \
         VALUES ($1, 1, $5, to_timestamp($2::float8), $3, $4)",
    )
    .bind(id)
    .bind(record.created.as_seconds())
    .bind(record.current.slow_hash.as_str())
    .bind(record.current.digest.to_bytes().as_slice())
    .bind(record.current.brand.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO keyward_uses (credential, generation) VALUES ($1, 1)")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
