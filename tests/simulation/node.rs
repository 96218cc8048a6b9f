//! A node: it lives, sleeps, crashes and lives again, with its own clocks and its own way to the store.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use keyward::{
    Freshness, Keyward, MasterKeys, SlowHashParams,
    time::{Clock, Timestamp},
};

use crate::clock::{MOST_AWAY, NodeClock};
use crate::executor::Spawner;
use crate::history::{Commit, Place};
use crate::network_faults::LIMIT;
use crate::store::{Beyond, NodeStore};
use crate::support::kinds::KindSet;
use crate::support::random::Choices;
use crate::support::random_source::Source;
use crate::timeline::Moment;
use crate::uses::Life;
use crate::world::{Key, master_key};

pub(crate) struct Node {
    kinds: &'static KindSet,
    number: usize,
    freshness: Freshness,
    /// The outage tolerance.
    tolerance: Duration,
    flush_interval: Duration,
    is_maintained: bool,
    cached: usize,
    seed: u64,
    beyond: Arc<Beyond>,
    spawner: Spawner,
    lives: Cell<usize>,
    alive: RefCell<Option<Alive>>,
    asleep: Cell<bool>,
    ahead: Cell<Duration>,
    /// Until this time it must not sleep or be set back: no clock could measure an age through both at once.
    rests_until: Cell<Duration>,
}

/// The state that a crash loses.
#[derive(Clone)]
struct Alive {
    keyward: Keyward,
    clock: NodeClock,
    /// The changes that it has acknowledged to its callers: the versions that it must know at least.
    acknowledged: HashMap<Place, usize>,
}

/// The node was not running, or ended before it answered.
#[derive(Debug)]
pub(crate) struct Gone;

/// The start of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) moment: Moment,
    pub(crate) wall: Timestamp,
    pub(crate) floors: Floors,
}

/// Which versions a node must know at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floors {
    pub(crate) account: usize,
    pub(crate) workspace: usize,
    pub(crate) credential: usize,
}

impl Node {
    pub(crate) fn new(
        number: usize,
        kinds: &'static KindSet,
        choices: &mut Choices,
        beyond: &Arc<Beyond>,
        spawner: &Spawner,
        tolerance: Duration,
    ) -> Self {
        let bounds = [60, 120, 250].map(Duration::from_millis);
        let freshness = match choices.below(4) {
            0 => Freshness::Strict,
            _ => Freshness::Bounded(*choices.one_of(&bounds)),
        };
        let ahead = choices.below(2 * millis(MOST_AWAY));
        Self {
            number,
            kinds,
            freshness,
            tolerance,
            flush_interval: Duration::from_millis(500 + choices.below(1_000) as u64),
            is_maintained: choices.below(4) > 0,
            cached: if choices.below(8) == 0 { 0 } else { 512 },
            seed: choices.below(usize::MAX) as u64,
            beyond: Arc::clone(beyond),
            spawner: spawner.clone(),
            lives: Cell::new(0),
            alive: RefCell::default(),
            asleep: Cell::new(false),
            ahead: Cell::new(Duration::from_millis(ahead as u64)),
            rests_until: Cell::new(Duration::ZERO),
        }
    }

    pub(crate) fn life(&self) -> Life {
        Life { node: self.number, number: self.lives.get() }
    }

    /// Starts a new process with an empty cache.
    pub(crate) fn start(&self) {
        let clock = NodeClock::new(&self.beyond.timeline, self.ahead.get());
        let (life, beyond) = (self.life(), Arc::clone(&self.beyond));
        let store = NodeStore { life, clock: clock.clone(), beyond };
        let seed = self.seed ^ self.lives.get() as u64;
        let builder = Keyward::builder(store, MasterKeys::new(master_key()));
        let builder = self.kinds.declare(builder);
        let keyward = builder
            .clock(clock.clone())
            .randomness(Source::seeded(seed))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .hashing_threads(NonZeroUsize::MIN)
            .freshness(self.freshness)
            .outage_tolerance(self.tolerance)
            .flush_interval(self.flush_interval)
            .last_used_grain(Duration::ZERO)
            .cached_credentials(self.cached)
            .build()
            .unwrap();
        *self.alive.borrow_mut() = Some(Alive { keyward, clock, acknowledged: HashMap::new() });
    }

    /// `maintain`, for this life.
    pub(crate) async fn maintain(&self) {
        if self.is_maintained {
            let timeline = self.beyond.timeline.clone();
            let maintained = self.run(async |keyward| {
                let maintenance = keyward.maintain(move |pause| timeline.sleep(pause));
                drop(keyward);
                maintenance.await;
            });
            // A crash ends it.
            maintained.await.ok();
        }
    }

    /// Ends the process, with all its running work.
    pub(crate) fn crash(&self) {
        if let Some(alive) = self.alive.take() {
            let (now, store) = (alive.clock.now().monotonic, &self.beyond.store);
            self.beyond.uses.check_crash(self.life(), now, self.may_lose(), store);
            self.end();
        }
    }

