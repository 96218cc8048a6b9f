//! The heartbeat on a server with a synchronous standby: without writers, with verifiers alone, and after the death of the node
//! that renewed it.

use std::time::Duration;

use keyward::store::{CredentialStore, Position, StoreFinding};
use keyward::{
    Attempt, Freshness, Keyward, MasterKey, MasterKeys, NewCredential, NewWorkspace, NotVerified,
    PostgresStore, UnavailableReason,
};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::harness::{RUNTIME, patient};
use crate::nodes;
use crate::server::Server;
use crate::standby::Pair;
use crate::stores::{admin, name, workspace};

const OLDEST: Duration = Duration::from_secs(1);

struct Scene {
    pair: Pair,
    own: PgConnection,
    key: MasterKey,
    token: String,
}

impl Scene {
    /// A key on a primary with a synchronous standby, and a role that only verifies.
    async fn new(pair: Pair) -> Self {
        let store = patient("beat").connect(&pair.primary.url()).await.unwrap();
        let key = MasterKey::generate().unwrap();
        let issuer = nodes::node(&store, again(&key)).build().unwrap();
        let admin = admin();
        let manager = issuer.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let new = NewCredential::new(workspace(), name("key"));
        let token = manager.issue_app_key(new).await.unwrap().secret.expose().to_owned();
        store.close().await;
        let mut own = PgConnection::connect(&pair.primary.url()).await.unwrap();
        sqlx::raw_sql(
            "CREATE ROLE verifier LOGIN; GRANT USAGE ON SCHEMA beat TO verifier; \
             GRANT SELECT ON ALL TABLES IN SCHEMA beat TO verifier; \
             GRANT UPDATE (at) ON beat.keyward_uses TO verifier; \
             GRANT UPDATE ON beat.keyward_heartbeat TO verifier",
        )
        .execute(&mut own)
        .await
        .unwrap();
        Self { pair, own, key, token }
    }

    /// A store of a node that only verifies.
    async fn verifier(&self) -> PostgresStore {
        let url = format!("postgres://verifier@127.0.0.1:{}/postgres", self.pair.primary.port());
        // Calls wait long, but an answer's age is measured.
        patient("beat").owner("postgres").connect(&url).await.unwrap()
    }

    fn strict(&self, store: &PostgresStore) -> Keyward {
        nodes::node(store, again(&self.key)).freshness(Freshness::Strict).build().unwrap()
    }
}

fn again(key: &MasterKey) -> MasterKeys {
    MasterKeys::new(key.expose_text().parse().unwrap())
}

async fn age(store: &PostgresStore) -> Duration {
    store.changes_since(&Position::START, 10).await.unwrap().age()
}

#[test]
fn verifiers_alone_renew_the_heartbeat_of_an_idle_system() {
    let pair = Pair::start_synchronous();
    RUNTIME.block_on(async {
        let scene = Scene::new(pair).await;
        let stores = [scene.verifier().await, scene.verifier().await];
        for _ in 0..3 {
            for store in &stores {
                assert!(age(store).await <= OLDEST);
                let attempt = Attempt::app(&scene.token);
                scene.strict(store).verify(&attempt).await.unwrap();
            }
            // Nobody polls for longer than an answer may be old.
            tokio::time::sleep(OLDEST + OLDEST / 4).await;
        }
        for store in stores {
            store.close().await;
        }
    });
}

#[test]
fn a_heartbeat_goes_on_when_the_node_that_renewed_it_dies() {
    let pair = Pair::start_synchronous();
    RUNTIME.block_on(async {
        let mut scene = Scene::new(pair).await;
        let store = scene.verifier().await;
        let node = scene.strict(&store);
        node.verify(&Attempt::app(&scene.token)).await.unwrap();
        // Another node hangs in the middle of its renewal.
        let held = "BEGIN; SELECT 1 FROM beat.keyward_heartbeat WHERE id = 1 FOR UPDATE";
        sqlx::raw_sql(held).execute(&mut scene.own).await.unwrap();
        tokio::time::sleep(OLDEST).await;
        match node.verify(&Attempt::app(&scene.token)).await {
            Err(NotVerified::Unavailable(unavailable)) => {
                assert_eq!(unavailable.reason(), UnavailableReason::OldAnswer);
            }
            other => panic!("{other:?}"),
        }
        drop(scene.own);
        while node.verify(&Attempt::app(&scene.token)).await.is_err() {}
        store.close().await;
    });
}

