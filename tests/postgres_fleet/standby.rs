//! A primary and a streaming standby behind a forwarder that switches and cuts. The standby's replay is paused, so it
//! lacks all later changes.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use keyward::store::{CredentialStore, RecordId, Refreshed, StoreErrorKind, TagChange, Use};
use keyward::{
    Attempt, Freshness, GenerationNumber, Keyward, ManageError, MasterKey, MasterKeys,
    NewCredential, NewWorkspace, NotVerified, OperationId, PostgresStore,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPoolOptions};

use crate::forwarder::Forwarder;
use crate::harness::{RUNTIME, drop_schema_at, new_schema, patient};
use crate::nodes;
use crate::server::Server;
use crate::stores::misconfigured::whole;
use crate::stores::{account, admin, name, now, workspace};

/// A primary, and a standby that streams from it.
pub(crate) struct Pair {
    pub(crate) primary: Server,
    pub(crate) standby: Server,
}

impl Pair {
    pub(crate) fn start() -> Self {
        let primary = Server::start();
        let standby = Server::standby_of(&primary);
        Self { primary, standby }
    }

    /// The primary waits for the standby in each commit.
    pub(crate) fn start_synchronous() -> Self {
        let primary = Server::start_with("-c fsync=off -c synchronous_standby_names=walreceiver");
        let standby = Server::standby_of(&primary);
        Self { primary, standby }
    }
}

/// The number of switches for each pool: 100 in the full form.
fn switches() -> usize {
    std::env::var("KEYWARD_SWITCHES").map_or(3, |count| count.parse().unwrap())
}

/// A schema that both servers have, with a workspace and an account in it, and from then on a paused replay.
async fn replicated(pair: &Pair) -> (String, MasterKey) {
    let schema = new_schema();
    resume(pair).await;
    let store = patient(&schema).connect(&pair.primary.url()).await.unwrap();
    let key = MasterKey::generate().unwrap();
    let issuer = node(&store, &key);
    let admin = admin();
    let new = NewWorkspace::new(workspace(), name("Shop"));
    issuer.manager(&admin).create_workspace(new).await.unwrap();
    store.close().await;
    (schema, key)
}

async fn resume(pair: &Pair) {
    let mut standby = PgConnection::connect(&pair.standby.url()).await.unwrap();
    sqlx::raw_sql("SELECT pg_wal_replay_resume()").execute(&mut standby).await.unwrap();
}

