//! Stores that can be restored to an earlier state.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::harness::connection;
use crate::places::{File, Place, Schema};
use crate::tables;

pub(crate) trait Restored: Place {
    /// Runs statements on the store's tables.
    async fn run(&self, statements: String);

    /// Saves a copy of all data.
    async fn save(&self) {
        self.run(tables::keep()).await;
    }

    /// Restores the copy in one step, while the nodes are running.
    async fn restore(&self) {
        self.run(format!("BEGIN;{}COMMIT", tables::put_back())).await;
    }
}

impl Restored for File {
    async fn run(&self, statements: String) {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    }
}

impl Restored for Schema {
    async fn run(&self, statements: String) {
        let mut connection = connection(&self.name()).await;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    }
}
