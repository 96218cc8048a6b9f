//! Copies a page of records in one transaction.

use super::begin::{begin, writer};
use super::rows::{execute_rare, failed};
use super::schema::STEPS;
use super::store::SqliteStore;
use crate::adapters::sql::{Casts, SchemaStep, Statement, Writer, lost};
use crate::store::{Copyable, StoreError};

impl Copyable for SqliteStore {}

impl Writer for SqliteStore {
    const CASTS: Casts = Casts::NONE;

    const STEPS: &'static [SchemaStep] = STEPS;

    fn with_time_for_pages(&self) -> Self {
        Self { time_limit: self.time_limit.for_pages(), ..self.clone() }
    }

    async fn write(&self, statements: Vec<Statement<'_>>) -> Result<u64, StoreError> {
        let mut connection = self.time_limit.keep(writer(self)).await?;
        let writing = async {
            let mut transaction = begin(self, &mut connection).await?;
            let mut written = 0;
            for statement in statements {
                written += execute_rare(&mut transaction, statement).await?;
            }
            Ok((transaction, written))
        };
        let (transaction, written) = self.time_limit.keep(writing).await?;
        let committing = async { transaction.commit().await.map_err(failed) };
        self.time_limit.keep(committing).await.map_err(lost)?;
        Ok(written)
    }
}
