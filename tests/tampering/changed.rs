//! A row that was changed or moved opens nothing, and affects no other row.

use keyward::store::{CredentialStore, PageItem, Purged};
use keyward::{MasterKey, MasterKeys, UnavailableReason, manage::EndTime};

use crate::scene::{Outcome, Scene, outcome_on};
use crate::support::operator;
use crate::test_store::{DATABASES, Kind, block_on};

const CORRUPT: Outcome = Outcome::Unavailable(UnavailableReason::CorruptRow);

/// Runs statements with `$own` and `$victim` as the ids of the two keys. Returns the outcome of the key of the customer
/// who wrote them.
async fn after(kind: Kind, statements: &str) -> (Scene, Outcome) {
    let scene = Scene::new(kind).await;
    let statements = statements
        .replace("$own", &format!("'{}'", scene.mallory.key))
        .replace("$victim", &format!("'{}'", scene.victim.key));
    scene.run(&statements).await;
    let outcome = scene.outcome(&scene.mallory.token).await;
    (scene, outcome)
}

/// The original finding: an UPDATE made an ordinary customer's key open another customer's workspace.
#[test]
fn a_key_that_was_moved_opens_no_other_workspace() {
    let moved = "UPDATE keyward_credentials SET account = 'victim', workspace = 'victim/w', \
        name = 'Moved', name_key = 'moved' WHERE id = $own";
    let with_its_home = "UPDATE keyward_credentials SET account = 'victim', workspace = 'victim/w', \
        workspace_incarnation = (SELECT incarnation FROM keyward_workspaces WHERE id = 'victim/w'), \
        name = 'Moved', name_key = 'moved' WHERE id = $own";
    for kind in DATABASES {
        for statement in [moved, with_its_home] {
            block_on(async {
                let (scene, outcome) = after(kind, statement).await;
                assert_eq!(outcome, CORRUPT, "{statement}");
                let victim = Outcome::Opens("victim/w".to_owned());
                assert_eq!(scene.outcome(&scene.victim.token).await, victim, "{statement}");
            });
        }
    }
}

/// Restrictions that hold, taken out of the row.
#[test]
fn a_restriction_that_is_lifted_in_the_database_opens_nothing() {
    for kind in DATABASES {
        for (restriction, lifted) in [
            ("suspended", "UPDATE keyward_credentials SET suspended = NULL WHERE id = $own"),
            ("expired", "UPDATE keyward_credentials SET expires = NULL WHERE id = $own"),
            ("expired", "UPDATE keyward_credentials SET expires = created WHERE id = $own"),
            (
                "deprecated",
                "UPDATE keyward_credentials SET sunset = NULL, deprecated = NULL WHERE id = $own",
            ),
            ("account", "UPDATE keyward_accounts SET suspended = NULL WHERE id = 'mallory'"),
            (
                "removed",
                "UPDATE keyward_workspaces SET removed = NULL WHERE id = 'mallory/w'; \
                 DELETE FROM keyward_leftovers",
            ),
            ("removed", "UPDATE keyward_workspaces SET removed = NULL WHERE id = 'mallory/w'"),
            ("removed", "DELETE FROM keyward_leftovers"),
        ] {
            block_on(async {
                let scene = Scene::new(kind).await;
                let (node, own) = (scene.node(), scene.mallory.key);
                let operator = operator().acting_for(scene.mallory.actor.account().clone());
                let manager = node.manager(&operator);
                match restriction {
                    "suspended" => drop(manager.suspend(own).await.unwrap()),
                    "expired" => drop(manager.set_expiry(own, EndTime::Now).await.unwrap()),
                    "deprecated" => drop(manager.deprecate(own, Some(EndTime::Now)).await.unwrap()),
                    "account" => manager.suspend_account().await.unwrap(),
                    "removed" => {
                        manager.remove_workspace(&scene.mallory.workspace, "Home").await.unwrap();
                    }
                    other => panic!("{other}"),
                }
                let denied = scene.outcome(&scene.mallory.token).await;
                assert!(matches!(denied, Outcome::Denied(_)), "{kind:?} {restriction}: {denied:?}");
                scene.run(&lifted.replace("$own", &format!("'{own}'"))).await;
                let outcome = scene.outcome(&scene.mallory.token).await;
                let opens = matches!(outcome, Outcome::Opens(_));
                assert!(!opens, "{kind:?}: {outcome:?} after {lifted}");
            });
        }
    }
}

/// The list of removed workspaces has no tag, so it removes nothing by itself.
#[test]
fn a_workspace_that_is_put_on_the_list_of_removed_ones_stays() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.run("INSERT INTO keyward_leftovers (workspace) VALUES ('victim/w')").await;
            let victim = Outcome::Opens("victim/w".to_owned());
            assert_eq!(scene.outcome(&scene.victim.token).await, victim, "{kind:?}");
            let store = scene.test_store.store();
            while store.purge_removed(10).await.unwrap() != Purged::All {}
            assert_eq!(scene.outcome(&scene.victim.token).await, victim, "{kind:?}");
        });
    }
}

