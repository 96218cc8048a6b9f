//! Revocations at random moments, under load, on several nodes over one store of any kind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fmt};

use keyward::store::CredentialStore;
use keyward::{Freshness, Keyward, Kind, MasterKey, MasterKeys, NotVerified, SlowHashParams};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::again;
use super::random::Choices;
use super::revocation::{LiveKey, Revocation};

/// How far behind a node may be that does not ask each time.
const BOUND: Duration = Duration::from_millis(100);
/// How many keys are under attack at once.
const AT_ONCE: usize = 16;

/// What a storm came to: the latest attempts that were still accepted, counted from the acknowledgement, by
/// how the node that accepted them stands to the one that revoked.
#[derive(Debug, Default)]
pub struct Worst {
    pub attempts: usize,
    pub same_handle: Duration,
    pub strict: Duration,
    pub bounded: Duration,
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} attempts; the latest that was accepted began after the acknowledgement: on the same handle \
             {:?}, under strict freshness {:?}, on another node {:?} of {BOUND:?}",
            self.attempts, self.same_handle, self.strict, self.bounded
        )
    }
}

/// One node, and how it keeps fresh.
#[derive(Clone)]
struct Node {
    keyward: Keyward,
    freshness: Freshness,
}

/// The nodes, and what they all do.
struct Storm {
    nodes: Vec<Node>,
    choices: Choices,
    revocations: usize,
    begun: AtomicUsize,
    worst: Mutex<Worst>,
}

/// One key, from before its revocation until it is refused everywhere.
struct Trial {
    key: LiveKey,
    revocation: Revocation,
    revoker: usize,
    started: OnceLock<()>,
    acknowledged: OnceLock<Instant>,
}

/// Revokes `KEYWARD_REVOCATIONS` keys (500, if nothing is said) over stores that `open` opens, each of them
/// another handle on one place. Panics where a key passes too late, or is refused too early.
pub async fn storm<S: CredentialStore>(choices: Choices, open: impl AsyncFn() -> S) -> Worst {
    let revocations = env::var("KEYWARD_REVOCATIONS").map_or(500, |number| number.parse().unwrap());
    let key = MasterKey::generate().unwrap();
    let bounded = Freshness::Bounded(BOUND);
    let mut nodes = Vec::new();
    for freshness in [bounded, bounded, bounded, Freshness::Strict] {
        let keyward = Keyward::builder(open().await, MasterKeys::new(again(&key)))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .freshness(freshness)
            .flush_interval(BOUND)
            .build()
            .unwrap();
        nodes.push(Node { keyward, freshness });
    }
    let storm = Arc::new(Storm {
        nodes,
        choices,
        revocations,
        begun: AtomicUsize::new(0),
        worst: Mutex::default(),
    });
    storm.blow().await;
    Arc::into_inner(storm).unwrap().worst.into_inner().unwrap()
}

impl Storm {
    async fn blow(self: &Arc<Self>) {
        // All but the first: there, requests do all the work.
        let maintained = &self.nodes[1..];
        let maintenance: Vec<_> =
            maintained.iter().map(|node| tokio::spawn(node.keyward.maintain(sleep))).collect();
        let mut workers = JoinSet::new();
        for worker in 0..AT_ONCE {
            let (storm, choices) = (Arc::clone(self), self.choices.of(worker));
            workers.spawn(async move { storm.revoke_in_turn(choices).await });
        }
        workers.join_all().await;
        for node in &self.nodes {
            node.keyward.close().await.unwrap();
        }
        for ended in maintenance {
            ended.await.unwrap();
        }
    }

    async fn revoke_in_turn(self: &Arc<Self>, mut choices: Choices) {
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= self.revocations {
                return;
            }
            let revocation = Revocation::ALL[number % Revocation::ALL.len()];
            let kind = *choices.one_of(&[Kind::App, Kind::Track]);
            let issuer = &choices.one_of(&self.nodes).keyward;
            let key = LiveKey::issue(issuer, number, kind, Some(revocation)).await.unwrap();
            let trial = Arc::new(Trial {
                key,
                revocation,
                revoker: choices.below(self.nodes.len()),
                started: OnceLock::new(),
                acknowledged: OnceLock::new(),
            });
            self.try_one(&trial, Duration::from_micros(choices.below(50_000) as u64)).await;
        }
    }

    async fn try_one(self: &Arc<Self>, trial: &Arc<Trial>, after: Duration) {
        let mut attackers = JoinSet::new();
        for place in 0..self.nodes.len() {
            let (storm, trial) = (Arc::clone(self), Arc::clone(trial));
            attackers.spawn(async move { storm.present_until_over(&trial, place).await });
        }
        sleep(after).await;
        trial.started.set(()).unwrap();
        let revoker = &self.nodes[trial.revoker].keyward;
        trial.revocation.carry_out(revoker, &trial.key).await.unwrap();
        trial.acknowledged.set(Instant::now()).unwrap();
        attackers.join_all().await;
    }

    /// Presents the key again and again, until the bound is over.
    async fn present_until_over(&self, trial: &Trial, place: usize) {
        let node = &self.nodes[place];
        let mut attempts = 0;
        loop {
            let begun = Instant::now();
            let outcome = trial.key.present(&node.keyward).await;
            attempts += 1;
            let late = trial
                .acknowledged
                .get()
                .map_or(Duration::ZERO, |at| begun.saturating_duration_since(*at));
            match outcome {
                Ok(()) => self.note_accepted(trial, place, late),
                Err(NotVerified::Denied(denial)) => {
                    assert!(trial.started.get().is_some(), "{denial:?} before it was revoked");
                    assert!(trial.revocation.explains(denial.reason()), "{denial:?}");
                }
                Err(NotVerified::Unavailable(unavailable)) => panic!("{unavailable:?}"),
            }
            if late > BOUND {
                break;
            }
            tokio::task::yield_now().await;
        }
        self.worst.lock().unwrap().attempts += attempts;
    }

    /// An attempt was accepted that began so long after the acknowledgement.
    fn note_accepted(&self, trial: &Trial, place: usize, late: Duration) {
        let (mut worst, freshness) = (self.worst.lock().unwrap(), self.nodes[place].freshness);
        let (delay, most) = match freshness {
            _ if place == trial.revoker => (&mut worst.same_handle, Duration::ZERO),
            Freshness::Strict => (&mut worst.strict, Duration::ZERO),
            Freshness::Bounded(bound) => (&mut worst.bounded, bound),
        };
        *delay = late.max(*delay);
        assert!(late <= most, "{:?} on {freshness:?}: {late:?} late", trial.revocation);
    }
}
