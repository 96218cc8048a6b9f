//! The repair of corrupt records by an operator: a recount after a deletion, and the acceptance of a header.

use keyward::store::PageItem;
use keyward::{
    Actor, Keyward, ManageError, Manager, NewCredential, Refusal, UnavailableReason,
    history::{Action, HistoryFilter},
    manage::CredentialFilter,
};

use crate::scene::{Outcome, Scene};
use crate::support::{name, operator};
use crate::test_store::{DATABASES, block_on};

const CORRUPT: Outcome = Outcome::Unavailable(UnavailableReason::CorruptRow);

fn opens() -> Outcome {
    Outcome::Opens("mallory/w".to_owned())
}

/// The host's operator, in the account of the customer whose rows were changed.
fn operator_of(scene: &Scene) -> Actor {
    operator().acting_for(scene.mallory.actor.account().clone())
}

/// Returns the counter of the workspace, and the number of listed credentials.
async fn counted(manager: &Manager<'_>, scene: &Scene) -> (u32, usize) {
    let workspace = manager.workspace(&scene.mallory.workspace).await.unwrap();
    let filter = CredentialFilter::new().workspace(scene.mallory.workspace.clone());
    let listed = manager.credentials(filter).await.unwrap();
    (workspace.credentials.unwrap(), listed.items.len())
}

/// Returns the newest actions of the account, the newest first.
async fn newest_actions(node: &Keyward, scene: &Scene) -> Vec<Action> {
    let history = node.manager(&scene.mallory.actor).history(HistoryFilter::new()).await.unwrap();
    let events = history.items.into_iter().filter_map(PageItem::record);
    events.map(|event| event.action).collect()
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, ManageError>) -> UnavailableReason {
    match answer {
        Err(ManageError::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_credentials_are_counted_again_after_a_corrupt_one_was_deleted() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let update = format!(
                "UPDATE keyward_credentials SET revision = revision + 1 WHERE id = '{}'",
                scene.mallory.key
            );
            scene.run(&update).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            assert_eq!(counted(&manager, &scene).await, (2, 2));
            manager.delete(scene.mallory.key, "Key").await.unwrap();
            assert_eq!(counted(&manager, &scene).await, (1, 1), "{kind:?}");
            let actions = newest_actions(&node, &scene).await;
            assert_eq!(actions[0], Action::Recounted { credentials: 1, permanent: 1 });
            assert!(matches!(actions[1], Action::Deleted { .. }), "{actions:?}");

            let recounted = manager.recount(&scene.mallory.workspace).await.unwrap();
            assert_eq!(recounted.credentials, Some(1));
            assert_eq!(newest_actions(&node, &scene).await, actions, "nothing was wrong");
        });
    }
}

/// The counters hold from then on: the last permanent credential stays, and another one can go.
#[test]
fn a_deleted_corrupt_credential_no_longer_counts_towards_the_minimum() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            let new = NewCredential::new(scene.mallory.workspace.clone(), name("Second"));
            let second = manager.issue_track_set(new).await.unwrap().credential.id;
            let update = format!(
                "UPDATE keyward_credentials SET revision = revision + 1 WHERE id = '{second}'"
            );
            scene.run(&update).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            manager.delete(second, "Second").await.unwrap();
            let listed = manager.credentials(CredentialFilter::new()).await.unwrap();
            let mut records = listed.items.into_iter().filter_map(PageItem::record);
            let primary = records.find(|record| record.name.as_str() == "primary").unwrap();
            let refused = manager.delete(primary.id, "primary").await;
            let is_last =
                matches!(refused, Err(ManageError::Refused(Refusal::LastPermanent { .. })));
            assert!(is_last, "{kind:?}: {refused:?}");
        });
    }
}

/// A record that this node cannot check may be a good one: the counters stay as they are.
#[test]
fn nothing_is_counted_where_a_record_cannot_be_checked() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let newer = scene.newer_tag();
            let update = format!(
                "UPDATE keyward_credentials SET tag = {newer} WHERE id = '{}'",
                scene.mallory.key
            );
            scene.run(&update).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            let refused = manager.recount(&scene.mallory.workspace).await;
            assert_eq!(unavailable(refused), UnavailableReason::NewerRelease);
            let workspace = manager.workspace(&scene.mallory.workspace).await.unwrap();
            assert_eq!(workspace.credentials, Some(2), "{kind:?}");
        });
    }
}

