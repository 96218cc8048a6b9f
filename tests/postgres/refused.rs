//! What the server refuses: the error says so, and the connection is there for the next call. One that it has ended is
//! replaced.

use keyward::conformance::Harness;
use keyward::store::{CredentialStore, StoreErrorKind};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::scene::Scene;
use crate::server::{RUN, URL};
use crate::stores::{Shop, furnish};

/// A furnished store over one connection that the test can ask too.
async fn over_one_connection(schema: &str) -> (keyward::PostgresStore, PgPool, Shop) {
    let options: PgConnectOptions = URL.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let store = patient(schema).from_pool(pool.clone()).await.unwrap();
    let shop = furnish(store.clone()).await;
    (store, pool, shop)
}

async fn process(pool: &PgPool) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(pool).await.unwrap()
}

#[test]
fn a_change_that_comes_too_late_keeps_its_connection() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let (store, pool, shop) = over_one_connection(&harness.schema()).await;
        let (_, change) = Scene::of(&store, &shop).await.commits().next().unwrap();
        let before = process(&pool).await;
        store.commit(&change).await.unwrap();
        assert_eq!(process(&pool).await, before, "after a commit");
        let error = store.commit(&change).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Conflict);
        assert_eq!(process(&pool).await, before, "after a conflict");
    });
}

/// A statement that is refused, and a `COMMIT` that is.
#[test]
fn what_a_trigger_refuses_is_not_in_doubt_and_keeps_its_connection() {
    let harness = Postgres::default();
    for when in ["DEFERRABLE INITIALLY IMMEDIATE", "DEFERRABLE INITIALLY DEFERRED"] {
        drop(harness.fresh());
        RUNTIME.block_on(async {
            let (store, pool, shop) = over_one_connection(&harness.schema()).await;
            let text = format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                 AS $$ BEGIN RAISE EXCEPTION 'not on a Sunday'; END $$; \
                 CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON keyward_events {when} \
                 FOR EACH ROW EXECUTE FUNCTION refuse()"
            );
            let mut own = connection(&harness.schema()).await;
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut own).await.unwrap();
            let (_, change) = Scene::of(&store, &shop).await.commits().next().unwrap();
            let (before, position) = (process(&pool).await, store.position().await.unwrap());
            let error = store.commit(&change).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Other, "{when}: {error:?}");
            assert_eq!(store.position().await.unwrap(), position, "{when}");
            if when.ends_with("IMMEDIATE") {
                assert_eq!(process(&pool).await, before, "{when}");
            }
        });
    }
}

/// The server says `FATAL` on such a connection, which is no answer to what was asked on it.
#[test]
fn a_connection_that_the_server_has_ended_is_nobodys_error() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let name = format!("keyward-ended-{}", *RUN);
        let mark = if URL.contains('?') { '&' } else { '?' };
        let url = format!("{}{mark}application_name={name}", *URL);
        let store = patient(&harness.schema()).connections(1).connect(&url).await.unwrap();
        let shop = furnish(store.clone()).await;
        let (_, change) = Scene::of(&store, &shop).await.commits().next().unwrap();
        let mut own = connection(&harness.schema()).await;
        let mut end = async || {
            let text = "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE application_name = $1";
            let ended: i64 = sqlx::query_scalar(text).bind(&name).fetch_one(&mut own).await.unwrap();
            assert_eq!(ended, 1);
        };
        end().await;
        let before = store.position().await.unwrap();
        end().await;
        assert_eq!(store.commit(&change).await.unwrap().number(), before.number() + 1);
    });
}
