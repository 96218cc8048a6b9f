//! The only place that maps a driver's error to a store's. The error is boxed, and contains no values of rows.

use std::error::Error;

use sqlx::error::DatabaseError;

use crate::store::{StoreError, StoreErrorKind};

/// A database's error without the "detail", which repeats the row.
#[derive(Debug, thiserror::Error)]
#[error("the database answered {code}: {message}")]
struct DatabaseFailure {
    code: String,
    message: String,
}

impl DatabaseFailure {
    fn of(error: &dyn DatabaseError) -> Self {
        let code = error.code().map_or_else(|| "an error".to_owned(), Into::into);
        Self { code, message: error.message().to_owned() }
    }
}

/// Maps a driver's error to a store's. `judge` returns the kind of the database's own errors.
pub(in crate::adapters) fn failure(
    error: sqlx::Error,
    judge: impl FnOnce(&dyn DatabaseError) -> StoreErrorKind,
) -> StoreError {
    match error {
        sqlx::Error::Database(error) => {
            StoreError::new(judge(error.as_ref())).because(DatabaseFailure::of(error.as_ref()))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => StoreError::new(StoreErrorKind::Unavailable).because(error),
        error => other(error),
    }
}

/// Returns the database's code for a store's error.
#[cfg(feature = "sqlite")]
pub(in crate::adapters) fn database_code(error: &StoreError) -> Option<&str> {
    let failure = error.source()?.downcast_ref::<DatabaseFailure>()?;
    Some(&failure.code)
}

/// Maps the error of a failed `COMMIT`: without an answer, it may have been executed.
pub(in crate::adapters) fn lost(error: StoreError) -> StoreError {
    match error.kind() {
        StoreErrorKind::Unavailable => StoreError::new(StoreErrorKind::Unknown).because(error),
        _ => error,
    }
}

pub(super) fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::Other).because(error)
}

/// Returns the error for a row that does not have the revision or tag that was read.
pub(in crate::adapters) const fn conflict() -> StoreError {
    StoreError::new(StoreErrorKind::Conflict)
}

/// Returns `Ok` if one row was written, and a conflict otherwise.
pub(in crate::adapters) fn one_row(written: u64) -> Result<(), StoreError> {
    if written == 1 { Ok(()) } else { Err(conflict()) }
}

/// A count does not fit into the databases' integers.
#[derive(Debug, thiserror::Error)]
#[error("a count exceeds 63 bits")]
struct BadNumber;

/// Returns a count as both databases store it.
pub(in crate::adapters) fn stored(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| other(BadNumber))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_without_an_answer_is_unknown_and_one_with_an_error_is_not() {
        let said = |kind| lost(StoreError::new(kind)).kind();
        assert_eq!(said(StoreErrorKind::Unavailable), StoreErrorKind::Unknown);
        assert_eq!(said(StoreErrorKind::Conflict), StoreErrorKind::Conflict);
    }
}
