//! Opening: connections of the store's own, or a pool that the host has.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::connection::Begin;
use super::error::{Failure, failed};
use super::schema::Schema;
use super::{PostgresOptions, PostgresStore, owners, pooler, reach, row_security, schema};
use crate::adapters::sql::{TimeLimit, expect_runtime};
use crate::store::StoreError;

/// How long a connection may take to come up. Calls do not wait so long; opening does.
const CONNECTING: Duration = Duration::from_secs(30);

pub(super) async fn connect(
    options: &PostgresOptions,
    url: &str,
) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let connect = PgConnectOptions::from_str(url).map_err(reach::bad_url)?;
    // No number with a fraction is read, and poolers refuse the parameter.
    let connect = connect.disable_statement_logging().extra_float_digits(None);
    reach::server(&connect, CONNECTING).await?;
    let pool = pool_options(options).connect_with(connect).await.map_err(failed)?;
    self::pool(options, pool).await
}

fn pool_options(options: &PostgresOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(options.connections)
        // A call may wait for a connection for as long as it may take.
        .acquire_timeout(CONNECTING.max(options.time_limit))
        // Asking each connection first is a round trip. A call that meets a dead one tries the next.
        .test_before_acquire(false)
}

pub(super) async fn pool(
    options: &PostgresOptions,
    pool: PgPool,
) -> Result<PostgresStore, StoreError> {
    expect_runtime()?;
    let schema = Schema::new(&options.schema)?;
    if pool.size() == 0 {
        reach::server(&pool.connect_options(), CONNECTING).await?;
    }
    pooler::refuse(&pool.connect_options()).await?;
    let owner = options.owner.as_deref();
    let mut connection = pool.acquire().await.map_err(Failure::from)?;
    // Before the first table is read. Tables that are missing belong to this role, which bypasses policies.
    owners::refuse(&mut connection, &schema, owner).await?;
    row_security::refuse(&mut connection, &schema).await?;
    schema::bring_forward(&mut connection, &schema, owner).await?;
    drop(connection);
    let begin = Begin::within(options.time_limit);
    let owner = owner.map(Into::into);
    Ok(PostgresStore { pool, schema, owner, begin, time_limit: TimeLimit(options.time_limit) })
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
