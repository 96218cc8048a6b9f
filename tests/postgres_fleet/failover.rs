//! A standby is promoted after the primary was killed, by Patroni and by hand, while four nodes issue, rotate, revoke and verify.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyward::{
    Attempt, Builder, Freshness, Keyward, MasterKey, MasterKeys, NewCredential, NewWorkspace,
    NotVerified, PostgresOptions, PostgresStore, SlowHashParams, WorkspaceId,
};
use tokio::task::JoinHandle;

use crate::harness::{RUNTIME, patient};
use crate::ledger::{Entry, Shared, audit, write};
use crate::patroni::{self, Cluster};
use crate::several::{promote, url};
use crate::standby::Pair;
use crate::stores::{admin, name};

const BOUND: Duration = Duration::from_secs(1);

const TOLERANCE: Duration = Duration::from_secs(30);

/// How many keys every node has in its cache, and that nobody changes.
const STEADY: usize = 20;

/// Two that tolerate an outage, one that does not, and one in strict mode.
const NODES: usize = 4;

/// How many writers each node has.
const WRITERS: usize = 4;

/// How long the nodes work before the failover, and again after it.
const LOAD: Duration = Duration::from_secs(4);

/// The longest failover.
const LONGEST: Duration = Duration::from_mins(3);

/// How often a primary is killed: 20 times in the full form.
fn failovers() -> usize {
    std::env::var("KEYWARD_FAILOVERS").map_or(1, |count| count.parse().unwrap())
}

/// A node, and what it answered.
struct Node {
    keyward: Keyward,
    store: PostgresStore,
    is_tolerant: bool,
    tally: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    passed: AtomicU64,
    denied: AtomicU64,
    unavailable: AtomicU64,
    /// Of secrets that ended earlier than the bound, and on a tolerant node earlier than the bound and the tolerance.
    late: AtomicU64,
    /// Cached keys that a tolerant node refused while its tolerance lasted.
    cached_refused: AtomicU64,
}

async fn node(ports: &[u16], key: &MasterKey, settings: impl Fn(Builder) -> Builder) -> Node {
    let options = PostgresOptions::new().schema("failover").connections(6);
    let store = options.connect(&url(ports)).await.unwrap();
    let keys = MasterKeys::new(key.expose_text().parse().unwrap());
    let builder = Keyward::builder(store.clone(), keys);
    let builder = settings(builder.slow_hash(SlowHashParams::dangerous_cheap()));
    let keyward = builder.build().unwrap();
    tokio::spawn(keyward.maintain(tokio::time::sleep));
    Node { keyward, store, is_tolerant: false, tally: Tally::default() }
}

async fn nodes(ports: &[u16], key: &MasterKey) -> Vec<Arc<Node>> {
    let bounded = |builder: Builder| builder.freshness(Freshness::Bounded(BOUND));
    let tolerant = |builder| bounded(builder).outage_tolerance(TOLERANCE);
    let mut nodes = Vec::new();
    for _ in 0..2 {
        nodes.push(Arc::new(Node { is_tolerant: true, ..node(ports, key, tolerant).await }));
    }
    nodes.push(Arc::new(node(ports, key, bounded).await));
    nodes.push(Arc::new(node(ports, key, |builder| builder.freshness(Freshness::Strict)).await));
    nodes
}

