//! `keyward schema`.

use std::path::Path;

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

use crate::fixture::{command, run};
use crate::harness::{connection, drop_schema, new_schema, patient};
use crate::server::URL;
use crate::test_store::block_on;

async fn file(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

#[test]
fn the_printed_sql_makes_a_file_that_the_command_accepts() {
    let folder = TempDir::new().unwrap();
    let printed = run(command(folder.path()).args(["schema", "print", "sqlite"]), "");
    let path = folder.path().join("keyward.db");
    let script = AssertSqlSafe(printed.text(0).to_owned());
    block_on(async { sqlx::raw_sql(script).execute(&mut file(&path).await).await }).unwrap();
    let opened = keyward::SqliteOptions::new().without_migration().open(&path);
    block_on(async { opened.await.unwrap().close().await });
    let other = folder.path().join("other.db");
    block_on(async { keyward::SqliteStore::open(&other).await.unwrap().close().await });
    let (printed, created) = block_on(async { (tables(&path).await, tables(&other).await) });
    assert!(printed.len() > 10, "{printed:?}");
    assert_eq!(printed, created);
}

async fn tables(path: &Path) -> Vec<String> {
    let query = "SELECT name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let tables: Vec<String> =
        sqlx::query_scalar(query).fetch_all(&mut file(path).await).await.unwrap();
    // Only the table of versions is created differently.
    tables.into_iter().map(|sql| sql.replace(" IF NOT EXISTS", "")).collect()
}

#[test]
fn the_printed_sql_makes_a_schema_that_the_command_accepts() {
    let folder = TempDir::new().unwrap();
    let schema = new_schema();
    let printed =
        run(command(folder.path()).args(["schema", "print", "postgres", "--schema", &schema]), "");
    let script = printed.text(0).to_owned();
    block_on(async {
        let mut connection = connection("public").await;
        let create = format!("CREATE SCHEMA \"{}\"", schema.replace('"', "\"\""));
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        patient(&schema).without_migration().connect(&URL).await.unwrap().close().await;
        drop_schema(&schema).await;
    });
}

#[test]
fn running_it_creates_the_tables_and_can_be_repeated() {
    let folder = TempDir::new().unwrap();
    let create =
        || run(command(folder.path()).args(["schema", "run", "--sqlite", "new.db", "--json"]), "");
    let answer = |is_changed| json!({ "is_ready": true, "is_changed": is_changed, "version": 1 });
    assert_eq!(create().json(0), answer(true));
    assert_eq!(create().json(0), answer(false));
    assert!(folder.path().join("new.db").exists());

    let schema = new_schema();
    let mut on_postgres = command(folder.path());
    on_postgres.args(["schema", "run", "--schema", &schema]).env("KEYWARD_POSTGRES_URL", &*URL);
    let created = run(&mut on_postgres, "");
    block_on(async {
        let opened = patient(&schema).without_migration().connect(&URL).await;
        drop_schema(&schema).await;
        assert!(created.text(0).contains("created or upgraded to version 1"), "{}", created.out);
        opened.unwrap().close().await;
    });
}
