//! Opening: connections of the store's own, or a pool that the host has.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use super::connection::BeginReadCommitted;
use super::error::failed;
use super::options::PostgresOptions;
use super::servers::Servers;
use super::statements::Schema;
use super::store::PostgresStore;
use super::{owners, pooler, row_security, schema};
use crate::adapters::sql::{TimeLimit, expect_runtime};
use crate::store::StoreError;

/// How long a connection may take to come up. Calls do not wait so long; opening does.
const CONNECTING: Duration = Duration::from_secs(30);

impl PostgresOptions {
    /// As [`PostgresStore::connect`].
    pub async fn connect(self, url: &str) -> Result<PostgresStore, StoreError> {
        connect(&self, url).await
    }

    /// Creates the tables that are missing, or brings them forward, and opens no store.
    ///
    /// Run it as the role that is to own the tables. Then the role of the service needs no right to create anything: grant it
    /// what `docs/postgresql.md` lists, and name the owner with [`owner`](Self::owner). Fails as
    /// [`PostgresStore::connect`] does.
    pub async fn migrate(self, url: &str) -> Result<(), StoreError> {
        migrate(&self, url).await
    }

    /// As [`PostgresStore::from_pool`]. The number of connections is the pool's.
    pub async fn from_pool(self, pool: PgPool) -> Result<PostgresStore, StoreError> {
        over_pool(&self, pool).await
    }
}

async fn connect(options: &PostgresOptions, url: &str) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let servers = Servers::of_url(url)?;
    let schema = Schema::new(&options.schema)?;
    let (primary, mut connection) = Box::pin(reached(&servers)).await?;
    Box::pin(bring_forward(options, &schema, &mut connection)).await?;
    connection.close().await.ok();
    let pool = pool_options(options).connect_lazy_with(primary);
    Ok(store(options, schema, pool, servers))
}

async fn over_pool(options: &PostgresOptions, pool: PgPool) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let servers = Servers::of_pool(&pool);
    let schema = Schema::new(&options.schema)?;
    let (_, connection) = Box::pin(reached(&servers)).await?;
    connection.close().await.ok();
    // The host may have changed the role of its own connections.
    let mut connection = pool.acquire().await.map_err(failed)?;
    Box::pin(bring_forward(options, &schema, &mut connection)).await?;
    drop(connection);
    Ok(store(options, schema, pool, servers))
}

async fn migrate(options: &PostgresOptions, url: &str) -> Result<(), StoreError> {
    expect_runtime()?;
    let schema = Schema::new(&options.schema)?;
    let (_, mut connection) = Box::pin(reached(&Servers::of_url(url)?)).await?;
    Box::pin(bring_forward(options, &schema, &mut connection)).await?;
    connection.close().await.ok();
    Ok(())
}

/// Waits for a server that accepts writes, and refuses a pooler before it that mixes up statements.
async fn reached(servers: &Servers) -> Result<(PgConnectOptions, PgConnection), StoreError> {
    let (server, mut connection) = servers.primary(CONNECTING).await?;
    pooler::refuse(&server, &mut connection).await?;
    Ok((server, connection))
}

/// Refuses tables that cannot be used, and creates those that are missing.
async fn bring_forward(
    options: &PostgresOptions,
    schema: &Schema,
    connection: &mut PgConnection,
) -> Result<(), StoreError> {
    let owner = options.owner.as_deref();
    // Before the first table is read. Tables that are missing belong to this role, which bypasses policies.
    owners::refuse(connection, schema, owner).await?;
    row_security::refuse(connection, schema).await?;
    schema::bring_forward(connection, schema, owner).await
}

fn store(
    options: &PostgresOptions,
    schema: Schema,
    pool: PgPool,
    servers: Servers,
) -> PostgresStore {
    PostgresStore {
        pool,
        servers,
        schema,
        owner: options.owner.as_deref().map(Into::into),
        begin: BeginReadCommitted::within(options.time_limit),
        time_limit: TimeLimit(options.time_limit),
    }
}

fn pool_options(options: &PostgresOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(options.connections)
        // A call may wait for a connection for as long as it may take.
        .acquire_timeout(CONNECTING.max(options.time_limit))
        // Asking each connection first is a round trip. A call that meets a dead one tries the next.
        .test_before_acquire(false)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CONNECTING, PostgresOptions, pool_options};

    #[test]
    fn a_call_may_wait_for_a_connection_as_long_as_it_may_take() {
        let waits =
            |limit| pool_options(&PostgresOptions::new().time_limit(limit)).get_acquire_timeout();
        assert_eq!(waits(Duration::from_mins(5)), Duration::from_mins(5));
        assert_eq!(waits(Duration::from_secs(1)), CONNECTING);
    }
}
