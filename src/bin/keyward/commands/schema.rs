//! Prints the tables as SQL, or creates them.

use keyward::{PostgresOptions, SqliteOptions};
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::arguments::{Dialect, SchemaCommand};
use crate::database::{self, Tables};
use crate::failure::Failure;

pub(super) async fn run(command: SchemaCommand) -> Result<Answer, Failure> {
    match command {
        SchemaCommand::Print { dialect, schema } => {
            let sql = match dialect {
                Dialect::Sqlite => SqliteOptions::new().migration_sql(),
                Dialect::Postgres => PostgresOptions::new().schema(schema).migration_sql()?,
            };
            let json = json!({ "sql": sql });
            Answer::new(Exit::Done, sql, &json)
        }
        SchemaCommand::Run(database) => {
            database::open(&database, Tables::Migrate).await?.close().await;
            Answer::new(Exit::Done, "The tables are ready.", &json!({ "is_ready": true }))
        }
    }
}
