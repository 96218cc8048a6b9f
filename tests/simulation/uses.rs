//! Last-used times: no use is made up, none is moved back, and none is lost that was to be written by now.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use keyward::store::{CredentialStore, Use};
use keyward::{CredentialId, GenerationNumber, MemoryStore, time::Timestamp};

use crate::support::block_on;
use crate::timeline::Moment;

/// One life of one node, from its start to its crash.
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
    /// Attempts that passed, and nobody has said yet that they are written.
    passed: Vec<Passed>,
    /// What was stored when it was last looked at.
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
    /// Whether its time is stored, or no longer to be.
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

    /// No time that was ever seen has moved back.
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

    /// A life has been told that what it sent at `sent` is written: all that had passed before.
    pub(crate) fn check_written(&self, life: Life, sent: Moment, store: &MemoryStore) {
        self.state().passed.retain(|passed| {
            if passed.life != life || passed.ended > sent {
                return true;
            }
            assert!(passed.is_written(store), "{passed:?}");
            false
        });
    }

    /// A life ends without a word, at `now` by its monotonic clock: it has sent all that is older than `most`,
    /// and again what was not written then.
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

    /// A life ends that has been closed: what it was used for since is lost, as it was told.
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
