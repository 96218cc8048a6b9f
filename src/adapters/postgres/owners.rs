//! Refuses unexpected owners. The owner of a table can add triggers, which run with the rights of each role that writes the
//! table, and the owner of a schema can replace its tables.

use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use super::statements::Schema;
use crate::store::{StoreError, StoreErrorKind};

/// A table, a type or the schema belongs to a role that the host has not chosen.
#[derive(Debug, thiserror::Error)]
#[error(
    "the {what} belongs to the role {owner}, which can run code with Keyward's rights: if this role should own it, \
     name the role with `PostgresOptions::owner`, or with `--owner` of the command; otherwise drop it or choose another schema \
     with `PostgresOptions::schema`, or with `--schema`"
)]
struct UnexpectedOwner {
    what: String,
    owner: String,
}

/// Selects the schema and Keyward's objects in it that belong neither to this role, nor to a role that it is a member of, nor
/// to the role `$2`. A superuser and the owner of the database are accepted as owners of a schema, because they own `public`.
/// Membership is read from the catalogue: the membership functions report a superuser as a member of every role.
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

/// Fails if the schema or one of Keyward's objects in it has an unexpected owner. Reads only the system catalogue.
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
