//! The same work by hand, with only `sqlx`.

use std::error::Error;

use keyward::CredentialId;
use sqlx::Row;
use sqlx::postgres::PgPool;

use crate::seeded::Seed;

/// The query of the store for one credential.
const READ: &str = "\
SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, c.created_by_role, \
c.created_by_id, c.revision, \
c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
g.number, g.created, g.slow_hash, g.digest, g.seal, u.at, \
p.number, p.created, p.slow_hash, p.digest, p.seal, v.at \
FROM keyward_credentials c \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.generation LIMIT 1) g ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.generation LIMIT 1) u ON TRUE \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.previous LIMIT 1) p ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.previous LIMIT 1) v ON TRUE WHERE c.id = $1";

pub(super) async fn read(pool: &PgPool, id: CredentialId) -> Result<String, sqlx::Error> {
    sqlx::query(READ).bind(id.as_str()).fetch_one(pool).await?.try_get(0)
}

/// Writes the same rows as a commit that issues a key, with one statement for each row.
pub(super) async fn issue(pool: &PgPool, other: &Seed, number: u32) -> Result<(), Box<dyn Error>> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let id = format!("bare{number:08}");
    let name = format!("Bare {number}");
    // This id never equals an operation id of the store.
    let operation = (!u128::from(number)).to_be_bytes();
    let mut transaction = pool.begin().await?;
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
         VALUES ($1, $2, $3, 'app', $4, lower($4), to_timestamp($5::float8), 'admin', 'ada', 1, 1, $6, $7)",
    )
    .bind(&id)
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&name)
    .bind(record.created.as_seconds())
    .bind(record.workspace_incarnation.as_bytes().as_slice())
    .bind(record.tag.to_bytes().to_vec())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_generations (credential, number, brand, created, slow_hash, digest) \
         VALUES ($1, 1, $5, to_timestamp($2::float8), $3, $4)",
    )
    .bind(&id)
    .bind(record.created.as_seconds())
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