    /// The same, after `close`.
    pub(crate) fn stop(&self) {
        self.beyond.uses.forget(self.life());
        self.alive.take();
        self.end();
    }

    fn end(&self) {
        self.asleep.set(false);
        self.lives.set(self.lives.get() + 1);
        self.spawner.wake_all();
    }

    /// Returns how old a use can be that a crash loses: an interval, plus the time of the store's calls.
    fn may_lose(&self) -> Option<Duration> {
        let pause = match self.freshness {
            Freshness::Bounded(bound) => bound / 2,
            Freshness::Strict => self.flush_interval,
        };
        self.is_maintained.then_some(self.flush_interval + pause + LIMIT * 3)
    }

    /// Returns `true` if the machine fell asleep and must be woken.
    pub(crate) fn fall_asleep(&self) -> bool {
        let may = !self.asleep.get() && self.has_rested();
        if let Some(alive) = self.alive.borrow().as_ref().filter(|_| may) {
            alive.clock.fall_asleep();
            self.asleep.set(true);
        }
        self.asleep.get() && may
    }

    pub(crate) fn wake_up(&self) {
        if let Some(alive) = &*self.alive.borrow() {
            alive.clock.wake_up();
        }
        self.asleep.set(false);
        self.rest();
        self.spawner.wake_all();
    }

    /// Sets the wall clock, forward or, if allowed, back.
    pub(crate) fn jump(&self, choices: &mut Choices) {
        let ahead = Duration::from_millis(choices.below(2 * millis(MOST_AWAY)) as u64);
        let back = ahead < self.ahead.get();
        if self.asleep.get() || (back && !self.has_rested()) {
            return;
        }
        if let Some(alive) = &*self.alive.borrow() {
            self.ahead.set(ahead);
            alive.clock.jump(ahead);
        }
        if back {
            self.rest();
        }
    }

    fn rest(&self) {
        let bound = match self.staleness() {
            Freshness::Bounded(bound) => bound,
            Freshness::Strict => Duration::ZERO,
        };
        self.rests_until.set(self.beyond.timeline.now() + bound);
    }

    /// How late this node can be: in an outage, the tolerance is added to the bound.
    pub(crate) fn staleness(&self) -> Freshness {
        match self.freshness {
            Freshness::Bounded(bound) => Freshness::Bounded(bound + self.tolerance),
            Freshness::Strict => Freshness::Strict,
        }
    }

    /// Returns `true` if an attempt in this life passed on the tolerance.
    pub(crate) fn has_tolerated(&self) -> bool {
        self.alive.borrow().as_ref().is_some_and(|alive| alive.keyward.stats().tolerated > 0)
    }

    fn has_rested(&self) -> bool {
        self.beyond.timeline.now() > self.rests_until.get()
    }

    /// Runs something on this node while it lives. Nothing runs while it sleeps.
    pub(crate) async fn run<T>(&self, work: impl AsyncFnOnce(Keyward) -> T) -> Result<T, Gone> {
        let keyward =
            self.alive.borrow().as_ref().map(|alive| alive.keyward.clone()).ok_or(Gone)?;
        let life = self.life();
        let mut work = Box::pin(work(keyward));
        poll_fn(move |context| {
            if self.life() != life {
                Poll::Ready(Err(Gone))
            } else if self.asleep.get() {
                Poll::Pending
            } else {
                work.as_mut().poll(context).map(Ok)
            }
        })
        .await
    }

    /// An attempt with this key begins now.
    pub(crate) fn begin(&self, key: &Key) -> Begun {
        let alive = self.alive.borrow();
        let alive = alive.as_ref().unwrap();
        let floor = |place| alive.acknowledged.get(&place).copied().unwrap_or_default();
        Begun {
            moment: self.beyond.timeline.moment(),
            wall: alive.clock.now().wall,
            floors: Floors {
                account: floor(Place::Account(key.account.clone())),
                workspace: floor(Place::Workspace(key.workspace.clone())),
                credential: floor(Place::Credential(key.id)),
            },
        }
    }

    /// The node has acknowledged this change to a caller.
    pub(crate) fn acknowledge(&self, Commit { place, version }: Commit) {
        if let Some(alive) = &mut *self.alive.borrow_mut() {
            let known = alive.acknowledged.entry(place).or_default();
            *known = version.max(*known);
        }
    }

    pub(crate) fn is_down(&self) -> bool {
        self.alive.borrow().is_none()
    }

    /// Its wall clock, and its monotonic one.
    pub(crate) fn clocks(&self) -> (Timestamp, Duration) {
        let alive = self.alive.borrow();
        let now = alive.as_ref().unwrap().clock.now();
        (now.wall, now.monotonic)
    }
}

fn millis(duration: Duration) -> usize {
    usize::try_from(duration.as_millis()).unwrap()
}
