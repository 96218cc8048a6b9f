//! The cache of this node, and the change feed that keeps it fresh.
//!
//! Credentials are cached by id. Each refers to the slots of its workspace and account, which all their credentials share. The change
//! feed invalidates entries. A record that was read before an invalidation is never cached after it, and an attempt uses only polls
//! and reads that started after the attempt did.

mod contents;
mod continuity;
mod entry;
mod feed;
mod freshness;
mod loading;
#[cfg(all(test, keyward_model))]
mod model;
mod outage;
mod slot;
mod slot_storage;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::policy::{AccountState, WorkspaceView};
use crate::domain::{Subject, Vocabulary};
use crate::secrets::OwnerHash;
use crate::values::{AccountId, Clock, ClockReading, CredentialId};

use super::errors::Unavailable;
use super::records::Records;
use super::stats::Counters;

pub(crate) use self::entry::{Entry, EntrySettings};
pub(crate) use self::feed::UsableCache;
pub use self::freshness::Freshness;
pub(crate) use self::freshness::FreshnessRules;

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
    /// Creates an empty cache for at most `capacity` credentials.
    pub(crate) fn new(
        freshness: impl Into<FreshnessRules>,
        capacity: usize,
        settings: EntrySettings,
        records: &Arc<Records>,
        clock: &Arc<dyn Clock>,
        stats: &Counters,
    ) -> Self {
        let contents = Arc::new(Contents::new(capacity, settings));
        let feed = Feed::new(
            freshness.into(),
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

    /// Returns the scopes that the service declares.
    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        self.contents.vocabulary()
    }

    /// Returns the required freshness of attempts.
    pub(crate) fn freshness(&self) -> Freshness {
        self.feed.freshness()
    }

    /// Returns the time since the feed position was last confirmed; `None` before the first time.
    pub(crate) fn age(&self, now: &ClockReading) -> Option<Duration> {
        self.feed.age(now)
    }

    /// Returns the proof that an attempt can rely on the cache without a poll, if it can.
    #[inline]
    pub(crate) fn usable(&self, now: &ClockReading) -> Option<UsableCache> {
        self.feed.usable(now)
    }

    /// Polls the feed and invalidates changed entries. Concurrent callers share a poll that starts after this call. An answer that is
    /// too old is an error.
    pub(crate) async fn poll(&self) -> Result<UsableCache, Unavailable> {
        self.feed.poll().await
    }

    /// Polls like [`poll`](Self::poll). If that fails, uses the outage tolerance.
    pub(crate) async fn poll_or_tolerate(&self) -> Result<UsableCache, Unavailable> {
        self.feed.poll_or_tolerate().await
    }

    /// Calls `look` with a cached credential.
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
    ) -> Result<AccountState, Unavailable> {
        self.loader.known_account(entry, workspace).await
    }

    /// Reads the state of a credential's account from the store, for a credential with this owner.
    pub(crate) async fn load_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
        owner: Option<OwnerHash>,
    ) -> Result<AccountState, Unavailable> {
        self.loader.load_account(entry, workspace, owner).await
    }

    /// Invalidates the subject of an event.
    pub(crate) fn invalidate(&self, account: &AccountId, subject: &Subject) {
        self.contents.invalidate(account, subject);
    }

    /// Invalidates one credential.
    pub(crate) fn forget(&self, credential: CredentialId) {
        self.contents.forget(credential);
    }

    /// Returns the number of cached credentials.
    pub(crate) fn cached(&self) -> usize {
        self.contents.len()
    }
}

