//! The builder of a handle.

mod build_error;
mod compose;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use rand_core::TryCryptoRng;

use crate::domain::{Limits, ScopeVocabulary, Vocabulary, VocabularyError};
use crate::kinds::{IntegrationSpec, Kind, KindSpec};
use crate::secrets::{ImportFormat, MasterKeys, RecordEpochs, SlowHashParams};
use crate::store::{AnyStore, CredentialStore};
use crate::values::{Brand, Clock, KindWord, Randomness, SystemClock};

use super::imports::DeclaredFormat;
use super::keyward::Keyward;
use super::knowledge::{Freshness, FreshnessRules};
use super::remembered_networks::NetworkViewers;

pub use self::build_error::BuildError;

/// Configures a [`Keyward`]. The store and the master keys are required. Everything else has a default.
#[derive(Debug)]
#[must_use = "nothing is set up until `build` is called"]
pub struct Builder {
    store: AnyStore,
    keys: MasterKeys,
    epochs: RecordEpochs,
    brand: Brand,
    older_brands: Vec<Brand>,
    kinds: Vec<KindSpec>,
    /// `None` until the first call of a method that sets integrations.
    integrations: Option<Vec<IntegrationSpec>>,
    custom_integrations: Option<KindWord>,
    imports: Vec<DeclaredFormat>,
    vocabulary: Result<Vocabulary, VocabularyError>,
    clock: Arc<dyn Clock>,
    randomness: Randomness,
    slow_hash: SlowHashParams,
    limits: Limits,
    retention: Option<Duration>,
    hashing_threads: Option<NonZeroUsize>,
    hashing_queue: NonZeroUsize,
    flush_interval: Duration,
    last_used_grain: Duration,
    networks: Option<NetworkViewers>,
    freshness: FreshnessRules,
    cached_credentials: usize,
}

