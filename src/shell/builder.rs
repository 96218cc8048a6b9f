//! How a handle is set up.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rand_core::TryCryptoRng;

use crate::domain::Limits;
use crate::kinds::{
    DEFAULT, INTEGRATIONS, IntegrationSpec, Integrations, IntegrationsError, Kind, KindSpec, Kinds,
    KindsError, Track,
};
use crate::secrets::{
    MasterKeys, MasterKeysError, RecordEpochs, RecordEpochsError, RecordKeys, SlowHashParams,
};
use crate::store::{AnyStore, CredentialStore};
use crate::values::{Brand, Clock, KindWord, Prefixes, Randomness, SystemClock};

use super::failure_log::FailureLog;
use super::hashing::Hashing;
use super::keyward::{Inner, Keyward};
use super::knowledge::{Freshness, Knowledge};
use super::last_used::LastUsed;
use super::manager::ManagerParts;
use super::minting::Minter;
use super::records::Records;
use super::renewing::Renewer;
use super::sealing::Sealer;
use super::stats::Counters;
use super::verifier::{SlowChecker, Stepper, Verifier};

/// Why a handle cannot be built. It is a mistake in the host's set-up, not a passing state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The master keys contradict each other.
    #[error(transparent)]
    MasterKeys(#[from] MasterKeysError),
    /// The kinds do not fit together.
    #[error(transparent)]
    Kinds(#[from] KindsError),
    /// The integrations do not fit together or to the kinds.
    #[error(transparent)]
    Integrations(#[from] IntegrationsError),
    /// One brand is given twice.
    #[error("the brand `{0}` is given twice: give it once, as the brand or as an older one")]
    BrandTwice(Brand),
    /// The record epochs contradict each other.
    #[error(transparent)]
    RecordEpochs(#[from] RecordEpochsError),
}

/// Sets up a [`Keyward`]. The store and the master keys are given; the rest has defaults.
#[derive(Debug)]
#[must_use = "nothing is set up until `build` is called"]
pub struct Builder {
    store: AnyStore,
    keys: MasterKeys,
    epochs: RecordEpochs,
    brand: Brand,
    older_brands: Vec<Brand>,
    kinds: Vec<KindSpec>,
    /// `None` until the host declares some, or that it has none.
    integrations: Option<Vec<IntegrationSpec>>,
    custom_integrations: Option<KindWord>,
    clock: Arc<dyn Clock>,
    randomness: Randomness,
    slow_hash: SlowHashParams,
    limits: Limits,
    retention: Option<Duration>,
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
            epochs: RecordEpochs::default(),
            brand: Brand::default(),
            older_brands: Vec::new(),
            kinds: Vec::new(),
            integrations: None,
            custom_integrations: None,
            clock: Arc::new(SystemClock::new()),
            randomness: Randomness::system(),
            slow_hash: SlowHashParams::default(),
            limits: Limits::default(),
            retention: None,
            hashing_threads: None,
            hashing_queue: HASHING_QUEUE,
            flush_interval: Duration::from_secs(10),
            freshness: Freshness::default(),
            cached_credentials: CACHED_CREDENTIALS,
        }
    }

    /// Sets the brand of new keys; `kw` by default. Keys of another brand are refused, except for
    /// [`older_brands`](Self::older_brands).
    pub fn brand(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// Accepts keys of these brands as well: those that were the brand once, and the next one.
    ///
    /// A key keeps its brand for as long as its secret lives, and is shown again with it. To replace a brand
    /// without refusing a good key, first let every node accept the new one here, and then make it the
    /// [`brand`](Self::brand), with the old one here.
    pub fn older_brands(mut self, brands: impl IntoIterator<Item = Brand>) -> Self {
        self.older_brands.extend(brands);
        self
    }

    /// Registers a kind of credential. The first one replaces the default, which is
    /// [`Track`](crate::Track) and [`App`](crate::App); a service has at most eight.
    pub fn kind<K: Kind>(mut self) -> Self {
        self.kinds.push(K::SPEC);
        self
    }

    /// Declares the integrations that customers can connect. Declare none, with `[]`, for a service that has none.
    ///
    /// By default, a service with the default kinds has [`IntegrationSpec::JAVASCRIPT_SNIPPET`],
    /// [`IntegrationSpec::SEGMENT`] and [`IntegrationSpec::API`], and lets customers name others, all for Track sets. A
    /// service with other kinds has none. The first call of this method or of
    /// [`custom_integrations`](Self::custom_integrations) replaces that default.
    ///
    /// An integration that is no longer declared stays connected where it was: it is listed, and can be disconnected.
    pub fn integrations(mut self, specs: impl IntoIterator<Item = IntegrationSpec>) -> Self {
        self.integrations.get_or_insert_default().extend(specs);
        self
    }

    /// Lets customers connect integrations that they name themselves, as `custom:` and a name, with credentials of the
    /// kind `K`.
    pub fn custom_integrations<K: Kind>(mut self) -> Self {
        self.custom_integrations = Some(K::WORD);
        self
    }

    /// Sets the record epoch, under which records are tagged; 0 by default.
    ///
    /// A person who can write the database can put an old row back whole, with its tag. Raise the epoch to
    /// refuse all older copies. Deploy each step on every node before the next:
    ///
    /// 1. Name the new epoch with [`newer_record_epochs`](Self::newer_record_epochs).
    /// 2. Set it here, and name the epoch before it with [`older_record_epochs`](Self::older_record_epochs).
    /// 3. Review what the store holds, and walk it with [`rekey`](Keyward::rekey), which tags it again.
    /// 4. Remove the older epoch. Copies from before the walk no longer open.
    pub fn record_epoch(mut self, epoch: u32) -> Self {
        self.epochs.set_current(epoch);
        self
    }

    /// Adds record epochs from before the current one, whose records still open and are tagged again by
    /// [`rekey`](Keyward::rekey).
    pub fn older_record_epochs(mut self, epochs: impl IntoIterator<Item = u32>) -> Self {
        self.epochs.add_older(epochs);
        self
    }

    /// Adds record epochs that other nodes are about to use, whose records open and are left alone.
    pub fn newer_record_epochs(mut self, epochs: impl IntoIterator<Item = u32>) -> Self {
        self.epochs.add_newer(epochs);
        self
    }

    /// The clock; the machine's by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
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

    /// Sets how long the history keeps events; for ever by default. [`maintain`](Keyward::maintain) deletes older ones in batches, by
    /// this node's clock.
    ///
    /// The events of the last 24 hours stay in any case, so that operation ids are remembered. All nodes should have the same
    /// retention: the shortest counts. A service without `maintain` calls [`prune`](Keyward::prune) itself.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Sets how many threads run Argon2id; by default as many as the machine has cores. A thread is started when it is
    /// first needed, and keeps the memory of one run (19 MiB by default) until the handle is dropped.
    pub fn hashing_threads(mut self, threads: NonZeroUsize) -> Self {
        self.hashing_threads = Some(threads);
        self
    }

    /// Sets how many jobs may wait for Argon2id, for issuing and for verifying each; 64 by default. Accounts share the
    /// places: a job of an account that has none running is next, and takes a place of the account that has the most.
    /// A job without a place is answered with [`Unavailable`](crate::Unavailable).
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

    /// How many credentials are cached; 100,000 by default. `docs/benchmarks.md` says how much memory each takes.
    pub fn cached_credentials(mut self, most: usize) -> Self {
        self.cached_credentials = most;
        self
    }

    /// Builds the handle. The store is not asked anything.
    pub fn build(mut self) -> Result<Keyward, BuildError> {
        self.keys.check()?;
        let specs = std::mem::take(&mut self.kinds);
        let specs = if specs.is_empty() { DEFAULT.to_vec() } else { specs };
        let kinds = Kinds::new(specs)?;
        let (declared, custom) = match (self.integrations.take(), self.custom_integrations) {
            (None, None) if kinds.are_default() => (INTEGRATIONS.to_vec(), Some(Track::WORD)),
            (declared, custom) => (declared.unwrap_or_default(), custom),
        };
        let integrations = Integrations::new(declared, custom, &kinds)?;
        let mut brands = vec![self.brand];
        for brand in std::mem::take(&mut self.older_brands) {
            if brands.contains(&brand) {
                return Err(BuildError::BrandTwice(brand));
            }
            brands.push(brand);
        }
        let words: Vec<_> = kinds.words().collect();
        let prefixes = Prefixes::new(brands, &words);
        self.keys.prepare_for(&prefixes);
        self.epochs.check()?;
        Ok(self.compose(kinds, integrations, prefixes))
    }

    /// Composes the parts.
    fn compose(self, kinds: Kinds, integrations: Integrations, prefixes: Prefixes) -> Keyward {
        // Asked last, since it reads files.
        let machine = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.hashing_threads.unwrap_or_else(machine);
        let (store, clock) = (self.store, self.clock);
        let (keys, kinds) = (Arc::new(self.keys), Arc::new(kinds));
        let (stats, failure_log) = (Counters::default(), Arc::new(FailureLog::default()));
        let record_keys = RecordKeys::new(&keys, &self.epochs);
        let records =
            Arc::new(Records::new(store.clone(), record_keys, Arc::clone(&clock), stats.clone()));
        let knowledge =
            Knowledge::new(self.freshness, self.cached_credentials, &records, &clock, &stats);
        let hashing = Arc::new(Hashing::new(
            self.slow_hash,
            threads,
            self.hashing_queue,
            Arc::clone(&clock),
            stats.clone(),
        ));
        let last_used = Arc::new(LastUsed::new(store.clone(), self.flush_interval));
        let sealer = Sealer::new(Arc::clone(&keys), self.randomness.clone());
        let renewer = Arc::new(Renewer::new(
            Arc::clone(&keys),
            store.clone(),
            Arc::clone(&records),
            sealer.clone(),
        ));
        let minter = Minter::new(
            self.brand,
            Arc::clone(&kinds),
            self.randomness.clone(),
            Arc::clone(&hashing),
            sealer,
        );
        let verifier = Verifier {
            prefixes,
            kinds: Arc::clone(&kinds),
            clock: Arc::clone(&clock),
            stepper: Stepper::new(
                Arc::clone(&keys),
                knowledge.clone(),
                Arc::clone(&last_used),
                stats.clone(),
            ),
            slow_checker: SlowChecker::new(
                Arc::clone(&keys),
                Arc::clone(&records),
                knowledge.clone(),
                Arc::clone(&hashing),
            ),
            renewer: Arc::clone(&renewer),
            failure_log: Arc::clone(&failure_log),
        };
        let manager = ManagerParts {
            store: store.clone(),
            records: Arc::clone(&records),
            knowledge: knowledge.clone(),
            last_used: Arc::clone(&last_used),
            minter,
            keys: Arc::clone(&keys),
            kinds: Arc::clone(&kinds),
            integrations,
            limits: self.limits,
            clock: Arc::clone(&clock),
            randomness: self.randomness,
        };
        Keyward::new(Inner {
            brand: self.brand,
            keys,
            kinds,
            clock,
            store,
            records,
            knowledge,
            hashing,
            last_used,
            renewer,
            verifier,
            manager,
            retention: self.retention,
            stats,
            failure_log,
            closed: AtomicBool::new(false),
        })
    }
}

impl Keyward {
    /// Begins a handle over `store`, with the host's master keys.
    pub fn builder(store: impl CredentialStore, master_keys: MasterKeys) -> Builder {
        Builder::new(store, master_keys)
    }
}
