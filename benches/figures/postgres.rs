//! What the PostgreSQL store adds to its database, over loopback.

use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{PostgresOptions, PostgresStore};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};

use crate::harness::RUNTIME;
use crate::proxy::{Proxy, Sent};
use crate::sampling::{Effort, Work, medians_of};
use crate::seeded::{Ids, PATIENCE, Seed, Sizes};
use crate::server::URL;
use crate::table::Table;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    // The server is looked for outside of any runtime.
    LazyLock::force(&URL);
    let mut few = RUNTIME.block_on(Filled::new("few", sizes.few))?;
    let many = RUNTIME.block_on(Filled::new("many", sizes.many))?;
    counts(table, &mut few)?;
    reads(sizes, table, &few, &many)?;
    commits(sizes, table, &mut few)?;
    uses(sizes, table, &many)
}

/// A schema of its own, filled. It goes when this does.
struct Filled {
    schema: String,
    store: PostgresStore,
    /// Connections that find the tables without the name of the schema.
    bare: PgPool,
    seed: Seed,
    other: Seed,
    count: u32,
}

impl Filled {
    async fn new(name: &str, count: u32) -> Result<Self, Box<dyn Error>> {
        let schema = format!("keyward_figures_{}_{name}", std::process::id());
        let store = options(&schema).connect(&URL).await?;
        let seed = Seed::sow(store.clone(), "acme/shop").await?;
        let other = Seed::sow(store.clone(), "acme/bare").await?;
        let connect: PgConnectOptions = URL.parse()?;
        let connect = connect.options([("search_path", &schema)]).disable_statement_logging();
        // As the store has them, so that nothing but the store is compared.
        let pool = PgPoolOptions::new().max_connections(10).test_before_acquire(false);
        let bare = pool.connect_with(connect).await?;
        let filled = Self { schema, store, bare, seed, other, count };
        filled.copy().await?;
        Ok(filled)
    }

    /// Rows like those of the first credential, so many times.
    async fn copy(&self) -> Result<(), Box<dyn Error>> {
        let mut connection = self.bare.acquire().await?.detach();
        // No looking for what the rows refer to: it is there.
        sqlx::raw_sql("SET session_replication_role = replica").execute(&mut connection).await?;
        for text in [
            "INSERT INTO keyward_credentials \
             (id, account, workspace, kind, name, name_key, created, generation) \
             SELECT lpad(n::text, 12, '0'), account, workspace, kind, 'Key ' || n, 'key ' || n, \
             created, generation FROM keyward_credentials, generate_series(1, $2) n WHERE id = $1",
            "INSERT INTO keyward_generations \
             (credential, number, created, slow_hash, digest, seal) \
             SELECT lpad(n::text, 12, '0'), number, created, slow_hash, digest, seal \
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
        Ok(connection.close().await?)
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        let dropped: Result<(), sqlx::Error> = RUNTIME.block_on(async {
            let mut connection = PgConnection::connect(&URL).await?;
            let text = format!("DROP SCHEMA {} CASCADE", self.schema);
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
            Ok(())
        });
        if let Err(error) = dropped {
            eprintln!("the schema {} is left behind: {error}", self.schema);
        }
    }
}

fn options(schema: &str) -> PostgresOptions {
    PostgresOptions::new().schema(schema).time_limit(PATIENCE)
}

/// What a commit and ten thousand uses send, once their statements are prepared.
fn counts(table: &mut Table, few: &mut Filled) -> Result<(), Box<dyn Error>> {
    let (commit, uses) = RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let connect = options(&few.schema).connections(1);
        let store = connect.connect(&proxy.url("keyward_figures")).await?;
        let executed = |heard: &[Sent]| heard.iter().filter(|sent| **sent == Sent::Execute).count();
        store.commit(&few.seed.issue()?).await?;
        proxy.listen();
        store.commit(&few.seed.issue()?).await?;
        let commit = executed(&proxy.heard());
        // Of few credentials, since a use of what is not there costs a statement all the same.
        let uses = Ids::of(u32::MAX).uses(&few.seed, 10_000, few.seed.credential.created)?;
        proxy.listen();
        store.record_uses(&uses).await?;
        let uses = executed(&proxy.heard());
        store.close().await;
        Ok::<_, Box<dyn Error>>((commit, uses))
    })?;
    table.count_at_most("postgres_round_trips_by_a_commit", u64::try_from(commit)?, 4);
    table.count_at_most("postgres_statements_by_10000_uses", u64::try_from(uses)?, 10);
    Ok(())
}

/// What the store asks for one credential.
const READ: &str = "\
SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, \
c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
g.number, g.created, g.slow_hash, g.digest, g.seal, u.at, \
p.number, p.created, p.slow_hash, p.digest, p.seal, v.at \
FROM keyward_credentials c \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.generation LIMIT 1) g ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.generation LIMIT 1) u ON TRUE \
LEFT JOIN LATERAL (SELECT * FROM keyward_generations \
WHERE credential = c.id AND number = c.previous LIMIT 1) p ON TRUE \
LEFT JOIN LATERAL (SELECT at FROM keyward_uses \
WHERE credential = c.id AND generation = c.previous LIMIT 1) v ON TRUE WHERE c.id = $1";