/// Tests of the cache and its feed, with a store that another handle changes.
#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Freshness, Knowledge};
    use crate::adapters::MemoryStore;
    use crate::domain::Actor;
    use crate::secrets::{MasterKey, MasterKeys, RecordEpochs, RecordKeys, SlowHashParams};
    use crate::shell::records::Records;
    use crate::shell::stats::Counters;
    use crate::shell::{Keyward, NewWorkspace};
    use crate::store::AnyStore;
    use crate::values::{
        AccountId, ActorId, Clock, CredentialId, ManualClock, Name, Timestamp, WorkspaceId,
    };

    const BOUND: Duration = Duration::from_secs(1);

    /// Another node, whose changes arrive only by the feed, and one of its credentials.
    struct Other {
        keyward: Keyward,
        actor: Actor,
        credential: CredentialId,
    }

    impl Other {
        fn rename(&self) {
            let (manager, name) = (self.keyward.manager(&self.actor), Name::new("site").unwrap());
            pollster::block_on(manager.rename(self.credential, name)).unwrap();
        }
    }

    /// The tested cache, with its clock and counters.
    struct TestNode {
        knowledge: Knowledge,
        clock: ManualClock,
        stats: Counters,
    }

    impl TestNode {
        fn poll(&self) {
            pollster::block_on(self.knowledge.poll()).unwrap();
        }

        fn load(&self, id: CredentialId) -> bool {
            pollster::block_on(self.knowledge.load(id)).unwrap().is_some()
        }

        fn is_cached(&self, id: CredentialId) -> bool {
            self.knowledge.with_cached(id, |_| ()).is_some()
        }

        fn is_fresh(&self) -> bool {
            self.knowledge.usable(&self.clock.now()).is_some()
        }
    }

    fn world(freshness: Freshness) -> (TestNode, Other) {
        let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
        let text = key.expose_text();
        let keys = MasterKeys::new(text.parse().unwrap());
        let (clock, stats) = (ManualClock::at(Timestamp::MIN), Counters::default());
        let record_keys = RecordKeys::new(&keys, &RecordEpochs::default());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let any = AnyStore::new(store.clone());
        let records = Records::new(any, record_keys, Arc::clone(&shared), stats.clone());
        let knowledge = Knowledge::new(
            freshness,
            8,
            super::EntrySettings {
                vocabulary: crate::domain::Vocabulary::none(),
                remembers_networks: false,
            },
            &Arc::new(records),
            &shared,
            &stats,
        );

        let keyward = Keyward::builder(store, MasterKeys::new(key))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .clock(clock.clone())
            .build()
            .unwrap();
        let account = AccountId::new("acme").unwrap();
        let actor = Actor::admin(account, ActorId::new("ada").unwrap());
        let shop =
            NewWorkspace::new(WorkspaceId::new("acme/shop").unwrap(), Name::new("Shop").unwrap());
        let created = pollster::block_on(keyward.manager(&actor).create_workspace(shop)).unwrap();
        let credential = created.first.credential.id;
        (TestNode { knowledge, clock, stats }, Other { keyward, actor, credential })
    }

    #[test]
    fn changes_of_another_node_are_dropped_at_the_next_poll() {
        let (node, other) = world(Freshness::Bounded(BOUND));
        let id = other.credential;
        node.poll();
        assert!(node.load(id) && node.is_cached(id));
        other.rename();
        assert!(node.is_cached(id), "nothing was polled");
        node.poll();
        assert!(!node.is_cached(id));
        assert!(node.load(id));
        assert_eq!((node.knowledge.cached(), node.stats.snapshot().loads), (1, 2));
    }

    #[test]
    fn the_cache_is_fresh_from_a_poll_until_the_bound() {
        let (node, _other) = world(Freshness::Bounded(BOUND));
        assert!(!node.is_fresh());
        assert_eq!(node.knowledge.age(&node.clock.now()), None);
        node.poll();
        assert!(node.is_fresh());
        node.clock.advance(BOUND.saturating_sub(Duration::from_nanos(1)));
        assert!(node.is_fresh());
        node.clock.advance(Duration::from_nanos(1));
        assert!(!node.is_fresh());
        assert_eq!(node.knowledge.age(&node.clock.now()), Some(BOUND));
    }

    #[test]
    fn in_strict_mode_the_cache_is_never_fresh_without_a_poll() {
        let (node, _other) = world(Freshness::Strict);
        node.poll();
        assert!(!node.is_fresh());
    }

    #[test]
    fn an_unknown_credential_is_read_and_not_cached() {
        let (node, _other) = world(Freshness::Bounded(BOUND));
        let unknown = CredentialId::new("abcdefghijkl").unwrap();
        assert!(!node.load(unknown));
        assert_eq!((node.knowledge.cached(), node.stats.snapshot().loads), (0, 1));
    }

    #[test]
    fn the_states_of_workspace_and_account_come_with_their_slots() {
        let (node, other) = world(Freshness::Bounded(BOUND));
        node.poll();
        pollster::block_on(async {
            let entry = node.knowledge.load(other.credential).await.unwrap().unwrap();
            assert!(entry.states().0.is_none() && entry.states().1.is_none());
            let workspace = node.knowledge.known_workspace(&entry).await.unwrap();
            let account = node.knowledge.known_account(&entry, &workspace).await.unwrap();
            assert!(account.stops.is_none());
            assert!(entry.states().0.is_some() && entry.states().1.is_some());
        });
    }
}
