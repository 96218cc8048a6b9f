//! Connections that the network drops while they are idle, as a firewall does: neither side is told.

use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::{CredentialStore, Position};
use keyward::{
    Freshness, Keyward, MasterKey, MasterKeys, NewCredential, NewWorkspace, PostgresOptions,
    PostgresStore, SlowHashParams,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use tokio::task::JoinSet;

use crate::harness::{Postgres, RUNTIME, patient};
use crate::proxy::Proxy;
use crate::server::{Server, URL};
use crate::stores::attempts::{is_served, is_unavailable, verify};
use crate::stores::{admin, name, workspace};

/// The number of connections of the pool.
const CONNECTIONS: u32 = 3;

/// A schema with one key, behind a network.
struct Scene {
    proxy: Proxy,
    master_key: String,
    key: String,
    harness: Postgres,
}

impl Scene {
    fn new() -> Self {
        let harness = Postgres::default();
        let store = harness.fresh();
        let master_key = MasterKey::generate().unwrap().expose_text().to_string();
        RUNTIME.block_on(async {
            let (other_node, admin) = (node(store.clone(), &master_key), admin());
            let manager = other_node.manager(&admin);
            manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
            let new = NewCredential::new(workspace(), name("Backend"));
            let key = manager.issue_app_key(new).await.unwrap().secret.expose().to_owned();
            store.close().await;
            Self { proxy: Proxy::start(&URL).await, master_key, key, harness }
        })
    }

    /// Returns a node over a store with connections of its own.
    async fn node(&self, options: PostgresOptions) -> Keyward {
        let options = options.schema(self.harness.schema()).connections(CONNECTIONS);
        self.warm(options.connect(&self.proxy.url("idle")).await.unwrap()).await
    }

    /// Returns a node whose connections are all open and idle.
    async fn warm(&self, store: PostgresStore) -> Keyward {
        let node = node(store, &self.master_key);
        verify(&node, &self.key).await.unwrap();
        let mut reads = JoinSet::new();
        for _ in 0..10 * CONNECTIONS {
            let node = node.clone();
            reads.spawn(async move { node.manager(&admin()).workspace(&workspace()).await });
        }
        reads.join_all().await;
        node
    }
}

/// Returns a node that polls the change feed at each attempt.
fn node(store: PostgresStore, master_key: &str) -> Keyward {
    Keyward::builder(store, MasterKeys::new(master_key.parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .freshness(Freshness::Strict)
        .build()
        .unwrap()
}

/// Needs the change feed, a transaction, and a write of last-used times.
async fn works(node: &Keyward, key: &str) {
    verify(node, key).await.unwrap();
    let new = NewCredential::new(workspace(), name("Another"));
    let _ = node.manager(&admin()).issue_app_key(new).await.unwrap();
    node.flush().await.unwrap();
}

/// The limit is zero, so each connection was idle for too long.
#[test]
fn connections_that_were_idle_for_longer_than_the_limit_are_not_used() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        // A call on a dropped connection would end with the time limit.
        let options = PostgresOptions::new().time_limit(Duration::from_secs(30));
        let node = scene.node(options.idle_limit(Duration::ZERO)).await;
        scene.proxy.drop_silently();
        works(&node, &scene.key).await;
    });
}

/// The settings of `docs/postgresql.md` for a host's pool.
#[test]
fn a_hosts_pool_can_have_the_same_limit() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        let url = scene.proxy.url("idle");
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .before_acquire(|_, connection| {
                Box::pin(async move { Ok(connection.idle_for < Duration::ZERO) })
            })
            .connect(&url);
        let options = PostgresOptions::new().schema(scene.harness.schema());
        let options = options.time_limit(Duration::from_secs(30)).idle_limit(Duration::ZERO);
        let node = scene.warm(options.from_pool(pool.await.unwrap()).await.unwrap()).await;
        scene.proxy.drop_silently();
        works(&node, &scene.key).await;
    });
}

/// Without such a limit, the first calls use the dropped connections. This also shows that the network drops them.
#[test]
fn a_dropped_connection_that_is_used_is_unavailable_and_then_replaced() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        let options = PostgresOptions::new().time_limit(Duration::from_millis(500));
        let node = scene.node(options.idle_limit(Duration::from_hours(24))).await;
        scene.proxy.drop_silently();
        let outcome = verify(&node, &scene.key).await;
        assert!(is_unavailable(&outcome), "{outcome:?}");
        is_served(&node, &scene.key).await;
    });
}

/// The driver tests a connection after each call, before the pool keeps it. A process that is frozen after its answer is often
/// frozen during this test. With one connection, the pool would never have one again.
#[test]
fn a_connection_that_was_dropped_while_it_returned_to_the_pool_is_replaced() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        let options = PostgresOptions::new().time_limit(Duration::from_secs(30));
        let options = options.schema(scene.harness.schema()).connections(1);
        let store = options.connect(&scene.proxy.url("returned")).await.unwrap();
        let (node, admin) = (node(store, &scene.master_key), admin());
        let manager = node.manager(&admin);
        scene.proxy.drop_at_the_next_test();
        manager.workspace(&workspace()).await.unwrap();
        scene.proxy.dropped_at_a_test().await;
        manager.workspace(&workspace()).await.unwrap();
    });
}

/// On a server with a synchronous standby, a node has one more connection. It renews the heartbeat.
#[test]
fn the_heartbeats_connection_has_the_same_limit() {
    let primary = Server::start_with("-c fsync=off -c synchronous_standby_names=walreceiver");
    let _standby = Server::standby_of(&primary);
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&primary.url()).await;
        // Without the limit, a renewal would wait for four intervals.
        let options = patient("beat").heartbeat(Duration::from_secs(10));
        let options = options.idle_limit(Duration::ZERO);
        let store = options.connect(&proxy.url("beat")).await.unwrap();
        let mut own = PgConnection::connect(&primary.url()).await.unwrap();
        for _ in 0..2 {
            let old = "UPDATE beat.keyward_heartbeat SET at = at - 3600000000 WHERE id = 2";
            sqlx::raw_sql(old).execute(&mut own).await.unwrap();
            let age = store.changes_since(&Position::START, 1).await.unwrap().age();
            assert!(age < Duration::from_hours(1), "{age:?}");
            proxy.drop_silently();
        }
    });
}
