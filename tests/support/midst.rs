//! Two nodes over one store, in the midst of a change of master key.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::store::{Refresh, Refreshed};
use keyward::{
    Attempt, CredentialId, Keyward, Kind, ManualClock, MasterKey, MasterKeyId, MasterKeys,
    MemoryStore, NewCredential, NewWorkspace, NotVerified, UnavailableReason,
};

use super::watched::{Watch, Watched};
use super::{START, admin, again, block_on, cheap_under, forged, name, shop};

/// The refreshes that a store was asked for: from which master key to which, and what came of each.
#[derive(Debug, Clone, Default)]
pub struct Refreshes(pub Arc<Mutex<Vec<(MasterKeyId, MasterKeyId, Refreshed)>>>);

impl Watch for Refreshes {
    fn refreshed(&self, refresh: &Refresh, refreshed: Refreshed) {
        let (from, to) = match refresh {
            Refresh::Digest { old, new } => (old.key(), new.key()),
            Refresh::Seal { old, new } => (old.key(), new.key()),
        };
        self.0.lock().unwrap().push((from, to, refreshed));
    }
}

impl Refreshes {
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// Two nodes over one store: `before` still makes everything under the old key, `after` under the new one.
pub struct Midst {
    pub store: Watched<Refreshes>,
    pub clock: ManualClock,
    pub old: MasterKey,
    pub new: MasterKey,
    pub before: Keyward,
    pub after: Keyward,
}

impl Midst {
    pub fn new() -> Self {
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let store = Watched { store: MemoryStore::new(), watch: Refreshes::default() };
        let clock = ManualClock::at(START.parse().unwrap());
        let node = |keys| cheap_under(store.clone(), clock.clone(), keys).build().unwrap();
        let before = node(MasterKeys::new(again(&old)).newer([again(&new)]));
        let after = node(MasterKeys::new(again(&new)).older([again(&old)]));
        Self { store, clock, old, new, before, after }
    }

    pub fn node(&self, keys: MasterKeys) -> Keyward {
        cheap_under(self.store.clone(), self.clock.clone(), keys).build().unwrap()
    }

    pub fn nodes(&self) -> [&Keyward; 2] {
        [&self.before, &self.after]
    }

    /// Lets more time pass than a node may be behind another one.
    pub fn until_every_node_knows(&self) {
        self.clock.advance(Duration::from_secs(2));
    }

    /// A workspace with `primary`, made under the old key.
    pub fn shop(&self) -> Key {
        let admin = admin();
        let new = NewWorkspace::new(shop(), name("Shop"));
        let primary = block_on(self.before.manager(&admin).create_workspace(new)).unwrap().primary;
        Key::track(primary.credential.id, primary.api_key.expose())
    }

    /// No stamp ever went back to the old key, and Argon2id never ran.
    pub fn check(&self) {
        for (from, to, _) in self.store.watch.0.lock().unwrap().iter() {
            assert_eq!((*from, *to), (self.old.id(), self.new.id()));
        }
        for node in self.nodes() {
            let stats = node.stats();
            assert_eq!((stats.argon2id_verify_runs, stats.denied, stats.unavailable), (0, 0, 0));
        }
    }
}

/// A secret in the hands of a caller.
#[derive(Debug, Clone)]
pub struct Key {
    pub kind: Kind,
    pub id: CredentialId,
    pub text: String,
}

impl Key {
    pub fn track(id: CredentialId, text: &str) -> Self {
        Self { kind: Kind::Track, id, text: text.to_owned() }
    }

    pub fn app(id: CredentialId, text: &str) -> Self {
        Self { kind: Kind::App, id, text: text.to_owned() }
    }

    pub fn present(&self, node: &Keyward) -> Result<(), NotVerified> {
        match self.kind {
            Kind::App => block_on(node.verify(&Attempt::app(&self.text))).map(drop),
            Kind::Track => {
                block_on(node.verify(&Attempt::track(self.id.as_str(), &self.text))).map(drop)
            }
        }
    }

    pub fn forged(&self) -> Self {
        Self { text: forged::key(self.kind, self.id, 7), ..self.clone() }
    }
}

pub fn issue(node: &Keyward, kind: Kind, called: &str) -> Key {
    let new = NewCredential::new(shop(), name(called));
    let admin = admin();
    let manager = node.manager(&admin);
    match kind {
        Kind::App => {
            let issued = block_on(manager.issue_app_key(new)).unwrap();
            Key::app(issued.credential.id, issued.token.expose())
        }
        Kind::Track => {
            let issued = block_on(manager.issue_track_set(new)).unwrap();
            Key::track(issued.credential.id, issued.api_key.expose())
        }
    }
}

pub fn rotate(node: &Keyward, key: &Key) -> Key {
    let rotated = block_on(node.manager(&admin()).rotate(key.id, Duration::from_hours(1))).unwrap();
    Key { text: rotated.secret.expose().to_owned(), ..key.clone() }
}

pub fn unavailable(outcome: Result<(), NotVerified>) -> UnavailableReason {
    match outcome {
        Err(NotVerified::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}
