//! Last-used times: none is invented or moved back, and none is lost that should be written by now.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use keyward::store::{CredentialStore, Use};
use keyward::{CredentialId, GenerationNumber, MemoryStore, time::Timestamp};

use crate::support::block_on;
use crate::timeline::Moment;

/// One process of one node, from its start to its crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Life {
    pub(crate) node: usize,
    pub(crate) number: usize,
}

type Secret = (CredentialId, GenerationNumber);

#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The seconds in which attempts began.
    begun: HashSet<(Secret, i64)>,
    /// Attempts that passed, and whose uses are not confirmed as written.
    passed: Vec<Passed>,
    /// The stored times at the last check.
    stored: HashMap<Secret, i64>,
    /// When each life last sent uses, by its monotonic clock.
    sent: HashMap<Life, Duration>,
}

#[derive(Debug)]
struct Passed {
    life: Life,
    secret: Secret,
    second: i64,
    ended: Moment,
    /// The same by the life's monotonic clock.
    monotonic: Duration,
}

impl Passed {
    /// Returns `true` if its time is stored, or need not be stored any more.
    fn is_written(&self, store: &MemoryStore) -> bool {
        let (id, number) = self.secret;
        let record = block_on(store.credential(id)).unwrap();
        let generation = record.as_ref().and_then(|record| record.generation(number));
        generation.is_none_or(|generation| {
            generation.last_used.map(Timestamp::as_seconds) >= Some(self.second)
        })
    }
}

impl Uses {
    pub(crate) fn begin(&self, secret: Secret, wall: Timestamp) {
        self.state().begun.insert((secret, wall.as_seconds()));
    }

    /// An attempt that began at `wall` has passed.
    pub(crate) fn passed(
        &self,
        life: Life,
        secret: Secret,
        wall: Timestamp,
        ended: (Moment, Duration),
    ) {
        let (second, (ended, monotonic)) = (wall.as_seconds(), ended);
        self.state().passed.push(Passed { life, secret, second, ended, monotonic });
    }

    /// A life sends uses to the store.
    pub(crate) fn sent(&self, life: Life, monotonic: Duration, uses: &[Use]) {
        let mut state = self.state();
        for sent in uses {
            let known = ((sent.credential, sent.generation), sent.at.as_seconds());
            assert!(state.begun.contains(&known), "{sent:?} never was");
        }
        state.sent.insert(life, monotonic);
    }

    /// No stored time has moved back since an earlier check.
    pub(crate) fn check_forward(&self, store: &MemoryStore) {
        let mut state = self.state();
        let known: HashSet<_> = state.passed.iter().map(|passed| passed.secret.0).collect();
        for record in known.into_iter().filter_map(|id| block_on(store.credential(id)).unwrap()) {
            for generation in record.generations() {
                let secret = (record.id, generation.number);
                let now = generation.last_used.map_or(i64::MIN, Timestamp::as_seconds);
                let before = state.stored.insert(secret, now);
                assert!(before.is_none_or(|before| before <= now), "{secret:?} moved back");
            }
        }
    }

    /// A process was told that the uses which it sent at `sent` are written: all uses before that time must be stored.
    pub(crate) fn check_written(&self, life: Life, sent: Moment, store: &MemoryStore) {
        self.state().passed.retain(|passed| {
            if passed.life != life || passed.ended > sent {
                return true;
            }
            assert!(passed.is_written(store), "{passed:?}");
            false
        });
    }

    /// A process crashes at `now` by its monotonic clock: it must have sent all uses that are older than `most`, and
    /// again those that were not written then.
    pub(crate) fn check_crash(
        &self,
        life: Life,
        now: Duration,
        most: Option<Duration>,
        store: &MemoryStore,
    ) {
        let mut state = self.state();
        let sent = state.sent.get(&life).copied();
        state.passed.retain(|passed| {
            if passed.life != life {
                return true;
            }
            let waits_since = sent.map_or(passed.monotonic, |sent| sent.max(passed.monotonic));
            let is_old = most.is_some_and(|most| now > waits_since + most);
            assert!(!is_old || passed.is_written(store), "{passed:?}, and now is {now:?}");
            false
        });
    }

    /// A process ends that was closed: uses after the close are lost, as documented.
    pub(crate) fn forget(&self, life: Life) {
        self.state().passed.retain(|passed| passed.life != life);
    }

    /// Every use that passed is written.
    pub(crate) fn check_nothing_waits(&self) {
        let state = self.state();
        assert!(state.passed.is_empty(), "{:?}", state.passed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}
