//! The handle.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::{Actor, Limits};
use crate::kinds::{IntegrationSpec, Integrations, KindSpec, Kinds};
use crate::secrets::{MasterKeys, SlowHashParams};
use crate::store::{AnyStore, CredentialStore};
use crate::values::{Brand, Clock, Prefixes, Randomness};

use super::builder::Builder;
use super::hashing::{Gate, Lane, Pool};
use super::knowledge::Knowledge;
use super::last_used::LastUsed;
use super::log_limit::LogLimit;
use super::manager::Manager;
use super::records::Records;
use super::stats::{Counters, Stats};

/// The API credentials of a host's customers: issued, verified and managed over one store.
///
/// Cheap to clone; clones are one handle. Build it once, with the same brand and master keys on every
/// node.
///
/// ```
/// use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore};
///
/// let keys = MasterKeys::new(MasterKey::generate()?);
/// let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
/// # let _ = keyward;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keyward(Arc<Inner>);

/// What the clones of a handle share.
pub(crate) struct Inner {
    pub(crate) store: AnyStore,
    pub(crate) records: Records,
    pub(crate) keys: MasterKeys,
    /// The brand of all that is new.
    pub(crate) brand: Brand,
    pub(crate) kinds: Kinds,
    pub(crate) integrations: Integrations,
    /// What a presented text may begin with.
    pub(crate) prefixes: Prefixes,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Randomness,
    pub(crate) slow_hash: SlowHashParams,
    pub(crate) limits: Limits,
    /// How long events are kept; for ever if there is none.
    pub(super) retention: Option<Duration>,
    pub(crate) pool: Pool,
    pub(crate) gate: Gate,
    pub(crate) last_used: LastUsed,
    pub(crate) knowledge: Knowledge,
    pub(crate) stats: Counters,
    pub(crate) log_limit: LogLimit,
    pub(super) closed: AtomicBool,
}

impl Inner {
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn mark_closed(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn stats(&self) -> Stats {
        let waiting = self.pool.waiting(Lane::Issue) + self.pool.waiting(Lane::Verify);
        Stats {
            argon2id_waiting: waiting as u64,
            unwritten_uses: self.last_used.count() as u64,
            cached: self.knowledge.cached() as u64,
            feed_age: self.knowledge.age(&self.clock.now()),
            ..self.stats.snapshot()
        }
    }
}

impl Keyward {
    /// Begins a handle over `store`, with the host's master keys.
    pub fn builder(store: impl CredentialStore, master_keys: MasterKeys) -> Builder {
        Builder::new(store, master_keys)
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) const fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Returns the management operations for `actor`, whom the host has authenticated.
    #[must_use]
    pub fn manager<'a>(&'a self, actor: &'a Actor) -> Manager<'a> {
        Manager::new(&self.0, actor)
    }

    /// Returns the registered kinds, in the order in which they were registered: for a page that offers them.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
    /// let kinds: Vec<_> = keyward.kinds().map(KindSpec::plural).collect();
    /// assert_eq!(kinds, ["Track sets", "App keys"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kinds(&self) -> impl Iterator<Item = &KindSpec> {
        self.0.kinds.specs()
    }

    /// Returns the integrations that the host declares, in its order: for a page that offers them.
    pub fn integrations(&self) -> impl Iterator<Item = &IntegrationSpec> {
        self.0.integrations.specs()
    }

    /// What this handle has done so far, and what waits.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }
}

impl fmt::Debug for Keyward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyward")
            .field("brand", &self.0.brand)
            .field("keys", &self.0.keys)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use crate::adapters::MemoryStore;
    use crate::secrets::{MasterKey, MasterKeys};
    use crate::shell::Keyward;
    use crate::shell::hashing::Lane;
    use crate::values::AccountId;

    #[test]
    fn jobs_of_both_lanes_wait() {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let builder = Keyward::builder(MemoryStore::new(), keys);
        let keyward = builder.hashing_threads(NonZeroUsize::MIN).build().unwrap();
        let pool = &keyward.inner().pool;
        let account = AccountId::new("acme").unwrap();
        let (release, _first) = pool.occupy(Lane::Verify);
        for lane in [Lane::Issue, Lane::Verify, Lane::Verify, Lane::Verify] {
            drop(pool.run(lane, &account, |_| ()));
        }
        assert_eq!(keyward.stats().argon2id_waiting, 4);
        release.send(()).unwrap();
    }
}
