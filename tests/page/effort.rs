//! The work of the list of credentials.

use std::sync::{Arc, Mutex};

use keyward::store::StoreError;
use keyward::{NewCredential, NewWorkspace, WorkspaceId};

use crate::scene::Scene;
use crate::support::directed::{Call, Directed, Director};
use crate::support::{World, admin, block_on, cheap, name};

/// The calls that a store got.
#[derive(Debug, Clone, Default)]
struct Calls(Arc<Mutex<Vec<Call>>>);

impl Director for Calls {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(call);
        Ok(())
    }
}

/// Returns the calls for the first page of a list of so many workspaces with three credentials each.
fn calls_for(workspaces: usize) -> Vec<Call> {
    let calls = Calls::default();
    let directed = calls.clone();
    let world = World::built(|store, clock| cheap(Directed::new(store, directed), clock));
    let actor = admin();
    let manager = world.keyward.manager(&actor);
    for number in 0..workspaces {
        let id = WorkspaceId::new(format!("acme/{number}")).unwrap();
        let new = NewWorkspace::new(id.clone(), name(&format!("Workspace {number}")));
        drop(block_on(manager.create_workspace(new)).unwrap());
        for called in ["Backend", "Reports"] {
            let new = NewCredential::new(id.clone(), name(called));
            drop(block_on(manager.issue_app_key(new)).unwrap());
        }
    }
    let scene = Scene::over(world, |page| page);
    calls.0.lock().unwrap().clear();
    scene.get("/").is(200).says("Backend");
    calls.0.lock().unwrap().clone()
}

/// `benches/figures` compares the times.
#[test]
fn the_list_of_a_large_account_takes_no_more_calls_of_the_store() {
    let few = calls_for(2);
    assert!(few.len() <= 6, "{few:?}");
    assert_eq!(calls_for(120), few);
}
