//! Copies a page of records in one transaction.

use super::connection::{BeginReadCommitted, Lease};
use super::error::CallFailure;
use super::rows::{CASTS, bind};
use super::schema::STEPS;
use super::store::PostgresStore;
use crate::adapters::sql::{Casts, SchemaStep, Statement, Writer, lost};
use crate::store::{Copyable, StoreError};

impl Copyable for PostgresStore {}

impl Writer for PostgresStore {
    const CASTS: Casts = CASTS;

    const STEPS: &'static [SchemaStep] = STEPS;

    fn with_time_for_pages(&self) -> Self {
        let time_limit = self.time_limit.for_pages();
        let begin = BeginReadCommitted::within(time_limit.0, self.schema.timeline());
        Self { begin, time_limit, ..self.clone() }
    }

    async fn write(&self, statements: Vec<Statement<'_>>) -> Result<u64, StoreError> {
        let writing = async {
            let mut lease = self.begun().await?;
            match self.run_all(&mut lease, statements).await {
                Ok(written) => Ok((lease, written)),
                Err(failure) => {
                    if failure.is_an_answer() {
                        lease.roll_back().await?;
                    }
                    Err(failure.into())
                }
            }
        };
        let (lease, written) = self.time_limit.keep(writing).await?;
        let committing = async { Ok(lease.commit().await?) };
        self.time_limit.keep(committing).await.map_err(lost)?;
        Ok(written)
    }
}

impl PostgresStore {
    async fn run_all(
        &self,
        lease: &mut Lease,
        statements: Vec<Statement<'_>>,
    ) -> Result<u64, CallFailure> {
        let mut written = 0;
        for Statement { text, values } in statements {
            // These texts rarely repeat.
            let query = sqlx::query(self.schema.sql_once(&text)).persistent(false);
            let done = bind(query, &values).execute(lease.connection()?).await?;
            written += done.rows_affected();
        }
        Ok(written)
    }
}
