//! Workspaces of many credentials are removed.

use keyward::SqliteStore;
use keyward::conformance::Harness;
use sqlx::AssertSqlSafe;

use crate::harness::Sqlite;
use crate::stores::removal::{self, Counted};

impl Counted for Sqlite {
    fn hurried(&self) -> SqliteStore {
        self.block_on(SqliteStore::open(self.file())).unwrap()
    }

    async fn number(&self, statement: &str) -> i64 {
        let mut connection = self.connection().await;
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await.unwrap()
    }
}

#[test]
fn a_workspace_of_many_credentials_is_removed_at_once() {
    removal::a_workspace_of_many_credentials_is_removed_at_once(&Sqlite::default());
}

#[test]
fn a_batch_is_no_larger_than_asked() {
    removal::a_batch_is_no_larger_than_asked(&Sqlite::default());
}

#[test]
fn maintain_deletes_leftover_credentials() {
    removal::maintain_deletes_leftover_credentials(&Sqlite::default());
}
