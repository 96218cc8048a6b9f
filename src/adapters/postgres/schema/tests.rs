//! Schemas of every age are upgraded. A failed step leaves no effect.

use std::error::Error;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

use super::{STEPS, Schema, take_missing};
use crate::adapters::sql::SchemaStep;
use crate::adapters::sql::unreleased::{FAILS, PLANS, ROWS};
use crate::store::{StoreError, StoreErrorKind};

#[path = "../../../../tests/postgres/server.rs"]
#[allow(dead_code, reason = "these tests use only a part of it")]
mod server;

#[path = "../../../../tests/postgres/qualified.rs"]
#[allow(dead_code, reason = "these tests use only a part of it")]
mod qualified;

mod harness {
    use std::sync::LazyLock;

    use tokio::runtime::Runtime;

    pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
}

use self::harness::RUNTIME;

const FIRST: SchemaStep =
    SchemaStep { version: 1, serves_from: 1, statements: include_str!("../1.sql") };
const TWO: &[SchemaStep] = &[FIRST, PLANS];
const FAILING: &[SchemaStep] = &[FIRST, FAILS];

/// A schema for one test, which is dropped with this value.
struct TestSchema {
    pool: PgPool,
    name: String,
    schema: Schema,
}

impl TestSchema {
    fn empty(test: &str) -> Self {
        let name = format!("Keyward's \"steps\" {} {test}", *server::RUN);
        let pool = RUNTIME.block_on(PgPool::connect(&server::URL)).unwrap();
        let schema = Schema::new(&name).unwrap();
        Self { pool, name, schema }
    }

    fn take(&self, steps: &'static [SchemaStep]) -> Result<(), StoreError> {
        RUNTIME.block_on(async {
            let mut connection = self.pool.acquire().await.unwrap();
            take_missing(&mut connection, &self.schema, None, steps).await
        })
    }

    fn run(&self, text: &str) {
        RUNTIME.block_on(sqlx::raw_sql(self.schema.sql(text)).execute(&self.pool)).unwrap();
    }

    fn texts(&self, text: &str) -> Vec<String> {
        let query = sqlx::query_scalar(self.schema.sql(text));
        RUNTIME.block_on(query.fetch_all(&self.pool)).unwrap()
    }

    fn versions(&self) -> Vec<String> {
        self.texts("SELECT version::text FROM keyward_migrations ORDER BY 1")
    }

    /// Returns everything that a step can change: the versions, the columns, and the accounts.
    fn state(&self) -> [Vec<String>; 3] {
        let columns = "SELECT table_name || ' ' || column_name || ' ' || data_type \
            FROM information_schema.columns WHERE table_schema = $1 ORDER BY 1";
        let columns = sqlx::query_scalar(columns).bind(&self.name);
        [
            self.versions(),
            RUNTIME.block_on(columns.fetch_all(&self.pool)).unwrap(),
            self.texts(
                "SELECT id || ' ' || revision || ' ' || unlisted_workspaces FROM keyward_accounts \
                 ORDER BY 1",
            ),
        ]
    }

    fn plans(&self) -> Vec<String> {
        self.texts("SELECT id || ' ' || revision || ' ' || plan FROM keyward_accounts ORDER BY 1")
    }
}

impl Drop for TestSchema {
    fn drop(&mut self) {
        let text = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema.quoted());
        RUNTIME.block_on(sqlx::raw_sql(AssertSqlSafe(text)).execute(&self.pool)).unwrap();
    }
}

#[test]
fn a_statement_is_qualified_once() {
    let schema = Schema::new("some").unwrap();
    let [first, again] = [(); 2].map(|()| schema.clone().sql("SELECT id FROM keyward_accounts"));
    assert_eq!(first.as_str(), "SELECT id FROM \"some\".keyward_accounts");
    assert_eq!(first.as_str().as_ptr(), again.as_str().as_ptr());
    let elsewhere = Schema::new("other").unwrap().sql("SELECT id FROM keyward_accounts");
    assert_eq!(elsewhere.as_str(), "SELECT id FROM \"other\".keyward_accounts");
}

/// Tests the check of statements itself: a statement with one unqualified name must fail it.
#[test]
fn a_name_that_is_not_qualified_is_found() {
    let passes =
        |text: &str| std::panic::catch_unwind(|| qualified::assert_qualified(text)).is_ok();
    for text in [
        "SELECT $1::json",
        "SELECT a::uuid[] FROM t",
        "SELECT CAST($1 AS regclass) AS a",
        "SELECT CAST((SELECT a AS b) AS interval)",
        "SELECT interval '1 s'",
        "SELECT a::\"char\"",
        "SELECT a::public.text",
        "CREATE TABLE t (a inet NOT NULL)",
        "ALTER TABLE t ADD COLUMN a uuid",
        "CREATE DOMAIN \"s\".keyward_d AS inet",
        "UPDATE t SET a = CASE WHEN b = c THEN 1 END",
        "UPDATE t SET a = b, c = d = e",
        "UPDATE t SET a = ARRAY[b, c = d]",
        "UPDATE t SET a = (SELECT b, c = d)",
        "UPDATE t SET a = 1 FROM u, v = w",
        "SELECT a, b = c FROM t",
        "SELECT a @ b",
        "SELECT a && b",
        "SELECT a ^ b",
    ] {
        assert!(!passes(text), "{text}");
    }
    for text in [
        "SELECT $1::pg_catalog.text[], CAST($1 AS bigint), a::boolean, \"a\".b, 'f(x)' AS c FROM t AS u",
        "SELECT a::\"s\".keyward_time, pg_catalog.interval '1 s', CAST(a AS pg_catalog.json)",
        "UPDATE t SET a = CASE WHEN b OPERATOR(pg_catalog.=) c THEN 1 END, d = (SELECT e), f = g WHERE h",
        "CREATE TABLE \"s\".keyward_t (a pg_catalog.inet NOT NULL, b \"s\".keyward_time, c bigint)",
    ] {
        assert!(passes(text), "{text}");
    }
}

