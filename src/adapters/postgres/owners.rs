//! Owners: the owner of a table can make triggers and policies that run with the rights of every role that uses it, so
//! the tables of an unexpected owner are refused.

use sqlx::postgres::PgConnection;

use super::error::Failure;
use super::schema::Schema;
use crate::store::{StoreError, StoreErrorKind};

/// A table belongs to a role that the host has not chosen.
#[derive(Debug, thiserror::Error)]
#[error(
    "the {kind} {name} in the schema {schema} belongs to the role {owner}, whose triggers would run with Keyward's \
     rights: if this role should own it, name the role with `PostgresOptions::owner`, and otherwise find out who \
     created it and choose another schema"
)]
struct UnexpectedOwner {
    kind: String,
    name: String,
    schema: String,
    owner: String,
}

/// Everything of Keyward's in its schema that belongs neither to this role, nor to one that it is a member of, nor to
/// the role `$2`. Membership is looked up in the catalogue: the functions for it say of a superuser that it is a
/// member of every role.
const UNEXPECTED: &str = "WITH RECURSIVE own AS (\
SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user \
UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN own ON m.member = own.oid), \
found AS (\
SELECT 'table' AS kind, c.relname AS name, c.relowner AS owner, c.relnamespace AS schema \
FROM pg_catalog.pg_class c \
UNION ALL SELECT 'type', t.typname, t.typowner, t.typnamespace FROM pg_catalog.pg_type t) \
SELECT f.kind, f.name::text, o.rolname::text FROM found f \
JOIN pg_catalog.pg_namespace n ON n.oid = f.schema JOIN pg_catalog.pg_roles o ON o.oid = f.owner \
WHERE n.nspname = $1 AND starts_with(f.name::text, 'keyward_') \
AND NOT EXISTS (SELECT 1 FROM own WHERE own.oid = f.owner) AND ($2::text IS NULL OR o.rolname <> $2) \
ORDER BY 1, 2 LIMIT 1";

/// Refuses a schema with a table of Keyward's whose owner is not expected. Asks only the system's catalogue.
pub(super) async fn refuse(
    connection: &mut PgConnection,
    schema: &Schema,
    expected: Option<&str>,
) -> Result<(), Failure> {
    let query = sqlx::query_as(schema.sql(UNEXPECTED)).bind(schema.name()).bind(expected);
    match query.fetch_optional(connection).await? {
        Some((kind, name, owner)) => {
            let schema = schema.name().to_owned();
            let error = UnexpectedOwner { kind, name, schema, owner };
            Err(StoreError::new(StoreErrorKind::Other).because(error).into())
        }
        None => Ok(()),
    }
}
