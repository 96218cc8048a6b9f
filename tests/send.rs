//! A handle can be shared between threads, and every future of it can be spawned.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::store::PageSize;
use keyward::{
    Attempt, CredentialId, Keyward, Manager, NewCredential, NewWorkspace,
    history::HistoryFilter,
    imports::Import,
    manage::{CredentialFilter, EndTime, Integration, PolicyChange, PolicyRun, UnlistedWorkspaces},
    operate::Rekey,
};

use crate::support::{World, admin, block_on, name, operator, shop};

const fn shared<T: Clone + Send + Sync + 'static>() {}

fn spawned(_: impl Future + Send) {}

/// Takes a future that borrows nothing.
fn spawned_alone(_: impl Future + Send + 'static) {}

#[test]
fn a_handle_is_shared_and_its_futures_are_spawned() {
    shared::<Keyward>();
    let world = World::new();
    let keyward = world.keyward.clone();
    let (site_id, secret) = (CredentialId::new("abcdefghijkl").unwrap(), "secret".to_owned());
    spawned(keyward.verify(&Attempt::app(&secret)));
    spawned(keyward.verify(&Attempt::track(site_id.as_str(), &secret)));
    spawned(keyward.trace(&operator(), &secret));
    world.shop();
    let issued = world.app_key("website");
    let proof = block_on(keyward.verify(&Attempt::app(issued.secret.expose()))).unwrap();
    spawned(keyward.recheck(&proof));
    spawned(keyward.prune(world.now()));
    spawned(keyward.site(site_id));
    spawned(keyward.rekey(&Rekey::new()));
    spawned(keyward.flush());
    spawned(keyward.close());
    spawned_alone(keyward.maintain(|_| std::future::ready(())));
    spawned_alone(async move {
        let new = NewCredential::new(shop(), name("backend"));
        let token = keyward.manager(&admin()).issue_app_key(new).await.unwrap().secret;
        keyward.verify(&Attempt::app(token.expose())).await.unwrap()
    });
}

#[test]
fn every_future_of_the_manager_can_be_spawned() {
    let world = World::new();
    let admin = admin();
    let manager: Manager<'_> = world.keyward.manager(&admin);
    let (shop, id) = (shop(), CredentialId::new("abcdefghijkl").unwrap());
    let networks = ["10.0.0.0/8".parse().unwrap()];
    spawned(manager.create_workspace(NewWorkspace::new(shop.clone(), name("Shop"))));
    spawned(manager.import(Import::new(shop.clone(), [])));
    spawned(manager.remove_workspace(&shop, "Shop"));
    spawned(manager.workspace(&shop));
    spawned(manager.workspaces(None, PageSize::MAX));
    spawned(manager.issue_app_key(NewCredential::new(shop.clone(), name("backend"))));
    spawned(manager.issue_track_set(NewCredential::new(shop.clone(), name("website"))));
    spawned(manager.credential(id));
    spawned(manager.credentials(CredentialFilter::new()));
    spawned(manager.reveal(id));
    spawned(manager.rename(id, name("other")));
    spawned(manager.deprecate(id, None));
    spawned(manager.undeprecate(id));
    spawned(manager.suspend(id));
    spawned(manager.resume(id));
    spawned(manager.set_expiry(id, EndTime::Now));
    spawned(manager.clear_expiry(id));
    spawned(manager.rotate(id, Duration::ZERO));
    spawned(manager.end_overlap(id));
    spawned(manager.deletion_impact(id));
    spawned(manager.used_networks(id));
    spawned(manager.delete(id, "other"));
    spawned(manager.connect(&shop, Integration::Api, None));
    spawned(manager.disconnect(&shop, &Integration::Api));
    spawned(manager.integrations(&shop));
    spawned(manager.snippet(&shop, &Integration::Api));
    spawned(manager.allow(&shop, &networks));
    spawned(manager.disallow(&shop, &networks));
    spawned(manager.lift(&shop));
    spawned(manager.allowlist(&shop));
    spawned(manager.suspend_account());
    spawned(manager.resume_account());
    spawned(manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed));
    spawned(manager.set_policy(&PolicyChange::new()));
    spawned(manager.preview_policy(&PolicyChange::new(), PolicyRun::new()));
    spawned(manager.apply_policy(PolicyRun::new()));
    spawned(manager.deactivate(&admin.by().id));
    spawned(manager.account());
    spawned(manager.replace_unused(id, keyward::GenerationNumber::FIRST));
    spawned(manager.outcome(keyward::OperationId::from_bytes([0; 16])));
    spawned(manager.history(HistoryFilter::new()));
}
