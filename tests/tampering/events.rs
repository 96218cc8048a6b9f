//! Events that a database writer changed: a node that has a key cached still notices its revocation, except for the
//! cases that SECURITY.md lists.

use std::time::Duration;

use keyward::store::{CredentialStore, PageItem};
use keyward::{DenialReason, Keyward, MasterKey, MasterKeys, history::HistoryFilter};

use crate::scene::{Customer, Outcome, Scene, outcome_on};
use crate::support::name;
use crate::test_store::{DATABASES, Kind, block_on};

const SUSPENDED: Outcome = Outcome::Denied(DenialReason::Suspended);

/// A node that has Mallory's key cached, while another node suspends the key.
struct Watch {
    scene: Scene,
    watcher: Keyward,
    /// The number of the event of the suspension.
    newest: u64,
}

impl Watch {
    async fn new(kind: Kind) -> Self {
        let scene = Scene::new(kind).await;
        let watcher = scene.node();
        Self::with(scene, watcher).await
    }

    async fn with(scene: Scene, watcher: Keyward) -> Self {
        assert_eq!(seen_by(&watcher, &scene).await, opens());
        scene.node().manager(&scene.mallory.actor).suspend(scene.mallory.key).await.unwrap();
        let newest = scene.test_store.store().position().await.unwrap().number();
        Self { scene, watcher, newest }
    }

    /// Runs a statement, in which `$n` is the number of the event of the suspension.
    async fn run(&self, statement: &str) {
        self.scene.run(&statement.replace("$n", &self.newest.to_string())).await;
    }

    /// Returns the outcome of Mallory's key on the watching node after its next poll, and how many polls it distrusted.
    async fn next(&self) -> (Outcome, u64) {
        self.scene.clock.advance(Duration::from_secs(2));
        let outcome = seen_by(&self.watcher, &self.scene).await;
        (outcome, self.watcher.stats().distrusted_polls)
    }
}

fn opens() -> Outcome {
    Outcome::Opens("mallory/w".to_owned())
}

async fn seen_by(node: &Keyward, scene: &Scene) -> Outcome {
    outcome_on(node, &scene.mallory.token, "203.0.113.9".parse().unwrap()).await
}

/// Writes an event that is not about Mallory.
async fn change_another(scene: &Scene, node: &Keyward) {
    let victim = node.manager(&scene.victim.actor);
    victim.rename(scene.victim.key, name("Other")).await.unwrap();
}

/// Returns the number of corrupt items in a customer's history, and the number of events.
async fn history(scene: &Scene, customer: &Customer) -> (usize, usize) {
    let (node, filter) = (scene.node(), HistoryFilter::new());
    let page = node.manager(&customer.actor).history(filter).await.unwrap();
    let corrupt = page.items.iter().filter(|item| matches!(item, PageItem::Corrupt(_)));
    (corrupt.count(), page.items.len())
}

async fn columns(scene: &Scene) -> Vec<String> {
    let query = match scene.kind {
        Kind::Postgres => {
            "SELECT attname::text FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped \
             AND attrelid = 'keyward_events'::regclass ORDER BY attnum"
        }
        Kind::Sqlite | Kind::Memory => "SELECT name FROM pragma_table_info('keyward_events')",
    };
    scene.test_store.texts(query).await
}

/// Another value for a column, which no event of Mallory's has there.
fn other_value(column: &str, scene: &Scene) -> String {
    let zeros = match scene.kind {
        Kind::Postgres => "decode(repeat('00', 16), 'hex')",
        Kind::Sqlite | Kind::Memory => "zeroblob(16)",
    };
    match (column, scene.kind) {
        ("number", _) => "number + 1".to_owned(),
        ("operation", _) => zeros.to_owned(),
        ("at", Kind::Postgres) => "at + interval '1 microsecond'".to_owned(),
        ("at", _) => "at + 1".to_owned(),
        ("account", _) => "'victim'".to_owned(),
        ("workspace", _) => "'victim/w'".to_owned(),
        ("credential", _) => format!("'{}'", scene.victim.key),
        ("by_role", _) => "'operator'".to_owned(),
        ("by_id", _) => "'someone'".to_owned(),
        ("action", _) => r#"'{"is": "resumed"}'"#.to_owned(),
        ("outline_tag" | "tag", _) => {
            format!("(SELECT e.{column} FROM keyward_events e WHERE e.number = 1)")
        }
        _ => panic!("no value for {column}: add one"),
    }
}

/// Polls read the columns that the outline's tag covers. A change of another column does not affect the poll, and the
/// history shows it. No tag covers the number, and the outline's tag does not matter for the history.
#[test]
fn a_revocation_is_noticed_if_any_column_of_its_event_was_changed() {
    for kind in DATABASES {
        block_on(async {
            let columns = columns(&Scene::new(kind).await).await;
            assert_eq!(columns.len(), 11, "{columns:?}");
            for column in columns {
                let watch = Watch::new(kind).await;
                let scene = &watch.scene;
                let value = other_value(&column, scene);
                let update =
                    format!("UPDATE keyward_events SET {column} = {value} WHERE number = $n");
                watch.run(&update).await;
                let polled = !matches!(column.as_str(), "by_role" | "by_id" | "action" | "tag");
                assert_eq!(watch.next().await, (SUSPENDED, u64::from(polled)), "{column}");
                let found =
                    history(scene, &scene.mallory).await.0 + history(scene, &scene.victim).await.0;
                let covered = !matches!(column.as_str(), "number" | "outline_tag");
                assert_eq!(found, usize::from(covered), "{column}");
            }
        });
    }
}

