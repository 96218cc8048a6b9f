//! Poolers that give a server's connection to several clients in turn: one that does not track prepared statements lets a
//! client execute the statement of another.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::error::{Mixed, failed};
use crate::store::{StoreError, StoreErrorKind};

/// How often each of two connections executes its statement. A pooler whose connections are busy may give both of them
/// what they had before, once or twice.
const ROUNDS: usize = 8;

/// How long the second connection may wait. In session mode, a pooler may have one connection only.
const SECOND: Duration = Duration::from_secs(1);

/// A pooler refused a parameter that the driver sends when it connects.
#[derive(Debug, thiserror::Error)]
#[error(
    "the pooler refused the start-up parameter `{parameter}`: add it to `ignore_startup_parameters` of PgBouncer, or \
     remove it from the URL or the pool's options"
)]
struct ParameterRefused {
    parameter: String,
}

/// A start-up parameter that was refused, as the error that names it.
pub(super) fn refused_parameter(error: &sqlx::Error) -> Option<StoreError> {
    let sqlx::Error::Database(error) = error else { return None };
    let (_, parameter) = error.message().split_once("startup parameter: ")?;
    let parameter = parameter.trim().trim_matches('"').to_owned();
    let refused = ParameterRefused { parameter };
    Some(StoreError::new(StoreErrorKind::Misconfigured).because(refused))
}

/// Refuses a pooler that mixes up statements. Two connections each prepare a statement, to which the driver gives the
/// same name, and execute it by turns.
pub(super) async fn refuse(
    options: &PgConnectOptions,
    first: &mut PgConnection,
) -> Result<(), StoreError> {
    expect(first, 1).await?;
    let by_turns = async {
        // The server has no place for a second one, which then meets no other's statement either.
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

/// Executes a statement that answers the number.
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
