//! A host that calls Keyward while it holds transactions of its own, on the pool that it gave to the store or on its own connection
//! to the same file. The pool waits a day for a connection, so only the store's own time limit can end a call.

use std::time::Duration;

use keyward::conformance::Harness;
use keyward::{
    CredentialId, Freshness, Keyward, ManageError, MasterKey, MasterKeys, NewCredential,
    NewWorkspace, NotVerified, SlowHashParams, SqliteOptions, SqliteStore, time::ManualClock,
};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::harness::{RUNTIME, Sqlite};
use crate::stores::attempts::{is_served, is_unavailable, verify};
use crate::stores::{admin, name, now, workspace};

/// The number of connections of the host's pool.
const CONNECTIONS: u32 = 3;

/// The time limit of the store.
const LIMIT: Duration = Duration::from_millis(500);

/// A file with keys, and the host's pool on it.
struct Scene {
    pool: SqlitePool,
    master_key: String,
    keys: Vec<(CredentialId, String)>,
    harness: Sqlite,
}

impl Scene {
    fn new() -> Self {
        let harness = Sqlite::default();
        let issuing = harness.fresh();
        let master_key = MasterKey::generate().unwrap().expose_text().to_string();
        RUNTIME.block_on(async {
            let other_node = builder(issuing.clone(), &master_key).build().unwrap();
            let admin = admin();
            let manager = other_node.manager(&admin);
            manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
            let mut keys = Vec::new();
            for number in 0..3 {
                let new = NewCredential::new(workspace(), name(&format!("Key {number}")));
                let issued = manager.issue_app_key(new).await.unwrap();
                keys.push((issued.credential.id, issued.secret.expose().to_owned()));
            }
            issuing.close().await;
            let pool = SqlitePoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(Duration::from_hours(24))
                .connect_with(SqliteConnectOptions::new().filename(harness.file()))
                .await
                .unwrap();
            sqlx::raw_sql("CREATE TABLE orders (id INTEGER)").execute(&pool).await.unwrap();
            Self { pool, master_key, keys, harness }
        })
    }

    /// Returns a store on the host's pool, and one that opened the same file by its path.
    async fn stores(&self) -> [SqliteStore; 2] {
        let options = SqliteOptions::new().time_limit(LIMIT);
        let over_pool = options.clone().from_pool(self.pool.clone()).await.unwrap();
        [over_pool, options.open(self.harness.file()).await.unwrap()]
    }
}

fn builder(store: SqliteStore, master_key: &str) -> keyward::Builder {
    let keys = MasterKeys::new(master_key.parse().unwrap());
    Keyward::builder(store, keys).slow_hash(SlowHashParams::dangerous_cheap())
}

#[test]
fn a_verification_while_the_host_holds_every_connection_is_unavailable_and_the_next_one_passes() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        let [store, _] = scene.stores().await;
        let node = builder(store, &scene.master_key).freshness(Freshness::Strict).build().unwrap();
        // The feed needs a connection too, so a cached key is refused as well.
        is_served(&node, &scene.keys[0].1).await;
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push(scene.pool.begin().await.unwrap());
        }
        for (_, key) in &scene.keys {
            let outcome = verify(&node, key).await;
            assert!(is_unavailable(&outcome), "{outcome:?}");
        }
        for transaction in held {
            transaction.commit().await.unwrap();
        }
        for (_, key) in &scene.keys {
            is_served(&node, key).await;
        }
    });
}

/// Keyward's reads do not wait for the host's transaction. Its writes do, until the time limit.
#[test]
fn in_a_transaction_of_the_host_that_writes_keys_pass_and_changes_are_unavailable() {
    let scene = Scene::new();
    RUNTIME.block_on(async {
        for (place, store) in scene.stores().await.into_iter().enumerate() {
            let clock = ManualClock::at(now());
            let node = builder(store, &scene.master_key).clock(clock.clone()).build().unwrap();
            let (credential, key) = &scene.keys[place];
            let mut transaction = scene.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
            let order = "INSERT INTO orders (id) VALUES (1)";
            sqlx::raw_sql(order).execute(&mut *transaction).await.unwrap();

            is_served(&node, key).await;
            // A write of last-used times is due. It fails, and the attempt passes.
            clock.advance(Duration::from_mins(1));
            is_served(&node, key).await;
            assert_eq!(node.flush().await.unwrap_err().count, 1);
            let admin = admin();
            let suspended = node.manager(&admin).suspend(*credential).await;
            assert!(matches!(suspended, Err(ManageError::Unavailable(_))), "{suspended:?}");

            // Neither the failed call nor its connection disturbs the host.
            sqlx::raw_sql(order).execute(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            is_served(&node, key).await;
            while let Err(failure) = node.manager(&admin).suspend(*credential).await {
                assert!(matches!(failure, ManageError::Unavailable(_)), "{failure:?}");
            }
            while node.flush().await.is_err() {}
            let used = node.manager(&admin).credential(*credential).await.unwrap();
            assert_eq!(used.last_used, Some(now().saturating_add(Duration::from_mins(1))));
            assert!(matches!(verify(&node, key).await, Err(NotVerified::Denied(_))));
        }
        let orders: i64 =
            sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&scene.pool).await.unwrap();
        assert_eq!(orders, 4);
    });
}