/// Default number of waiting jobs in each lane of Argon2id.
const HASHING_QUEUE: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Default number of cached credentials.
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
            imports: Vec::new(),
            vocabulary: Ok(Vocabulary::none()),
            clock: Arc::new(SystemClock::new()),
            randomness: Randomness::system(),
            slow_hash: SlowHashParams::default(),
            limits: Limits::default(),
            retention: None,
            hashing_threads: None,
            hashing_queue: HASHING_QUEUE,
            flush_interval: Duration::from_secs(10),
            last_used_grain: Duration::from_secs(10),
            networks: None,
            freshness: Freshness::default().into(),
            cached_credentials: CACHED_CREDENTIALS,
        }
    }

    /// Sets the brand of new keys; `kw` by default. Keys of another brand are refused, except for
    /// [`older_brands`](Self::older_brands).
    pub fn brand(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// Adds brands whose keys are also accepted: earlier brands, and the next brand.
    ///
    /// A key keeps its brand for the life of its secret, and is revealed with it. To replace a brand without refusing a valid
    /// key, first add the new brand here on every node. Then make it the [`brand`](Self::brand), and add the old brand here.
    pub fn older_brands(mut self, brands: impl IntoIterator<Item = Brand>) -> Self {
        self.older_brands.extend(brands);
        self
    }

    /// Registers a kind of credential. The first call replaces the defaults, [`Track`](crate::Track) and [`App`](crate::App). A
    /// service has at most eight kinds.
    pub fn kind<K: Kind>(mut self) -> Self {
        self.kinds.push(K::SPEC);
        self
    }

    /// Registers a kind by its specification, as [`kind`](Self::kind) registers a type. For tools that read the kinds from the
    /// [settings](Keyward::settings) of a service; a service registers types.
    pub fn kind_spec(mut self, spec: KindSpec) -> Self {
        self.kinds.push(spec);
        self
    }

    /// Adds integrations that customers can connect. Pass `[]` if the service has none.
    ///
    /// By default, a service with the default kinds has [`IntegrationSpec::JAVASCRIPT_SNIPPET`],
    /// [`IntegrationSpec::SEGMENT`] and [`IntegrationSpec::API`], and lets customers name others, all for Track sets. A
    /// service with other kinds has none. The first call of this method or of
    /// [`custom_integrations`](Self::custom_integrations) replaces that default.
    ///
    /// A connected integration that is no longer declared stays connected. It is listed, and can be disconnected.
    pub fn integrations(mut self, specs: impl IntoIterator<Item = IntegrationSpec>) -> Self {
        self.integrations.get_or_insert_default().extend(specs);
        self
    }

    /// Sets the kind `K` of the credentials for custom integrations, and lets customers connect them. A customer writes one as
    /// `custom:` and a name.
    pub fn custom_integrations<K: Kind>(mut self) -> Self {
        self.custom_integrations = Some(K::WORD);
        self
    }

    /// Accepts keys of another system as keys of the kind `K`, after they were [imported](crate::Manager::import).
    ///
    /// A text is looked up in a declared format only if it is not a key of this service. A made-up text that fits a format costs one
    /// read of the store, which waits until no other read does; if it fits several formats, one read for each. Keep a format declared as
    /// long as credentials have keys of it: without it, these keys are denied as malformed. The module
    /// [`imports`](crate::imports) describes a move.
    pub fn import<K: Kind>(self, format: ImportFormat) -> Self {
        self.import_of(K::WORD, format)
    }

    /// The same for the kind with this word. For tools, as [`kind_spec`](Self::kind_spec).
    pub fn import_of(mut self, kind: KindWord, format: ImportFormat) -> Self {
        self.imports.push(DeclaredFormat { kind, format });
        self
    }

    /// Declares the scopes of the service, which [`vocabulary!`](crate::vocabulary) has made. Without a vocabulary, every credential
    /// has all scopes.
    ///
    /// A credential that has a scope which is no longer declared keeps the name, which grants nothing.
    /// [`Stats::unknown_scopes`](crate::operate::Stats::unknown_scopes) counts such names.
    pub fn scopes<V: ScopeVocabulary>(mut self) -> Self {
        self.vocabulary = Vocabulary::of::<V>();
        self
    }

    /// Declares scopes that are known only at run time. Otherwise like [`scopes`](Self::scopes).
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = Ok(vocabulary);
        self
    }

    /// Sets the record epoch, under which records are tagged; 0 by default.
    ///
    /// An attacker who can write to the database can restore an old row with its tag. Raise the epoch to refuse all older copies.
    /// Deploy each step on every node before the next step:
    ///
    /// 1. Name the new epoch with [`newer_record_epochs`](Self::newer_record_epochs).
    /// 2. Set it here, and name the epoch before it with [`older_record_epochs`](Self::older_record_epochs).
    /// 3. Review the stored records, and walk through the store with [`rekey`](Keyward::rekey), which tags the records again.
    /// 4. Remove the older epoch. Copies from before the walk are now refused.
    pub fn record_epoch(mut self, epoch: u32) -> Self {
        self.epochs.set_current(epoch);
        self
    }

    /// Adds record epochs from before the current one. Their records are accepted, and [`rekey`](Keyward::rekey) tags them again.
    pub fn older_record_epochs(mut self, epochs: impl IntoIterator<Item = u32>) -> Self {
        self.epochs.add_older(epochs);
        self
    }

    /// Adds record epochs that other nodes are about to use. Their records are accepted and left as they are.
    pub fn newer_record_epochs(mut self, epochs: impl IntoIterator<Item = u32>) -> Self {
        self.epochs.add_newer(epochs);
        self
    }

    /// Sets the clock; the system clock by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of randomness; the operating system by default.
    pub fn randomness<R>(mut self, source: R) -> Self
    where
        R: TryCryptoRng + Send + 'static,
        R::Error: Send + Sync + 'static,
    {
        self.randomness = Randomness::new(source);
        self
    }

    /// Sets the cost of Argon2id for new secrets; the recommendation of OWASP by default.
    pub fn slow_hash(mut self, params: SlowHashParams) -> Self {
        self.slow_hash = params;
        self
    }

    /// Sets the limits of accounts and workspaces.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long the history keeps events; forever by default. [`maintain`](Keyward::maintain) deletes older events in batches,
    /// by the clock of this node.
    ///
    /// The events of the last 24 hours are always kept, because they store the operation ids. Set the same retention on all nodes:
    /// the shortest applies. Without `maintain`, call [`prune`](Keyward::prune) yourself.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Sets how many threads run Argon2id; one for each core by default. A thread starts when it is first needed, and keeps the
    /// memory of one run (19 MiB by default) until the handle is dropped.
    pub fn hashing_threads(mut self, threads: NonZeroUsize) -> Self {
        self.hashing_threads = Some(threads);
        self
    }

    /// Sets how many jobs can wait for Argon2id, separately for issuing and verifying; 64 by default.
    ///
    /// Accounts share the queue fairly. A job of an account with no running job runs next. In a full queue, it displaces a job of
    /// the account that has the most. A job without a place fails with [`Unavailable`](crate::Unavailable).
    pub fn hashing_queue(mut self, jobs: NonZeroUsize) -> Self {
        self.hashing_queue = jobs;
        self
    }

    /// Sets how often last-used times are written; every 10 seconds by default. A crash can lose one interval plus the pause of
    /// [`maintain`](crate::Keyward::maintain) and the time of one write.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval;
        self
    }

    /// Sets by how much a last-used time must be newer than the stored one to be written; 10 seconds by default. With many nodes, the
    /// row of a busy key is then written at most about once in this time, and not once by each node.
    ///
    /// A last-used time that a manager shows can therefore be late by this time, the [interval](Self::flush_interval) and the pause
    /// of [`maintain`](crate::Keyward::maintain). [`Keyward::flush`](crate::Keyward::flush) and
    /// [`close`](crate::Keyward::close) write the times that are still pending exactly. A secret that was never used is always
    /// written.
    pub fn last_used_grain(mut self, grain: Duration) -> Self {
        self.last_used_grain = grain;
        self
    }

    /// Remembers the networks from which each credential passed, and shows them to these actors. Off by default, because addresses
    /// are personal data.
    ///
    /// An admin can then see [from where](crate::Manager::used_networks) a credential was used, and
    /// [try](crate::Manager::preview_allowlist) an allowlist before it shuts out a customer. The networks decide nothing.
    ///
    /// The store keeps the /24 network of an IPv4 address or the /48 network of an IPv6 address, and the latest day: at most 16
    /// for each credential. Whole addresses are not stored. The networks are deleted with their credential, and after 30 days by
    /// [`maintain`](Keyward::maintain). To turn it off, do not call this method on any node: within an hour, `maintain` then
    /// deletes all of them. Without `maintain`, call [`forget_networks`](Keyward::forget_networks).
    pub const fn remember_networks(mut self, shown_to: NetworkViewers) -> Self {
        self.networks = Some(shown_to);
        self
    }

    /// Sets how late a revocation that another node has acknowledged can take effect on this node; 1 second by default.
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness.freshness = freshness;
        self
    }

    /// Sets the maximum age of a store answer for [`Freshness::Strict`]; 1 second by default. An older answer is refused as
    /// [`Unavailable`](crate::Unavailable). Only a store with replicas has answers with an age.
    pub fn strict_answer_age(mut self, age: Duration) -> Self {
        self.freshness.oldest_strict = age;
        self
    }

    /// Sets how long cached keys pass after the bound of [`Freshness::Bounded`] while the store does not answer, or cannot prove
    /// that it is the current primary; zero by default.
    ///
    /// A failover of a database takes 15 to 40 seconds. Without a tolerance, every key is refused as
    /// [`Unavailable`](crate::Unavailable) in that time. The price: a revocation during an outage can take effect later by the
    /// whole tolerance. Keys that are not cached are `Unavailable` during an outage.
    /// [`Stats::tolerated`](crate::operate::Stats::tolerated) counts the attempts that passed in this way.
    pub fn outage_tolerance(mut self, tolerance: Duration) -> Self {
        self.freshness.tolerance = tolerance;
        self
    }

    /// Sets how many credentials are cached; 100,000 by default. `docs/benchmarks.md` lists the memory for each.
    ///
    /// With import formats, the node also remembers up to as many imported keys that it has verified, so that it need not hash them
    /// again. Each needs less memory than a cached credential.
    pub fn cached_credentials(mut self, limit: usize) -> Self {
        self.cached_credentials = limit;
        self
    }
}

impl Keyward {
    /// Returns a builder for a handle with this store and these master keys. One [`MasterKey`](crate::MasterKey) is enough at first.
    pub fn builder(store: impl CredentialStore, master_keys: impl Into<MasterKeys>) -> Builder {
        Builder::new(store, master_keys.into())
    }
}
