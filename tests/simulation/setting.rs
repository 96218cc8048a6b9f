//! What is there at the beginning: accounts, workspaces and keys.

use std::num::NonZeroUsize;

use keyward::{
    AccountId, Actor, ActorId, GenerationNumber, Keyward, Kind, MasterKeys, MemoryStore,
    NewCredential, NewWorkspace, SlowHashParams, WorkspaceId,
};

use crate::clock::NodeClock;
use crate::support::random::Choices;
use crate::support::source::Source;
use crate::support::{block_on, name};
use crate::timeline::Timeline;
use crate::world::{Key, master_key};

/// Every workspace's name.
pub(crate) const SHOP: &str = "Shop";

/// Writes to a store, and answers the keys that were issued: two Track sets and an App key in the first
/// workspace, and one of both in each of the others.
pub(crate) fn set_up(store: &MemoryStore, choices: &mut Choices) -> Vec<Key> {
    let seed = choices.below(usize::MAX) as u64;
    let keyward = Keyward::builder(store.clone(), MasterKeys::new(master_key()))
        .clock(NodeClock::new(&Timeline::default(), std::time::Duration::ZERO))
        .randomness(Source::seeded(seed))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .hashing_threads(NonZeroUsize::MIN)
        .build()
        .unwrap();
    let mut keys = Vec::new();
    for number in 0..=choices.below(3) {
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
        keys.push(key(Kind::App, app.credential.id, app.token.expose()));
        if number == 0 {
            let set = block_on(manager.issue_track_set(new("second"))).unwrap();
            keys.push(key(Kind::Track, set.credential.id, set.api_key.expose()));
        }
        keys.push(key(Kind::Track, primary.credential.id, primary.api_key.expose()));
    }
    keys
}