fn reads(
    sizes: Sizes,
    table: &mut Table,
    few: &Filled,
    many: &Filled,
) -> Result<(), Box<dyn Error>> {
    let mut ids = [few.count, few.count, many.count].map(Ids::of);
    let [few_ids, bare_ids, many_ids] = &mut ids;
    let works: [Work<'_>; 3] = [
        &mut || read(few, few_ids, sizes.reads),
        &mut || {
            RUNTIME.block_on(async {
                for _ in 0..sizes.reads {
                    let id = bare_ids.draw()?;
                    let row = sqlx::query(READ).bind(id.as_str()).fetch_one(&few.bare).await?;
                    std::hint::black_box(row.try_get::<&str, _>(0)?);
                }
                Ok(())
            })
        },
        &mut || read(many, many_ids, sizes.reads),
    ];
    let [few, bare, many] = medians_of(sizes.runs, works)?;
    table.note("postgres_read_us", few.as_secs_f64() * 1e6 / f64::from(sizes.reads));
    table.ratio_at_most("postgres_read_to_bare_query", ratio(few, bare), 1.3);
    table.ratio_at_most("postgres_read_of_many_to_few", ratio(many, few), 1.2);
    Ok(())
}

fn read(filled: &Filled, ids: &mut Ids, count: u32) -> Result<(), Box<dyn Error>> {
    RUNTIME.block_on(async {
        for _ in 0..count {
            filled.store.credential(ids.draw()?).await?.ok_or("a row is missing")?;
        }
        Ok(())
    })
}

/// The same rows as a commit that issues a key, a statement for each.
async fn write_bare(pool: &PgPool, other: &Seed, number: u32) -> Result<(), Box<dyn Error>> {
    let (record, workspace) = (&other.credential, other.workspace.id.as_str());
    let id = format!("bare{number:08}");
    let name = format!("Bare {number}");
    let operation = u128::from(number).to_be_bytes();
    let mut transaction = pool.begin().await?;
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
         VALUES ($1, $2, $3, 'app', $4, lower($4), to_timestamp($5::float8), 1)",
    )
    .bind(&id)
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&name)
    .bind(record.created.as_seconds())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO keyward_generations (credential, number, created, slow_hash, digest) \
         VALUES ($1, 1, to_timestamp($2::float8), $3, $4)",
    )
    .bind(&id)
    .bind(record.created.as_seconds())
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
         VALUES ($1, $2, to_timestamp($3::float8), $4, $5, $6, 'admin', 'ada@acme.test', \
         jsonb_build_object('action', 'issued', 'kind', 'app', 'name', $7::text, 'expires', NULL))",
    )
    .bind(position.try_get::<i64, _>(0)?)
    .bind(operation.as_slice())
    .bind(record.created.as_seconds())
    .bind(record.account.as_str())
    .bind(workspace)
    .bind(&id)
    .bind(&name)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

fn commits(sizes: Sizes, table: &mut Table, few: &mut Filled) -> Result<(), Box<dyn Error>> {
    let Filled { store, bare, seed, other, .. } = few;
    let mut number = 0;
    let works: [Work<'_>; 2] = [
        &mut || {
            RUNTIME.block_on(async {
                for _ in 0..sizes.commits {
                    store.commit(&seed.issue()?).await?;
                }
                Ok(())
            })
        },
        &mut || {
            RUNTIME.block_on(async {
                for _ in 0..sizes.commits {
                    number += 1;
                    write_bare(bare, other, number).await?;
                }
                Ok(())
            })
        },
    ];
    let [ours, bare] = medians_of(sizes.runs, works)?;
    table.note("postgres_commit_us", ours.as_secs_f64() * 1e6 / f64::from(sizes.commits));
    table.ratio_at_most("postgres_commit_to_bare_transaction", ratio(ours, bare), 1.5);
    Ok(())
}

/// Each run is another ten thousand, later than the ones before.
fn uses(sizes: Sizes, table: &mut Table, many: &Filled) -> Result<(), Box<dyn Error>> {
    let mut ids = Ids::of(many.count);
    let mut batches = Vec::new();
    for run in 1..=sizes.runs as u64 {
        let at = many.seed.credential.created.saturating_add(Duration::from_secs(run));
        batches.push(ids.uses(&many.seed, sizes.uses, at)?);
    }
    let mut batches = batches.iter();
    let works: [Work<'_>; 1] = [&mut || {
        let batch = batches.next().ok_or("no batch")?;
        Ok(RUNTIME.block_on(many.store.record_uses(batch))?)
    }];
    let [time] = medians_of(sizes.runs, works)?;
    let rate = f64::from(sizes.uses) / time.as_secs_f64();
    table.rate_at_least("postgres_uses_a_second", rate, 50_000.0);
    Ok(())
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