#[test]
fn an_operator_repairs_a_corrupt_account_after_they_saw_it() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene
                .run(
                    "UPDATE keyward_accounts SET unlisted_workspaces = 'closed' WHERE id = 'mallory'",
                )
                .await;
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
            let node = scene.node();
            let refused = node.manager(&scene.mallory.actor).corrupt_account().await;
            assert!(matches!(refused, Err(ManageError::Forbidden)), "{refused:?}");

            let operator = operator_of(&scene);
            let manager = node.manager(&operator);
            let early = manager.corrupt_account().await.unwrap().unwrap();
            assert_eq!(
                early.stored().unlisted_workspaces,
                keyward::manage::UnlistedWorkspaces::Closed
            );
            assert!(matches!(
                node.manager(&scene.mallory.actor).repair_account(&early).await,
                Err(ManageError::Forbidden)
            ));
            scene
                .run("UPDATE keyward_accounts SET unlisted_workspaces = 'open', suspended = (SELECT created FROM keyward_workspaces WHERE id = 'mallory/w') WHERE id = 'mallory'")
                .await;
            let refused = manager.repair_account(&early).await;
            let is_other = matches!(refused, Err(ManageError::Refused(Refusal::NotAsShown)));
            assert!(is_other, "{kind:?}: {refused:?}");
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);

            let shown = manager.corrupt_account().await.unwrap().unwrap();
            let repaired = manager.repair_account(&shown).await.unwrap();
            assert!(repaired.suspended.is_some(), "what was shown is what is accepted");
            manager.resume_account().await.unwrap();
            assert_eq!(scene.outcome(&scene.mallory.token).await, opens(), "{kind:?}");
            let actions = newest_actions(&node, &scene).await;
            assert_eq!(actions[..2], [Action::AccountResumed, Action::Repaired]);

            assert!(manager.corrupt_account().await.unwrap().is_none());
            let refused = manager.repair_account(&shown).await;
            assert!(matches!(refused, Err(ManageError::Refused(Refusal::NotAsShown))));
        });
    }
}

#[test]
fn an_operator_repairs_a_corrupt_workspace_and_its_counters() {
    let changes = [
        "UPDATE keyward_workspaces SET name = 'Other', name_key = 'other' WHERE id = 'mallory/w';",
        "UPDATE keyward_workspaces SET credentials = 90, permanent = 70 WHERE id = 'mallory/w';",
        "DELETE FROM keyward_allowlist WHERE workspace = 'mallory/w';",
    ];
    for kind in DATABASES {
        for change in changes {
            block_on(async {
                let scene = Scene::new(kind).await;
                let node = scene.node();
                let networks = ["203.0.113.0/24", "198.51.100.0/24"].map(|it| it.parse().unwrap());
                let manager = node.manager(&scene.mallory.actor);
                manager.allow(&scene.mallory.workspace, &networks).await.unwrap();
                let operator = operator_of(&scene);
                let manager = node.manager(&operator);
                let id = &scene.mallory.workspace;
                assert!(manager.corrupt_workspace(id).await.unwrap().is_none());
                scene.run(change).await;
                assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);

                let shown = manager.corrupt_workspace(id).await.unwrap().unwrap();
                let repaired = manager.repair_workspace(&shown).await.unwrap();
                assert_eq!(repaired.name, shown.stored().name);
                assert_eq!(repaired.allowlist_entries, shown.stored().allowlist.len());
                assert_eq!(scene.outcome(&scene.mallory.token).await, opens(), "{kind:?} {change}");
                assert_eq!(counted(&manager, &scene).await, (2, 2), "{kind:?} {change}");
                assert_eq!(newest_actions(&node, &scene).await[0], Action::Repaired);
                let recounted = manager.recount(id).await.unwrap();
                assert_eq!(recounted.revision, repaired.revision, "the counters were right");

                let forbidden = node.manager(&scene.mallory.actor).repair_workspace(&shown).await;
                assert!(matches!(forbidden, Err(ManageError::Forbidden)));
                let elsewhere = operator_elsewhere(&scene);
                let missing = node.manager(&elsewhere).repair_workspace(&shown).await;
                assert!(matches!(missing, Err(ManageError::NotFound(_))));
            });
        }
    }
}