impl Node {
    /// Verifies the keys that nobody changes.
    async fn verify_steady(&self, tokens: &[String], shared: &Shared, killed: &Killed) {
        while !shared.is_over() {
            for token in tokens {
                let begun = Instant::now();
                match self.keyward.verify(&Attempt::app(token)).await {
                    Ok(_) => self.tally.passed.fetch_add(1, Ordering::Relaxed),
                    Err(NotVerified::Unavailable(unavailable)) => {
                        shared.judge(&unavailable);
                        if self.is_tolerant && killed.tolerates(begun) {
                            self.tally.cached_refused.fetch_add(1, Ordering::Relaxed);
                        }
                        self.tally.unavailable.fetch_add(1, Ordering::Relaxed)
                    }
                    Err(denied) => panic!("nobody ended this key: {denied:?}"),
                };
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    /// Verifies the secrets that are issued and ended.
    async fn verify_changing(&self, shared: &Shared) {
        let extra = if self.is_tolerant { TOLERANCE } else { Duration::ZERO };
        while !shared.is_over() {
            for secret in shared.newest() {
                let begun = Instant::now();
                match self.keyward.verify(&Attempt::app(&secret.token)).await {
                    Ok(_) => {
                        self.tally.passed.fetch_add(1, Ordering::Relaxed);
                        if secret.ended.get().is_some_and(|ended| begun >= *ended + BOUND + extra) {
                            self.tally.late.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    Err(NotVerified::Denied(_)) => {
                        self.tally.denied.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(NotVerified::Unavailable(unavailable)) => {
                        shared.judge(&unavailable);
                        self.tally.unavailable.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(other) => panic!("{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// When the primary was killed.
#[derive(Debug, Default)]
struct Killed(std::sync::OnceLock<Instant>);

impl Killed {
    /// Returns `true` if a tolerant node must still accept cached keys. The tolerance lasts longer than the bound after the
    /// last poll, which can be as old as the bound.
    fn tolerates(&self, begun: Instant) -> bool {
        self.0.get().is_none_or(|killed| begun < *killed + TOLERANCE)
    }
}

#[test]
fn a_failover_of_patroni_loses_no_acknowledged_change_and_tells_no_untruth() {
    if !patroni::are_installed() {
        return;
    }
    for round in 0..failovers() {
        let cluster = Cluster::start();
        let kill = async || {
            let primary = cluster.primary().expect("there was no failover before");
            primary.kill_server_and_patroni();
        };
        RUNTIME.block_on(fail_over(round, &cluster.ports(), kill, || cluster.logs()));
    }
}

#[test]
fn a_failover_by_hand_loses_no_acknowledged_change_and_tells_no_untruth() {
    let Pair { mut primary, standby } = Pair::start_synchronous();
    let ports = [standby.port(), primary.port()];
    let kill = async || {
        primary.kill();
        // The nodes notice.
        tokio::time::sleep(2 * BOUND).await;
        promote(&standby).await;
    };
    RUNTIME.block_on(fail_over(0, &ports, kill, String::new));
}

/// Has the primary killed while the nodes work, and compares what they were told with what the new primary has.
async fn fail_over(
    round: usize,
    ports: &[u16],
    kill: impl AsyncFnOnce(),
    logs: impl Fn() -> String,
) {
    let key = MasterKey::generate().unwrap();
    let scene = Scene::furnish(ports, &key).await;
    let shared = Arc::new(Shared::default());
    let work = scene.begin(&nodes(ports, &key).await, &shared).await;
    tokio::time::sleep(LOAD).await;
    println!("failover {round}: {} changes in {LOAD:?} before it", shared.commits());
    let at = Instant::now();
    work.killed.0.set(at).unwrap();
    kill().await;
    let first = loop {
        if let Some(first) = shared.first_commit_after(at) {
            break first.duration_since(at);
        }
        assert!(at.elapsed() < LONGEST, "{}", logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    tokio::time::sleep(LOAD).await;
    shared.stop.store(true, Ordering::Relaxed);
    let (nodes, entries) = work.end().await;
    let fresh = node(ports, &key, |builder| builder.freshness(Freshness::Strict)).await;
    let found = audit(&fresh.keyward, &entries).await;
    println!("failover {round}: first commit after {first:?}; {found}");
    for node in &nodes {
        let tolerated = node.keyward.stats().tolerated;
        println!("  tolerant: {}, tolerated {tolerated}, {:?}", node.is_tolerant, node.tally);
    }
    assert_eq!((found.lost, found.written_all_the_same), (vec![], vec![]));
    assert_eq!(shared.strange(), Vec::<String>::new());
    for node in &nodes {
        assert_eq!(node.tally.late.load(Ordering::SeqCst), 0, "{:?}", node.tally);
        assert_eq!(node.tally.cached_refused.load(Ordering::SeqCst), 0, "{:?}", node.tally);
        assert!(node.is_tolerant || node.tally.unavailable.load(Ordering::SeqCst) > 0);
        node.store.close().await;
    }
    fresh.store.close().await;
}

/// What there is before the nodes begin.
struct Scene {
    /// One for each writer, so that they wait for each other only at the end of a commit.
    workspaces: Vec<WorkspaceId>,
    steady: Arc<Vec<String>>,
}

/// The nodes at work.
struct Work {
    nodes: Vec<Arc<Node>>,
    writers: Vec<JoinHandle<Vec<Entry>>>,
    verifiers: Vec<JoinHandle<()>>,
    killed: Arc<Killed>,
}

impl Scene {
    async fn furnish(ports: &[u16], key: &MasterKey) -> Self {
        let store = patient("failover").connect(&url(ports)).await.unwrap();
        let keys = MasterKeys::new(key.expose_text().parse().unwrap());
        let issuer = Keyward::builder(store.clone(), keys)
            .slow_hash(SlowHashParams::dangerous_cheap())
            .build()
            .unwrap();
        let admin = admin();
        let manager = issuer.manager(&admin);
        let (mut workspaces, mut steady) = (Vec::new(), Vec::new());
        for number in 0..NODES * WRITERS {
            let id = WorkspaceId::new(format!("acme/{number}")).unwrap();
            manager.create_workspace(NewWorkspace::new(id.clone(), name("Shop"))).await.unwrap();
            workspaces.push(id);
        }
        for number in 0..STEADY {
            let called = name(&format!("steady {number}"));
            let new = NewCredential::new(workspaces[0].clone(), called);
            steady.push(manager.issue_app_key(new).await.unwrap().secret.expose().to_owned());
        }
        store.close().await;
        Self { workspaces, steady: Arc::new(steady) }
    }

    /// Lets every node read the keys that nobody changes, and then starts the writers and the verifiers.
    async fn begin(&self, nodes: &[Arc<Node>], shared: &Arc<Shared>) -> Work {
        for (node, token) in
            nodes.iter().flat_map(|node| self.steady.iter().map(move |key| (node, key)))
        {
            while node.keyward.verify(&Attempt::app(token)).await.is_err() {}
        }
        let killed = Arc::new(Killed::default());
        let (mut verifiers, mut writers) = (Vec::new(), Vec::new());
        for (number, workspace) in self.workspaces.iter().enumerate() {
            let keyward = nodes[number % nodes.len()].keyward.clone();
            let label = format!("writer {number}");
            writers.push(tokio::spawn(write(
                keyward,
                workspace.clone(),
                label,
                Arc::clone(shared),
            )));
        }
        for node in nodes {
            let (one, own, killed) = (Arc::clone(node), Arc::clone(shared), Arc::clone(&killed));
            let steady = Arc::clone(&self.steady);
            let verifying = async move { one.verify_steady(&steady, &own, &killed).await };
            verifiers.push(tokio::spawn(verifying));
            let (one, own) = (Arc::clone(node), Arc::clone(shared));
            verifiers.push(tokio::spawn(async move { one.verify_changing(&own).await }));
        }
        Work { nodes: nodes.to_vec(), writers, verifiers, killed }
    }
}

impl Work {
    /// Waits for the writers and the verifiers, which were told to stop.
    async fn end(self) -> (Vec<Arc<Node>>, Vec<Entry>) {
        let mut entries = Vec::new();
        for writer in self.writers {
            entries.extend(writer.await.unwrap());
        }
        for verifier in self.verifiers {
            verifier.await.unwrap();
        }
        (self.nodes, entries)
    }
}
