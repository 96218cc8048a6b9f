//! Checks that the role has the rights that the store needs. Reads the catalogue and writes nothing.

use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use super::store::PostgresStore;
use super::{replication, schema};
use crate::store::{StoreError, StoreFinding};

/// Each right that the statements need, and its table.
const NEEDED: &[&str] = &[
    "SELECT keyward_migrations",
    "SELECT keyward_accounts",
    "INSERT keyward_accounts",
    "UPDATE keyward_accounts",
    "SELECT keyward_workspaces",
    "INSERT keyward_workspaces",
    "UPDATE keyward_workspaces",
    "SELECT keyward_leftovers",
    "INSERT keyward_leftovers",
    "DELETE keyward_leftovers",
    "SELECT keyward_credentials",
    "INSERT keyward_credentials",
    "UPDATE keyward_credentials",
    "DELETE keyward_credentials",
    "SELECT keyward_generations",
    "INSERT keyward_generations",
    "UPDATE keyward_generations",
    "DELETE keyward_generations",
    "SELECT keyward_uses",
    "INSERT keyward_uses",
    "UPDATE keyward_uses",
    "SELECT keyward_used_networks",
    "INSERT keyward_used_networks",
    "UPDATE keyward_used_networks",
    "DELETE keyward_used_networks",
    "SELECT keyward_integrations",
    "INSERT keyward_integrations",
    "UPDATE keyward_integrations",
    "DELETE keyward_integrations",
    "SELECT keyward_allowlist",
    "INSERT keyward_allowlist",
    "UPDATE keyward_allowlist",
    "DELETE keyward_allowlist",
    "SELECT keyward_events",
    "INSERT keyward_events",
    "DELETE keyward_events",
    "SELECT keyward_position",
    "UPDATE keyward_position",
    "SELECT keyward_heartbeat",
    "UPDATE keyward_heartbeat",
];

const MISSING: &str = "SELECT needed.one FROM pg_catalog.unnest($2::pg_catalog.text[]) AS needed (one) \
    LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
    ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
    AND n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) $1) \
    ON c.relname::pg_catalog.text OPERATOR(pg_catalog.=) pg_catalog.split_part(needed.one, ' ', 2) \
    WHERE NOT COALESCE(pg_catalog.has_table_privilege(c.oid, \
    pg_catalog.split_part(needed.one, ' ', 1)), false) ORDER BY 1";

const READ_ONLY: &str = "SELECT pg_catalog.pg_is_in_recovery() \
    OR pg_catalog.current_setting('transaction_read_only') OPERATOR(pg_catalog.=) 'on'";

pub(super) async fn check(store: &PostgresStore) -> Result<Vec<StoreFinding>, StoreError> {
    let asking = async {
        let mut lease = store.lease().await?;
        let connection = lease.connection()?;
        schema::expect_newest(connection, &store.schema, store.owner.as_deref()).await?;
        let findings = findings(connection, store.schema.name()).await?;
        lease.give_back();
        Ok(findings)
    };
    store.time_limit.keep(asking).await
}

async fn findings(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<StoreFinding>, CallFailure> {
    let read_only: bool = sqlx::query_scalar(READ_ONLY).fetch_one(&mut *connection).await?;
    let missing: Vec<String> =
        sqlx::query_scalar(MISSING).bind(schema).bind(NEEDED).fetch_all(&mut *connection).await?;
    let not_synchronous = replication::finding(connection).await?;
    let missing = missing.iter().filter_map(|needed| needed.split_once(' ')).map(|(right, on)| {
        StoreFinding::MissingRight { right: right.to_owned(), on: on.to_owned() }
    });
    let read_only = read_only.then_some(StoreFinding::ReadOnly);
    Ok(read_only.into_iter().chain(not_synchronous).chain(missing).collect())
}
