//! Row-level security: a policy that hides rows would hide restrictions, so it is refused.

use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use super::statements::Schema;
use crate::store::{StoreError, StoreErrorKind};

/// A table has policies that apply to the store's role.
#[derive(Debug, thiserror::Error)]
#[error(
    "row-level security is active on the table {table} for the store's role and would hide rows: disable it on \
     that table, or give the role BYPASSRLS"
)]
struct RowSecurityActive {
    table: String,
}

/// Fails if a policy in the schema applies to the role of the pool.
pub(super) async fn refuse(
    connection: &mut PgConnection,
    schema: &Schema,
) -> Result<(), CallFailure> {
    match filtered(connection, schema).await? {
        Some(table) => {
            let error = RowSecurityActive { table };
            Err(StoreError::new(StoreErrorKind::Misconfigured).because(error).into())
        }
        None => Ok(()),
    }
}

/// Returns the first of Keyward's tables whose rows a policy filters for this role.
async fn filtered(
    connection: &mut PgConnection,
    schema: &Schema,
) -> Result<Option<String>, CallFailure> {
    let text = "SELECT c.relname::text FROM pg_catalog.pg_class c \
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                WHERE n.nspname = $1 AND (c.relkind = 'r' OR c.relkind = 'p') \
                AND starts_with(c.relname::text, 'keyward_') \
                AND pg_catalog.row_security_active(c.oid) ORDER BY 1 LIMIT 1";
    let query = sqlx::query_scalar(schema.sql(text)).bind(schema.name());
    Ok(query.fetch_optional(connection).await?)
}
