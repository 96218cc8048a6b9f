//! A standby is promoted while the old primary runs, as when only the failover manager of the old primary was killed.
//! The old primary keeps answering, and lacks later revocations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyward::{
    Attempt, CredentialId, Freshness, Keyward, ManageError, MasterKey, MasterKeys, NewCredential,
    NewWorkspace, NotVerified, PostgresStore, SlowHashParams,
};

use crate::harness::{RUNTIME, patient};
use crate::patroni::{self, Cluster};
use crate::several::{promote, url};
use crate::standby::Pair;
use crate::stores::{admin, name, workspace};

const BOUND: Duration = Duration::from_secs(1);

const KEYS: usize = 20;

/// The longest that Patroni may take to promote a standby.
const LONGEST: Duration = Duration::from_mins(3);

/// The number of replacements: 20 in the full form.
fn replacements() -> usize {
    std::env::var("KEYWARD_REPLACEMENTS").map_or(1, |count| count.parse().unwrap())
}

struct Key {
    id: CredentialId,
    name: String,
    token: String,
    revoked: std::sync::OnceLock<Instant>,
}

/// The answers of the nodes after the promotion.
#[derive(Debug, Default)]
struct Tally {
    passed: AtomicUsize,
    late: AtomicUsize,
    undecided: AtomicUsize,
    denied: AtomicUsize,
    /// Some keys may be revoked already.
    revoking: AtomicBool,
}

/// A node on the system's clock.
fn node(store: &PostgresStore, key: &MasterKey, freshness: Freshness) -> Keyward {
    let node = Keyward::builder(store.clone(), MasterKeys::new(key.expose_text().parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .freshness(freshness)
        .build()
        .unwrap();
    tokio::spawn(node.maintain(tokio::time::sleep));
    node
}

async fn open(ports: &[u16]) -> PostgresStore {
    let options = keyward::PostgresOptions::new().schema("replaced").connections(4);
    options.time_limit(BOUND).connect(&url(ports)).await.unwrap()
}

/// Verifies every key until the test stops it.
async fn load(node: Keyward, keys: Arc<Vec<Key>>, tally: Arc<Tally>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        for key in keys.iter() {
            let begun = Instant::now();
            match node.verify(&Attempt::app(&key.token)).await {
                Ok(_) => {
                    tally.passed.fetch_add(1, Ordering::Relaxed);
                    if key.revoked.get().is_some_and(|revoked| begun >= *revoked + BOUND) {
                        tally.late.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(NotVerified::Denied(_)) => {
                    assert!(key.revoked.get().is_some() || tally.revoking.load(Ordering::SeqCst));
                    tally.denied.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => {
                    tally.undecided.fetch_add(1, Ordering::Relaxed);
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

#[test]
fn no_key_passes_later_than_the_bound_on_nodes_of_a_replaced_primary() {
    for round in 0..replacements() {
        let Pair { primary, standby } = Pair::start_synchronous();
        let all = [primary.port(), standby.port()];
        RUNTIME.block_on(replace(round, all[0], &all, async || {
            promote(&standby).await;
            all[1]
        }));
    }
}

/// Patroni of the primary dies, and the others promote one of theirs.
#[test]
fn no_key_passes_later_than_the_bound_when_only_patroni_of_the_primary_dies() {
    if !patroni::are_installed() {
        return;
    }
    for round in 0..replacements() {
        let cluster = Cluster::start();
        let old = cluster.primary().unwrap();
        RUNTIME.block_on(replace(round, old.port, &cluster.ports(), async || {
            let killed = Instant::now();
            old.kill_patroni();
            loop {
                if let Some(new) = cluster.primary() {
                    println!("promoted after {:?}", killed.elapsed());
                    return new.port;
                }
                assert!(killed.elapsed() < LONGEST, "{}", cluster.logs());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }));
    }
}

/// Issues keys on the old primary, has it replaced under load, and revokes the keys on the new one, whose port `promoted` returns.
async fn replace(round: usize, old: u16, all: &[u16], promoted: impl AsyncFnOnce() -> u16) {
    let key = MasterKey::generate().unwrap();
    let keys = Arc::new(issue(old, &key).await);
    let old_store = open(&[old]).await;
    let issuer = node(&old_store, &key, Freshness::Bounded(BOUND));
    let (tally, stop) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
    // Two reach only the old primary, as behind a proxy that does not notice. The others know all servers.
    let (mut running, mut stores) = (Vec::new(), Vec::new());
    for ports in [&[old][..], all] {
        for freshness in [Freshness::Bounded(BOUND), Freshness::Strict] {
            let store = open(ports).await;
            let node = node(&store, &key, freshness);
            stores.push((store, node.clone()));
            let (keys, tally, stop) = (Arc::clone(&keys), Arc::clone(&tally), Arc::clone(&stop));
            running.push(tokio::spawn(load(node, keys, tally, stop)));
        }
    }
    tokio::time::sleep(BOUND).await;
    assert_eq!(tally.undecided.load(Ordering::SeqCst), 0, "before the promotion");
    tally.revoking.store(true, Ordering::SeqCst);
    // Patroni says that a server is the primary before it is promoted. This waits.
    let after = open(&[promoted().await]).await;
    // The old primary still gets changes, which it never acknowledges.
    let lost = tokio::spawn({
        let issuer = issuer.clone();
        let lost = NewCredential::new(workspace(), name("lost"));
        async move { issuer.manager(&crate::stores::admin()).issue_app_key(lost).await }
    });
    let revoker = node(&after, &key, Freshness::Bounded(BOUND));
    for key in keys.iter().skip(1) {
        delete(&revoker, key).await;
        key.revoked.set(Instant::now()).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let lost = lost.await.unwrap();
    assert!(lost.is_err(), "the old primary acknowledged a change: {lost:?}");
    tokio::time::sleep(4 * BOUND).await;
    stop.store(true, Ordering::Relaxed);
    for running in running {
        running.await.unwrap();
    }
    println!("round {round}: {tally:?}");
    assert_eq!(tally.late.load(Ordering::SeqCst), 0, "{tally:?}");
    for (at, (store, node)) in stores.into_iter().enumerate() {
        let outcome = node.verify(&Attempt::app(&keys[0].token)).await;
        // Those that know all servers have found the new one.
        assert_eq!(outcome.is_ok(), at >= 2, "node {at}: {outcome:?}");
        store.close().await;
    }
    old_store.close().await;
    after.close().await;
}

/// Deletes a key, as often as it takes.
async fn delete(revoker: &Keyward, key: &Key) {
    let admin = admin();
    let mut may_be_done = false;
    loop {
        match revoker.manager(&admin).delete(key.id, &key.name).await {
            Ok(()) => return,
            Err(ManageError::NotFound(_)) if may_be_done => return,
            Err(ManageError::Unavailable(_)) => {}
            Err(ManageError::Unknown { .. }) => may_be_done = true,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn issue(port: u16, key: &MasterKey) -> Vec<Key> {
    let store = patient("replaced").connect(&url(&[port])).await.unwrap();
    let issuer = node(&store, key, Freshness::Bounded(BOUND));
    let admin = admin();
    let manager = issuer.manager(&admin);
    manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
    let mut keys = Vec::new();
    for number in 0..KEYS {
        let called = format!("key {number}");
        let backend = NewCredential::new(workspace(), name(&called));
        let answer = manager.issue_app_key(backend).await.unwrap();
        keys.push(Key {
            id: answer.credential.id,
            name: called,
            token: answer.secret.expose().to_owned(),
            revoked: std::sync::OnceLock::new(),
        });
    }
    store.close().await;
    keys
}
