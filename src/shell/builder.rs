//! How a handle is set up.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rand_core::TryCryptoRng;

use crate::domain::Limits;
use crate::secrets::{MasterKeys, MasterKeysError, SlowHashParams};
use crate::store::{AnyStore, CredentialStore};
use crate::values::{Brand, Clock, Randomness, SystemClock};

use super::hashing::{Gate, Pool};
use super::keyward::{Inner, Keyward};
use super::knowledge::{Freshness, Knowledge};
use super::last_used::LastUsed;
use super::stats::Counters;

/// Why a handle cannot be built. It is a mistake in the host's set-up, not a passing state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The master keys contradict each other.
    #[error(transparent)]
    MasterKeys(#[from] MasterKeysError),
}

/// Sets up a [`Keyward`]. The store and the master keys are given; the rest has defaults.
#[derive(Debug)]
#[must_use = "nothing is set up until `build` is called"]
pub struct Builder {
    store: AnyStore,
    keys: MasterKeys,
    brand: Brand,
    clock: Box<dyn Clock>,
    randomness: Randomness,
    slow_hash: SlowHashParams,
    limits: Limits,
    hashing_threads: Option<NonZeroUsize>,
    hashing_queue: NonZeroUsize,
    flush_interval: Duration,
    freshness: Freshness,
    cached_credentials: usize,
}

/// How many jobs each lane of Argon2id holds, unless the host says otherwise.
const HASHING_QUEUE: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// How many credentials are cached, unless the host says otherwise.
const CACHED_CREDENTIALS: usize = 100_000;

impl Builder {
    pub(super) fn new(store: impl CredentialStore, keys: MasterKeys) -> Self {
        Self {
            store: AnyStore::new(store),
            keys,
            brand: Brand::default(),
            clock: Box::new(SystemClock::new()),
            randomness: Randomness::system(),
            slow_hash: SlowHashParams::default(),
            limits: Limits::default(),
            hashing_threads: None,
            hashing_queue: HASHING_QUEUE,
            flush_interval: Duration::from_secs(10),
            freshness: Freshness::default(),
            cached_credentials: CACHED_CREDENTIALS,
        }
    }

    /// The first word of every key text; `kw` by default. Keys of another brand are refused, so choose it
    /// once.
    pub fn brand(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// The clock; the machine's by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// The source of randomness; the operating system's by default.
    pub fn randomness<R>(mut self, source: R) -> Self
    where
        R: TryCryptoRng + Send + 'static,
        R::Error: Send + Sync + 'static,
    {
        self.randomness = Randomness::new(source);
        self
    }

    /// What Argon2id costs for new secrets; OWASP's recommendation by default.
    pub fn slow_hash(mut self, params: SlowHashParams) -> Self {
        self.slow_hash = params;
        self
    }

    /// How many of each a workspace may have.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many threads run Argon2id, and so how many times its memory is taken at once; as many as the
    /// machine has cores by default. They are started when they are first needed.
    pub fn hashing_threads(mut self, threads: NonZeroUsize) -> Self {
        self.hashing_threads = Some(threads);
        self
    }

    /// How many jobs may wait for Argon2id, for issuing and for verifying each; 64 by default. Beyond it
    /// the answer is [`Unavailable`](crate::Unavailable).
    pub fn hashing_queue(mut self, jobs: NonZeroUsize) -> Self {
        self.hashing_queue = jobs;
        self
    }

    /// How often last-used times are written; every 10 seconds by default. A crash loses as much, and what
    /// [`maintain`](crate::Keyward::maintain) rests and the store takes.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval;
        self
    }

    /// How far this node may be behind a revocation that another node has acknowledged; 1 second by default.
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// How many credentials are cached; 100,000 by default. `BENCHMARKS.md` says how much memory each takes.
    pub fn cached_credentials(mut self, most: usize) -> Self {
        self.cached_credentials = most;
        self
    }

    /// Builds the handle. The store is not asked anything.
    pub fn build(self) -> Result<Keyward, BuildError> {
        self.keys.check()?;
        // Asked last, since it reads files.
        let machine = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.hashing_threads.unwrap_or_else(machine);
        Ok(Keyward::new(Inner {
            store: self.store,
            keys: self.keys,
            brand: self.brand,
            clock: self.clock,
            randomness: self.randomness,
            slow_hash: self.slow_hash,
            limits: self.limits,
            pool: Pool::new(threads.get(), self.hashing_queue.get()),
            gate: Gate::default(),
            last_used: LastUsed::new(self.flush_interval),
            knowledge: Knowledge::new(self.freshness, self.cached_credentials),
            stats: Counters::default(),
            closed: AtomicBool::new(false),
        }))
    }
}
