//! Checks whether the server can be reached and accepts the role, before the pool does: the pool would retry a closed port and
//! finally report a timeout.

use std::io::ErrorKind;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Row};

use super::error::{CallFailure, failed};
use super::pooler;
use crate::store::{StoreError, StoreErrorKind};

/// The server is not at the URL's address, or the connection does not match the URL's settings.
#[derive(Debug, thiserror::Error)]
#[error(
    "no connection to PostgreSQL at {place}: check host, port and TLS settings in the URL, and that the server is running"
)]
struct NotReached {
    place: String,
    source: sqlx::Error,
}

/// The URL, or a file that it names, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the URL cannot be used: its form is `postgres://user:password@host:port/database`")]
struct BadUrl {
    source: sqlx::Error,
}

/// The server does not accept writes, although it is a primary.
#[derive(Debug, thiserror::Error)]
#[error(
    "transactions are read-only by default: set `default_transaction_read_only` to `off` for the store's role, database \
     or server"
)]
struct ReadOnly;

/// Why a server cannot be used.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: StoreError,
    /// `true` if a retry with the same URL can succeed.
    pub(super) passes: bool,
    /// `true` if nothing answers at the address.
    pub(super) is_unreachable: bool,
}

impl Refused {
    pub(super) const fn passing(error: StoreError) -> Self {
        Self { error, passes: true, is_unreachable: false }
    }

    const fn lasting(error: StoreError) -> Self {
        Self { error, passes: false, is_unreachable: false }
    }
}

/// Connects to a server, if it accepts writes.
pub(super) async fn primary(options: &PgConnectOptions) -> Result<PgConnection, Refused> {
    let mut connection = options.connect().await.map_err(|error| refused(options, error))?;
    expect_primary(options, &mut connection).await?;
    Ok(connection)
}

/// Fails if the server of a connection does not accept writes.
pub(super) async fn expect_primary(
    options: &PgConnectOptions,
    connection: &mut PgConnection,
) -> Result<(), Refused> {
    let (is_standby, is_read_only) =
        state(connection).await.map_err(|error| refused(options, error))?;
    if is_standby {
        return Err(Refused::passing(CallFailure::Standby.into()));
    }
    if is_read_only {
        return Err(Refused::lasting(
            StoreError::new(StoreErrorKind::Misconfigured).because(ReadOnly),
        ));
    }
    Ok(())
}

/// Returns whether a server is in recovery, and whether a transaction on it is read-only. Prepares no statement.
async fn state(connection: &mut PgConnection) -> Result<(bool, bool), sqlx::Error> {
    let text = "SELECT pg_catalog.pg_is_in_recovery(), \
                pg_catalog.current_setting('transaction_read_only')";
    let row = sqlx::raw_sql(text).fetch_one(connection).await?;
    Ok((row.try_get(0)?, row.try_get::<&str, _>(1)? == "on"))
}

/// A retry can succeed for a server that is starting or has no free connection, and for a network that is not up yet.
fn refused(options: &PgConnectOptions, error: sqlx::Error) -> Refused {
    if let Some(error) = pooler::refused_parameter(&error) {
        return Refused::lasting(error);
    }
    match error {
        sqlx::Error::Database(error) if error.is_transient_in_connect_phase() => {
            Refused::passing(failed(sqlx::Error::Database(error)))
        }
        error if is_passing(&error) => Refused::passing(failed(error)),
        source @ (sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)) => {
            let not_reached = NotReached { place: place(options), source };
            let error = StoreError::new(StoreErrorKind::Misconfigured).because(not_reached);
            Refused { error, passes: false, is_unreachable: true }
        }
        error @ sqlx::Error::Configuration(_) => Refused::lasting(bad_url(error)),
        error => Refused::lasting(failed(error)),
    }
}

/// Returns the error for a URL that the driver cannot parse.
pub(super) fn bad_url(source: sqlx::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured).because(BadUrl { source })
}

/// Returns `true` if a retry with the same URL can succeed: the connection was ended, or the network or the resolver is not up
/// yet, as when a pod starts.
fn is_passing(error: &sqlx::Error) -> bool {
    let error = match error {
        sqlx::Error::Io(error) => error,
        sqlx::Error::Protocol(message) => return is_cut_before_tls(message),
        _ => return false,
    };
    let is_passing = matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
    );
    is_passing || is_unanswered_lookup(error)
}

/// Returns `true` if the connection was closed instead of an answer about TLS, which the driver reads as a zero, or if the server
/// answered with an error message (`E`), as it does if it cannot start a process for the connection.
fn is_cut_before_tls(message: &str) -> bool {
    ["SSLRequest: 0x00", "SSLRequest: 0x45"].iter().any(|answer| message.contains(answer))
}

/// Returns `true` if the resolver did not answer (`EAI_AGAIN`). The standard library provides only a text for it, which is the
/// system's own. An unknown text counts as a name without an address.
fn is_unanswered_lookup(error: &std::io::Error) -> bool {
    let text = error.to_string();
    let Some(reason) = text.strip_prefix("failed to lookup address information: ") else {
        return false;
    };
    let reason = reason.to_ascii_lowercase();
    ["temporary failure", "try again", "at this time"].iter().any(|part| reason.contains(part))
}

/// Returns where a server is, for a message.
pub(super) fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("the socket in `{}`", folder.display()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::is_passing;

    #[track_caller]
    fn assert_passing(error: Error, expected: bool) {
        let shown = error.to_string();
        assert_eq!(is_passing(&sqlx::Error::Io(error)), expected, "{shown}");
    }

    #[test]
    fn a_network_that_is_not_up_yet_is_passing() {
        for kind in [
            ErrorKind::HostUnreachable,
            ErrorKind::NetworkUnreachable,
            ErrorKind::NetworkDown,
            ErrorKind::ConnectionReset,
            ErrorKind::TimedOut,
        ] {
            assert_passing(kind.into(), true);
        }
        for kind in [ErrorKind::ConnectionRefused, ErrorKind::NotFound, ErrorKind::PermissionDenied]
        {
            assert_passing(kind.into(), false);
        }
    }

    /// What the driver says of a closed connection, of a server without room for a process, and of an HTTP server.
    #[test]
    fn a_connection_that_is_cut_before_tls_is_passing_and_another_protocol_is_not() {
        for (answer, expected) in [("0x00", true), ("0x45", true), ("0x48", false)] {
            let message = format!("unexpected response from SSLRequest: {answer} (a::place:95)");
            assert_eq!(is_passing(&sqlx::Error::Protocol(message)), expected, "{answer}");
        }
    }

    /// The texts of glibc and macOS, of musl, and of FreeBSD. The other list includes Windows too.
    #[test]
    fn a_resolver_that_does_not_answer_is_passing_and_a_name_without_an_address_is_not() {
        let lookup =
            |text: &str| Error::other(format!("failed to lookup address information: {text}"));
        for text in [
            "Temporary failure in name resolution",
            "Try again",
            "Name could not be resolved at this time",
        ] {
            assert_passing(lookup(text), true);
        }
        for text in [
            "Name or service not known",
            "nodename nor servname provided, or not known",
            "Name does not resolve",
            "No such host is known. (os error 11001)",
        ] {
            assert_passing(lookup(text), false);
        }
        assert_passing(Error::other("Try again"), false);
    }
}