/// Covers the statements that the driver does not log. (The search path of their transaction protects them too.)
#[test]
fn every_name_of_a_step_is_qualified() {
    for step in STEPS {
        let text = Schema::new("some").unwrap().sql(step.statements);
        let lines = text.as_str().lines().map(|line| line.split("--").next().unwrap());
        let text = lines.collect::<Vec<_>>().join("\n");
        // An index is created without its schema, and a storage parameter of a table is assigned.
        let text = text.replace(" INDEX keyward_", " INDEX ").replace("(fillfactor = 50)", "");
        qualified::assert_qualified(&text);
    }
}

#[test]
fn a_new_schema_takes_every_step() {
    let place = TestSchema::empty("new");
    place.take(TWO).unwrap();
    assert_eq!(place.versions(), ["1", "2"]);
    assert!(place.plans().is_empty());
    let before = place.state();
    place.take(TWO).unwrap();
    assert_eq!(place.state(), before, "a second run must not change it");
}

#[test]
fn an_older_schema_takes_the_steps_that_it_lacks_and_keeps_its_rows() {
    for known in 1..=STEPS.len() {
        let place = TestSchema::empty("older");
        place.take(&TWO[..known]).unwrap();
        place.run(&rows());
        place.take(TWO).unwrap();
        assert_eq!(place.versions(), ["1", "2"]);
        assert_eq!(place.plans(), ["acme 3 paid", "other 1 free"]);
    }
}

#[test]
fn a_step_that_fails_leaves_nothing_behind() {
    let place = TestSchema::empty("failing");
    place.take(STEPS).unwrap();
    place.run(&rows());
    let before = place.state();
    place.take(FAILING).unwrap_err();
    assert_eq!(place.state(), before);
    place.take(TWO).unwrap();
    assert_eq!(place.plans().len(), 2);
}

#[test]
fn a_schema_that_a_newer_release_only_expanded_is_opened_and_not_touched() {
    let place = TestSchema::empty("expanded");
    place.take(TWO).unwrap();
    let before = place.state();
    place.take(STEPS).unwrap();
    assert_eq!(place.state(), before);
}

#[test]
fn a_newer_schema_that_serves_this_release_no_longer_is_refused_and_not_touched() {
    let place = TestSchema::empty("newer");
    place.take(TWO).unwrap();
    place.run("INSERT INTO keyward_migrations (version, serves_from) VALUES (3, 3)");
    let before = place.state();
    let error = place.take(TWO).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("at version 3") && source.contains("up to 2"), "{source}");
    assert_eq!(place.state(), before);
}

/// Another role creates it after the owners were checked, and before the version is read.
#[test]
fn a_version_that_another_role_put_there_meanwhile_is_not_read() {
    for planted in [
        "CREATE VIEW \"schema\".keyward_migrations AS SELECT \"schema\".planted() AS version",
        "CREATE TABLE \"schema\".keyward_migrations (version bigint)",
    ] {
        let place = TestSchema::empty("planted");
        let role = format!("keyward planter {}", *server::RUN);
        let text = format!(
            "CREATE ROLE \"{role}\"; CREATE SCHEMA \"schema\"; GRANT ALL ON SCHEMA \"schema\" TO PUBLIC; \
             SET ROLE \"{role}\"; CREATE FUNCTION \"schema\".planted() RETURNS bigint LANGUAGE plpgsql \
             AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$; {planted}; \
             GRANT ALL ON ALL TABLES IN SCHEMA \"schema\" TO PUBLIC; RESET ROLE"
        );
        let run = |text: String| {
            let text = text.replace("\"schema\"", place.schema.quoted());
            RUNTIME.block_on(sqlx::raw_sql(AssertSqlSafe(text)).execute(&place.pool)).unwrap();
        };
        run(text);
        // The first checks of `open` have already passed.
        let error = place.take(STEPS).unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(source.contains(&format!("belongs to the role {role},")), "{source}");
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
        run(format!("DROP OWNED BY \"{role}\" CASCADE; DROP ROLE \"{role}\""));
    }
}

fn rows() -> String {
    let bytes = |length| format!(r"'\x{}'", "0a".repeat(length));
    ROWS.replace('@', &bytes(16)).replace('#', &bytes(45))
}
