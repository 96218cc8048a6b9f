//! All kinds of work at once: attempts at full speed, rotations, revocations, evictions, invented ids, pruned events.
//! Memory stays flat, no use is lost, and nothing fails.
//!
//! `KEYWARD_SOAK` sets the duration in seconds, 5 by default.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use async_lock::RwLock;
use keyward::store::CredentialStore;
use keyward::{
    Attempt, CredentialId, DenialReason, Freshness, Keyward, MasterKey, MasterKeys, MemoryStore,
    SlowHashParams,
    kind::KindWord,
    manage::Rotation,
    time::{Clock, SystemClock, Timestamp},
};

use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use support::nodes::denial;
use support::random::Choices;
use support::revocation::{LiveKey, Revocation};
use support::{again, forged};

const BOUND: Duration = Duration::from_millis(100);
const KEYS: usize = 400;
/// A quarter of the keys fit.
const MEMORY: usize = KEYS / 4;
const CALLERS: usize = 3;
const CHANGERS: usize = 12;

/// A key, and when it was last seen to pass.
struct Kept {
    key: LiveKey,
    passed: AtomicI64,
}

struct Soak {
    store: MemoryStore,
    nodes: Vec<Keyward>,
    /// Callers share a key. A task that changes it locks it, until every node has polled the change.
    keys: Vec<RwLock<Kept>>,
    until: Instant,
    attempts: AtomicU64,
    changes: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_stays_flat_and_no_use_is_lost() {
    let seconds = env::var("KEYWARD_SOAK").map_or(5, |seconds| seconds.parse().unwrap());
    let choices = Choices::new();
    let soak = Arc::new(Soak::new(Duration::from_secs(seconds)).await);
    let maintenance: Vec<_> =
        soak.nodes.iter().map(|node| tokio::spawn(node.maintain(sleep))).collect();
    let mut tasks = JoinSet::new();
    for number in 0..CALLERS + CHANGERS + 2 {
        let (soak, choices) = (Arc::clone(&soak), choices.of(number));
        tasks.spawn(async move {
            match number {
                0 => soak.make_up(choices).await,
                1 => soak.prune(choices).await,
                _ if number < CALLERS + 2 => soak.call(choices).await,
                _ => soak.change(choices).await,
            }
        });
    }
    let sizes = soak.watch().await;
    tasks.join_all().await;
    for node in &soak.nodes {
        node.close().await.unwrap();
    }
    for key in &soak.keys {
        soak.check_last_used(&*key.read().await).await;
    }
    for ended in maintenance {
        ended.await.unwrap();
    }
    let (attempts, changes) = (&soak.attempts, &soak.changes);
    println!(
        "{seconds} s: {attempts:?} attempts, {changes:?} changes, {:?} pages",
        quarters(&sizes)
    );
    assert_flat(&sizes);
    for node in &soak.nodes {
        let stats = node.stats();
        assert_eq!((stats.unavailable, stats.unwritten_uses), (0, 0));
    }
}

impl Soak {
    async fn new(length: Duration) -> Self {
        let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
        let nodes = [Freshness::Bounded(BOUND), Freshness::Bounded(BOUND), Freshness::Strict].map(
            |freshness| {
                Keyward::builder(store.clone(), MasterKeys::new(again(&key)))
                    .slow_hash(SlowHashParams::dangerous_cheap())
                    .freshness(freshness)
                    .flush_interval(BOUND)
                    .last_used_grain(Duration::ZERO)
                    .cached_credentials(MEMORY)
                    .build()
                    .unwrap()
            },
        );
        let mut keys = Vec::new();
        for number in 0..KEYS {
            let key = LiveKey::issue(&nodes[0], number, KindWord::App, None).await.unwrap();
            keys.push(RwLock::new(Kept { key, passed: AtomicI64::new(i64::MIN) }));
        }
        Self {
            store,
            nodes: nodes.into(),
            keys,
            until: Instant::now() + length,
            attempts: AtomicU64::new(0),
            changes: AtomicU64::new(0),
        }
    }

    fn goes_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// Presents keys that pass.
    async fn call(&self, mut choices: Choices) {
        while self.goes_on() {
            // Some keys are hot.
            let most = if choices.below(4) == 0 { KEYS } else { MEMORY / 2 };
            if let Some(kept) = self.keys[choices.below(most)].try_read() {
                let now = SystemClock::new().now().wall.as_seconds();
                kept.key.present(choices.one_of(&self.nodes)).await.unwrap();
                kept.passed.fetch_max(now, Ordering::Relaxed);
                self.attempts.fetch_add(1, Ordering::Relaxed);
            }
            yield_now().await;
        }
    }

