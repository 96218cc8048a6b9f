//! Detects poolers that share a server connection among clients without tracking prepared statements. Behind such a pooler, a
//! client can execute another client's statement.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::{Instant, timeout};

use super::error::{Mixed, failed};
use crate::adapters::sql::until;
use crate::store::{StoreError, StoreErrorKind};

/// How often each of two connections executes its statement. A busy pooler can give both of them the same server connection as
/// before, once or twice.
const ROUNDS: usize = 8;

/// The shortest time limit for the first answer on the second connection. In session mode, a pooler may have only one connection,
/// and then the second never gets an answer.
const SECOND: Duration = Duration::from_secs(1);

/// How many times longer than the first statement, which takes two round trips, the second connection and its first statement may
/// take. TCP, TLS, the password and the statement take nine.
const LONGER: u32 = 20;

/// The pooler refused a parameter that the driver sends when it connects.
#[derive(Debug, thiserror::Error)]
#[error(
    "the pooler refused the start-up parameter `{parameter}`: add it to `ignore_startup_parameters` of PgBouncer, or \
     remove it from the URL or the pool's options"
)]
struct ParameterRefused {
    parameter: String,
}

/// Returns the error that names a refused start-up parameter, if there is one.
pub(super) fn refused_parameter(error: &sqlx::Error) -> Option<StoreError> {
    let sqlx::Error::Database(error) = error else { return None };
    let (_, parameter) = error.message().split_once("startup parameter: ")?;
    let parameter = parameter.trim().trim_matches('"').to_owned();
    let refused = ParameterRefused { parameter };
    Some(StoreError::new(StoreErrorKind::Misconfigured).because(refused))
}

/// Fails if a pooler mixes up prepared statements. Two connections each prepare a statement, to which the driver gives the same
/// name, and execute it in turn. The check fails as `Unavailable` if it takes longer than `within`.
pub(super) async fn refuse(
    options: &PgConnectOptions,
    first: &mut PgConnection,
    within: Duration,
) -> Result<(), StoreError> {
    let begun = Instant::now();
    expect(first, 1).await?;
    let limit = SECOND.max(begun.elapsed() * LONGER).min(within);
    let joining = async {
        let Ok(mut second) = options.connect().await else { return Ok::<_, StoreError>(None) };
        expect(&mut second, 2).await?;
        Ok(Some(second))
    };
    let Some(mut second) = timeout(limit, joining).await.unwrap_or(Ok(None))? else {
        // There is no room for a second connection, so statements cannot be mixed up either.
        return Ok(());
    };
    // Both connections have had an answer, so on a slow network this takes long but ends.
    until(Instant::now() + within, async {
        for _ in 1..ROUNDS {
            expect(first, 1).await?;
            expect(&mut second, 2).await?;
        }
        expect(first, 1).await
    })
    .await?;
    second.close().await.ok();
    Ok(())
}

/// Executes a statement that returns the number.
async fn expect(connection: &mut PgConnection, number: i64) -> Result<(), StoreError> {
    let text = AssertSqlSafe(format!("SELECT {number}::bigint"));
    match sqlx::query_scalar::<_, i64>(text).fetch_one(connection).await {
        Ok(answer) if answer == number => Ok(()),
        Ok(_) | Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound) => {
            Err(Mixed::error())
        }
        Err(error) => Err(failed(error)),
    }
}
