//! Opening: repeatedly, concurrently, after a newer release, by a role without the right to create, over a host's pool.

use std::sync::Mutex;

use keyward::PostgresStore;
use keyward::conformance::{self, Harness};
use keyward::store::{CredentialStore, Position};
use pollster::block_on;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

use crate::calls;
use crate::harness::{Postgres, RUNTIME, connection, drop_schema, new_schema, owner, patient};
use crate::server::{RUN, URL};
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{everything, furnish};

#[test]
fn all_records_remain_after_the_store_is_opened_again() {
    let harness = Postgres::default();
    let store = harness.fresh();
    RUNTIME.block_on(async {
        furnish(store.clone()).await;
        let before = everything(&store).await;
        store.close().await;
        let again = patient(&harness.schema()).connect(&URL).await.unwrap();
        assert_eq!(everything(&again).await, before);
    });
}

/// Records the schemas that existed until their stores were discarded.
#[derive(Default)]
struct Remembering {
    stores: Postgres,
    schemas: Mutex<Vec<String>>,
}

impl Harness for Remembering {
    type Store = PostgresStore;

    fn fresh(&self) -> PostgresStore {
        self.stores.fresh()
    }

    fn another(&self, store: &PostgresStore) -> Option<PostgresStore> {
        self.stores.another(store)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }

    fn discard(&self, store: PostgresStore) {
        let schema = self.stores.schema();
        assert!(RUNTIME.block_on(exists(&schema)), "{schema}");
        self.schemas.lock().unwrap().push(schema);
        self.stores.discard(store);
    }
}

async fn exists(schema: &str) -> bool {
    let mut connection = connection(schema).await;
    let text = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    sqlx::query_scalar(text).bind(schema).fetch_one(&mut connection).await.unwrap()
}

#[test]
fn the_schema_of_a_case_goes_with_the_case() {
    let harness = Remembering::default();
    conformance::reads::unwritten_records_are_not_found(&harness);
    conformance::reads::reads_see_acknowledged_writes(&harness);
    let schemas = harness.schemas.lock().unwrap();
    assert_eq!(schemas.len(), 2);
    for schema in schemas.iter() {
        assert!(!RUNTIME.block_on(exists(schema)), "{schema}");
    }
}

#[test]
fn ten_may_open_a_new_schema_at_once() {
    // Several times, since they must meet to disturb each other.
    for _ in 0..8 {
        let schema = new_schema();
        let handles: Vec<_> = (0..10)
            .map(|_| {
                let options = patient(&schema).connections(1);
                RUNTIME.spawn(async { options.connect(&URL).await })
            })
            .collect();
        for handle in handles {
            let store = RUNTIME.block_on(handle).unwrap().unwrap();
            assert_eq!(RUNTIME.block_on(store.position()).unwrap(), Position::START);
        }
        RUNTIME.block_on(drop_schema(&schema));
    }
}

#[test]
fn a_newer_schema_is_refused_and_not_touched() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let mut connection = connection(&harness.schema()).await;
        sqlx::raw_sql(
            "INSERT INTO keyward_migrations SELECT max(version) + 1, max(version) + 1 FROM keyward_migrations",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        let error = patient(&harness.schema()).connect(&URL).await.unwrap_err();
        assert_misconfigured(&error, &["at least as new"]);
    });
}

/// Two schemas of one database are two stores.
#[test]
fn schemas_share_nothing() {
    let (one, other) = (Postgres::default(), Postgres::default());
    let (full, empty) = (one.fresh(), other.fresh());
    RUNTIME.block_on(async {
        furnish(full).await;
        assert_eq!(empty.position().await.unwrap(), Position::START);
    });
}

/// If the tables exist, a role that can only read and write them can open the store.
#[test]
fn a_role_that_may_create_nothing_can_open_what_is_there() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let mut connection = connection(&harness.schema()).await;
        let role = format!("keyward test {}", *RUN);
        let schema = harness.schema().replace('"', "\"\"");
        let grant = format!(
            "CREATE ROLE \"{role}\" LOGIN; GRANT USAGE ON SCHEMA \"{schema}\" TO \"{role}\"; \
             GRANT ALL ON ALL TABLES IN SCHEMA \"{schema}\" TO \"{role}\""
        );
        sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut connection).await.unwrap();
        let url = url::with_user(&URL, &role);
        let options = patient(&harness.schema()).owner(owner());
        let store = options.connect(&url).await.unwrap();
        furnish(store.clone()).await;
        store.close().await;
        let drop = format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"");
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    });
}

#[test]
fn a_host_may_share_its_pool() {
    let harness = Postgres::default();
    let beside = harness.fresh();
    RUNTIME.block_on(async {
        let pool = PgPool::connect(&URL).await.unwrap();
        let options = patient(&harness.schema());
        let store: PostgresStore = options.from_pool(pool.clone()).await.unwrap();
        furnish(store.clone()).await;
        assert_eq!(everything(&beside).await, everything(&store).await);
        // The settings of a commit are local to its transaction.
        let limit: String = sqlx::query_scalar("SHOW lock_timeout").fetch_one(&pool).await.unwrap();
        assert_eq!(limit, "0");
    });
}

mod url {
    /// The same server, as another user.
    pub(super) fn with_user(url: &str, user: &str) -> String {
        let (_, server) = url.split_once('@').unwrap();
        format!("postgres://{}@{server}", user.replace(' ', "%20"))
    }
}

/// The driver runs on tokio. Without it there is an error, and no panic.
#[test]
fn a_call_without_a_runtime_is_an_error_that_names_it() {
    let harness = Postgres::default();
    let store = harness.fresh();
    calls::assert_no_runtime(&block_on(patient(&harness.schema()).connect(&URL)).unwrap_err());
    calls::assert_each_needs_a_runtime(&RUNTIME, &store);
}
