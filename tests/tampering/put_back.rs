//! Whole rows that are restored: what a database writer can do, and how it is prevented.

use std::time::Duration;

use keyward::{MasterKeys, UnavailableReason, operate::Rekey};

use crate::scene::{Outcome, Scene, customer, outcome_on};
use crate::support::rekeying::walking;
use crate::support::{again, cheap_under, name, operator};
use crate::test_store::{DATABASES, Kind, block_on};

/// The tables in which a change of a customer's key can be, those that others refer to first.
const TABLES: [&str; 5] = [
    "keyward_accounts",
    "keyward_workspaces",
    "keyward_allowlist",
    "keyward_credentials",
    "keyward_generations",
];

fn for_each_table(statement: impl Fn(&str) -> String) -> String {
    TABLES.iter().map(|table| statement(table)).collect()
}

/// Keeps a copy of every row.
async fn keep(scene: &Scene) {
    scene
        .run(&for_each_table(|table| {
            format!("CREATE TABLE kept_{table} AS SELECT * FROM {table};")
        }))
        .await;
}

/// Replaces the stored rows with the saved ones.
async fn put_back(scene: &Scene) {
    let statements = for_each_table(|table| {
        format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};")
    });
    scene.run(&statements).await;
}

/// The documented exception: the tag of an old row is as valid as that of a new one.
#[test]
fn a_whole_old_row_brings_an_old_secret_and_an_old_state_back() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let home = Outcome::Opens("mallory/w".to_owned());
            let other = customer(&scene.node(), "other").await;
            keep(&scene).await;
            let node = scene.node();
            let rotated =
                node.manager(&scene.mallory.actor).rotate(scene.mallory.key, Duration::ZERO).await;
            assert!(rotated.is_ok());
            node.manager(&other.actor).suspend(other.key).await.unwrap();
            for token in [&scene.mallory.token, &other.token] {
                assert!(matches!(scene.outcome(token).await, Outcome::Denied(_)), "{kind:?}");
            }
            put_back(&scene).await;
            assert_eq!(scene.outcome(&scene.mallory.token).await, home, "{kind:?}");
            let other_home = Outcome::Opens("other/w".to_owned());
            assert_eq!(scene.outcome(&other.token).await, other_home, "{kind:?}");
        });
    }
}

/// Nothing less than the whole row: an old header beside a new list, or an old credential with its new secret, is corrupt.
#[test]
fn a_part_of_an_old_row_opens_nothing() {
    let parts = [
        "DELETE FROM keyward_credentials; INSERT INTO keyward_credentials SELECT * FROM kept_keyward_credentials;",
        "DELETE FROM keyward_generations; INSERT INTO keyward_generations SELECT * FROM kept_keyward_generations;",
        "DELETE FROM keyward_allowlist; INSERT INTO keyward_allowlist SELECT * FROM kept_keyward_allowlist;",
    ];
    for kind in DATABASES {
        for part in parts {
            block_on(async {
                let scene = Scene::new(kind).await;
                keep(&scene).await;
                let node = scene.node();
                let manager = node.manager(&scene.mallory.actor);
                let fresh = manager.rotate(scene.mallory.key, Duration::ZERO).await.unwrap();
                let network = "198.51.100.0/24".parse().unwrap();
                manager.allow(&scene.mallory.workspace, &[network]).await.unwrap();
                scene.run(part).await;
                let corrupt = Outcome::Unavailable(UnavailableReason::CorruptRow);
                let inside = "198.51.100.7".parse().unwrap();
                for token in [scene.mallory.token.as_str(), fresh.secret.expose()] {
                    let outcome = scene.outcome_from(token, inside).await;
                    let is_old = token == scene.mallory.token;
                    let denied = is_old && matches!(outcome, Outcome::Denied(_));
                    assert!(denied || outcome == corrupt, "{kind:?}: {outcome:?} after {part}");
                }
            });
        }
    }
}

/// Raising the record epoch refuses every older copy, once everything is tagged again and the epoch is no longer named.
#[test]
fn a_raised_record_epoch_refuses_every_old_row() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            keep(&scene).await;
            let of_epoch = |epoch: u32, older: &[u32]| {
                let keys = MasterKeys::new(again(&scene.master_key));
                cheap_under(scene.test_store.store(), scene.clock.clone(), keys)
                    .record_epoch(epoch)
                    .older_record_epochs(older.iter().copied())
                    .build()
                    .unwrap()
            };
            let sum = walking(&of_epoch(1, &[0]), Rekey::new()).await.unwrap();
            assert_eq!((sum.unchecked, sum.corrupt, sum.changed), (0, 0, 0));
            assert!(sum.retagged > 0);
            let raised = of_epoch(1, &[]);
            let home = Outcome::Opens("mallory/w".to_owned());
            let address = "203.0.113.9".parse().unwrap();
            let outcome = outcome_on(&raised, &scene.mallory.token, address).await;
            assert_eq!(outcome, home, "{kind:?}");
            put_back(&scene).await;
            let fresh = of_epoch(1, &[]);
            let outcome = outcome_on(&fresh, &scene.mallory.token, address).await;
            let refused = Outcome::Unavailable(UnavailableReason::OtherRecordEpoch);
            assert_eq!(outcome, refused, "{kind:?}");
        });
    }
}

/// A record of a newer release is not corrupt to an older one: nothing is denied, and nothing is overwritten.
#[test]
fn a_record_of_a_newer_release_is_left_alone() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let newer = scene.newer_tag();
            let update = |table: &str, id: &str| {
                format!("UPDATE keyward_{table} SET tag = {newer} WHERE id = '{id}';")
            };
            scene.run(&update("credentials", scene.mallory.key.as_str())).await;
            let is_newer = Outcome::Unavailable(UnavailableReason::NewerRelease);
            assert_eq!(scene.outcome(&scene.mallory.token).await, is_newer);
            let victim = Outcome::Opens("victim/w".to_owned());
            assert_eq!(scene.outcome(&scene.victim.token).await, victim);

            let tags = "SELECT CAST(count(*) AS text) FROM keyward_credentials WHERE ".to_owned()
                + match kind {
                    Kind::Postgres => "get_byte(tag, 0) = 3",
                    Kind::Sqlite | Kind::Memory => "substr(tag, 1, 1) = x'03'",
                };
            let node = scene.node();
            let sum = walking(&node, Rekey::new().adopt_lost()).await.unwrap();
            assert_eq!((sum.unchecked, sum.corrupt, sum.retagged, sum.adopted), (1, 0, 0, 0));
            let manager = node.manager(&scene.mallory.actor);
            assert!(manager.rename(scene.mallory.key, name("Other")).await.is_err());
            assert!(manager.delete(scene.mallory.key, "Key").await.is_err(), "it is not corrupt");
            assert_eq!(scene.test_store.texts(&tags).await, ["1"]);

            scene.run(&update("accounts", "mallory")).await;
            let operator = operator().acting_for(scene.mallory.actor.account().clone());
            assert!(scene.node().manager(&operator).suspend_account().await.is_err());
            assert_eq!(scene.outcome(&scene.victim.token).await, victim);
        });
    }
}
