//! Commits of many clients to a server that is a network away.

use std::error::Error;
use std::time::{Duration, Instant};

use keyward::store::CredentialStore;
use sqlx::postgres::PgPool;
use tokio::task::JoinSet;

use super::bare;
use super::delay::forward;
use super::filled::{self, Filled, options};
use crate::harness::{RUNTIME, URL};
use crate::sampling::{Effort, Work, medians_of};
use crate::seeded::Seed;
use crate::table::Table;

/// The delay in each direction.
const ONE_WAY: Duration = Duration::from_micros(2_200);

const CLIENTS: u32 = 64;

/// Compares the commits of 64 clients, each with a connection and a workspace of its own, with the same transactions by hand.
pub(super) fn commits(
    effort: Effort,
    table: &mut Table,
    filled: &Filled,
) -> Result<(), Box<dyn Error>> {
    let (runs, each) = match effort {
        Effort::Full => (9, 30),
        Effort::Quick => (1, 2),
    };
    let port =
        URL.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).ok_or("no port")?;
    let far = forward(port.parse()?, ONE_WAY)?;
    let url = URL.replace(&format!(":{port}/"), &format!(":{far}/"));
    let (store, pool, mut seeds, others) = RUNTIME.block_on(async {
        let connect = options(&filled.schema).connections(CLIENTS);
        let store = connect.connect(&url).await?;
        let pool = filled::bare(&url, &filled.schema, CLIENTS).await?;
        let seeds = Box::pin(Seed::sow_many(filled.store.clone(), "far", CLIENTS)).await?;
        let others = Box::pin(Seed::sow_many(filled.store.clone(), "by_hand", CLIENTS)).await?;
        Ok::<_, Box<dyn Error>>((store, pool, seeds, others))
    })?;
    table.note("postgres_far_round_trip_us", RUNTIME.block_on(round_trip(&pool))?);
    let mut number = 1_000_000;
    let works: [Work<'_>; 2] = [
        &mut || {
            RUNTIME.block_on(async {
                let mut clients = JoinSet::new();
                for seed in &mut seeds {
                    let changes = (0..each).map(|_| seed.issue()).collect::<Result<Vec<_>, _>>()?;
                    let store = store.clone();
                    clients.spawn(async move {
                        for change in &changes {
                            store.commit(change).await?;
                        }
                        Ok::<_, keyward::store::StoreError>(())
                    });
                }
                while let Some(done) = clients.join_next().await {
                    done??;
                }
                Ok(())
            })
        },
        &mut || {
            RUNTIME.block_on(async {
                let mut clients = JoinSet::new();
                for other in &others {
                    let (pool, other, first) = (pool.clone(), other.clone(), number);
                    number += each;
                    clients.spawn(async move {
                        for number in first..first + each {
                            bare::issue_in_a_batch(&pool, &other, number).await?;
                        }
                        Ok::<_, sqlx::Error>(())
                    });
                }
                while let Some(done) = clients.join_next().await {
                    done??;
                }
                Ok(())
            })
        },
    ];
    let rate = |time: Duration| f64::from(CLIENTS * each) / time.as_secs_f64();
    let [ours, by_hand] = medians_of(runs, works)?;
    table.note("postgres_far_commits_a_second_by_hand", rate(by_hand));
    table.rate_at_least("postgres_far_commits_a_second", rate(ours), 700.0);
    RUNTIME.block_on(store.close());
    Ok(())
}

/// Returns the microseconds of one round trip.
async fn round_trip(pool: &PgPool) -> Result<f64, Box<dyn Error>> {
    const TRIPS: u32 = 20;
    let mut connection = pool.acquire().await?;
    let begun = Instant::now();
    for _ in 0..TRIPS {
        sqlx::raw_sql("SELECT 1").execute(&mut *connection).await?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(TRIPS))
}
