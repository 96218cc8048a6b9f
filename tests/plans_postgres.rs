//! Every statement has its names qualified and finds its rows by an index, and every reference can be followed back by
//! an index. `enable_seqscan=off` makes the server use any usable index, even for a small table. This is a program of
//! its own, because the log of the driver covers all connections of a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
#[path = "postgres/qualified.rs"]
mod qualified;
#[path = "postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
#[path = "stores/mod.rs"]
mod stores;

use std::fmt::Write;

use keyward::PostgresStore;
use keyward::conformance::Harness;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, Row};

use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::server::URL;
use crate::stores::logged_statements;

/// Stores whose driver logs.
#[derive(Default)]
struct Logged(Postgres);

impl Harness for Logged {
    type Store = PostgresStore;

    fn fresh(&self) -> PostgresStore {
        let made = self.0.fresh();
        self.another(&made).unwrap()
    }

    fn another(&self, _: &PostgresStore) -> Option<PostgresStore> {
        Some(self.block_on(async {
            let pool = PgPoolOptions::new().max_connections(2).connect(&URL).await.unwrap();
            patient(&self.0.schema()).from_pool(pool).await.unwrap()
        }))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }
}

#[test]
fn no_statement_goes_through_the_rows_of_others() {
    let harness = Postgres::default();
    drop(harness.fresh());
    let mut connection = RUNTIME.block_on(connection(&harness.schema()));
    let mut explained = std::collections::BTreeSet::new();
    for text in logged_statements::statements::<Logged>() {
        qualified::assert_qualified(&text);
        // The same, wherever it was run.
        let mut parts = text.split("keyward_");
        let mut text = without_schema(parts.next().unwrap()).to_owned();
        for part in parts {
            write!(text, "keyward_{}", without_schema(part)).unwrap();
        }
        if explained.insert(text.clone()) {
            let plan = RUNTIME.block_on(plan(&mut connection, &text));
            let unqualified =
                qualified::without_operators(&text, |operator| operator).replace("pg_catalog.", "");
            assert_by_index(&unqualified, &plan);
            logged_statements::assert_few_names(&unqualified, &plan);
            logged_statements::assert_one_range(&unqualified, &plan);
            logged_statements::assert_by_owner(&unqualified, &plan);
        }
    }
    assert!(explained.len() > 30, "{}", explained.len());
    assert!(explained.iter().any(|text| text.contains(" c.owner OPERATOR")), "{explained:#?}");
}

/// Returns the text before a table's name, without the name of its schema.
fn without_schema(text: &str) -> &str {
    text.strip_suffix("\".").map_or(text, |text| {
        // As an identifier, or in a text literal.
        let start = text.rfind(" \"Keyward's").max(text.rfind("'\"Keyward''s")).unwrap();
        text.split_at(start + 1).0
    })
}

/// The plan for any values, line by line.
async fn plan(connection: &mut PgConnection, text: &str) -> Vec<String> {
    let number = |after: &str| after.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok();
    let values = text.split('$').skip(1).filter_map(number).max().unwrap_or(0);
    let nulls = vec!["NULL"; values].join(", ");
    let nulls = if values == 0 { String::new() } else { format!("({nulls})") };
    let text = with_types(text);
    let explain = format!(
        "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; \
         DEALLOCATE ALL; PREPARE asked AS {text}; EXPLAIN (COSTS OFF) EXECUTE asked{nulls}"
    );
    let lines = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(connection).await.unwrap();
    lines.iter().map(|line| line.get(0)).collect()
}

/// Gives the values of `jsonb_build_object` a type, which the driver sends and the function does not imply.
fn with_types(text: &str) -> String {
    let Some((before, arguments)) = text.split_once("jsonb_build_object(") else {
        return text.to_owned();
    };
    let mut values = arguments.split("', $");
    let mut typed = format!("{before}jsonb_build_object({}", values.next().unwrap());
    for value in values {
        let end = value.find(|c: char| !c.is_ascii_digit()).unwrap();
        let (number, rest) = value.split_at(end);
        write!(typed, "', CAST(${number} AS text){rest}").unwrap();
    }
    typed
}

fn assert_by_index(text: &str, plan: &[String]) {
    let shown = plan.join("\n");
    for (at, line) in plan.iter().enumerate() {
        assert!(!line.contains("Seq Scan on keyward_"), "{text}\n{shown}");
        if line.contains("Scan") && line.contains(" keyward_") && !line.contains("Bitmap Heap") {
            let condition = plan.get(at + 1).filter(|next| next.contains("Index Cond"));
            let by_owner = !logged_statements::names_an_owner(text)
                || condition.is_some_and(|condition| condition.contains(" = "));
            assert!(condition.is_some() && by_owner, "{line}\n{text}\n{shown}");
        }
    }
}

/// The server looks for the rows that refer to one that is deleted.
#[test]
fn every_reference_can_be_followed_back_by_an_index() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let mut connection = connection(&harness.schema()).await;
        let references = sqlx::raw_sql(
            "SELECT f.conname::text, EXISTS (SELECT 1 FROM pg_index i \
             WHERE i.indrelid = f.conrelid AND i.indpred IS NULL AND i.indkey[0] = f.conkey[1]) \
             FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = \
             (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
        );
        let references = references.fetch_all(&mut connection).await.unwrap();
        assert!(references.len() > 5, "{}", references.len());
        for reference in references {
            let (name, found): (String, bool) = (reference.get(0), reference.get(1));
            assert!(found, "{name}");
        }
    });
}
