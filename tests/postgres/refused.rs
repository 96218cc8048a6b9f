//! Refusals of the server: each has its error, and afterwards the connection can be used again. A connection that the
//! server has ended is replaced.

use keyward::conformance::Harness;
use keyward::store::{Change, CredentialStore, StoreErrorKind};
use keyward::{ActorId, PostgresStore};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::scene::Scene;
use crate::server::URL;
use crate::stores::furnish;

/// A furnished store over one connection, which the test can use too, and a change of it. As in the store's own pool,
/// connections are not tested before use.
async fn over_one_connection(schema: &str) -> (PostgresStore, PgPool, Change) {
    let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
    let pool = pool.connect(&URL).await.unwrap();
    let store = patient(schema).from_pool(pool.clone()).await.unwrap();
    let shop = furnish(store.clone()).await;
    let (_, change) = Scene::of(&store, &shop).await.commits().next().unwrap();
    (store, pool, change)
}

async fn process(pool: &PgPool) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(pool).await.unwrap()
}

/// Has a trigger do something for each event that is written.
async fn refuse(harness: &Postgres, when: &str, what: &str) {
    let text = format!(
        "CREATE SEQUENCE tries; \
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
         AS $$ BEGIN {what}; RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON keyward_events {when} \
         FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    let mut own = connection(&harness.schema()).await;
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut own).await.unwrap();
}

#[test]
fn a_change_that_comes_too_late_keeps_its_connection() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let (store, pool, change) = over_one_connection(&harness.schema()).await;
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
fn a_write_refused_by_a_trigger_is_not_in_doubt() {
    let harness = Postgres::default();
    for when in ["DEFERRABLE INITIALLY IMMEDIATE", "DEFERRABLE INITIALLY DEFERRED"] {
        drop(harness.fresh());
        RUNTIME.block_on(async {
            let (store, pool, change) = over_one_connection(&harness.schema()).await;
            refuse(&harness, when, "RAISE EXCEPTION 'not on a Sunday'").await;
            let (before, position) = (process(&pool).await, store.position().await.unwrap());
            let error = store.commit(&change).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Other, "{when}: {error:?}");
            assert_eq!(store.position().await.unwrap(), position, "{when}");
            // After a failed `COMMIT` the connection is closed after every error.
            if when.ends_with("IMMEDIATE") {
                assert_eq!(process(&pool).await, before, "{when}");
            }
        });
    }
}

/// Errors by their SQLSTATE: appendix A of PostgreSQL's manual.
#[test]
fn each_refusal_is_of_its_kind() {
    let unavailable =
        ["08006", "53100", "53300", "57014", "58030", "40003", "55P03", "25P03", "25P04", "25006"];
    let other = ["XX000", "42P01", "23505", "22003", "55000", "25001", "P0001"];
    let set_up = ["28000", "28P01", "3D000", "3F000", "42501", "0P000"];
    let kinds = [
        (StoreErrorKind::Unavailable, &unavailable[..]),
        (StoreErrorKind::Misconfigured, &set_up),
        (StoreErrorKind::Corrupt, &["XX001", "XX002"]),
        (StoreErrorKind::Other, &other),
    ];
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let (store, _, mut change) = over_one_connection(&harness.schema()).await;
        refuse(&harness, "", "RAISE EXCEPTION USING ERRCODE = NEW.by_id").await;
        for (kind, codes) in kinds {
            for code in codes {
                change.by.id = ActorId::new(*code).unwrap();
                let error = store.commit(&change).await.unwrap_err();
                assert_eq!(error.kind(), kind, "{code}");
            }
        }
    });
}

/// A number of a sequence is not returned by a rollback, so it counts the attempts.
#[test]
fn a_change_that_collides_is_made_at_the_next_try() {
    let harness = Postgres::default();
    for code in ["40001", "40P01"] {
        drop(harness.fresh());
        RUNTIME.block_on(async {
            let schema = harness.schema();
            let (store, _, change) = over_one_connection(&schema).await;
            let what = format!(
                "IF nextval(format('%I.tries', TG_TABLE_SCHEMA)) < 4 \
                 THEN RAISE EXCEPTION USING ERRCODE = '{code}'; END IF"
            );
            refuse(&harness, "", &what).await;
            let before = store.position().await.unwrap();
            store.commit(&change).await.unwrap();
            let after = store.position().await.unwrap();
            assert_eq!(after.number(), before.number() + 1, "{code}");
            let mut own = connection(&schema).await;
            let text = "SELECT last_value FROM tries";
            let tries: i64 = sqlx::query_scalar(text).fetch_one(&mut own).await.unwrap();
            assert_eq!(tries, 4, "{code}");
        });
    }
}

/// On such a connection the server sends `FATAL`, which is not an answer to the statement.
#[test]
fn a_connection_that_the_server_has_closed_is_not_an_error() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let (store, pool, change) = over_one_connection(&harness.schema()).await;
        let mut own = connection(&harness.schema()).await;
        let mut end = async || {
            let text = "SELECT pg_terminate_backend($1, 60000)";
            let query = sqlx::query_scalar(text).bind(process(&pool).await);
            assert!(query.fetch_one(&mut own).await.map(|ended: bool| ended).unwrap());
        };
        end().await;
        let before = store.position().await.unwrap();
        end().await;
        store.commit(&change).await.unwrap();
        assert_eq!(store.position().await.unwrap().number(), before.number() + 1);
    });
}
