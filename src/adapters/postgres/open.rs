//! Opens a store with its own connections or over the host's pool.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use tokio::time::Instant;

use super::admission::Admission;
use super::connection::BeginReadCommitted;
use super::error::failed;
use super::heartbeat::Heart;
use super::options::PostgresOptions;
use super::queued_reads::QueuedReads;
use super::servers::{PAUSE, Servers};
use super::statements::Schema;
use super::store::PostgresStore;
use super::{owners, pooler, reach, replication, row_security, schema, timeline};
use crate::adapters::sql::{TimeLimit, expect_runtime};
use crate::store::{StoreError, StoreErrorKind};

/// The time limit for a new connection. Only opening waits this long; calls do not.
const CONNECTING: Duration = Duration::from_secs(30);

impl PostgresOptions {
    /// Connects with these options. See [`PostgresStore::connect`].
    pub async fn connect(self, url: &str) -> Result<PostgresStore, StoreError> {
        connect(&self, url).await
    }

    /// Creates or upgrades the tables, and opens no store.
    ///
    /// Run it as the role that will own the tables. The role of the service then needs no right to create objects: grant it the
    /// rights that `docs/postgresql.md` lists, and name the owner with [`owner`](Self::owner). Fails as
    /// [`PostgresStore::connect`] does.
    pub async fn migrate(self, url: &str) -> Result<(), StoreError> {
        migrate(&self, url).await
    }

    /// Opens a store over the host's pool. See [`PostgresStore::from_pool`]. The pool sets the number of connections.
    pub async fn from_pool(self, pool: PgPool) -> Result<PostgresStore, StoreError> {
        over_pool(&self, pool).await
    }
}

async fn connect(options: &PostgresOptions, url: &str) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let schema = Schema::new(&options.schema)?;
    let servers = Servers::of_url(url)?.noting(schema.newest());
    let (primary, feed) = Box::pin(opened(options, &schema, &servers, None)).await?;
    let pool = pool_options(options).connect_lazy_with(primary);
    Ok(store(options, schema, pool, feed, servers))
}

async fn over_pool(options: &PostgresOptions, pool: PgPool) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let schema = Schema::new(&options.schema)?;
    let servers = Servers::of_pool(&pool).noting(schema.newest());
    let (_, feed) = Box::pin(opened(options, &schema, &servers, Some(&pool))).await?;
    Ok(store(options, schema, pool, feed, servers))
}

async fn migrate(options: &PostgresOptions, url: &str) -> Result<(), StoreError> {
    expect_runtime()?;
    let schema = Schema::new(&options.schema)?;
    let servers = Servers::of_url(url)?;
    let (_, connection) = Box::pin(opened(options, &schema, &servers, None)).await?;
    connection.close().await.ok();
    Ok(())
}

/// Waits for a server that accepts writes, and checks it and its tables. Starts again if the connection is lost meanwhile: a proxy
/// that has just started leads to any server, until its first checks have ended.
async fn opened(
    options: &PostgresOptions,
    schema: &Schema,
    servers: &Servers,
    pool: Option<&PgPool>,
) -> Result<(PgConnectOptions, PgConnection), StoreError> {
    let end = Instant::now() + CONNECTING;
    loop {
        let (server, connection) = servers.primary(end - Instant::now()).await?;
        match checked(options, schema, &server, connection, pool).await {
            Ok(connection) => return Ok((server, connection)),
            Err(error)
                if error.kind() == StoreErrorKind::Unavailable && Instant::now() + PAUSE < end =>
            {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Fails if a pooler mixes up prepared statements, or the tables cannot be used. Returns a connection of the pool if there is one.
async fn checked(
    options: &PostgresOptions,
    schema: &Schema,
    server: &PgConnectOptions,
    mut connection: PgConnection,
    pool: Option<&PgPool>,
) -> Result<PgConnection, StoreError> {
    pooler::refuse(server, &mut connection, CONNECTING).await?;
    if let Some(pool) = pool {
        connection.close().await.ok();
        // The host may have set another role on its own connections.
        connection = pool.acquire().await.map_err(failed)?.detach();
        reach::expect_primary(server, &mut connection).await.map_err(|refused| refused.error)?;
    }
    bring_forward(options, schema, &mut connection).await?;
    Ok(connection)
}

/// Fails if the tables cannot be used, and creates those that are missing.
async fn bring_forward(
    options: &PostgresOptions,
    schema: &Schema,
    connection: &mut PgConnection,
) -> Result<(), StoreError> {
    let owner = options.owner.as_deref();
    // Before the first table is read. This role will own missing tables, and owners bypass policies.
    owners::refuse(connection, schema, owner).await?;
    row_security::refuse(connection, schema).await?;
    if options.migrates {
        schema::bring_forward(connection, schema, owner).await?;
    } else {
        schema::expect_newest(connection, schema, owner).await?;
    }
    if timeline::of(connection).await.is_none() {
        schema.without_timeline();
    }
    replication::warn(connection).await?;
    Ok(())
}

fn store(
    options: &PostgresOptions,
    schema: Schema,
    pool: PgPool,
    feed: PgConnection,
    servers: Servers,
) -> PostgresStore {
    PostgresStore {
        admission: Admission::new(pool.options().get_max_connections(), feed),
        queued_reads: QueuedReads::default(),
        pool,
        servers,
        owner: options.owner.as_deref().map(Into::into),
        begin: BeginReadCommitted::within(options.time_limit, schema.timeline()),
        schema,
        time_limit: TimeLimit(options.time_limit),
        idle_limit: options.idle_limit,
        heart: Heart::new(options.heartbeat, options.time_limit, options.idle_limit),
    }
}

fn pool_options(options: &PostgresOptions) -> PgPoolOptions {
    let idle_limit = options.idle_limit;
    PgPoolOptions::new()
        .max_connections(options.connections)
        // A call can wait for a connection until its own time limit.
        .acquire_timeout(CONNECTING.max(options.time_limit))
        // Testing each connection costs a round trip. A call retries on another connection instead.
        .test_before_acquire(false)
        // The pool's own limit for idle connections is kept by a task, which does not run in a frozen process.
        .before_acquire(move |_, connection| {
            Box::pin(async move { Ok(connection.idle_for < idle_limit) })
        })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CONNECTING, PostgresOptions, pool_options};

    #[test]
    fn a_call_may_wait_for_a_connection_until_its_time_limit() {
        let waits =
            |limit| pool_options(&PostgresOptions::new().time_limit(limit)).get_acquire_timeout();
        assert_eq!(waits(Duration::from_mins(5)), Duration::from_mins(5));
        assert_eq!(waits(Duration::from_secs(1)), CONNECTING);
    }
}
