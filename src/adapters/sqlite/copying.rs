//! Copying: a page of records in one transaction.

use sqlx::AssertSqlSafe;

use super::SqliteStore;
use super::begin::{begin, writer};
use super::rows::failed;
use crate::adapters::sql::{Batch, Casts, Cell, Writer, lost};
use crate::store::{Copyable, StoreError};
use crate::values::Timestamp;

impl Copyable for SqliteStore {}

impl Writer for SqliteStore {
    const CASTS: Casts = Casts { network: ["", ""], json: ["", ""] };

    fn with_time_for_pages(&self) -> Self {
        Self { time_limit: self.time_limit.for_pages(), ..self.clone() }
    }

    async fn write(&self, batches: Vec<Batch<'_>>) -> Result<u64, StoreError> {
        let mut connection = self.time_limit.keep(writer(self)).await?;
        let writing = async {
            let mut transaction = begin(self, &mut connection).await?;
            let mut written = 0;
            for Batch { text, cells } in batches {
                // The text is Keyward's own, and seldom the same twice.
                let query = sqlx::query(AssertSqlSafe(text)).persistent(false);
                let query = cells.into_iter().fold(query, |query, cell| match cell {
                    Cell::Text(text) => query.bind(text.map(String::from)),
                    Cell::Number(number) => query.bind(number),
                    Cell::Bytes(bytes) => query.bind(bytes.map(Vec::from)),
                    Cell::Time(time) => query.bind(time.map(Timestamp::as_micros)),
                    Cell::Network(text) | Cell::Json(text) => query.bind(text),
                });
                let outcome = query.execute(&mut *transaction).await.map_err(failed)?;
                written += outcome.rows_affected();
            }
            Ok((transaction, written))
        };
        let (transaction, written) = self.time_limit.keep(writing).await?;
        let committing = async { transaction.commit().await.map_err(failed) };
        self.time_limit.keep(committing).await.map_err(lost)?;
        Ok(written)
    }
}
