//! What this node knows of the store, and how it knows that it is not out of date.
//!
//! Credentials are cached by id; each points at the slots of its workspace and account, which all the keys
//! that share them read. One feed says what to read again. A record that was read before an invalidation is
//! never kept after it, and an attempt is answered only by questions that were sent after it began.

mod cache;
mod contents;
mod continuity;
mod entry;
mod feed;
mod freshness;
mod loading;
#[cfg(all(test, keyward_model))]
mod model;
mod places;
mod shelf;
mod slot;
#[cfg(all(test, not(keyward_model)))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Subject;
use crate::domain::policy::{AccountView, WorkspaceView};
use crate::values::{AccountId, Clock, CredentialId, Reading};

use super::errors::Unavailable;
use super::records::Records;
use super::stats::Counters;

pub(crate) use self::entry::Entry;
pub(crate) use self::feed::Heard;
pub use self::freshness::Freshness;

use self::contents::Contents;
use self::feed::Feed;
use self::loading::Loader;

/// The cache, the feed that invalidates it, and the reads that fill it. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    contents: Arc<Contents>,
    feed: Arc<Feed>,
    loader: Arc<Loader>,
}

impl Knowledge {
    /// An empty cache of at most `capacity` credentials.
    pub(crate) fn new(
        freshness: Freshness,
        capacity: usize,
        records: &Arc<Records>,
        clock: &Arc<dyn Clock>,
        stats: &Counters,
    ) -> Self {
        let contents = Arc::new(Contents::new(capacity));
        let feed = Feed::new(
            freshness,
            Arc::clone(&contents),
            Arc::clone(records),
            Arc::clone(clock),
            stats.clone(),
        );
        let loader = Loader::new(
            Arc::clone(&contents),
            Arc::clone(records),
            Arc::clone(clock),
            stats.clone(),
        );
        Self { contents, feed: Arc::new(feed), loader: Arc::new(loader) }
    }

    /// How fresh the answer to an attempt must be.
    pub(crate) fn freshness(&self) -> Freshness {
        self.feed.freshness()
    }

    /// Time since the feed position was last confirmed; `None` before the first time.
    pub(crate) fn age(&self, now: &Reading) -> Option<Duration> {
        self.feed.age(now)
    }

    /// Returns the proof that the cache is fresh enough for an attempt, if it is.
    #[inline]
    pub(crate) fn heard(&self, now: &Reading) -> Option<Heard> {
        self.feed.heard(now)
    }

    /// Polls the feed and invalidates what has changed. The poll is sent after this is called, by this caller or by
    /// another one for both. An answer that is too old is an error.
    pub(crate) async fn hear(&self) -> Result<Heard, Unavailable> {
        self.feed.hear().await
    }

    /// Shows a cached credential to `look`.
    #[inline]
    pub(crate) fn with_cached<T>(
        &self,
        id: CredentialId,
        look: impl FnOnce(&Arc<Entry>) -> T,
    ) -> Option<T> {
        self.contents.with(id, look)
    }

    /// Reads a credential from the store into the cache.
    pub(crate) async fn load(&self, id: CredentialId) -> Result<Option<Arc<Entry>>, Unavailable> {
        self.loader.load(id).await
    }

    /// Returns the state of a credential's workspace, from the cache or from the store.
    pub(crate) async fn known_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        self.loader.known_workspace(entry).await
    }

    /// Reads the state of a credential's workspace from the store.
    pub(crate) async fn load_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        self.loader.load_workspace(entry).await
    }

    /// Returns the state of a credential's account, from the cache or from the store.
    pub(crate) async fn known_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
    ) -> Result<Arc<AccountView>, Unavailable> {
        self.loader.known_account(entry, workspace).await
    }

    /// Reads the state of a credential's account from the store.
    pub(crate) async fn load_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
    ) -> Result<Arc<AccountView>, Unavailable> {
        self.loader.load_account(entry, workspace).await
    }

    /// Forgets what an event has changed.
    pub(crate) fn invalidate(&self, account: &AccountId, subject: &Subject) {
        self.contents.invalidate(account, subject);
    }

    /// Forgets one credential, which is not what it was.
    pub(crate) fn forget(&self, credential: CredentialId) {
        self.contents.forget(credential);
    }

    /// How many credentials are cached.
    pub(crate) fn cached(&self) -> usize {
        self.contents.len()
    }
}
