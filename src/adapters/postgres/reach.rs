//! Whether the server can be reached and lets the role in: tried once, before the pool, which would go on trying.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

use super::error::failed;
use crate::adapters::sql::until;
use crate::store::{StoreError, StoreErrorKind};

/// The server is not where the URL says, or the way to it is not as the URL says.
#[derive(Debug, thiserror::Error)]
#[error(
    "no connection to PostgreSQL at {place}: check host, port and TLS settings in the URL, and that the server runs"
)]
struct NotReached {
    place: String,
    source: sqlx::Error,
}

/// The URL, or what it names, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the URL cannot be used: give one as `postgres://user:password@host:port/database`")]
struct BadUrl {
    source: sqlx::Error,
}

/// Connects once, within a time. A server that is just starting, or has no place left, is left to the pool.
pub(super) async fn server(options: &PgConnectOptions, within: Duration) -> Result<(), StoreError> {
    let connecting = async { Ok(options.connect().await) };
    match until(Instant::now() + within, connecting).await? {
        Ok(connection) => {
            // The server answered; that this connection ends badly says nothing.
            connection.close().await.ok();
            Ok(())
        }
        Err(sqlx::Error::Database(error)) if error.is_transient_in_connect_phase() => Ok(()),
        Err(error) if is_passing(&error) => Err(failed(error)),
        Err(source @ (sqlx::Error::Io(_) | sqlx::Error::Tls(_))) => {
            let not_reached = NotReached { place: place(options), source };
            Err(StoreError::new(StoreErrorKind::Misconfigured).because(not_reached))
        }
        Err(error @ sqlx::Error::Configuration(_)) => Err(bad_url(error)),
        Err(error) => Err(failed(error)),
    }
}

/// A URL that the driver does not understand.
pub(super) fn bad_url(source: sqlx::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured).because(BadUrl { source })
}

/// The server was there, and the network or the server ended the connection.
fn is_passing(error: &sqlx::Error) -> bool {
    let sqlx::Error::Io(error) = error else { return false };
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
    )
}

fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("the socket in `{}`", folder.display()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
