//! The history and look-ups by operation, with events that were changed or cannot be checked.

use std::time::Duration;

use keyward::store::{PageItem, PageSize};
use keyward::{
    Keyward, ManageError, MasterKey, MasterKeys, NewCredential, UnavailableReason,
    history::{Action, HistoryEvent, HistoryFilter},
    operate::Rekey,
};

use crate::scene::{Customer, Outcome, Scene, outcome_on};
use crate::support::rekeying::walking;
use crate::support::{again, name};
use crate::test_store::{DATABASES, Kind, block_on};

/// Every item of a customer's history, one page after the other.
async fn items(node: &Keyward, customer: &Customer) -> Vec<PageItem<HistoryEvent>> {
    let (mut items, mut next) = (Vec::new(), None);
    loop {
        let filter = HistoryFilter::new().before(next).size(PageSize::new(1).unwrap());
        let page = node.manager(&customer.actor).history(filter).await.unwrap();
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            return items;
        }
    }
}

fn reason(error: &ManageError) -> Option<UnavailableReason> {
    match error {
        ManageError::Unavailable(unavailable) => Some(unavailable.reason()),
        _ => None,
    }
}

#[test]
fn a_changed_event_is_a_corrupt_item_and_the_page_goes_on() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            manager.suspend(scene.mallory.key).await.unwrap();
            let before = items(&node, &scene.mallory).await;
            let [suspended, issued, created] = &before[..] else { panic!("{before:?}") };
            let PageItem::Record(event) = issued else { panic!("{issued:?}") };
            let forged = "UPDATE keyward_events SET by_id = 'victim' \
                WHERE account = 'mallory' AND credential IS NOT NULL \
                AND CAST(action AS text) LIKE '%issued%'";
            scene.run(forged).await;
            let after = items(&node, &scene.mallory).await;
            let [first, second, third] = &after[..] else { panic!("{after:?}") };
            assert_eq!((first, third), (suspended, created));
            let PageItem::Corrupt(row) = second else { panic!("{second:?}") };
            assert_eq!(row.id, event.operation.to_string());
            assert!(node.stats().unopened_records > 0);

            let error = manager.outcome(event.operation).await.unwrap_err();
            assert_eq!(reason(&error), Some(UnavailableReason::CorruptRow), "{error:?}");
        });
    }
}

/// A limit in SECURITY.md: a writer can remove this from the history. An account has no numbers of its own, so no gap
/// shows.
#[test]
fn a_writer_can_delete_events_that_every_node_has_polled() {
    for kind in DATABASES {
        for which in ["min(number)", "max(number) - 1"] {
            block_on(async {
                let scene = Scene::new(kind).await;
                let node = scene.node();
                let manager = node.manager(&scene.mallory.actor);
                manager.suspend(scene.mallory.key).await.unwrap();
                manager.resume(scene.mallory.key).await.unwrap();
                let opens = Outcome::Opens("mallory/w".to_owned());
                let address = "203.0.113.9".parse().unwrap();
                scene.clock.advance(Duration::from_secs(2));
                assert_eq!(outcome_on(&node, &scene.mallory.token, address).await, opens);
                let before = items(&node, &scene.mallory).await;
                let delete = format!(
                    "DELETE FROM keyward_events WHERE number = \
                     (SELECT {which} FROM keyward_events WHERE account = 'mallory')"
                );
                scene.run(&delete).await;
                scene.clock.advance(Duration::from_secs(2));
                assert_eq!(outcome_on(&node, &scene.mallory.token, address).await, opens);
                let after = items(&node, &scene.mallory).await;
                assert_eq!(after.len(), before.len() - 1);
                assert!(after.iter().all(|item| before.contains(item)), "{after:?}");
                assert_eq!(node.stats().distrusted_polls, 0);
            });
        }
    }
}

/// A writer can name a key that no node has: such an event is shown, and marked.
#[test]
fn a_forged_event_whose_tag_names_an_unknown_key_is_never_shown_as_checked() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let zeros = match kind {
                Kind::Postgres => "decode(repeat('00', 45), 'hex')",
                Kind::Sqlite | Kind::Memory => "zeroblob(45)",
            };
            let forged = format!("UPDATE keyward_events SET by_id = 'victim', tag = {zeros}");
            scene.run(&forged).await;
            let found = items(&scene.node(), &scene.mallory).await;
            let events: Vec<_> = found.into_iter().filter_map(PageItem::record).collect();
            assert_eq!(events.len(), 2);
            assert!(events.iter().all(|event| !event.is_checked), "{events:?}");
        });
    }
}

#[test]
fn a_repeat_is_not_recognised_by_a_forged_event() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let node = scene.node();
            let manager = node.manager(&scene.mallory.actor);
            let wish =
                || NewCredential::new(scene.mallory.workspace.clone(), name("New")).operation("1");
            let _ = manager.issue_app_key(wish()).await.unwrap();
            let repeated = manager.issue_app_key(wish()).await.unwrap_err();
            assert!(matches!(repeated, ManageError::Repeated(_)), "{repeated:?}");
            let key = scene.mallory.key;
            let forged = format!(
                "UPDATE keyward_events SET credential = '{key}' \
                 WHERE CAST(action AS text) LIKE '%New%'"
            );
            scene.run(&forged).await;
            let error = manager.issue_app_key(wish()).await.unwrap_err();
            assert_eq!(reason(&error), Some(UnavailableReason::CorruptRow), "{error:?}");
        });
    }
}

/// The old master key is dropped or lost, after every record was tagged again. Events keep their tags.
#[test]
fn an_event_under_a_key_that_is_not_held_is_shown_as_unchecked() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let wish =
                || NewCredential::new(scene.mallory.workspace.clone(), name("New")).operation("1");
            let old = scene.node();
            let _ = old.manager(&scene.mallory.actor).issue_app_key(wish()).await.unwrap();
            let (new, old) = (MasterKey::generate().unwrap(), scene.master_key());
            let lost = old.id();
            let both = scene.node_under(MasterKeys::new(again(&new)).older([old]));
            walking(&both, Rekey::new()).await.unwrap();
            let dropped = MasterKeys::new(again(&new));
            let lost = MasterKeys::new(again(&new)).lost([lost]);
            for (keys, expected) in [
                (dropped, UnavailableReason::UnknownMasterKey),
                (lost, UnavailableReason::LostMasterKey),
            ] {
                let node = scene.node_under(keys);
                let manager = node.manager(&scene.mallory.actor);
                manager.suspend(scene.mallory.key).await.unwrap();
                let found = items(&node, &scene.mallory).await;
                let mut events = found.into_iter().filter_map(PageItem::record);
                let newest = events.next().unwrap();
                let is_the_issue = |event: &HistoryEvent| matches!(&event.action, Action::Issued { name, .. } if name.as_str() == "New");
                let issued = events.find(is_the_issue).unwrap();
                assert_eq!((&newest.action, newest.is_checked), (&Action::Suspended, true));
                assert!(!issued.is_checked);
                assert_eq!(serde_json::to_value(&issued).unwrap()["is_checked"], false);
                assert!(manager.outcome(newest.operation).await.unwrap().is_some());
                let error = manager.outcome(issued.operation).await.unwrap_err();
                assert_eq!(reason(&error), Some(expected), "{error:?}");
                let error = manager.issue_app_key(wish()).await.unwrap_err();
                assert_eq!(reason(&error), Some(expected), "{error:?}");
                manager.resume(scene.mallory.key).await.unwrap();
            }
        });
    }
}
