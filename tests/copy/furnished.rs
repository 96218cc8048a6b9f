//! A store with records of every type: every state of a credential, a removed workspace, an account that was written
//! only with its first workspace and one that is suspended, last-used times, and a history whose beginning was pruned.

use std::net::IpAddr;
use std::time::Duration;

use keyward::store::{AnyStore, CredentialStore, Position};
use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, Keyward, MasterKey, MasterKeys,
    NewCredential, NewWorkspace, WorkspaceId,
    manage::{Integration, PolicyChange, UnlistedWorkspaces},
    time::{Clock, ManualClock},
};

use crate::contents::{Contents, Known};
use crate::support::{START, account, admin, again, cheap_under, name, operator, outlet, shop};

/// The values of a furnished store that a test needs.
pub struct Furnished {
    pub known: Known,
    /// A position that is still in the history, with events after it.
    pub followed: Position,
    pub site: CredentialId,
    key: MasterKey,
    clock: ManualClock,
    token: String,
}

pub async fn furnish(store: &AnyStore) -> Furnished {
    let (key, clock) = (MasterKey::generate().unwrap(), ManualClock::at(START.parse().unwrap()));
    let keyward = handle(store, &key, &clock);
    let (site, token) = fill(&keyward).await;
    clock.advance(Duration::from_mins(1));
    keyward
        .manager(&admin())
        .create_workspace(NewWorkspace::new(outlet(), name("Outlet")))
        .await
        .unwrap();
    let followed = store.position().await.unwrap();
    end(&keyward).await;
    keyward.verify(&Attempt::app(&token).client_address(office())).await.unwrap();
    keyward.close().await.unwrap();
    store.prune_events(clock.now().wall, usize::MAX).await.unwrap();
    let accounts = vec![account(), plain(), suspended()];
    let workspaces = vec![shop(), outlet(), kiosk()];
    Furnished { known: Known { accounts, workspaces }, followed, site, key, clock, token }
}

/// Writes the events before the pruning. Returns a Track set and the newest token of an App key.
async fn fill(keyward: &Keyward) -> (CredentialId, String) {
    let admin = admin();
    let manager = keyward.manager(&admin);
    let new = |called| NewCredential::new(shop(), name(called));
    let created = manager.create_workspace(NewWorkspace::new(shop(), name("Shop"))).await.unwrap();
    let site = manager.issue_track_set(new("Ströme")).await.unwrap().credential.id;
    let _ = manager.rotate(site, Duration::from_hours(1)).await.unwrap();
    let app = manager.issue_app_key(new("Backend")).await.unwrap().credential.id;
    let token = manager.rotate(app, Duration::from_hours(1)).await.unwrap();
    let leaving = manager.issue_app_key(new("Leaving")).await.unwrap().credential.id;
    let sunset: keyward::time::Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
    manager.deprecate(leaving, Some(sunset.into())).await.unwrap();
    let off = manager.issue_app_key(new("Off")).await.unwrap().credential.id;
    manager.suspend(off).await.unwrap();
    manager.set_expiry(off, sunset).await.unwrap();
    // The order of insertion is not the order of the names.
    let zapier = Integration::Custom(name("Zapier"));
    let primary = created.first.credential.id;
    manager.connect(&shop(), zapier, Some(primary)).await.unwrap();
    manager.connect(&shop(), Integration::Segment, Some(site)).await.unwrap();
    manager.connect(&shop(), Integration::Api, Some(primary)).await.unwrap();
    for network in ["2001:db8::/32", "127.0.0.0/8", "10.0.0.0/8", "192.0.2.7/32"] {
        manager.allow(&shop(), &[network.parse().unwrap()]).await.unwrap();
    }
    (site, token.secret.expose().to_owned())
}

/// Writes the events that stay in the history.
async fn end(keyward: &Keyward) {
    let admin = admin();
    let manager = keyward.manager(&admin);
    manager.remove_workspace(&outlet(), "Outlet").await.unwrap();
    manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await.unwrap();
    manager.deactivate(&ActorId::new("bob").unwrap()).await.unwrap();
    let rules = PolicyChange::new().max_lifetime_seconds(86_400).expiry_required(true);
    manager.set_policy(&rules).await.unwrap();
    let other = Actor::admin(plain(), ActorId::new("zoë@kiosk.test").unwrap());
    let new = NewWorkspace::new(kiosk(), name("Kiosk"));
    keyward.manager(&other).create_workspace(new).await.unwrap();
    keyward.manager(&operator().acting_for(suspended())).suspend_account().await.unwrap();
}

fn handle(store: &AnyStore, key: &MasterKey, clock: &ManualClock) -> Keyward {
    let keys = MasterKeys::new(again(key));
    cheap_under(store.clone(), clock.clone(), keys).build().unwrap()
}

/// An account that was not changed since its first workspace.
fn plain() -> AccountId {
    AccountId::new("Plaîn").unwrap()
}

/// An account that has a record and no workspace.
fn suspended() -> AccountId {
    AccountId::new("suspended").unwrap()
}

fn kiosk() -> WorkspaceId {
    WorkspaceId::new("kiosk").unwrap()
}

fn office() -> IpAddr {
    "127.0.0.1".parse().unwrap()
}

impl Furnished {
    /// A service on a store, with the master key of the one that was furnished.
    pub fn service(&self, store: &AnyStore) -> Keyward {
        handle(store, &self.key, &self.clock)
    }

    /// The token that was issued before opens the shop.
    pub async fn opens_by_the_token(&self, store: &AnyStore) {
        let attempt = Attempt::app(&self.token).client_address(office());
        let proof = self.service(store).verify(&attempt).await.unwrap();
        assert_eq!(*proof.workspace(), shop());
    }

    pub async fn held_by(&self, store: &AnyStore) -> Contents {
        Contents::by(store, &self.known).await
    }
}
