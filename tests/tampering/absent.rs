//! A deleted row is never read as a lifted restriction.

use keyward::store::PageItem;
use keyward::{
    DenialReason, Kind as _, NewWorkspace, Track, UnavailableReason, WorkspaceId,
    manage::CredentialFilter,
};

use crate::scene::{Outcome, Scene};
use crate::support::{name, operator};
use crate::test_store::{DATABASES, block_on};

const CORRUPT: Outcome = Outcome::Unavailable(UnavailableReason::CorruptRow);

fn suspended(check: impl AsyncFn(Scene)) {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let operator = operator().acting_for(scene.mallory.actor.account().clone());
            scene.node().manager(&operator).suspend_account().await.unwrap();
            let denied = Outcome::Denied(DenialReason::AccountSuspended);
            assert_eq!(scene.outcome(&scene.mallory.token).await, denied);
            check(scene).await;
        });
    }
}

#[test]
fn a_suspended_account_whose_row_is_deleted_opens_nothing() {
    suspended(async |scene| {
        scene.run("DELETE FROM keyward_accounts WHERE id = 'mallory'").await;
        assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
        let victim = Outcome::Opens("victim/w".to_owned());
        assert_eq!(scene.outcome(&scene.victim.token).await, victim);
    });
}

#[test]
fn a_suspended_account_that_is_deleted_and_used_again_opens_none_of_its_old_workspaces() {
    suspended(async |scene| {
        scene.run("DELETE FROM keyward_accounts WHERE id = 'mallory'").await;
        let node = scene.node();
        let manager = node.manager(&scene.mallory.actor);
        let new = NewWorkspace::new(WorkspaceId::new("mallory/2").unwrap(), name("Second"));
        manager.create_workspace(new).await.unwrap();
        assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
        assert!(manager.workspace(&scene.mallory.workspace).await.is_err());
        assert!(manager.credential(scene.mallory.key).await.is_err());
    });
}

#[test]
fn a_workspace_that_is_deleted_opens_nothing() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.run("DELETE FROM keyward_workspaces WHERE id = 'mallory/w'").await;
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
        });
    }
}

#[test]
fn a_workspace_that_is_deleted_and_created_again_opens_none_of_its_old_keys() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.run("DELETE FROM keyward_workspaces WHERE id = 'mallory/w'").await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            // The old credentials are still there, and the name of the first is taken.
            scene
                .run("UPDATE keyward_credentials SET name_key = id WHERE account = 'mallory'")
                .await;
            let new = NewWorkspace::new(scene.mallory.workspace.clone(), name("Home"));
            manager.create_workspace(new).await.unwrap();
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
            assert!(manager.credential(scene.mallory.key).await.is_err());
        });
    }
}

/// Each row matches its own tag: only the incarnation of the parent differs.
#[test]
fn every_list_shows_the_old_keys_of_a_recreated_workspace_as_corrupt() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            let home = &scene.mallory.workspace;
            let of_home = || CredentialFilter::new().workspace(home.clone());
            let before = manager.credentials(of_home().kind(Track::WORD)).await.unwrap().items;
            let primary = before.into_iter().find_map(PageItem::record).unwrap().id;
            manager.rename(primary, name("Old")).await.unwrap();
            scene.run("DELETE FROM keyward_workspaces WHERE id = 'mallory/w'").await;
            manager.create_workspace(NewWorkspace::new(home.clone(), name("Home"))).await.unwrap();
            for filter in [CredentialFilter::new(), of_home()] {
                let listed = manager.credentials(filter).await.unwrap().items;
                let whole: Vec<_> = listed.iter().cloned().filter_map(PageItem::record).collect();
                assert_eq!((listed.len(), whole.len()), (3, 1), "{kind:?}: {listed:?}");
            }
        });
    }
}

/// A database writer can always delete rows: a deleted key is an unknown key.
#[test]
fn a_deleted_credential_is_unknown() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.run("DELETE FROM keyward_credentials WHERE account = 'mallory'").await;
            let unknown = Outcome::Denied(DenialReason::Unknown);
            assert_eq!(scene.outcome(&scene.mallory.token).await, unknown);
        });
    }
}