    /// Presents keys that were never issued.
    async fn make_up(&self, mut choices: Choices) {
        let mut number = 0;
        while self.goes_on() {
            let id = CredentialId::new(forged::digits::<12>(number)).unwrap();
            number += 1;
            let token = forged::key(KindWord::App, id, number);
            let outcome = choices.one_of(&self.nodes).verify(&Attempt::app(&token)).await;
            assert_eq!(denial(outcome.map(drop)).reason(), DenialReason::Unknown);
            yield_now().await;
        }
    }

    /// Changes keys, and sees every node follow.
    async fn change(&self, mut choices: Choices) {
        while self.goes_on() {
            let mut kept = self.keys[choices.below(KEYS)].write().await;
            let node = choices.one_of(&self.nodes);
            self.check_last_used(&kept).await;
            match choices.below(4) {
                0 => self.rotate(node, &mut kept, Duration::ZERO).await,
                1 => self.rotate(node, &mut kept, Duration::from_hours(1)).await,
                2 => self.replace(node, &mut kept).await,
                _ => self.suspend(*choices.one_of(&Revocation::REVERSIBLE), node, &kept.key).await,
            }
            for node in &self.nodes {
                kept.key.present(node).await.unwrap();
            }
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn rotate(&self, node: &Keyward, kept: &mut Kept, overlap: Duration) {
        let old = kept.key.clone();
        let rotation = Rotation::new(overlap).end_overlap();
        let rotated = node.manager(&old.admin()).rotate(old.id, rotation).await.unwrap();
        rotated.secret.expose().clone_into(&mut kept.key.text);
        sleep(BOUND).await;
        for node in &self.nodes {
            assert_eq!(old.present(node).await.is_ok(), overlap > Duration::ZERO);
        }
        *kept.passed.get_mut() = i64::MIN;
    }

    async fn replace(&self, node: &Keyward, kept: &mut Kept) {
        let old = kept.key.clone();
        Revocation::Delete.carry_out(node, &old).await.unwrap();
        kept.key.issue_again(node).await.unwrap();
        sleep(BOUND).await;
        for node in &self.nodes {
            old.present(node).await.unwrap_err();
        }
        *kept.passed.get_mut() = i64::MIN;
    }

    async fn suspend(&self, revocation: Revocation, node: &Keyward, key: &LiveKey) {
        if revocation == Revocation::Disallow {
            // Its network is on no list.
            return;
        }
        revocation.carry_out(node, key).await.unwrap();
        sleep(BOUND).await;
        for node in &self.nodes {
            assert_eq!(denial(key.present(node).await).reason(), revocation.reason());
        }
        revocation.take_back(node, key).await.unwrap();
        sleep(BOUND).await;
    }

    /// No use of its current secret was lost.
    async fn check_last_used(&self, kept: &Kept) {
        for node in &self.nodes {
            node.flush().await.unwrap();
        }
        let record = self.store.credential(kept.key.id).await.unwrap().unwrap();
        let written = record.current.last_used.map_or(i64::MIN, Timestamp::as_seconds);
        assert!(written >= kept.passed.load(Ordering::Relaxed), "{:?}", kept.key.id);
    }

    /// Prunes the history repeatedly, so that it does not grow; sometimes before the nodes have polled it.
    async fn prune(&self, mut choices: Choices) {
        while self.goes_on() {
            sleep(BOUND * 2).await;
            let age = if choices.below(8) == 0 { Duration::ZERO } else { BOUND * 10 };
            let before = SystemClock::new().now().wall.saturating_sub(age);
            self.store.prune_events(before, usize::MAX).await.unwrap();
        }
    }

    /// Returns the number of memory pages of the process at several times.
    async fn watch(&self) -> Vec<u64> {
        let mut sizes = Vec::new();
        while self.goes_on() {
            sleep(BOUND).await;
            for node in &self.nodes {
                let cached = node.stats().cached;
                assert!(cached <= MEMORY as u64, "{cached}");
            }
            sizes.extend(pages());
        }
        sizes
    }
}

/// Returns the number of memory pages of the process, if the system reports it.
fn pages() -> Option<u64> {
    let sizes = fs::read_to_string("/proc/self/statm").ok()?;
    sizes.split_whitespace().nth(1)?.parse().ok()
}

/// The most pages that there were in each quarter of the time.
fn quarters(sizes: &[u64]) -> [u64; 4] {
    let quarter = sizes.len() / 4;
    [0, 1, 2, 3].map(|number| {
        let sizes = sizes.iter().skip(number * quarter).take(quarter);
        sizes.copied().max().unwrap_or_default()
    })
}

/// From the second quarter to the last, it grows by a tenth at most.
fn assert_flat(sizes: &[u64]) {
    let [_, early, _, late] = quarters(sizes);
    assert!(late * 10 <= early * 11, "{early} pages became {late}");
}