/// The newest event with its number changed, a position that does not match, a missing event, an older one in its
/// place.
#[test]
fn a_revocation_is_noticed_where_events_are_missing_or_were_moved() {
    let statements = [
        "DELETE FROM keyward_events WHERE number = $n",
        "UPDATE keyward_events SET number = number + 7 WHERE number = $n",
        "DELETE FROM keyward_events WHERE number = $n - 1; \
         UPDATE keyward_events SET number = $n - 1 WHERE number = $n",
        "UPDATE keyward_position SET number = number + 1",
        "UPDATE keyward_position SET operation = \
         (SELECT operation FROM keyward_events WHERE number = 1)",
        "DELETE FROM keyward_events WHERE number = $n; \
         UPDATE keyward_events SET number = $n WHERE number = 1",
    ];
    for kind in DATABASES {
        for statement in statements {
            block_on(async {
                let watch = Watch::new(kind).await;
                watch.run(statement).await;
                let (outcome, _) = watch.next().await;
                assert_eq!(outcome, SUSPENDED, "{statement}");
            });
        }
    }
}

#[test]
fn a_deleted_event_in_the_middle_is_a_gap() {
    for kind in DATABASES {
        block_on(async {
            let watch = Watch::new(kind).await;
            let scene = &watch.scene;
            change_another(scene, &scene.node()).await;
            watch.run("DELETE FROM keyward_events WHERE number = $n").await;
            assert_eq!(watch.next().await, (SUSPENDED, 1));
            // The poll has continued after the gap.
            assert_eq!(watch.next().await, (SUSPENDED, 1));
        });
    }
}

/// The events are genuine, so no poll is distrusted, and each event is followed.
#[test]
fn two_events_that_changed_places_are_both_followed() {
    for kind in DATABASES {
        block_on(async {
            let watch = Watch::new(kind).await;
            let scene = &watch.scene;
            change_another(scene, &scene.node()).await;
            watch
                .run(
                    "UPDATE keyward_events SET number = $n + 7 WHERE number = $n; \
                     UPDATE keyward_events SET number = $n WHERE number = $n + 1; \
                     UPDATE keyward_events SET number = $n + 1 WHERE number = $n + 7; \
                     UPDATE keyward_position SET operation = \
                     (SELECT operation FROM keyward_events WHERE number = $n + 1)",
                )
                .await;
            assert_eq!(watch.next().await, (SUSPENDED, 0));
        });
    }
}

/// In place of the revocation's event, an earlier one.
const REPEATED: &str = "DELETE FROM keyward_events WHERE number = $n; \
    UPDATE keyward_events SET number = $n WHERE number = $n - 2; \
    UPDATE keyward_position SET operation = \
    (SELECT operation FROM keyward_events WHERE number = $n)";

#[test]
fn an_event_that_is_put_in_the_place_of_a_later_one_is_noticed_after_a_minute() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            scene.clock.advance(Duration::from_secs(61));
            let watcher = scene.node();
            let watch = Watch::with(scene, watcher).await;
            watch.run(REPEATED).await;
            assert_eq!(watch.next().await, (SUSPENDED, 1));
        });
    }
}

/// A limit in SECURITY.md: a writer can hide this from a node that has the key cached.
#[test]
fn a_writer_can_hide_the_newest_event_behind_one_from_the_last_minute() {
    for kind in DATABASES {
        block_on(async {
            let watch = Watch::new(kind).await;
            watch.run(REPEATED).await;
            assert_eq!(watch.next().await, (opens(), 0));
            assert_eq!(watch.scene.outcome(&watch.scene.mallory.token).await, SUSPENDED);
        });
    }
}

/// The same: the store continues as if the event had never existed.
#[test]
fn a_writer_can_hide_the_newest_event_by_setting_the_position_back() {
    for kind in DATABASES {
        block_on(async {
            let watch = Watch::new(kind).await;
            let scene = &watch.scene;
            let back = "DELETE FROM keyward_events WHERE number = $n; \
                UPDATE keyward_position SET number = $n - 1, operation = \
                (SELECT operation FROM keyward_events WHERE number = $n - 1)";
            watch.run(back).await;
            assert_eq!(watch.next().await, (opens(), 0));
            change_another(scene, &scene.node()).await;
            assert_eq!(watch.next().await, (opens(), 0));
            assert_eq!(scene.outcome(&scene.mallory.token).await, SUSPENDED);
        });
    }
}

/// As in a deployment in the wrong order: this node does not have the new key.
#[test]
fn an_event_under_a_key_that_the_node_does_not_hold_drops_the_cache() {
    for kind in DATABASES {
        block_on(async {
            let scene = Scene::new(kind).await;
            let watcher = scene.node();
            assert_eq!(seen_by(&watcher, &scene).await, opens());
            let new = MasterKey::generate().unwrap();
            let node = scene.node_under(MasterKeys::new(new).older([scene.master_key()]));
            change_another(&scene, &node).await;
            scene.clock.advance(Duration::from_secs(2));
            let loads = watcher.stats().loads;
            assert_eq!(seen_by(&watcher, &scene).await, opens());
            let stats = watcher.stats();
            assert_eq!((stats.distrusted_polls, stats.loads), (1, loads + 1), "it read again");
            scene.clock.advance(Duration::from_secs(2));
            assert_eq!(seen_by(&watcher, &scene).await, opens());
            assert_eq!(watcher.stats().distrusted_polls, 1, "it has gone on");
        });
    }
}
