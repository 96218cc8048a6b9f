//! Whether a statement that is its own transaction may have been done although nobody said so.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::PostgresStore;
use super::connection::Lease;
use super::error::Failure;
use crate::store::{StoreError, StoreErrorKind};

/// Set while a statement of a call is on its way, and for good where its answer was lost. A later answer to
/// the same statement says that it is done; a later refusal says nothing about the first.
#[derive(Debug, Default)]
pub(super) struct Doubt(AtomicBool);

impl Doubt {
    /// Runs one statement on a connection, and answers how many rows it wrote.
    pub(super) async fn execute(
        &self,
        store: &PostgresStore,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64, Failure> {
        let mut lease = Lease::take(&store.pool).await?;
        let connection = lease.connection()?;
        let was_there = self.0.swap(true, Ordering::Relaxed);
        match query.execute(connection).await.map_err(Failure::from) {
            Ok(done) => {
                self.0.store(false, Ordering::Relaxed);
                lease.give_back();
                Ok(done.rows_affected())
            }
            Err(failure) => {
                if failure.is_an_answer() {
                    self.0.store(was_there, Ordering::Relaxed);
                }
                Err(failure)
            }
        }
    }

    /// What the call says: where there is doubt, that it does not know.
    pub(super) fn or<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            if self.0.load(Ordering::Relaxed) {
                StoreError::new(StoreErrorKind::Unknown).because(error)
            } else {
                error
            }
        })
    }
}
