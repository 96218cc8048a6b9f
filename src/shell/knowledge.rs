//! What this node knows of the store, and how it knows that it is not out of date.
//!
//! Credentials are cached by id; each points at the slots of its workspace and account, which all the keys
//! that share them read. One feed says what to read again. A record that was read before an invalidation is
//! never kept after it, and an attempt is answered only by questions that were sent after it began.

mod cache;
mod continuity;
mod entry;
mod feed;
mod loading;
#[cfg(all(test, keyward_model))]
mod model;
mod places;
mod shelf;
mod slot;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use async_lock::Semaphore;

use crate::domain::Subject;
use crate::domain::policy::WorkspaceView;
use crate::values::{AccountId, CredentialId, WorkspaceId};

pub(crate) use self::entry::Entry;
pub(crate) use self::feed::Heard;
pub(crate) use self::loading::Failure;

use self::cache::Cache;
use self::feed::Feed;
use self::loading::Loads;
use self::shelf::AccountShelf;
use self::slot::Slots;

/// How far a node may be behind a revocation that another node has acknowledged.
///
/// In both modes, a revocation holds on the same [`Keyward`](crate::Keyward) from the next attempt on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host chooses one or the other")]
pub enum Freshness {
    /// At most this long; 1 second by default. One small poll keeps any number of cached keys fresh.
    Bounded(Duration),
    /// Not at all: every attempt asks the store how far the history has come; attempts that come together
    /// ask together.
    Strict,
}

impl Freshness {
    /// Returns the greatest age of an answer of the store that an attempt can rely on.
    pub(super) const fn oldest_answer(self) -> Duration {
        match self {
            Self::Bounded(bound) => bound,
            Self::Strict => Duration::ZERO,
        }
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Self::Bounded(Duration::from_secs(1))
    }
}

/// The cache, the slots and the feed.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) freshness: Freshness,
    cache: Cache<Arc<Entry>>,
    workspaces: Slots<WorkspaceId, ArcSwapOption<WorkspaceView>>,
    accounts: Slots<AccountId, AccountShelf>,
    feed: Feed,
    loads: Loads,
    /// How many reads of the store for credentials that are not cached may run at a time.
    gate: Semaphore,
}

/// How many reads for uncached credentials run at a time.
const GATE: usize = 64;

impl Knowledge {
    pub(crate) fn new(freshness: Freshness, capacity: usize) -> Self {
        Self {
            freshness,
            cache: Cache::new(capacity),
            workspaces: Slots::default(),
            accounts: Slots::default(),
            feed: Feed::default(),
            loads: Loads::default(),
            gate: Semaphore::new(GATE),
        }
    }

    /// Forgets what an event has changed.
    pub(crate) fn invalidate(&self, account: &AccountId, subject: &Subject) {
        match subject {
            Subject::Account => self.accounts.invalidate(account),
            Subject::Workspace(workspace) => self.workspaces.invalidate(workspace),
            Subject::Credential(_, credential) => self.forget(*credential),
        }
    }

    /// Forgets one credential, which is not what it was.
    pub(crate) fn forget(&self, credential: CredentialId) {
        self.cache.invalidate(credential);
    }

    fn invalidate_all(&self) {
        self.cache.invalidate_all();
        self.workspaces.invalidate_all();
        self.accounts.invalidate_all();
    }

    /// How many credentials are cached.
    pub(crate) fn cached(&self) -> usize {
        self.cache.len()
    }
}
