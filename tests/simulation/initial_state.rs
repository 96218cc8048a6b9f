//! The initial state: accounts, workspaces and keys.

use std::sync::{Arc, LazyLock, Mutex};

use keyward::store::{Change, CredentialStore, StoreError};
use keyward::{
    AccountId, Actor, ActorId, GenerationNumber, Keyward, MasterKeys, MemoryStore, NewCredential,
    NewWorkspace, WorkspaceId, time::ManualClock,
};

use crate::planned_change::owned;
use crate::support::directed::{Directed, Director};
use crate::support::kinds::{DEFAULT, FOUR, KindSet, issue};
use crate::support::random::Choices;
use crate::support::random_source::Source;
use crate::support::{START, block_on, name, plain};
use crate::world::{Key, master_key};

/// Every workspace's name.
pub(crate) const SHOP: &str = "Shop";

/// The initial state, and the history that led to it.
struct Beginning {
    made: Vec<Change>,
    keys: Vec<Key>,
}

/// A store, and the keys that were issued in it: one of each kind in each of one to three workspaces, and in the first
/// of them another one of the kind with the minimum.
pub(crate) fn set_up(kinds: &'static KindSet, choices: &mut Choices) -> (MemoryStore, Vec<Key>) {
    // Made once, because Argon2id takes longer than the rest of a run.
    static DEFAULTS: LazyLock<[Beginning; 3]> = LazyLock::new(|| Beginning::all(&DEFAULT));
    static FOURS: LazyLock<[Beginning; 3]> = LazyLock::new(|| Beginning::all(&FOUR));
    let beginnings = if std::ptr::eq(kinds, &raw const DEFAULT) { &*DEFAULTS } else { &*FOURS };
    let beginning = choices.one_of(beginnings);
    let store = MemoryStore::new();
    for change in &beginning.made {
        block_on(store.commit(change)).unwrap();
    }
    (store, beginning.keys.clone())
}

/// Records what is created.
#[derive(Debug, Clone, Default)]
struct Made(Arc<Mutex<Vec<Change>>>);

impl Director for Made {
    async fn commit(&self, store: &MemoryStore, change: &Change) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(change.clone());
        store.commit(change).await
    }
}

impl Beginning {
    fn all(kinds: &'static KindSet) -> [Self; 3] {
        [1, 2, 3].map(|workspaces| Self::of(kinds, workspaces))
    }

    fn of(kinds: &'static KindSet, workspaces: usize) -> Self {
        let store = Directed::new(MemoryStore::new(), Made::default());
        let clock = ManualClock::at(START.parse().unwrap());
        let builder = plain(store.clone(), clock, MasterKeys::new(master_key()));
        let keyward = kinds.declare(builder).randomness(Source::seeded(0)).build().unwrap();
        let keys = (0..workspaces).flat_map(|number| shop(kinds, &keyward, number)).collect();
        let made = store.0.lock().unwrap().clone();
        Self { made, keys }
    }
}

/// Creates a workspace.
fn shop(kinds: &'static KindSet, keyward: &Keyward, number: usize) -> Vec<Key> {
    let account = AccountId::new(format!("account-{}", number % 2)).unwrap();
    let workspace = WorkspaceId::new(format!("workspace-{number}")).unwrap();
    let actor = Actor::admin(account.clone(), ActorId::new("set-up").unwrap());
    let manager = keyward.manager(&actor);
    let key = |kind, id, text: &str| Key {
        kind,
        id,
        generation: GenerationNumber::new(1).unwrap(),
        text: text.to_owned(),
        workspace: workspace.clone(),
        account: account.clone(),
    };
    let new = NewWorkspace::new(workspace.clone(), name(SHOP));
    let first = block_on(manager.add_workspace(new)).unwrap().first.unwrap();
    let (kept, _) = kinds.minimum();
    let issued = |kind, called| {
        let new = NewCredential::new(workspace.clone(), name(called)).owner(owned());
        let (id, text) = block_on(issue(&manager, kind, new)).unwrap();
        key(kind, id, &text)
    };
    let others = kinds.words().filter(|kind| *kind != kept);
    let mut keys: Vec<_> = others.map(|kind| issued(kind, "other")).collect();
    if number == 0 {
        keys.push(issued(kept, "second"));
    }
    keys.push(key(kept, first.credential.id, first.secret.expose()));
    keys
}