/// A tag under a lost key cannot be checked, so a writer could name such a key.
#[test]
fn a_tag_that_names_a_lost_master_key_opens_nothing() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let lost = MasterKey::generate().unwrap().id();
            let digits = lost.to_string();
            let named = match kind {
                Kind::Postgres => {
                    format!("overlay(tag PLACING decode('{digits}', 'hex') FROM 2 FOR 8)")
                }
                Kind::Sqlite | Kind::Memory => {
                    format!("CAST(substr(tag, 1, 1) || x'{digits}' || substr(tag, 10) AS BLOB)")
                }
            };
            let moved = format!(
                "UPDATE keyward_credentials SET account = 'victim', workspace = 'victim/w', \
                 workspace_incarnation = (SELECT incarnation FROM keyward_workspaces WHERE id = 'victim/w'), \
                 name = 'Moved', name_key = 'moved', tag = {named} WHERE id = '{}'",
                scene.mallory.key
            );
            scene.run(&moved).await;
            let keys = MasterKeys::new(scene.master_key()).lost([lost]);
            let node = scene.node_under(keys);
            let address = "203.0.113.9".parse().unwrap();
            let outcome = outcome_on(&node, &scene.mallory.token, address).await;
            let is_lost = Outcome::Unavailable(UnavailableReason::LostMasterKey);
            assert_eq!(outcome, is_lost, "{kind:?}");
        });
    }
}

#[test]
fn a_changed_row_opens_nothing() {
    let statements = [
        "UPDATE keyward_credentials SET expires = NULL, suspended = NULL, name = 'Other', \
         name_key = 'other' WHERE id = $own",
        "UPDATE keyward_credentials SET tag = (SELECT tag FROM keyward_credentials \
         WHERE id = $victim) WHERE id = $own",
        "UPDATE keyward_generations SET digest = (SELECT digest FROM keyward_generations \
         WHERE credential = $victim) WHERE credential = $own",
        "UPDATE keyward_workspaces SET name = 'Other', name_key = 'other' WHERE id = 'mallory/w'",
        "UPDATE keyward_workspaces SET permanent = permanent + 1 WHERE id = 'mallory/w'",
        "UPDATE keyward_accounts SET unlisted_workspaces = 'closed' WHERE id = 'mallory'",
        "UPDATE keyward_accounts SET revision = revision + 1 WHERE id = 'mallory'",
        "UPDATE keyward_accounts SET leak_response = 'report' WHERE id = 'mallory'",
        "UPDATE keyward_accounts SET closed = (SELECT created FROM keyward_workspaces WHERE id = 'mallory/w') \
         WHERE id = 'mallory'",
    ];
    for kind in DATABASES {
        for statement in statements {
            block_on(async {
                let (_, outcome) = after(kind, statement).await;
                assert_eq!(outcome, CORRUPT, "{statement}");
            });
        }
    }
}

/// The list is part of the workspace's tag, even if the database hides its rows.
#[test]
fn an_allowlist_whose_rows_are_gone_is_not_an_empty_one() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let node = scene.node();
            let network = "198.51.100.0/24".parse().unwrap();
            let manager = node.manager(&scene.mallory.actor);
            manager.allow(&scene.mallory.workspace, &[network]).await.unwrap();
            let inside = "198.51.100.7".parse().unwrap();
            let opens = Outcome::Opens("mallory/w".to_owned());
            assert_eq!(scene.outcome_from(&scene.mallory.token, inside).await, opens);
            scene.run("DELETE FROM keyward_allowlist").await;
            assert_eq!(scene.outcome(&scene.mallory.token).await, CORRUPT);
        });
    }
}

/// Last-used times are the documented exception.
#[test]
fn a_changed_last_use_changes_nothing_else() {
    for kind in DATABASES {
        block_on(async {
            let (_, outcome) = after(kind, "UPDATE keyward_uses SET at = NULL").await;
            assert_eq!(outcome, Outcome::Opens("mallory/w".to_owned()));
        });
    }
}

/// A foreign row that was put into a workspace is listed as corrupt, and can be deleted: no counter changes.
#[test]
fn a_corrupt_credential_is_listed_and_deleted_without_a_change_of_any_counter() {
    let moved = "UPDATE keyward_credentials SET account = 'victim', workspace = 'victim/w', \
        name = 'Moved', name_key = 'moved' WHERE id = $own";
    for kind in DATABASES {
        block_on(async {
            let (scene, _) = after(kind, moved).await;
            let (node, id) = (scene.node(), scene.mallory.key);
            let manager = node.manager(&scene.victim.actor);
            let listed =
                manager.credentials(keyward::manage::CredentialFilter::new()).await.unwrap();
            let corrupt: Vec<_> = listed
                .items
                .iter()
                .filter_map(|item| match item {
                    PageItem::Corrupt(row) => Some(row.id.clone()),
                    _ => None,
                })
                .collect();
            assert_eq!((listed.items.len(), corrupt), (3, vec![id.to_string()]));
            assert!(node.stats().unopened_records > 0);

            let store = scene.test_store.store();
            let before = store.workspace(&scene.victim.workspace).await.unwrap().unwrap();
            assert!(manager.delete(id, "Key").await.is_err(), "its name is typed as it is listed");
            manager.delete(id, "moved").await.unwrap();
            let after = store.workspace(&scene.victim.workspace).await.unwrap().unwrap();
            let counters = (before.credentials, before.permanent);
            assert_eq!((after.credentials, after.permanent), counters);
            assert_eq!(store.credential(id).await.unwrap(), None);
        });
    }
}
