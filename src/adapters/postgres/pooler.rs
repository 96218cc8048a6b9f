//! Detects poolers that share a server connection among clients without tracking prepared statements. Behind such a pooler, a
//! client can execute another client's statement.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::error::{Mixed, failed};
use crate::store::{StoreError, StoreErrorKind};

/// How often each of two connections executes its statement. A busy pooler can give both of them the same server connection as
/// before, once or twice.
const ROUNDS: usize = 8;

/// The time limit for the second connection. In session mode, a pooler may have only one connection.
const SECOND: Duration = Duration::from_secs(1);

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
/// name, and execute it in turn.
pub(super) async fn refuse(
    options: &PgConnectOptions,
    first: &mut PgConnection,
) -> Result<(), StoreError> {
    expect(first, 1).await?;
    let by_turns = async {
        // The server has no room for a second connection, so statements cannot be mixed up either.
        let Ok(mut second) = options.connect().await else { return Ok(()) };
        for _ in 0..ROUNDS {
            expect(&mut second, 2).await?;
            expect(first, 1).await?;
        }
        second.close().await.ok();
        Ok(())
    };
    tokio::time::timeout(SECOND, by_turns).await.unwrap_or(Ok(()))
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
