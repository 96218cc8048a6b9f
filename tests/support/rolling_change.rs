//! Two nodes over one store, during a change of master key or brand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::store::{Refresh, Refreshed, TagChange};
use keyward::{
    Attempt, Brand, Builder, CredentialId, Keyward, MasterKey, MasterKeyId, MasterKeys,
    MemoryStore, NewCredential, NewWorkspace, NotVerified, UnavailableReason, kind::KindWord,
    manage::Rotation, time::ManualClock,
};

use super::directed::{Directed, Director};
use super::{START, admin, again, block_on, cheap_under, forged, name, shop};

/// The refreshes and new tags of a store: the old and the new master key, and the result of each.
#[derive(Debug, Clone, Default)]
pub struct Refreshes {
    pub secrets: Arc<Mutex<Vec<(MasterKeyId, MasterKeyId, Refreshed)>>>,
    pub tags: Arc<Mutex<Vec<(MasterKeyId, MasterKeyId, Refreshed)>>>,
}

impl Director for Refreshes {
    fn refreshed(&self, refresh: &Refresh, refreshed: Refreshed) {
        let (from, to) = match refresh {
            Refresh::Digest { old, new, .. } => (old.key(), new.key()),
            Refresh::Seal { old, new, .. } => (old.key(), new.key()),
        };
        self.secrets.lock().unwrap().push((from, to, refreshed));
    }

    fn retagged(&self, tags: &TagChange, refreshed: Refreshed) {
        self.tags.lock().unwrap().push((tags.old.key(), tags.new.key(), refreshed));
    }
}

impl Refreshes {
    pub fn count(&self) -> usize {
        self.secrets.lock().unwrap().len() + self.tags.lock().unwrap().len()
    }
}

/// Two nodes over one store: `before` still uses the old key or brand, and `after` the new one. If only the brand
/// changes, the two keys are the same.
pub struct RollingChange {
    pub store: Directed<MemoryStore, Refreshes>,
    pub clock: ManualClock,
    pub old: MasterKey,
    pub new: MasterKey,
    pub before: Keyward,
    pub after: Keyward,
}

impl RollingChange {
    pub fn new() -> Self {
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let before = MasterKeys::new(again(&old)).newer([again(&new)]);
        let after = MasterKeys::new(again(&new)).older([again(&old)]);
        Self::of((old, new), |node| node(before), |node| node(after))
    }

    /// During a change of brand.
    pub fn of_brands() -> Self {
        let key = MasterKey::generate().unwrap();
        let [old, new] = ["old", "new"].map(|brand| Brand::new(brand).unwrap());
        let keys = || MasterKeys::new(again(&key));
        let (before, after) = (keys(), keys());
        Self::of(
            (again(&key), again(&key)),
            |node| node(before).brand(old).older_brands([new]),
            |node| node(after).brand(new).older_brands([old]),
        )
    }

    fn of(
        (old, new): (MasterKey, MasterKey),
        before: impl FnOnce(&dyn Fn(MasterKeys) -> Builder) -> Builder,
        after: impl FnOnce(&dyn Fn(MasterKeys) -> Builder) -> Builder,
    ) -> Self {
        let store = Directed::<MemoryStore, Refreshes>::default();
        let clock = ManualClock::at(START.parse().unwrap());
        let node = |keys| cheap_under(store.clone(), clock.clone(), keys);
        let [before, after] = [before(&node), after(&node)].map(|node| node.build().unwrap());
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
        let primary = block_on(self.before.manager(&admin).create_workspace(new)).unwrap().first;
        Key::track(primary.credential.id, primary.secret.expose())
    }

    /// No digest, seal or tag was changed back to the old key, no record was corrupt, and Argon2id never ran.
    pub fn check(&self) {
        let Refreshes { secrets, tags } = &*self.store;
        let is_change = self.old.id() != self.new.id();
        for (from, to, _) in secrets.lock().unwrap().iter().chain(tags.lock().unwrap().iter()) {
            assert!(is_change, "nothing is written for a change of brand");
            assert_eq!((*from, *to), (self.old.id(), self.new.id()));
        }
        for node in self.nodes() {
            let stats = node.stats();
            assert_eq!((stats.argon2id_verify_runs, stats.denied, stats.unavailable), (0, 0, 0));
            assert_eq!((stats.unopened_records, stats.distrusted_polls), (0, 0));
        }
    }
}

/// A secret that a caller holds.
#[derive(Debug, Clone)]
pub struct Key {
    pub kind: KindWord,
    pub id: CredentialId,
    pub text: String,
}

impl Key {
    pub fn track(id: CredentialId, text: &str) -> Self {
        Self { kind: KindWord::Track, id, text: text.to_owned() }
    }

    pub fn app(id: CredentialId, text: &str) -> Self {
        Self { kind: KindWord::App, id, text: text.to_owned() }
    }

    pub fn present(&self, node: &Keyward) -> Result<(), NotVerified> {
        if self.kind == KindWord::App {
            block_on(node.verify(&Attempt::app(&self.text))).map(drop)
        } else {
            block_on(node.verify(&Attempt::track(self.id.as_str(), &self.text))).map(drop)
        }
    }

    pub fn forged(&self) -> Self {
        Self { text: forged::key(self.kind, self.id, 7), ..self.clone() }
    }
}

pub fn issue(node: &Keyward, kind: KindWord, called: &str) -> Key {
    let new = NewCredential::new(shop(), name(called));
    let admin = admin();
    let manager = node.manager(&admin);
    if kind == KindWord::App {
        let issued = block_on(manager.issue_app_key(new)).unwrap();
        Key::app(issued.credential.id, issued.secret.expose())
    } else {
        let issued = block_on(manager.issue_track_set(new)).unwrap();
        Key::track(issued.credential.id, issued.secret.expose())
    }
}

pub fn rotate(node: &Keyward, key: &Key) -> Key {
    let rotation = Rotation::new(Duration::from_hours(1)).end_overlap();
    let rotated = block_on(node.manager(&admin()).rotate(key.id, rotation)).unwrap();
    Key { text: rotated.secret.expose().to_owned(), ..key.clone() }
}

pub fn unavailable(outcome: Result<(), NotVerified>) -> UnavailableReason {
    match outcome {
        Err(NotVerified::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}