/// The clock was set back, or the row was changed.
#[test]
fn a_stamp_of_the_future_or_of_another_timeline_is_not_relied_on() {
    let pair = Pair::start_synchronous();
    RUNTIME.block_on(async {
        let mut scene = Scene::new(pair).await;
        let store = scene.verifier().await;
        for stamp in ["at = at + 3600000000", "timeline = '000000FF'"] {
            assert!(age(&store).await <= OLDEST);
            let held = "BEGIN; SELECT 1 FROM beat.keyward_heartbeat WHERE id = 1 FOR UPDATE";
            let mut holder = PgConnection::connect(&scene.pair.primary.url()).await.unwrap();
            sqlx::raw_sql(held).execute(&mut holder).await.unwrap();
            let text = format!("UPDATE beat.keyward_heartbeat SET {stamp} WHERE id = 2");
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut scene.own).await.unwrap();
            assert_eq!(age(&store).await, Duration::MAX, "{stamp}");
            drop(holder);
            while age(&store).await > OLDEST {}
        }
        store.close().await;
    });
}

/// A commit that waits for its standby becomes visible when the server crashes. The stamp of such a commit confirms nothing.
#[test]
fn a_stamp_that_no_standby_has_confirms_nothing_after_a_crash() {
    let Pair { mut primary, mut standby } = Pair::start_synchronous();
    RUNTIME.block_on(async {
        let store = patient("beat").connect(&primary.url()).await.unwrap();
        // Its polls renew nothing and answer at once.
        let idle = patient("beat").heartbeat(Duration::from_hours(1));
        let idle = idle.connect(&primary.url()).await.unwrap();
        assert!(age(&store).await <= OLDEST);
        standby.kill();
        // So that the two stamps differ by more than a poll takes.
        tokio::time::sleep(2 * OLDEST).await;
        while age(&store).await <= OLDEST {}
        let before = stamp(&primary, CONFIRMED).await;
        primary.crash_and_restart();
        assert!(stamp(&primary, SENT).await > before, "the unreplicated stamp is visible");
        assert_eq!(stamp(&primary, CONFIRMED).await, before);
        let least = stamp(&primary, NOW).await - before;
        assert!(age(&idle).await.as_micros() >= u128::try_from(least).unwrap());
        assert!(age(&store).await > OLDEST);
        store.close().await;
        idle.close().await;
    });
}

const SENT: &str = "SELECT at FROM beat.keyward_heartbeat WHERE id = 1";

const CONFIRMED: &str = "SELECT at FROM beat.keyward_heartbeat WHERE id = 2";

const NOW: &str = "SELECT (EXTRACT(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Returns a time in microseconds.
async fn stamp(server: &Server, text: &'static str) -> i64 {
    let mut own = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::query_scalar(text).fetch_one(&mut own).await.unwrap()
}

#[test]
fn asynchronous_replication_is_reported_and_synchronous_is_not() {
    let pairs = [Pair::start(), Pair::start_synchronous()];
    let expected = [vec![StoreFinding::NotSynchronous], vec![]];
    RUNTIME.block_on(async {
        for (pair, expected) in pairs.iter().zip(expected) {
            let store = patient("found").connect(&pair.primary.url()).await.unwrap();
            assert_eq!(store.check().await.unwrap(), expected);
            store.close().await;
        }
    });
}

/// Without standbys no heartbeat is needed or written.
#[test]
fn a_single_primary_writes_no_heartbeat() {
    let primary = Server::start();
    RUNTIME.block_on(async {
        let store = patient("alone").connect(&primary.url()).await.unwrap();
        assert_eq!(store.check().await.unwrap(), []);
        for _ in 0..3 {
            assert_eq!(age(&store).await, Duration::ZERO);
        }
        let mut own = PgConnection::connect(&primary.url()).await.unwrap();
        let text = "SELECT max(at) FROM alone.keyward_heartbeat";
        assert_eq!(sqlx::query_scalar::<_, i64>(text).fetch_one(&mut own).await.unwrap(), 0);
        store.close().await;
    });
}

/// A change waits for the standby even if the role's setting is weaker.
#[test]
fn a_weak_synchronous_commit_is_raised_for_changes() {
    let Pair { primary, mut standby } = Pair::start_synchronous();
    RUNTIME.block_on(async {
        let options = || patient("raised").time_limit(Duration::from_secs(5));
        options().migrate(&primary.url()).await.unwrap();
        standby.kill();
        for weak in ["off", "local", "remote_write"] {
            let url = format!("{}?options=-c%20synchronous_commit%3D{weak}", primary.url());
            let store = options().connect(&url).await.unwrap();
            let node = nodes::node(&store, MasterKeys::new(MasterKey::generate().unwrap()));
            let new = NewWorkspace::new(workspace(), name("Shop"));
            let admin = admin();
            let outcome = node.build().unwrap().manager(&admin).create_workspace(new).await;
            assert!(outcome.is_err(), "{weak}: acknowledged without a standby");
            store.close().await;
        }
    });
}
