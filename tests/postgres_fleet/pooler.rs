//! `PgBouncer` before the server. Debian's release 1.18 does not track prepared statements, so in transaction mode a
//! connection can meet the statements of another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward::PostgresStore;
use keyward::conformance::Harness;
use keyward::store::{CredentialStore, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::forwarder::Forwarder;
use crate::harness::{Postgres, RUNTIME, patient};
use crate::programs::{Program, is_installed, pgbouncer};
use crate::server::URL;
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{account, everything, furnish, workspace};

/// The URL of a server at another port.
pub(crate) fn at(port: u16) -> String {
    let (user, rest) = URL.split_once('@').unwrap();
    let database = rest.split_once('/').unwrap().1;
    format!("{user}@127.0.0.1:{port}/{database}")
}

/// The port of the server itself.
pub(crate) fn server_port() -> u16 {
    let place = URL.split_once('@').unwrap().1.split_once('/').unwrap().0;
    place.split_once(':').unwrap().1.parse().unwrap()
}

/// `PgBouncer` with so few connections that stores share them.
fn sharing(mode: &str) -> Program {
    pgbouncer(&URL, &format!("pool_mode = {mode}\ndefault_pool_size = 3"))
}

/// Opens over the URL, and over a host's pool that sends no parameter which `PgBouncer` does not know.
async fn open(schema: &str, url: &str) -> [Result<PostgresStore, StoreError>; 2] {
    let connected = patient(schema).connect(url).await;
    let options: PgConnectOptions = url.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(2).test_before_acquire(false);
    let pool = pool.connect_lazy_with(options.extra_float_digits(None));
    [connected, patient(schema).from_pool(pool).await]
}

#[test]
fn a_pooler_that_does_not_track_prepared_statements_is_refused() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    drop(harness.fresh());
    let pooler = sharing("transaction");
    RUNTIME.block_on(async {
        // Also where its connections have been used.
        for _ in 0..5 {
            for opened in open(&harness.schema(), &at(pooler.port)).await {
                let error = opened.unwrap_err();
                assert_misconfigured(&error, &["max_prepared_statements", "session mode"]);
            }
        }
    });
}

/// The check takes several seconds there.
#[test]
fn a_pooler_that_does_not_track_prepared_statements_is_refused_over_a_slow_network() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    drop(harness.fresh());
    let pooler = sharing("transaction");
    RUNTIME.block_on(async {
        let far = Forwarder::start_far(pooler.port, Duration::from_millis(300)).await;
        let error = patient(&harness.schema()).connect(&at(far.port)).await.unwrap_err();
        assert_misconfigured(&error, &["max_prepared_statements", "session mode"]);
    });
}

#[test]
fn a_pooler_in_session_mode_works() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    let direct = harness.fresh();
    // Each of the stores has two connections, and a server's connection for each.
    let pooler = pgbouncer(&URL, "pool_mode = session\ndefault_pool_size = 8");
    RUNTIME.block_on(async {
        furnish(direct.clone()).await;
        let expected = everything(&direct).await;
        for opened in open(&harness.schema(), &at(pooler.port)).await {
            let store = opened.unwrap();
            assert_eq!(everything(&store).await, expected);
            store.close().await;
        }
    });
}

/// The feed has the second connection.
#[test]
fn a_pooler_in_session_mode_needs_one_connection_more_than_the_pool() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    let direct = harness.fresh();
    let pooler = pgbouncer(&URL, "pool_mode = session\ndefault_pool_size = 2");
    RUNTIME.block_on(async {
        furnish(direct.clone()).await;
        let options = patient(&harness.schema()).connections(1);
        let store = options.connect(&at(pooler.port)).await.unwrap();
        assert_eq!(everything(&store).await, everything(&direct).await);
        store.close().await;
    });
}

#[test]
fn a_start_up_parameter_that_a_pooler_refuses_is_named() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    drop(harness.fresh());
    let pooler = sharing("session");
    RUNTIME.block_on(async {
        let url = format!("{}?options=-c%20work_mem%3D8MB", at(pooler.port));
        let error = patient(&harness.schema()).connect(&url).await.unwrap_err();
        assert_misconfigured(&error, &["`options`", "ignore_startup_parameters"]);
        let pool = PgPoolOptions::new().connect_lazy(&at(pooler.port)).unwrap();
        let error = patient(&harness.schema()).from_pool(pool).await.unwrap_err();
        assert_misconfigured(&error, &["`extra_float_digits`", "ignore_startup_parameters"]);
    });
}

/// The pooler is added after the stores were opened, so nothing has refused it. Each answer is right, or an error.
#[test]
fn a_row_of_another_statement_is_never_an_answer() {
    if !is_installed("pgbouncer") {
        return;
    }
    let harness = Postgres::default();
    let direct = harness.fresh();
    let schema = harness.schema();
    let pooler = sharing("transaction");
    RUNTIME.block_on(async {
        let shop = furnish(direct.clone()).await;
        let forwarder = Forwarder::start(server_port()).await;
        let mut stores = Vec::new();
        for _ in 0..4 {
            stores.push(patient(&schema).connect(&at(forwarder.port)).await.unwrap());
        }
        forwarder.switch(pooler.port);
        forwarder.cut();
        let expected = (
            direct.credential(shop.app).await.unwrap(),
            direct.account(&account()).await.unwrap(),
            direct.workspace(&workspace()).await.unwrap(),
            direct.position().await.unwrap(),
        );
        let (right, mixed) = (AtomicU64::new(0), AtomicU64::new(0));
        let judge = |what: &str, outcome: Result<bool, StoreError>| match outcome {
            Ok(is_right) => {
                assert!(is_right, "{what}: a wrong answer");
                right.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                assert_misconfigured(&error, &["max_prepared_statements"]);
                mixed.fetch_add(1, Ordering::Relaxed);
            }
        };
        let (expected, judge) = (&expected, &judge);
        let reading = stores.iter().enumerate().map(|(first, store)| async move {
            for turn in 0..100 {
                match (first + turn) % 4 {
                    0 => {
                        let answer = store.credential(shop.app).await;
                        judge("credential", answer.map(|one| one == expected.0));
                    }
                    1 => {
                        let answer = store.account(&account()).await;
                        judge("account", answer.map(|one| one == expected.1));
                    }
                    2 => {
                        let answer = store.workspace(&workspace()).await;
                        judge("workspace", answer.map(|one| one == expected.2));
                    }
                    _ => judge("position", store.position().await.map(|one| one == expected.3)),
                }
            }
        });
        futures_util::future::join_all(reading).await;
        let (right, mixed) = (right.into_inner(), mixed.into_inner());
        println!("{right} answers were right, {mixed} were errors");
        assert!(mixed > 0, "the pooler did not mix the statements up");
    });
}
