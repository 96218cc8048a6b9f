//! Workspaces of many credentials are removed.

use keyward::conformance::Harness;
use keyward::{PostgresOptions, PostgresStore};
use sqlx::AssertSqlSafe;

use crate::harness::{Postgres, connection};
use crate::server::URL;
use crate::stores::removal::{self, Counted};

impl Counted for Postgres {
    fn hurried(&self) -> PostgresStore {
        let options = PostgresOptions::new().schema(self.schema()).connections(2);
        self.block_on(options.connect(&URL)).unwrap()
    }

    async fn number(&self, statement: &str) -> i64 {
        let mut connection = connection(&self.schema()).await;
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await.unwrap()
    }
}

#[test]
fn a_workspace_of_many_credentials_is_removed_at_once() {
    removal::a_workspace_of_many_credentials_is_removed_at_once(&Postgres::default());
}

#[test]
fn a_batch_is_no_larger_than_asked() {
    removal::a_batch_is_no_larger_than_asked(&Postgres::default());
}

#[test]
fn maintain_deletes_leftover_credentials() {
    removal::maintain_deletes_leftover_credentials(&Postgres::default());
}