fn operator_elsewhere(scene: &Scene) -> Actor {
    operator().acting_for(scene.victim.actor.account().clone())
}

/// Deleting an account's record opens nothing, and only the operator can create it again.
#[test]
fn a_workspace_whose_account_was_deleted_is_taken_into_the_new_record_by_a_repair() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.run("DELETE FROM keyward_accounts WHERE id = 'mallory'").await;
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
            let (node, operator) = (scene.node(), operator_of(&scene));
            let manager = node.manager(&operator);
            let id = &scene.mallory.workspace;
            assert_eq!(
                unavailable(manager.corrupt_workspace(id).await),
                UnavailableReason::CorruptRow
            );
            assert!(manager.corrupt_account().await.unwrap().is_none(), "there is none");
            manager.suspend_account().await.unwrap();
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
            let shown = manager.corrupt_workspace(id).await.unwrap().unwrap();
            manager.repair_workspace(&shown).await.unwrap();
            manager.resume_account().await.unwrap();
            assert_eq!(scene.outcome(&scene.mallory.token).await, opens(), "{kind:?}");
        });
    }
}

/// The repair of a removed workspace keeps it removed.
#[test]
fn a_removed_workspace_stays_removed() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let (node, operator) = (scene.node(), operator_of(&scene));
            let manager = node.manager(&operator);
            let id = &scene.mallory.workspace;
            manager.remove_workspace(id, "Home").await.unwrap();
            scene.run("UPDATE keyward_workspaces SET credentials = 5 WHERE id = 'mallory/w'").await;
            let shown = manager.corrupt_workspace(id).await.unwrap().unwrap();
            let repaired = manager.repair_workspace(&shown).await.unwrap();
            assert_eq!(repaired.credentials, Some(0));
            assert!(manager.corrupt_workspace(id).await.unwrap().is_none());
            assert!(matches!(manager.workspace(id).await, Err(ManageError::NotFound(_))));
            assert!(matches!(scene.outcome(&scene.mallory.token).await, Outcome::Denied(_)));
        });
    }
}

/// Otherwise, a writer who sets the largest revision would leave a record that cannot be changed.
#[test]
fn a_repaired_account_can_be_changed_whatever_its_revision_was_set_to() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene
                .run("UPDATE keyward_accounts SET revision = 9223372036854775807 WHERE id = 'mallory'")
                .await;
            let (node, operator) = (scene.node(), operator_of(&scene));
            let manager = node.manager(&operator);
            let shown = manager.corrupt_account().await.unwrap().unwrap();
            manager.repair_account(&shown).await.unwrap();
            manager.suspend_account().await.unwrap();
            manager.resume_account().await.unwrap();
            assert_eq!(scene.outcome(&scene.mallory.token).await, opens(), "{kind:?}");
        });
    }
}

/// The key of a tag decides whether a record can be checked: a record that cannot be checked is not repaired.
#[test]
fn a_record_that_this_node_cannot_check_is_not_shown_as_corrupt() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let other = keyward::MasterKey::generate().unwrap();
            let operator = operator_of(&scene);
            let id = &scene.mallory.workspace;

            let stranger = scene.node_under(keyward::MasterKeys::new(other));
            let manager = stranger.manager(&operator);
            let unknown = UnavailableReason::UnknownMasterKey;
            assert_eq!(unavailable(manager.corrupt_account().await), unknown);
            assert_eq!(unavailable(manager.corrupt_workspace(id).await), unknown);

            let other = keyward::MasterKey::generate().unwrap();
            let lost = keyward::MasterKeys::new(other).lost([scene.master_key().id()]);
            let node = scene.node_under(lost);
            let manager = node.manager(&operator);
            let lost = UnavailableReason::LostMasterKey;
            assert_eq!(unavailable(manager.corrupt_account().await), lost);
            assert_eq!(unavailable(manager.corrupt_workspace(id).await), lost);
        });
    }
}
