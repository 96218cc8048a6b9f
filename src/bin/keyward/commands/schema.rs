//! Prints the tables as SQL, or creates them.

use keyward::{PostgresOptions, SqliteOptions};
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::arguments::{Dialect, SchemaCommand};
use crate::database;
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
            let (store, is_changed) = database::migrate(&database).await?;
            let version = store.schema_version().await?;
            store.close().await;
            let done = if is_changed { "were created or upgraded to" } else { "already had" };
            let text =
                format!("The tables are ready: they {done} version {version} of the schema.");
            let json = json!({ "is_ready": true, "is_changed": is_changed, "version": version });
            Answer::new(Exit::Done, text, &json)
        }
    }
}
