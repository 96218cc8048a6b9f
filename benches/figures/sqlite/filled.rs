//! A database file with many credentials.

use std::error::Error;
use std::path::Path;

use keyward::{SqliteOptions, SqliteStore};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::seeded::{PATIENCE, Seed};

/// A filled database file.
pub(super) struct Filled {
    pub(super) store: SqliteStore,
    pub(super) bare: SqlitePool,
    pub(super) bare_writer: SqlitePool,
    pub(super) seed: Seed,
    pub(super) other: Seed,
    _folder: TempDir,
}

impl Filled {
    pub(super) async fn new(count: u32) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("keyward.db");
        let store = SqliteOptions::new().time_limit(PATIENCE).open(&file).await?;
        let [seed, other] = Box::pin(Seed::sow(store.clone(), ["acme/shop", "acme/bare"])).await?;
        copy(&file, &seed, count).await?;
        // The settings are those of the store, so that only the store itself is compared.
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false)
        };
        let bare = pool(4).connect_with(connect(&file)).await?;
        let bare_writer = pool(1).connect_with(connect(&file)).await?;
        Ok(Self { store, bare, bare_writer, seed, other, _folder: folder })
    }
}

fn connect(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .disable_statement_logging()
}

/// Inserts this many copies of the rows of the first credential.
async fn copy(file: &Path, seed: &Seed, count: u32) -> Result<(), Box<dyn Error>> {
    // Foreign keys are not checked, because the referenced rows exist.
    let mut connection = connect(file).foreign_keys(false).connect().await?;
    for text in [
        "INSERT INTO keyward_credentials \
         (id, account, workspace, kind, name, name_key, created, created_by_role, created_by_id, \
         revision, generation, workspace_incarnation, tag) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT $2) \
         SELECT printf('%012d', n), account, workspace, kind, 'Key ' || n, 'key ' || n, \
         created, created_by_role, created_by_id, revision, generation, workspace_incarnation, tag \
         FROM keyward_credentials, numbers WHERE id = $1",
        "INSERT INTO keyward_generations (credential, number, brand, created, slow_hash, digest, seal) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT $2) \
         SELECT printf('%012d', n), number, brand, created, slow_hash, digest, seal \
         FROM keyward_generations, numbers WHERE credential = $1",
        "INSERT INTO keyward_uses (credential, generation, at) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT $2) \
         SELECT printf('%012d', n), generation, at \
         FROM keyward_uses, numbers WHERE credential = $1",
    ] {
        let id = seed.credential.id;
        sqlx::query(text).bind(id.as_str()).bind(count).execute(&mut connection).await?;
    }
    sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    Ok(connection.close().await?)
}
