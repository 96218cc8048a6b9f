//! What the SQLite store adds to its database, a file.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{SqliteOptions, SqliteStore};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use crate::sampling::{Effort, Work, medians_of};
use crate::seeded::{Ids, PATIENCE, Seed, Sizes};
use crate::table::Table;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut few = runtime.block_on(Filled::new(sizes.few))?;
    let many = runtime.block_on(Filled::new(sizes.many))?;
    reads(sizes, table, &runtime, [&few, &many])?;
    commits(sizes, table, &runtime, &mut few)
}

/// A file of its own, filled.
struct Filled {
    store: SqliteStore,
    bare: SqlitePool,
    bare_writer: SqlitePool,
    seed: Seed,
    other: Seed,
    count: u32,
    _folder: TempDir,
}

impl Filled {
    async fn new(count: u32) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("keyward.db");
        let store = SqliteOptions::new().time_limit(PATIENCE).open(&file).await?;
        let seed = Seed::sow(store.clone(), "acme/shop").await?;
        let other = Seed::sow(store.clone(), "acme/bare").await?;
        copy(&file, &seed, count).await?;
        // As the store has them, so that nothing but the store is compared.
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false)
        };
        let bare = pool(4).connect_with(connect(&file)).await?;
        let bare_writer = pool(1).connect_with(connect(&file)).await?;
        Ok(Self { store, bare, bare_writer, seed, other, count, _folder: folder })
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

/// Rows like those of the first credential, so many times.
async fn copy(file: &Path, seed: &Seed, count: u32) -> Result<(), Box<dyn Error>> {
    // No looking for what the rows refer to: it is there.
    let mut connection = connect(file).foreign_keys(false).connect().await?;
    for text in [
        "INSERT INTO keyward_credentials \
         (id, account, workspace, kind, name, name_key, created, generation) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT $2) \
         SELECT printf('%012d', n), account, workspace, kind, 'Key ' || n, 'key ' || n, \
         created, generation FROM keyward_credentials, numbers WHERE id = $1",
        "INSERT INTO keyward_generations (credential, number, created, slow_hash, digest, seal) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT $2) \
         SELECT printf('%012d', n), number, created, slow_hash, digest, seal \
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

/// What the store asks for one credential.
const READ: &str = "\
SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, \
c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
g.number, g.created, g.slow_hash, g.digest, g.seal, u.at, \
p.number, p.created, p.slow_hash, p.digest, p.seal, v.at \
FROM keyward_credentials c \
LEFT JOIN keyward_generations g ON g.credential = c.id AND g.number = c.generation \
LEFT JOIN keyward_uses u ON u.credential = c.id AND u.generation = c.generation \
LEFT JOIN keyward_generations p ON p.credential = c.id AND p.number = c.previous \
LEFT JOIN keyward_uses v ON v.credential = c.id AND v.generation = c.previous WHERE c.id = $1";

fn reads(
    sizes: Sizes,
    table: &mut Table,
    runtime: &Runtime,
    [few, many]: [&Filled; 2],
) -> Result<(), Box<dyn Error>> {
    let mut ids = [few.count, few.count, many.count].map(Ids::of);
    let [few_ids, bare_ids, many_ids] = &mut ids;
    let works: [Work<'_>; 3] = [
        &mut || runtime.block_on(read(few, few_ids, sizes.reads)),
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.reads {
                    let id = bare_ids.draw()?;
                    let row = sqlx::query(READ).bind(id.as_str()).fetch_one(&few.bare).await?;
                    std::hint::black_box(row.try_get::<&str, _>(0)?);
                }
                Ok(())
            })
        },
        &mut || runtime.block_on(read(many, many_ids, sizes.reads)),
    ];
    let [few, bare, many] = medians_of(sizes.runs, works)?;
    table.note("sqlite_read_us", few.as_secs_f64() * 1e6 / f64::from(sizes.reads));
    table.ratio_at_most("sqlite_read_to_bare_query", ratio(few, bare), 1.3);
    table.ratio_at_most("sqlite_read_of_many_to_few", ratio(many, few), 1.2);
    Ok(())
}

async fn read(filled: &Filled, ids: &mut Ids, count: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        filled.store.credential(ids.draw()?).await?.ok_or("a row is missing")?;
    }
    Ok(())
}

fn commits(
    sizes: Sizes,
    table: &mut Table,
    runtime: &Runtime,
    few: &mut Filled,
) -> Result<(), Box<dyn Error>> {
    let Filled { store, bare_writer, seed, other, .. } = few;
    let mut number = 0;
    let works: [Work<'_>; 2] = [
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.commits {
                    store.commit(&seed.issue()?).await?;
                }
                Ok(())
            })
        },
        &mut || {
            runtime.block_on(async {
                for _ in 0..sizes.commits {
                    number += 1;
                    write_bare(bare_writer, other, number).await?;
                }
                Ok(())
            })
        },
    ];
    let [ours, bare] = medians_of(sizes.runs, works)?;
    table.note("sqlite_commit_us", ours.as_secs_f64() * 1e6 / f64::from(sizes.commits));
    table.ratio_at_most("sqlite_commit_to_bare_transaction", ratio(ours, bare), 1.5);
    Ok(())
}

/// The same rows as a commit that issues a key, a statement for each.
async fn write_bare(pool: &SqlitePool, other: &Seed, number: u32) -> Result<(), Box<dyn Error>> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let id = format!("bare{number:08}");
    let name = format!("Bare {number}");
    let operation = u128::from(number).to_be_bytes();
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "UPDATE keyward_workspaces SET revision = revision + 1, credentials = credentials + 1 \
         WHERE id = $1",
    )
    .bind(workspace)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_credentials \
         (id, account, workspace, kind, name, name_key, created, generation) \
         VALUES ($1, $2, $3, 'app', $4, lower($4), $5, 1)",
    )
    .bind(&id)
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&name)
    .bind(record.created.as_micros())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_generations (credential, number, created, slow_hash, digest) \
         VALUES ($1, 1, $2, $3, $4)",
    )
    .bind(&id)
    .bind(record.created.as_micros())
    .bind(record.current.slow_hash.as_str())
    .bind(record.current.digest.to_bytes().as_slice())
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
         (number, operation, at, account, workspace, credential, by_role, by_id, action) \
         VALUES ($1, $2, $3, $4, $5, $6, 'admin', 'ada@acme.test', \
         json_object('action', 'issued', 'kind', 'app', 'name', $7, 'expires', NULL))",
    )
    .bind(position.try_get::<i64, _>(0)?)
    .bind(operation.as_slice())
    .bind(record.created.as_micros())
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&id)
    .bind(&name)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
