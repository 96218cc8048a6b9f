//! What PostgreSQL's errors mean to a store.

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::adapters::sql::failure;
use crate::store::{StoreError, StoreErrorKind};

/// A server in recovery has answered: it may not have yet what was acknowledged.
#[derive(Debug, thiserror::Error)]
#[error(
    "a standby server answered: a failover is under way, or the URL leads to a standby, where Keyward cannot work"
)]
pub(super) struct FromStandby;

/// The statement of another connection was executed, or this one's is gone.
#[derive(Debug, thiserror::Error)]
#[error(
    "a pooler mixed up the prepared statements of its clients: set `max_prepared_statements` above 0 (PgBouncer 1.21 or \
     newer), use session mode, or connect to the server itself"
)]
pub(super) struct Mixed;

/// Why a call stopped: for the store's own reason, or the driver's.
#[derive(Debug)]
pub(super) enum CallFailure {
    Store(StoreError),
    Driver(sqlx::Error),
    /// A standby answered.
    Standby,
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
        }
    }
}

impl CallFailure {
    /// A deadlock or a serialization failure: trying again at once may pass.
    pub(super) fn is_a_collision(&self) -> bool {
        matches!(self.code().as_deref(), Some("40001" | "40P01"))
    }

    /// Whether only a server in recovery says so, or a server whose transactions are read-only.
    pub(super) fn may_be_of_a_standby(&self) -> bool {
        matches!(self.code().as_deref(), Some("0A000" | "25006"))
    }

    /// The connection was dead, died, or leads to a standby: another may be good.
    pub(super) fn is_a_lost_connection(&self) -> bool {
        match self {
            Self::Standby | Self::Driver(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
            Self::Driver(sqlx::Error::Database(error)) => !is_an_answer(error.as_ref()),
            Self::Driver(_) | Self::Store(_) => false,
        }
    }

    /// The server itself said no: what it was asked to do is not done, nor ever will be.
    pub(super) fn is_an_answer(&self) -> bool {
        matches!(self, Self::Driver(sqlx::Error::Database(error)) if is_an_answer(error.as_ref()))
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Driver(sqlx::Error::Database(error)) => error.code().map(Into::into),
            Self::Driver(_) | Self::Store(_) | Self::Standby => None,
        }
    }
}

/// After anything worse than an `ERROR` the server ends the connection, and the outcome may be lost.
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

/// Whether a statement that was prepared is unknown, has another's name, or other parameters. (`PgBouncer` has the last code
/// for errors of its own too.)
pub(super) fn is_mixed_up(error: &dyn DatabaseError) -> bool {
    match error.code().as_deref() {
        Some("26000" | "42P05") => true,
        Some("08P01") => error.message().starts_with("bind message"),
        _ => false,
    }
}

/// A driver's error as the store's.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error
        && is_mixed_up(database.as_ref())
    {
        return Mixed::error();
    }
    failure(error, meaning)
}

/// What the classes of SQLSTATE mean: appendix A of PostgreSQL's manual.
fn meaning(error: &dyn DatabaseError) -> StoreErrorKind {
    let code = error.code().unwrap_or_default();
    match (code.get(..2), code.as_ref()) {
        // Connection, insufficient resources, operator's intervention, system error, collision.
        (Some("08" | "53" | "57" | "58" | "40"), _)
        // Lock timeout, idle in transaction, read-only after a failover.
        | (_, "55P03" | "25P03" | "25P04" | "25006") => StoreErrorKind::Unavailable,
        // Who is let in, and to which database; rights; schemas and roles that do not exist.
        (Some("28" | "3D" | "3F" | "0P"), _) | (_, "42501") => StoreErrorKind::Misconfigured,
        // Data or index corrupted.
        (Some("XX"), "XX001" | "XX002") => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Other,
    }
}
