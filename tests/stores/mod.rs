//! Shared by the tests of the durable stores: a shop with records of every type.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

pub mod attempts;
pub mod corrupt_rows;
pub mod imports;
pub mod logged_statements;
pub mod misconfigured;
pub mod removal;
pub mod tables;

use std::time::Duration;

use keyward::store::{CredentialQuery, CredentialStore, EventQuery, PageItem, PageSize, Scope};
use keyward::{
    AccountId, Actor, ActorId, CredentialId, Keyward, MasterKey, MasterKeys, Name, NewCredential,
    NewWorkspace, SlowHashParams, WorkspaceId,
    history::Event,
    manage::Integration,
    time::{ManualClock, Timestamp},
};

/// The credentials of the shop.
pub struct Shop {
    pub primary: CredentialId,
    pub rotated: CredentialId,
    pub app: CredentialId,
}

/// Returns a handle with a cheap slow hash.
pub fn keyward(store: impl CredentialStore) -> Keyward {
    keyward_under(store, MasterKey::generate().unwrap())
}

/// The same, under a master key that other nodes have too.
pub fn keyward_under(store: impl CredentialStore, key: MasterKey) -> Keyward {
    Keyward::builder(store, MasterKeys::new(key))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
        .build()
        .unwrap()
}

/// A shop with a rotated Track set, an App key, an integration and an allowlist entry, and an account
/// that was written.
pub async fn furnish(store: impl CredentialStore) -> Shop {
    let keyward = keyward(store);
    let admin = admin();
    let manager = keyward.manager(&admin);
    let new = |text| NewCredential::new(workspace(), name(text));
    let created = manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await;
    let rotated = manager.issue_track_set(new("Rotated")).await.unwrap().credential.id;
    let app = manager.issue_app_key(new("App")).await.unwrap().credential.id;
    let _ = manager.rotate(rotated, Duration::from_mins(1)).await.unwrap();
    manager.connect(&workspace(), Integration::Segment, Some(rotated)).await.unwrap();
    manager.allow(&workspace(), &["192.0.2.0/24".parse().unwrap()]).await.unwrap();
    manager.set_unlisted_workspaces(keyward::manage::UnlistedWorkspaces::Closed).await.unwrap();
    Shop { primary: created.unwrap().first.credential.id, rotated, app }
}

/// Everything that a page can show, as text: corrupt rows by their ids.
pub async fn everything(store: &impl CredentialStore) -> String {
    let credentials = CredentialQuery::all(Scope::Store, now(), PageSize::MAX);
    format!(
        "{:#?}",
        (
            store.account(&account()).await.unwrap(),
            store.workspace(&workspace()).await.unwrap(),
            store.credentials(&credentials).await.unwrap(),
            events(store).await,
            store.position().await.unwrap(),
        )
    )
}

/// The account's history, the newest first.
pub async fn events(store: &impl CredentialStore) -> Vec<PageItem<Event>> {
    let query = EventQuery::all(account(), PageSize::MAX);
    store.events(&query).await.unwrap().items
}

pub fn now() -> Timestamp {
    "2030-01-01T09:00:00Z".parse().unwrap()
}

pub fn account() -> AccountId {
    AccountId::new("acme").unwrap()
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::new("acme/shop").unwrap()
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn admin() -> Actor {
    Actor::admin(account(), ActorId::new("ada@acme.test").unwrap())
}
