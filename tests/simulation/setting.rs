//! What is there at the beginning: accounts, workspaces and keys.

use std::sync::{Arc, LazyLock, Mutex};

use keyward::store::{Change, CredentialStore};
use keyward::{
    AccountId, Actor, ActorId, GenerationNumber, Keyward, Kind, ManualClock, MasterKeys,
    MemoryStore, NewCredential, NewWorkspace, WorkspaceId,
};

use crate::support::random::Choices;
use crate::support::source::Source;
use crate::support::watched::{Watch, Watched};
use crate::support::{START, block_on, cheap_under, name};
use crate::world::{Key, master_key};

/// Every workspace's name.
pub(crate) const SHOP: &str = "Shop";

/// What is there at the beginning, and how it came to be.
struct Beginning {
    made: Vec<Change>,
    keys: Vec<Key>,
}

/// A store, and the keys that were issued in it: two Track sets and an App key in the first of one to three
/// workspaces, and one of both in each of the others.
pub(crate) fn set_up(choices: &mut Choices) -> (MemoryStore, Vec<Key>) {
    // Made once, since Argon2id takes longer than the rest of a run.
    static BEGINNINGS: LazyLock<[Beginning; 3]> = LazyLock::new(|| [1, 2, 3].map(Beginning::of));
    let beginning = choices.one_of(&*BEGINNINGS);
    let store = MemoryStore::new();
    for change in &beginning.made {
        block_on(store.commit(change)).unwrap();
    }
    (store, beginning.keys.clone())
}

/// Takes down what is made.
#[derive(Debug, Clone, Default)]
struct Made(Arc<Mutex<Vec<Change>>>);

impl Watch for Made {
    fn commit(&self, _: &MemoryStore, change: &Change) -> Change {
        self.0.lock().unwrap().push(change.clone());
        change.clone()
    }
}

impl Beginning {
    fn of(workspaces: usize) -> Self {
        let store = Watched { store: MemoryStore::new(), watch: Made::default() };
        let clock = ManualClock::at(START.parse().unwrap());
        let keyward = cheap_under(store.clone(), clock, MasterKeys::new(master_key()))
            .randomness(Source::seeded(0))
            .build()
            .unwrap();
        let keys = (0..workspaces).flat_map(|number| shop(&keyward, number)).collect();
        let made = store.watch.0.lock().unwrap().clone();
        Self { made, keys }
    }
}

/// Creates a workspace.
fn shop(keyward: &Keyward, number: usize) -> Vec<Key> {
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
    let primary = block_on(manager.create_workspace(new)).unwrap().primary;
    let new = |called| NewCredential::new(workspace.clone(), name(called));
    let app = block_on(manager.issue_app_key(new("app"))).unwrap();
    let mut keys = vec![key(Kind::App, app.credential.id, app.token.expose())];
    if number == 0 {
        let set = block_on(manager.issue_track_set(new("second"))).unwrap();
        keys.push(key(Kind::Track, set.credential.id, set.api_key.expose()));
    }
    keys.push(key(Kind::Track, primary.credential.id, primary.api_key.expose()));
    keys
}