/// Waits until the standby has everything, and pauses its replay.
async fn pause(pair: &Pair) {
    let mut primary = PgConnection::connect(&pair.primary.url()).await.unwrap();
    let mut standby = PgConnection::connect(&pair.standby.url()).await.unwrap();
    let newest: String = sqlx::query_scalar("SELECT pg_current_wal_lsn()::text")
        .fetch_one(&mut primary)
        .await
        .unwrap();
    let has = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn";
    while !sqlx::query_scalar::<_, bool>(has).bind(&newest).fetch_one(&mut standby).await.unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    sqlx::raw_sql("SELECT pg_wal_replay_pause()").execute(&mut standby).await.unwrap();
    let state = "SELECT pg_get_wal_replay_pause_state() = 'paused'";
    while !sqlx::query_scalar::<_, bool>(state).fetch_one(&mut standby).await.unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

fn node(store: &PostgresStore, key: &MasterKey) -> Keyward {
    let keys = MasterKeys::new(key.expose_text().parse().unwrap());
    nodes::node(store, keys).freshness(Freshness::Strict).build().unwrap()
}

/// Does a change until it is acknowledged: a pool may be full of connections to the standby.
async fn acknowledged<T, F>(change: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, ManageError>>,
{
    loop {
        match change().await {
            Ok(done) => return done,
            Err(ManageError::Unavailable(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn no_key_passes_after_an_acknowledged_revocation_however_the_servers_switch() {
    let pair = &Pair::start();
    RUNTIME.block_on(async {
        for connections in [5, 10, 20] {
            let (schema, key) = replicated(pair).await;
            let forwarder = Forwarder::start(pair.primary.port()).await;
            let url = Server::url_at(forwarder.port);
            let store = patient(&schema).connections(connections).connect(&url).await.unwrap();
            let node = node(&store, &key);
            let (answered, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
            for number in 0..switches() {
                let admin = admin();
                let manager = node.manager(&admin);
                let called = format!("key {connections} {number}");
                let new = || NewCredential::new(workspace(), name(&called));
                let issued = acknowledged(|| manager.issue_app_key(new())).await;
                let (id, token) = (issued.credential.id, issued.secret.expose().to_owned());
                pause(pair).await;
                // Opens as many connections to the standby as the pool can hold, and keeps some to the primary in every
                // second round.
                forwarder.switch(pair.standby.port());
                if number % 2 == 0 {
                    forwarder.cut();
                }
                let reads = (0..2 * connections).map(|_| async {
                    let attempt = Attempt::app(&token);
                    match node.verify(&attempt).await {
                        Ok(_) => answered.fetch_add(1, Ordering::Relaxed),
                        Err(NotVerified::Unavailable(_)) => refused.fetch_add(1, Ordering::Relaxed),
                        Err(denied) => panic!("nothing was revoked yet: {denied:?}"),
                    }
                });
                join_all(reads).await;
                let uncached =
                    (0..2 * connections).map(|_| async { store.credential(id).await.ok() });
                join_all(uncached).await;
                forwarder.switch(pair.primary.port());
                acknowledged(|| manager.delete(id, &called)).await;
                let attempts = (0..4 * connections).map(|_| async {
                    let passed = node.verify(&Attempt::app(&token)).await;
                    assert!(passed.is_err(), "passed after its deletion was acknowledged");
                });
                join_all(attempts).await;
                let reads = (0..4 * connections).map(|_| async {
                    let found = store.credential(id).await;
                    assert!(!matches!(found, Ok(Some(_))), "found after its deletion: {found:?}");
                });
                join_all(reads).await;
                resume(pair).await;
            }
            println!("{connections} connections: {answered:?} answers, {refused:?} refusals");
            store.close().await;
            drop_schema_at(&schema, &pair.primary.url()).await;
        }
    });
}

/// Each kind of call, on a first connection that leads to the standby.
#[test]
fn a_call_that_meets_a_standby_is_tried_again() {
    let pair = &Pair::start();
    RUNTIME.block_on(async {
        let (schema, key) = replicated(pair).await;
        let forwarder = Forwarder::start(pair.primary.port()).await;
        let url = Server::url_at(forwarder.port);
        let first = patient(&schema).connect(&url).await.unwrap();
        let admin = admin();
        let issuing = node(&first, &key);
        let new = NewCredential::new(workspace(), name("One"));
        let id = issuing.manager(&admin).issue_app_key(new).await.unwrap().credential.id;
        let tag = first.credential(id).await.unwrap().unwrap().tag;
        let tags = TagChange { old: tag, new: tag };
        pause(pair).await;
        let number = GenerationNumber::new(1).unwrap();
        let used = Use { credential: id, generation: number, at: now(), older_than: now() };
        for call in 0..7 {
            // Its pool is empty.
            let store = patient(&schema).connect(&url).await.unwrap();
            forwarder.divert_next(pair.standby.port());
            match call {
                0 => assert!(store.credential(id).await.unwrap().is_some()),
                1 => assert!(store.position().await.unwrap().number() > 0),
                2 => {
                    let none = OperationId::from_bytes([9; 16]);
                    assert!(store.operation(none).await.unwrap().is_none());
                }
                3 => store.record_uses(&[used]).await.unwrap(),
                4 => drop(store.prune_events(now(), 1).await.unwrap()),
                5 => {
                    let retagged = store.retag(&RecordId::Credential(id), &tags).await;
                    assert_eq!(retagged.unwrap(), Refreshed::Replaced);
                }
                _ => {
                    let new = NewCredential::new(workspace(), name("Two"));
                    let issuing = node(&store, &key);
                    drop(issuing.manager(&admin).issue_app_key(new).await.unwrap());
                }
            }
            assert!(!forwarder.is_diverting(), "call {call} did not meet the standby");
            store.close().await;
        }
        resume(pair).await;
        first.close().await;
        drop_schema_at(&schema, &pair.primary.url()).await;
    });
}

/// As with a proxy that has just started. The standby does not have the tables yet.
#[test]
fn a_pool_with_a_connection_to_a_standby_is_opened() {
    let pair = &Pair::start();
    RUNTIME.block_on(async {
        pause(pair).await;
        let schema = new_schema();
        patient(&schema).migrate(&pair.primary.url()).await.unwrap();
        let forwarder = Forwarder::start(pair.standby.port()).await;
        let pool = PgPoolOptions::new().max_connections(2);
        let pool = pool.connect(&Server::url_at(forwarder.port)).await.unwrap();
        forwarder.switch(pair.primary.port());
        let store = patient(&schema).without_migration().from_pool(pool).await.unwrap();
        assert_eq!(store.position().await.unwrap().number(), 0);
        resume(pair).await;
        store.close().await;
        drop_schema_at(&schema, &pair.primary.url()).await;
    });
}

/// Each kind of call on a pool that only reaches the standby.
#[test]
fn an_answer_of_a_standby_is_unavailable() {
    let pair = &Pair::start();
    RUNTIME.block_on(async {
        let (schema, key) = replicated(pair).await;
        let forwarder = Forwarder::start(pair.primary.port()).await;
        let url = Server::url_at(forwarder.port);
        let store = patient(&schema).connections(3).connect(&url).await.unwrap();
        let before = store.position().await.unwrap();
        let admin = admin();
        let node = node(&store, &key);
        let new = NewCredential::new(workspace(), name("One"));
        let issued = node.manager(&admin).issue_app_key(new).await.unwrap();
        let id = issued.credential.id;
        pause(pair).await;
        forwarder.switch(pair.standby.port());
        forwarder.cut();
        let generation = GenerationNumber::new(1).unwrap();
        let used = Use { credential: id, generation, at: now(), older_than: now() };
        for (what, outcome) in [
            ("credential", store.credential(id).await.map(drop)),
            ("account", store.account(&account()).await.map(drop)),
            ("position", store.position().await.map(drop)),
            ("changes", store.changes_since(&before, 10).await.map(drop)),
            ("operation", store.operation(OperationId::from_bytes([9; 16])).await.map(drop)),
            ("uses", store.record_uses(&[used]).await),
            ("prune", store.prune_events(now(), 10).await.map(drop)),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{what}: {error:?}");
            assert!(whole(&error).contains("standby"), "{what}: {}", whole(&error));
        }
        // And as soon as the way leads to the primary again, each call finds it.
        forwarder.switch(pair.primary.port());
        assert!(store.credential(id).await.unwrap().is_some());
        store.record_uses(&[used]).await.unwrap();
        resume(pair).await;
        store.close().await;
        drop_schema_at(&schema, &pair.primary.url()).await;
    });
}
