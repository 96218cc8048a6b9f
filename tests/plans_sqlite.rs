//! Every statement finds its rows by an index, and every reference can be followed back by an index. This is a program
//! of its own, because the log of the driver covers all connections of a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "sqlite/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
#[path = "stores/mod.rs"]
mod stores;

use std::sync::LazyLock;

use keyward::SqliteStore;
use keyward::conformance::Harness;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::harness::{RUNTIME, Sqlite, patient};
use crate::stores::logged_statements;

/// Stores whose driver logs.
#[derive(Default)]
struct Logged(Sqlite);

impl Logged {
    async fn open(&self) -> SqliteStore {
        let url = format!("sqlite://{}?mode=rwc", self.0.file().display());
        patient().from_pool(SqlitePool::connect(&url).await.unwrap()).await.unwrap()
    }
}

impl Harness for Logged {
    type Store = SqliteStore;

    fn fresh(&self) -> SqliteStore {
        self.0.next_file();
        self.block_on(self.open())
    }

    fn another(&self, _: &SqliteStore) -> Option<SqliteStore> {
        Some(self.block_on(self.open()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }
}

/// Heard once, since a process has one logger.
static STATEMENTS: LazyLock<Vec<String>> =
    LazyLock::new(|| logged_statements::statements::<Logged>().into_iter().collect());

#[test]
fn no_statement_goes_through_the_rows_of_others() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        patient().open(harness.file()).await.unwrap().close().await;
    });
    assert!(STATEMENTS.iter().any(|text| text.contains(" c.owner = $")), "{STATEMENTS:#?}");
    for text in STATEMENTS.iter() {
        RUNTIME.block_on(async {
            let mut connection = harness.connection().await;
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
            let plan = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
            logged_statements::assert_few_names(text, &plan);
            logged_statements::assert_one_range(text, &plan);
            logged_statements::assert_by_owner(text, &plan);
            for step in plan {
                assert!(!is_a_scan(&step), "{step}: {text}");
                let by_owner = !logged_statements::names_an_owner(text) || step.contains("=?");
                assert!(!step.starts_with("SEARCH") || by_owner, "{step}: {text}");
            }
            connection.close().await.unwrap();
        });
    }
}

/// SQLite looks at the value of a bare `LIMIT`, or of a pattern, when it plans a statement, and so plans it again each time that
/// the value is bound.
#[test]
fn no_statement_is_planned_again_at_each_call() {
    for text in STATEMENTS.iter() {
        for word in ["LIMIT", "LIKE", "GLOB"] {
            for after in text.split(word).skip(1) {
                assert!(!after.trim_start().starts_with(['$', '?']), "{word}: {text}");
            }
        }
    }
}

/// Returns `true` if a step scans a table, by its name or its alias. (`used` is the uses that are being written, `e` a
/// page of events.)
fn is_a_scan(step: &str) -> bool {
    let mut words = step.split(' ');
    let (first, name) = (words.next(), words.next().unwrap_or_default());
    first == Some("SCAN") && (name.starts_with("keyward_") || "cgupvwh".contains(name))
}

/// SQLite does not show how it looks for the rows that refer to one that is deleted.
#[test]
fn every_reference_can_be_followed_back_by_an_index() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        patient().open(harness.file()).await.unwrap().close().await;
        let mut connection = harness.connection().await;
        let references = sqlx::raw_sql(
            "SELECT t.name, f.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f \
             WHERE t.type = 'table' AND f.seq = 0",
        );
        let references = references.fetch_all(&mut connection).await.unwrap();
        assert!(references.len() > 5, "{}", references.len());
        for reference in references {
            let (table, column): (String, String) = (reference.get(0), reference.get(1));
            let found: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pragma_index_list($1) i, pragma_index_info(i.name) c \
                 WHERE c.seqno = 0 AND c.name = $2 AND i.partial = 0",
            )
            .bind(&table)
            .bind(&column)
            .fetch_one(&mut connection)
            .await
            .unwrap();
            assert!(found > 0, "{table} ({column})");
        }
    });
}
