//! A schema with many credentials.

use std::error::Error;

use keyward::{PostgresOptions, PostgresStore};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::harness::{RUNTIME, URL};
use crate::seeded::{PATIENCE, Seed};

/// A filled schema, which is dropped at the end.
pub(super) struct Filled {
    pub(super) schema: String,
    pub(super) store: PostgresStore,
    /// Connections whose search path contains the schema.
    pub(super) bare: PgPool,
    pub(super) seed: Seed,
    pub(super) other: Seed,
    pub(super) count: u32,
}

impl Filled {
    pub(super) async fn new(name: &str, count: u32) -> Result<Self, Box<dyn Error>> {
        let schema = format!("keyward_figures_{}_{name}", std::process::id());
        let store = options(&schema).connect(&URL).await?;
        let [seed, other] = Box::pin(Seed::sow(store.clone(), ["acme/shop", "acme/bare"])).await?;
        let bare = bare(&URL, &schema, 10).await?;
        let filled = Self { schema, store, bare, seed, other, count };
        filled.copy().await?;
        Ok(filled)
    }

    /// Inserts this many copies of the rows of the first credential.
    async fn copy(&self) -> Result<(), Box<dyn Error>> {
        let mut connection = self.bare.acquire().await?.detach();
        // Foreign keys are not checked, because the referenced rows exist.
        sqlx::raw_sql("SET session_replication_role = replica").execute(&mut connection).await?;
        for text in [
            "INSERT INTO keyward_credentials \
             (id, account, workspace, kind, name, name_key, created, created_by_role, created_by_id, \
             revision, generation, workspace_incarnation, tag) \
             SELECT lpad(n::text, 12, '0'), account, workspace, kind, 'Key ' || n, 'key ' || n, \
             created, created_by_role, created_by_id, revision, generation, workspace_incarnation, tag \
             FROM keyward_credentials, generate_series(1, $2) n WHERE id = $1",
            "INSERT INTO keyward_generations \
             (credential, number, brand, created, slow_hash, digest, seal) \
             SELECT lpad(n::text, 12, '0'), number, brand, created, slow_hash, digest, seal \
             FROM keyward_generations, generate_series(1, $2) n WHERE credential = $1",
            "INSERT INTO keyward_uses (credential, generation, at) \
             SELECT lpad(n::text, 12, '0'), generation, at \
             FROM keyward_uses, generate_series(1, $2) n WHERE credential = $1",
        ] {
            sqlx::query(text)
                .bind(self.seed.credential.id.as_str())
                .bind(i64::from(self.count))
                .execute(&mut connection)
                .await?;
        }
        for table in ["credentials", "generations", "uses"] {
            let text = format!("VACUUM (ANALYZE, FREEZE) keyward_{table}");
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
        }
        // No later read should pay for writing these rows to disk.
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        if let Err(error) = RUNTIME.block_on(drop_schema(&self.schema)) {
            eprintln!("could not drop the schema {}: {error}", self.schema);
        }
    }
}

pub(super) async fn drop_schema(schema: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(&URL).await?;
    let text = format!("DROP SCHEMA {schema} CASCADE");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
    Ok(())
}

/// Returns a pool with the settings of the store's, so that only the store itself is compared. Its search path contains the
/// schema.
pub(super) async fn bare(url: &str, schema: &str, connections: u32) -> Result<PgPool, sqlx::Error> {
    let connect: PgConnectOptions = url.parse()?;
    let connect = connect.options([("search_path", schema)]).disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false);
    pool.connect_with(connect).await
}

pub(super) fn options(schema: &str) -> PostgresOptions {
    PostgresOptions::new().schema(schema).time_limit(PATIENCE)
}
