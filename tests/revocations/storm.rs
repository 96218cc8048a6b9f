//! Revocations at random moments, under load, on several nodes over one store of any kind.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fmt};

use keyward::{Freshness, Keyward, kind::KindWord};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::attack::Seen;
use crate::node::{BOUND, Node, Place, Revoked, close, known};
use crate::support::random::Choices;
use crate::support::revocation::{LiveKey, Revocation};

/// The number of keys under attack at the same time.
const AT_ONCE: usize = 16;

/// The result of a storm: the latest attempts that were still accepted, counted from the acknowledgement, by the
/// relation of the accepting node to the revoking one.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    revocations: usize,
    /// The number of changes that were begun and not acknowledged, because the store took too long.
    unacknowledged: usize,
    attempts: usize,
    /// The number of unavailable attempts, because the store took too long.
    pub(crate) unavailable: usize,
    same_handle: Duration,
    strict: Duration,
    bounded: Duration,
}

impl Outcome {
    /// A store on a busy machine may exceed its time limit. But an attempt without an answer shows nothing.
    pub(crate) fn assert_mostly_answered(&self) {
        assert!(self.unavailable * 10 <= self.attempts, "too few attempts were decided");
        assert!(self.unacknowledged <= self.revocations * 10, "hardly any was acknowledged");
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revocations, unacknowledged, attempts, unavailable, .. } = self;
        write!(
            f,
            "{revocations} revocations, and {unacknowledged} that the store did not acknowledge in its time; \
             {attempts} attempts, {unavailable} of them undecided; the latest that was accepted began after \
             the acknowledgement: on the same handle {:?}, under strict freshness {:?}, on another node \
             {:?} of {BOUND:?}",
            self.same_handle, self.strict, self.bounded
        )
    }
}

/// The nodes, and their shared work.
struct Storm {
    nodes: Vec<Node>,
    choices: Choices,
    revocations: usize,
    begun: AtomicUsize,
    /// Each key has an account with a number.
    accounts: AtomicUsize,
    outcome: Mutex<Outcome>,
}

/// One key, from before its revocation until every node refuses it.
struct Trial {
    key: LiveKey,
    revocation: Revocation,
    revoker: usize,
    over: AtomicBool,
}

/// Revokes `KEYWARD_REVOCATIONS` keys, or `revocations` by default. Panics if a key passes too late, or is refused too
/// early.
pub(crate) async fn storm(choices: Choices, revocations: usize, nodes: Vec<Node>) -> Outcome {
    let said = env::var("KEYWARD_REVOCATIONS").map(|number| number.parse().unwrap());
    let storm = Arc::new(Storm {
        nodes,
        choices,
        revocations: said.unwrap_or(revocations),
        begun: AtomicUsize::new(0),
        accounts: AtomicUsize::new(0),
        outcome: Mutex::default(),
    });
    let begun = Instant::now();
    storm.blow().await;
    let outcome = Arc::into_inner(storm).unwrap().outcome.into_inner().unwrap();
    println!("{outcome}, in {:?}", begun.elapsed());
    outcome
}

impl Storm {
    async fn blow(self: &Arc<Self>) {
        // All but the first: there, requests do all the work.
        let maintenance: Vec<_> =
            self.here().skip(1).map(|node| tokio::spawn(node.maintain(sleep))).collect();
        let mut workers = JoinSet::new();
        for worker in 0..AT_ONCE {
            let (storm, choices) = (Arc::clone(self), self.choices.of(worker));
            workers.spawn(async move { storm.revoke_in_turn(choices).await });
        }
        workers.join_all().await;
        for node in self.here() {
            close(node).await;
        }
        for ended in maintenance {
            ended.await.unwrap();
        }
    }

    fn here(&self) -> impl Iterator<Item = &Keyward> {
        self.nodes.iter().filter_map(|node| match &node.place {
            Place::Here(keyward) => Some(keyward),
            Place::There(..) => None,
        })
    }

    async fn revoke_in_turn(self: &Arc<Self>, mut choices: Choices) {
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= self.revocations {
                return;
            }
            let revocation = Revocation::ALL[number % Revocation::ALL.len()];
            // Until one is acknowledged.
            while self.try_one(revocation, &mut choices).await.is_none() {}
        }
    }

    /// Returns `None` if the store took too long.
    async fn try_one(
        self: &Arc<Self>,
        revocation: Revocation,
        choices: &mut Choices,
    ) -> Option<()> {
        let number = self.accounts.fetch_add(1, Ordering::Relaxed);
        let kind = *choices.one_of(&[KindWord::App, KindWord::Track]);
        let here: Vec<_> = self.here().collect();
        let issuer = choices.one_of(&here);
        let key = known(LiveKey::issue(issuer, number, kind, Some(revocation)).await)?;
        let revoker = choices.below(self.nodes.len());
        let trial = Arc::new(Trial { key, revocation, revoker, over: AtomicBool::new(false) });
        let mut attackers = JoinSet::new();
        for place in 0..self.nodes.len() {
            let (storm, trial) = (Arc::clone(self), Arc::clone(&trial));
            attackers.spawn(async move {
                (place, storm.nodes[place].attack(&trial.key, &trial.over).await)
            });
        }
        sleep(Duration::from_micros(choices.below(50_000) as u64)).await;
        let ended = self.nodes[revoker].revoke(&trial.key, revocation).await;
        sleep(BOUND).await;
        trial.over.store(true, Ordering::SeqCst);
        for (place, seen) in attackers.join_all().await {
            self.judge(&trial, &ended, place, &seen);
        }
        let mut outcome = self.outcome.lock().unwrap();
        if ended.acknowledged.is_none() {
            outcome.unacknowledged += 1;
            return None;
        }
        outcome.revocations += 1;
        Some(())
    }

    fn judge(&self, trial: &Trial, ended: &Revoked, place: usize, seen: &Seen) {
        let (node, is_revoker) = (&self.nodes[place], place == trial.revoker);
        let what =
            || format!("{:?} on {:?}: {ended:?}, {seen:?}", trial.revocation, node.freshness);
        assert!(
            seen.denied.is_none_or(|denied| denied >= ended.begun),
            "denied before, {}",
            what()
        );
        let explained = |reason: &_| trial.revocation.explains(*reason);
        assert!(seen.reasons.iter().all(explained), "{}", what());
        let late = match (seen.accepted, ended.acknowledged) {
            (Some(begun), Some(acknowledged)) => begun.since(acknowledged),
            _ => Duration::ZERO,
        };
        assert!(late <= node.may_be_behind(is_revoker), "{late:?} late, {}", what());
        let mut outcome = self.outcome.lock().unwrap();
        outcome.attempts += seen.attempts;
        outcome.unavailable += seen.unavailable;
        let worst = match node.freshness {
            _ if is_revoker => &mut outcome.same_handle,
            Freshness::Strict => &mut outcome.strict,
            Freshness::Bounded(_) => &mut outcome.bounded,
        };
        *worst = late.max(*worst);
    }
}
