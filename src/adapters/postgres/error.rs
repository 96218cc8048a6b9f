//! Maps PostgreSQL's errors to the errors of a store.

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::adapters::sql::failure;
use crate::store::{StoreError, StoreErrorKind};

/// A server in recovery has answered. It can lack acknowledged changes.
#[derive(Debug, thiserror::Error)]
#[error(
    "a standby server answered: a failover is in progress, or the URL leads to a standby, which Keyward cannot use"
)]
pub(super) struct FromStandby;

/// A server has answered that another one has replaced. It can lack acknowledged changes.
#[derive(Debug, thiserror::Error)]
#[error(
    "a server answered that another primary has replaced: a failover is in progress, or two servers accept writes, of \
     which the older one must be stopped"
)]
pub(super) struct FromSuperseded;

/// The server executed the statement of another connection, or this connection's statement no longer exists.
#[derive(Debug, thiserror::Error)]
#[error(
    "a pooler mixed up the prepared statements of its clients: set `max_prepared_statements` above 0 (PgBouncer 1.21 or \
     newer), use session mode, or connect to the server itself"
)]
pub(super) struct Mixed;

/// A policy was enabled while the store was open, and hides rows.
#[derive(Debug, thiserror::Error)]
#[error(
    "row-level security is active on a table for the store's role and hides rows: disable it on Keyward's tables, or \
     give the role BYPASSRLS"
)]
pub(super) struct RowsFiltered;

/// A setting that no server has. A statement that writes reads it if a policy hides rows from it, and fails.
pub(super) const ROWS_FILTERED: &str = "keyward.rows_are_filtered";

/// The reason for which a call failed: the store's own, or the driver's.
#[derive(Debug)]
pub(super) enum CallFailure {
    Store(StoreError),
    Driver(sqlx::Error),
    /// A standby answered.
    Standby,
    /// A primary answered that another one has replaced.
    Superseded,
}

impl From<StoreError> for CallFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for CallFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<CallFailure> for StoreError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Store(error) => error,
            CallFailure::Driver(error) => failed(error),
            CallFailure::Standby => {
                StoreError::new(StoreErrorKind::Unavailable).because(FromStandby)
            }
            CallFailure::Superseded => {
                StoreError::new(StoreErrorKind::Unavailable).because(FromSuperseded)
            }
        }
    }
}

impl CallFailure {
    /// Returns `true` for a deadlock, a serialization failure, or a reference to a row that another transaction has deleted since
    /// the statement found it: an immediate retry can succeed.
    pub(super) fn is_a_collision(&self) -> bool {
        matches!(self.code().as_deref(), Some("40001" | "40P01" | "23503"))
    }

    /// Returns `true` if a standby can be the reason: it refuses writes, and it lacks a schema, a table or a column that was
    /// created a moment ago.
    pub(super) fn may_be_of_a_standby(&self) -> bool {
        matches!(self.code().as_deref(), Some("0A000" | "25006" | "3F000" | "42P01" | "42703"))
    }

    /// Returns `true` if the connection was dead, died, or leads to a standby or an old primary: a retry on another can succeed.
    pub(super) fn is_a_lost_connection(&self) -> bool {
        match self {
            Self::Standby
            | Self::Superseded
            | Self::Driver(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
            Self::Driver(sqlx::Error::Database(error)) => !is_an_answer(error.as_ref()),
            Self::Driver(_) | Self::Store(_) => false,
        }
    }

    /// Returns `true` if the server refused the statement: it was not executed and never will be.
    pub(super) fn is_an_answer(&self) -> bool {
        matches!(self, Self::Driver(sqlx::Error::Database(error)) if is_an_answer(error.as_ref()))
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Driver(sqlx::Error::Database(error)) => error.code().map(Into::into),
            Self::Driver(_) | Self::Store(_) | Self::Standby | Self::Superseded => None,
        }
    }
}

/// After an error more severe than `ERROR`, the server ends the connection, and the outcome can be lost.
fn is_an_answer(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Error))
}

impl Mixed {
    pub(super) fn error() -> StoreError {
        StoreError::new(StoreErrorKind::Misconfigured).because(Self)
    }

    pub(super) fn failure() -> CallFailure {
        CallFailure::Store(Self::error())
    }
}

impl RowsFiltered {
    pub(super) fn error() -> StoreError {
        StoreError::new(StoreErrorKind::Misconfigured).because(Self)
    }
}

/// Returns `true` if a statement has read [`ROWS_FILTERED`].
fn is_filtered(error: &dyn DatabaseError) -> bool {
    error.code().as_deref() == Some("42704") && error.message().contains(ROWS_FILTERED)
}

/// Returns `true` if a prepared statement is unknown, has another's name, or has other parameters. (`PgBouncer` also uses the
/// last code for errors of its own.)
pub(super) fn is_mixed_up(error: &dyn DatabaseError) -> bool {
    match error.code().as_deref() {
        Some("26000" | "42P05") => true,
        Some("08P01") => error.message().starts_with("bind message"),
        _ => false,
    }
}

/// Maps a driver's error to the store's.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        if is_mixed_up(database.as_ref()) {
            return Mixed::error();
        }
        if is_filtered(database.as_ref()) {
            return RowsFiltered::error();
        }
    }
    failure(error, meaning)
}

/// Maps the classes of SQLSTATE: appendix A of PostgreSQL's manual.
fn meaning(error: &dyn DatabaseError) -> StoreErrorKind {
    let code = error.code().unwrap_or_default();
    match (code.get(..2), code.as_ref()) {
        // Connection, insufficient resources, operator's intervention, system error, collision.
        (Some("08" | "53" | "57" | "58" | "40"), _)
        // Lock timeout, idle in transaction, read-only after a failover.
        | (_, "55P03" | "25P03" | "25P04" | "25006") => StoreErrorKind::Unavailable,
        // Authentication and database; rights; schemas and roles that do not exist.
        (Some("28" | "3D" | "3F" | "0P"), _) | (_, "42501") => StoreErrorKind::Misconfigured,
        // Data or index corrupted.
        (Some("XX"), "XX001" | "XX002") => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Other,
    }
}
