//! The stores of the suite: each in a schema of its own, which is dropped with the case. Other stores are dropped with
//! the harness.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use keyward::conformance::{Harness, Planted};
use keyward::{CredentialId, PostgresOptions, PostgresStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::runtime::Runtime;

use super::server::{RUN, URL};

/// One runtime for all tests: it drives the connections, and tests wait for it from their own threads.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Each schema of this run has a number.
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// So long that a slow server never decides a test, and few connections, since many tests run at once.
pub(crate) fn patient(schema: &str) -> PostgresOptions {
    PostgresOptions::new().schema(schema).time_limit(Duration::from_mins(5)).connections(2)
}

/// The role that owns the tables which [`URL`] creates.
pub(crate) fn owner() -> &'static str {
    let (_, rest) = URL.split_once("//").unwrap();
    rest.split_once('@').unwrap().0
}

/// A name for a schema: with a quote and capitals in it, since the host chooses.
pub(crate) fn new_schema() -> String {
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    format!("Keyward's \"test\" {} {number}", *RUN)
}

/// A connection that finds the tables of a schema without its name.
pub(crate) async fn connection(schema: &str) -> PgConnection {
    let mut connection = PgConnection::connect(&URL).await.unwrap();
    let path = format!("SET search_path TO \"{}\"", schema.replace('"', "\"\""));
    sqlx::raw_sql(AssertSqlSafe(path)).execute(&mut connection).await.unwrap();
    connection
}

pub(crate) async fn drop_schema(schema: &str) {
    drop_schema_at(schema, &URL).await;
}

/// The same on the server of this URL.
pub(crate) async fn drop_schema_at(schema: &str, url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let text = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", schema.replace('"', "\"\""));
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
}

/// Stores in schemas of one server.
#[derive(Default)]
pub(crate) struct Postgres {
    schemas: Mutex<Vec<String>>,
}

impl Postgres {
    /// Returns the schema of the newest store: a case makes one after the other.
    pub(crate) fn schema(&self) -> String {
        self.schemas.lock().unwrap().last().unwrap().clone()
    }

    /// Drops the schema of the store that was made last.
    fn drop_last_schema(&self) {
        let schema = self.schemas.lock().unwrap().pop().unwrap();
        RUNTIME.block_on(drop_schema(&schema));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        for schema in self.schemas.lock().unwrap().iter() {
            RUNTIME.block_on(drop_schema(schema));
        }
    }
}

impl Harness for Postgres {
    type Store = PostgresStore;

    fn fresh(&self) -> PostgresStore {
        let schema = new_schema();
        self.schemas.lock().unwrap().push(schema.clone());
        self.block_on(patient(&schema).connect(&URL)).unwrap()
    }

    fn another(&self, _: &PostgresStore) -> Option<PostgresStore> {
        Some(self.block_on(patient(&self.schema()).connect(&URL)).unwrap())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }

    fn discard(&self, store: PostgresStore) {
        self.block_on(store.close());
        self.drop_last_schema();
    }

    fn spoil(&self, _: &PostgresStore, credential: CredentialId) -> Planted {
        self.block_on(async {
            let mut connection = connection(&self.schema()).await;
            sqlx::raw_sql(
                "ALTER TABLE keyward_generations DROP CONSTRAINT keyward_generations_digest_check",
            )
            .execute(&mut connection)
            .await
            .unwrap();
            sqlx::query("UPDATE keyward_generations SET digest = '\\x01' WHERE credential = $1")
                .bind(credential.as_str())
                .execute(&mut connection)
                .await
                .unwrap();
        });
        Planted::Corrupt
    }
}
