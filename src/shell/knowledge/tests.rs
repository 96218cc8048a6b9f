//! The cache and its feed by themselves: over a store that a handle elsewhere changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

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

/// Another node, whose changes only the feed tells, and one credential of it.
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

/// What is tested, with what it was handed.
struct Node {
    knowledge: Knowledge,
    clock: ManualClock,
    stats: Counters,
}

impl Node {
    fn hear(&self) {
        pollster::block_on(self.knowledge.hear()).unwrap();
    }

    fn load(&self, id: CredentialId) -> bool {
        pollster::block_on(self.knowledge.load(id)).unwrap().is_some()
    }

    fn is_cached(&self, id: CredentialId) -> bool {
        self.knowledge.with_cached(id, |_| ()).is_some()
    }

    fn is_fresh(&self) -> bool {
        self.knowledge.heard(&self.clock.now()).is_some()
    }
}

fn world(freshness: Freshness) -> (Node, Other) {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let text = key.expose_text();
    let keys = MasterKeys::new(text.parse().unwrap());
    let (clock, stats) = (ManualClock::at(Timestamp::MIN), Counters::default());
    let record_keys = RecordKeys::new(&keys, &RecordEpochs::default());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let any = AnyStore::new(store.clone());
    let records = Records::new(any, record_keys, Arc::clone(&shared), stats.clone());
    let knowledge = Knowledge::new(freshness, 8, &Arc::new(records), &shared, &stats);

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
    let credential = created.primary.credential.id;
    (Node { knowledge, clock, stats }, Other { keyward, actor, credential })
}

#[test]
fn what_another_node_changes_is_forgotten_at_the_next_poll() {
    let (node, other) = world(Freshness::Bounded(BOUND));
    let id = other.credential;
    node.hear();
    assert!(node.load(id) && node.is_cached(id));
    other.rename();
    assert!(node.is_cached(id), "nothing was polled");
    node.hear();
    assert!(!node.is_cached(id));
    assert!(node.load(id));
    assert_eq!((node.knowledge.cached(), node.stats.snapshot().loads), (1, 2));
}

#[test]
fn the_cache_is_fresh_from_a_poll_until_the_bound() {
    let (node, _other) = world(Freshness::Bounded(BOUND));
    assert!(!node.is_fresh());
    assert_eq!(node.knowledge.age(&node.clock.now()), None);
    node.hear();
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
    node.hear();
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
    node.hear();
    pollster::block_on(async {
        let entry = node.knowledge.load(other.credential).await.unwrap().unwrap();
        assert!(entry.states().0.is_none() && entry.states().1.is_none());
        let workspace = node.knowledge.known_workspace(&entry).await.unwrap();
        let account = node.knowledge.known_account(&entry, &workspace).await.unwrap();
        assert!(!account.suspended);
        assert!(entry.states().0.is_some() && entry.states().1.is_some());
    });
}
