//! Copying: a page of records in one transaction.

use super::PostgresStore;
use super::connection::{Begin, Lease};
use super::error::Failure;
use super::time::Time;
use crate::adapters::sql::{Batch, Casts, Cell, Writer, lost};
use crate::store::{Copyable, StoreError};

impl Copyable for PostgresStore {}

impl Writer for PostgresStore {
    const CASTS: Casts = Casts { network: ["CAST(", " AS cidr)"], json: ["CAST(", " AS jsonb)"] };

    fn with_time_for_pages(&self) -> Self {
        let time_limit = self.time_limit.for_pages();
        Self { begin: Begin::within(time_limit.0), time_limit, ..self.clone() }
    }

    async fn write(&self, batches: Vec<Batch<'_>>) -> Result<u64, StoreError> {
        let writing = async {
            let mut lease = self.begun().await?;
            match self.statements(&mut lease, batches).await {
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
    async fn statements(&self, lease: &mut Lease, batches: Vec<Batch<'_>>) -> Result<u64, Failure> {
        let mut written = 0;
        for Batch { text, cells } in batches {
            // Seldom the same text twice.
            let query = sqlx::query(self.schema.sql_once(&text)).persistent(false);
            let query = cells.into_iter().fold(query, |query, cell| match cell {
                Cell::Text(text) => query.bind(text.map(String::from)),
                Cell::Number(number) => query.bind(number),
                Cell::Bytes(bytes) => query.bind(bytes.map(Vec::from)),
                Cell::Time(time) => query.bind(time.map(Time)),
                Cell::Network(text) | Cell::Json(text) => query.bind(text),
            });
            written += query.execute(lease.connection()?).await?.rows_affected();
        }
        Ok(written)
    }
}
