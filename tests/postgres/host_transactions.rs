//! A host that calls Keyward while it holds transactions of its own, on the pool that it gave to the store. The pool waits a day for
//! a connection, so only the store's own time limit can end a call.

use std::sync::Arc;
use std::time::Duration;

use keyward::conformance::Harness;
use keyward::{
    Freshness, Keyward, ManageError, MasterKey, MasterKeys, NewCredential, NewWorkspace,
    PostgresOptions, SlowHashParams,
};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::{Postgres, RUNTIME};
use crate::server::URL;
use crate::stores::attempts::{is_served, is_unavailable, verify};
use crate::stores::{admin, name, workspace};

/// The number of connections of the host's pool.
const CONNECTIONS: u32 = 3;

/// The time limit of the store.
const LIMIT: Duration = Duration::from_millis(500);

/// A service over the host's pool, with keys that another node issued.
struct Scene {
    pool: PgPool,
    /// Polls the change feed at each attempt.
    node: Keyward,
    /// Keys that this node has not read yet, one for each connection.
    cold: Vec<String>,
    _harness: Postgres,
}

impl Scene {
    fn new() -> Self {
        let harness = Postgres::default();
        let (issuing, schema) = (harness.fresh(), harness.schema());
        let master_key = MasterKey::generate().unwrap().expose_text();
        let builder = |store| {
            let keys = MasterKeys::new(master_key.parse().unwrap());
            Keyward::builder(store, keys).slow_hash(SlowHashParams::dangerous_cheap())
        };
        RUNTIME.block_on(async {
            let (other_node, admin) = (builder(issuing.clone()).build().unwrap(), admin());
            let manager = other_node.manager(&admin);
            manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
            let mut cold = Vec::new();
            for number in 0..CONNECTIONS {
                let new = NewCredential::new(workspace(), name(&format!("Key {number}")));
                let issued = manager.issue_app_key(new).await.unwrap();
                cold.push(issued.secret.expose().to_owned());
            }
            issuing.close().await;
            let pool = PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(Duration::from_hours(24))
                .connect(&URL)
                .await
                .unwrap();
            let options = PostgresOptions::new().schema(schema).time_limit(LIMIT);
            let store = options.from_pool(pool.clone()).await.unwrap();
            let node = builder(store).freshness(Freshness::Strict).build().unwrap();
            Self { pool, node, cold, _harness: harness }
        })
    }
}

#[test]
fn a_verification_while_the_host_holds_every_connection_is_unavailable_and_the_next_one_passes() {
    let scene = Scene::new();
    let Scene { pool, node, cold, .. } = &scene;
    RUNTIME.block_on(async {
        let (hot, cold) = cold.split_first().unwrap();
        is_served(node, hot).await;
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push(pool.begin().await.unwrap());
        }
        for key in cold {
            let outcome = verify(node, key).await;
            assert!(is_unavailable(&outcome), "{outcome:?}");
        }
        let admin = admin();
        let new = NewCredential::new(workspace(), name("Issued in between"));
        let issued = node.manager(&admin).issue_app_key(new).await;
        assert!(matches!(issued, Err(ManageError::Unavailable(_))), "{issued:?}");
        // It needs only the feed, which has a connection of its own.
        is_served(node, hot).await;
        for transaction in held {
            transaction.commit().await.unwrap();
        }
        for key in cold {
            is_served(node, key).await;
        }
    });
}

/// Each request begins a transaction, and then verifies the key of its caller.
#[test]
fn requests_that_all_verify_in_a_transaction_of_their_own_end_as_unavailable() {
    let scene = Scene::new();
    let Scene { pool, node, cold, .. } = &scene;
    RUNTIME.block_on(async {
        let all_have_begun = Arc::new(Barrier::new(cold.len()));
        let mut requests = JoinSet::new();
        for key in cold.clone() {
            let (pool, node, barrier) = (pool.clone(), node.clone(), Arc::clone(&all_have_begun));
            requests.spawn(async move {
                let mut transaction = pool.begin().await.unwrap();
                barrier.wait().await;
                let outcome = verify(&node, &key).await;
                // The others still hold theirs.
                barrier.wait().await;
                sqlx::query("SELECT 1").execute(&mut *transaction).await.unwrap();
                transaction.commit().await.unwrap();
                outcome
            });
        }
        for outcome in requests.join_all().await {
            assert!(is_unavailable(&outcome), "{outcome:?}");
        }
        for key in cold {
            is_served(node, key).await;
        }
    });
}

/// The host's transaction locks none of Keyward's rows.
#[test]
fn a_verification_in_a_transaction_passes_while_the_pool_has_a_free_connection() {
    let scene = Scene::new();
    let Scene { pool, node, cold, .. } = &scene;
    RUNTIME.block_on(async {
        let mut held = Vec::new();
        for _ in 1..CONNECTIONS {
            held.push(pool.begin().await.unwrap());
        }
        for key in cold {
            is_served(node, key).await;
        }
        for transaction in held {
            transaction.rollback().await.unwrap();
        }
    });
}
