//! Schemas of every age are upgraded. A failed step leaves no effect.

use std::error::Error;

use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

use super::{STEPS, expect_existing, take_missing};
use crate::adapters::sql::SchemaStep;
use crate::adapters::sql::unreleased::{FAILS, PLANS, ROWS};
use crate::store::StoreErrorKind;

const FIRST: SchemaStep =
    SchemaStep { version: 1, serves_from: 1, statements: include_str!("../1.sql") };
const TWO: &[SchemaStep] = &[FIRST, PLANS];
const FAILING: &[SchemaStep] = &[FIRST, FAILS];

async fn empty() -> SqlitePool {
    SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap()
}

async fn run(pool: &SqlitePool, text: &'static str) {
    sqlx::raw_sql(text).execute(pool).await.unwrap();
}

/// Returns everything that a step can change: the versions, the tables, and the accounts.
async fn state(pool: &SqlitePool) -> [Vec<String>; 3] {
    let mut state = [Vec::new(), Vec::new(), Vec::new()];
    for (part, text) in state.iter_mut().zip([
        "SELECT CAST(version AS TEXT) FROM keyward_migrations ORDER BY 1",
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
        "SELECT id || ' ' || revision || ' ' || unlisted_workspaces FROM keyward_accounts ORDER BY 1",
    ]) {
        *part = sqlx::query_scalar(text).fetch_all(pool).await.unwrap();
    }
    state
}

async fn plans(pool: &SqlitePool) -> Vec<(String, i64, String)> {
    let text = "SELECT id, revision, plan FROM keyward_accounts ORDER BY id";
    sqlx::query_as(text).fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn a_new_file_takes_every_step() {
    let pool = empty().await;
    take_missing(&pool, TWO).await.unwrap();
    let [versions, ..] = state(&pool).await;
    assert_eq!(versions, ["1", "2"]);
    assert_eq!(plans(&pool).await, []);
    let before = state(&pool).await;
    take_missing(&pool, TWO).await.unwrap();
    assert_eq!(state(&pool).await, before, "a second run must not change it");
}

/// Simulates older releases: the next process that opens the file takes the remaining steps.
#[tokio::test]
async fn an_older_schema_takes_the_steps_that_it_lacks_and_keeps_its_rows() {
    for known in 1..=STEPS.len() {
        let pool = empty().await;
        take_missing(&pool, &TWO[..known]).await.unwrap();
        run(&pool, rows()).await;
        take_missing(&pool, TWO).await.unwrap();
        let [versions, ..] = state(&pool).await;
        assert_eq!(versions, ["1", "2"]);
        let row = |id: &str, revision, plan: &str| (id.to_owned(), revision, plan.to_owned());
        assert_eq!(plans(&pool).await, [row("acme", 3, "paid"), row("other", 1, "free")]);
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_behind() {
    let pool = empty().await;
    take_missing(&pool, STEPS).await.unwrap();
    run(&pool, rows()).await;
    let before = state(&pool).await;
    take_missing(&pool, FAILING).await.unwrap_err();
    assert_eq!(state(&pool).await, before);
    take_missing(&pool, TWO).await.unwrap();
    assert_eq!(plans(&pool).await.len(), 2);
}

#[tokio::test]
async fn a_schema_that_a_newer_release_only_expanded_is_opened_and_not_touched() {
    let pool = empty().await;
    take_missing(&pool, TWO).await.unwrap();
    let before = state(&pool).await;
    take_missing(&pool, STEPS).await.unwrap();
    expect_existing(&pool).await.unwrap();
    assert_eq!(state(&pool).await, before);
}

#[tokio::test]
async fn a_newer_schema_that_serves_this_release_no_longer_is_refused_and_not_touched() {
    let pool = empty().await;
    take_missing(&pool, TWO).await.unwrap();
    run(&pool, "INSERT INTO keyward_migrations (version, serves_from) VALUES (3, 3)").await;
    let before = state(&pool).await;
    let error = take_missing(&pool, TWO).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("at version 3") && source.contains("up to 2"), "{source}");
    assert_eq!(state(&pool).await, before);
}

fn rows() -> &'static str {
    ROWS.replace('@', "zeroblob(16)").replace('#', "zeroblob(45)").leak()
}
