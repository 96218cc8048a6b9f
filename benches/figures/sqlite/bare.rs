//! The same work by hand, with only `sqlx`.

use std::error::Error;

use keyward::CredentialId;
use sqlx::Row;
use sqlx::sqlite::SqlitePool;

use crate::seeded::Seed;

/// The query of the store for one credential.
const READ: &str = "\
SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, c.created_by_role, \
c.created_by_id, c.revision, c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
c.workspace_incarnation, c.scopes, c.networks, c.labels, c.owner, c.tag, g.number, g.brand, g.created, \
g.slow_hash, g.digest, g.seal, u.at, CASE WHEN p.number IS NOT NULL THEN json_array(p.number, p.brand, \
p.created, p.slow_hash, hex(p.digest), CASE WHEN p.seal IS NOT NULL THEN hex(p.seal) END, v.at) END \
FROM keyward_credentials c \
LEFT JOIN keyward_generations g ON g.credential = c.id AND g.number = c.generation \
LEFT JOIN keyward_uses u ON u.credential = c.id AND u.generation = c.generation \
LEFT JOIN keyward_generations p ON p.credential = c.id AND p.number = c.previous \
LEFT JOIN keyward_uses v ON v.credential = c.id AND v.generation = c.previous WHERE c.id = $1 \
AND 0 = (SELECT count(*) FROM keyward_leftovers l JOIN keyward_workspaces h ON h.id = l.workspace WHERE \
l.workspace = c.workspace AND h.removed IS NOT NULL)";

pub(super) async fn read(pool: &SqlitePool, id: CredentialId) -> Result<String, sqlx::Error> {
    sqlx::query(READ).bind(id.as_str()).fetch_one(pool).await?.try_get(0)
}

/// The events after a number, as a poll reads them.
const EVENTS: &str = "\
SELECT number, operation, at, account, workspace, credential, outline_tag FROM keyward_events \
WHERE number > $1 ORDER BY number LIMIT 250";

/// Returns the number of events, whose columns are not read.
pub(super) async fn poll(pool: &SqlitePool, after: i64) -> Result<usize, sqlx::Error> {
    Ok(sqlx::query(EVENTS).bind(after).fetch_all(pool).await?.len())
}

/// Writes the same rows as a commit that issues a key, with one statement for each row.
pub(super) async fn issue(
    pool: &SqlitePool,
    other: &Seed,
    number: u32,
) -> Result<(), Box<dyn Error>> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let id = format!("bare{number:08}");
    let name = format!("Bare {number}");
    // This id never equals an operation id of the store.
    let operation = (!u128::from(number)).to_be_bytes();
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "UPDATE keyward_workspaces SET revision = revision + 1, credentials = credentials + 1 \
         WHERE id = $1",
    )
    .bind(workspace)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_credentials \
         (id, account, workspace, kind, name, name_key, created, created_by_role, created_by_id, \
         revision, generation, workspace_incarnation, tag) \
         VALUES ($1, $2, $3, 'app', $4, lower($4), $5, 'admin', 'ada', 1, 1, $6, $7)",
    )
    .bind(&id)
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&name)
    .bind(record.created.as_micros())
    .bind(record.workspace_incarnation.as_bytes().as_slice())
    .bind(record.tag.to_bytes().to_vec())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_generations (credential, number, brand, created, slow_hash, digest) \
         VALUES ($1, 1, $5, $2, $3, $4)",
    )
    .bind(&id)
    .bind(record.created.as_micros())
    .bind(record.current.slow_hash.as_str())
    .bind(record.current.digest.to_bytes().as_slice())
    .bind(record.current.brand.as_str())
    .execute(&mut *transaction)
    .await?;
    sqlx::query("INSERT INTO keyward_uses (credential, generation) VALUES ($1, 1)")
        .bind(&id)
        .execute(&mut *transaction)
        .await?;
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
         VALUES ($1, $2, $3, $4, $5, $6, 'admin', 'ada@acme.test', \
         json_object('action', 'issued', 'kind', 'app', 'name', $7, 'expires', NULL), $8, $8)",
    )
    .bind(position.try_get::<i64, _>(0)?)
    .bind(operation.as_slice())
    .bind(record.created.as_micros())
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&id)
    .bind(&name)
    .bind(record.tag.to_bytes().as_slice())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}
