//! Owners: the owner of a table can add triggers, which run with the rights of each role that writes the table, and the
//! owner of a schema can put another table in its place. So unexpected owners are refused.

use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use super::statements::Schema;
use crate::store::{StoreError, StoreErrorKind};

/// A table, a type or the schema belongs to a role that the host has not chosen.
#[derive(Debug, thiserror::Error)]
#[error(
    "the {what} belongs to the role {owner}, which can run code with Keyward's rights: if this role should own it, \
     name the role with `PostgresOptions::owner`; otherwise drop it or choose another schema with \
     `PostgresOptions::schema`"
)]
struct UnexpectedOwner {
    what: String,
    owner: String,
}

/// The schema and everything of Keyward's in it, as far as it belongs neither to this role, nor to one that it is a
/// member of, nor to the role `$2`. The schema `public` belongs to a superuser or to the owner of the database,
/// who are not refused as owners of a schema. Membership is looked up in the catalogue: the functions for it say of a superuser that it is a
/// member of every role.
const UNEXPECTED: &str = "WITH RECURSIVE own AS (\
SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user \
UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN own ON m.member = own.oid), \
found AS (\
SELECT 'table' AS kind, c.relname AS name, c.relowner AS owner, c.relnamespace AS schema \
FROM pg_catalog.pg_class c \
UNION ALL SELECT 'type', t.typname, t.typowner, t.typnamespace FROM pg_catalog.pg_type t \
UNION ALL SELECT 'schema', n.nspname, n.nspowner, n.oid FROM pg_catalog.pg_namespace n) \
SELECT f.kind, f.name::text, o.rolname::text FROM found f \
JOIN pg_catalog.pg_namespace n ON n.oid = f.schema JOIN pg_catalog.pg_roles o ON o.oid = f.owner \
WHERE n.nspname = $1 AND ((f.kind = 'schema' AND NOT o.rolsuper AND o.rolname <> 'pg_database_owner') \
OR (f.kind <> 'schema' AND starts_with(f.name::text, 'keyward_'))) \
AND NOT EXISTS (SELECT 1 FROM own WHERE own.oid = f.owner) AND ($2::text IS NULL OR o.rolname <> $2) \
ORDER BY 1, 2 LIMIT 1";

/// Refuses a schema whose owner is not expected, or the owner of something of Keyward's in it. Asks only the system's catalogue.
pub(super) async fn refuse(
    connection: &mut PgConnection,
    schema: &Schema,
    expected: Option<&str>,
) -> Result<(), CallFailure> {
    let query = sqlx::query_as(schema.sql(UNEXPECTED)).bind(schema.name()).bind(expected);
    let found: Option<(String, String, String)> = query.fetch_optional(connection).await?;
    match found {
        Some((kind, name, owner)) => {
            let what = if kind == "schema" {
                format!("schema {name}")
            } else {
                format!("{kind} {name} in the schema {}", schema.name())
            };
            let error = UnexpectedOwner { what, owner };
            Err(StoreError::new(StoreErrorKind::Misconfigured).because(error).into())
        }
        None => Ok(()),
    }
}
