//! Whether the file can be written: asked without writing.

use super::SqliteStore;
use super::begin::{begin, writer};
use super::rows::{failed, primary_code};
use super::schema;
use crate::store::{StoreError, StoreErrorKind, StoreFinding};

pub(super) async fn check(store: &SqliteStore) -> Result<Vec<StoreFinding>, StoreError> {
    const READ_ONLY: i32 = 8;
    let asking = async {
        let mut connection = writer(store).await?;
        let mut transaction = begin(store, &mut connection).await?;
        schema::expect_newest(&mut transaction).await?;
        transaction.rollback().await.map_err(failed)
    };
    match store.time_limit.keep(asking).await {
        Ok(()) => Ok(Vec::new()),
        Err(error)
            if error.kind() == StoreErrorKind::Misconfigured
                && primary_code(&error) == Some(READ_ONLY) =>
        {
            Ok(vec![StoreFinding::ReadOnly])
        }
        Err(error) => Err(error),
    }
}
