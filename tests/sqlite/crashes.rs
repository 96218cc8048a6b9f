//! A process that writes is killed: every acknowledged change is there afterwards, and none by half.
//!
//! Ten times, or as often as `KEYWARD_CRASHES` says: `KEYWARD_CRASHES=200 cargo test --test sqlite crashes`.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use keyward::{
    Freshness, Keyward, ManualClock, MasterKey, MasterKeys, MemoryStore, SlowHashParams,
    SqliteStore, WorkspaceId,
};

use crate::child::{self, Running};
use crate::harness::{RUNTIME, Sqlite, patient};
use crate::life::{self, Life, STEPS};
use crate::random::Choices;
use crate::stores::now;

/// How many write at once in a process.
const WRITERS: usize = 3;

/// What was heard of a workspace: how many steps were acknowledged, and the key texts that they gave.
#[derive(Debug, Default)]
struct Heard {
    steps: usize,
    given: Vec<life::Given>,
}

#[test]
fn what_was_acknowledged_survives_the_process() {
    let crashes = std::env::var("KEYWARD_CRASHES").map_or(10, |text| text.parse().unwrap());
    let mut choices = Choices::new();
    let harness = Sqlite::default();
    let key = MasterKey::generate().unwrap().expose_text().to_string();
    let given = child::Given { file: harness.file(), key };
    let shapes = RUNTIME.block_on(shapes());
    let (mut acknowledged, mut landed) = (0, 0);
    for crash in 0..crashes {
        let heard = kill_in_the_midst(&given, crash, &mut choices);
        acknowledged += heard.values().map(|heard| heard.steps).sum::<usize>();
        landed += RUNTIME.block_on(assert_whole(&harness, &given, &heard, &shapes));
    }
    assert!(acknowledged > 0, "nothing was written");
    println!("{crashes} kills: {acknowledged} changes acknowledged, {landed} more are there");
}

/// Starts a process that writes, and kills it after some acknowledgements and a moment more.
fn kill_in_the_midst(
    given: &child::Given,
    crash: usize,
    choices: &mut Choices,
) -> HashMap<WorkspaceId, Heard> {
    let number = crash.to_string();
    let mut writer = Running::start(
        "crashes::a_process_that_writes_until_it_is_killed",
        given,
        &[("KEYWARD_TEST_CRASH", &number)],
    );
    let mut heard = HashMap::new();
    for _ in 0..choices.below(60) {
        note(&mut heard, &writer.hear().expect("it writes until it is killed"));
    }
    let moment = Duration::from_micros(choices.below(3_000) as u64);
    let begun = Instant::now();
    while begun.elapsed() < moment {
        thread::yield_now();
    }
    writer.kill();
    while let Some(line) = writer.hear() {
        note(&mut heard, &line);
    }
    heard
}

fn note(heard: &mut HashMap<WorkspaceId, Heard>, line: &str) {
    let [id, step, text, ends_at] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let workspace = heard.entry(WorkspaceId::new(id).unwrap()).or_default();
    assert_eq!(workspace.steps, step.parse::<usize>().unwrap(), "the steps come in their order");
    workspace.steps += 1;
    if text != "-" {
        let (text, ends_at) = (text.to_owned(), ends_at.parse().unwrap());
        workspace.given.push(life::Given { text, ends_at });
    }
}

/// Opens the file again and looks. Answers how many changes are there that were not acknowledged.
async fn assert_whole(
    harness: &Sqlite,
    given: &child::Given,
    heard: &HashMap<WorkspaceId, Heard>,
    shapes: &[String],
) -> usize {
    let store = patient().open(&given.file).await.unwrap();
    let node = node(store.clone(), &given.key);
    let mut landed = 0;
    for (id, Heard { steps, given }) in heard {
        let shape = life::shape(&store, id).await;
        let found = shapes.iter().position(|other| *other == shape);
        let found = found.unwrap_or_else(|| panic!("{id} is there by half:\n{shape}"));
        assert!(
            found == *steps || found == steps + 1,
            "{id}: {steps} steps were acknowledged, and {found} are there"
        );
        landed += found - steps;
        for life::Given { text, ends_at } in given {
            let passes = life::present(&node, text).await;
            assert_eq!(passes.is_ok(), found <= *ends_at, "{id} after {found} steps: {passes:?}");
        }
    }
    store.close().await;
    assert_sound(harness).await;
    landed
}

/// The file is sound, the position is the number of events, and every counter is the number of its rows.
async fn assert_sound(harness: &Sqlite) {
    let mut connection = harness.connection().await;
    for (check, sound) in [
        ("SELECT group_concat(integrity_check) FROM pragma_integrity_check", Some("ok")),
        ("SELECT group_concat(\"table\") FROM pragma_foreign_key_check", None),
        (
            "SELECT group_concat(id) FROM keyward_workspaces w \
             WHERE credentials <> (SELECT count(*) FROM keyward_credentials WHERE workspace = w.id) \
             OR (removed IS NULL) <> (lasting > 0)",
            None,
        ),
        (
            "SELECT 'position ' || number FROM keyward_position \
             WHERE number <> (SELECT count(*) FROM keyward_events) \
             OR number <> (SELECT COALESCE(max(number), 0) FROM keyward_events)",
            None,
        ),
        (
            "SELECT group_concat(credential) FROM keyward_generations g \
             WHERE NOT EXISTS (SELECT 1 FROM keyward_uses u \
             WHERE u.credential = g.credential AND u.generation = g.number)",
            None,
        ),
    ] {
        let query = sqlx::query_scalar::<_, Option<String>>(check);
        let found: Option<String> = query.fetch_optional(&mut connection).await.unwrap().flatten();
        assert_eq!(found.as_deref(), sound, "{check}");
    }
}

/// How a workspace stands after each number of steps, by a store that was never killed.
async fn shapes() -> Vec<String> {
    let store = MemoryStore::new();
    let keyward = crate::stores::keyward(store.clone());
    let id = WorkspaceId::new("model").unwrap();
    let mut life = Life::new(&keyward, id.clone());
    let mut shapes = vec![life::shape(&store, &id).await];
    for step in 0..STEPS {
        life.step(step).await.unwrap();
        let shape = life::shape(&store, &id).await;
        assert!(!shapes.contains(&shape), "step {step} cannot be seen:\n{shape}");
        shapes.push(shape);
    }
    shapes
}

/// The child of the test above.
#[test]
#[ignore = "it writes until it is killed"]
fn a_process_that_writes_until_it_is_killed() {
    let Some(given) = child::Given::to_me() else { return };
    let crash = std::env::var("KEYWARD_TEST_CRASH").unwrap();
    RUNTIME.block_on(async {
        let store = patient().open(&given.file).await.unwrap();
        let node = node(store, &given.key);
        let writers = (0..WRITERS).map(|writer| {
            let (node, crash) = (node.clone(), crash.clone());
            tokio::spawn(async move {
                for round in 0.. {
                    let id = WorkspaceId::new(format!("{crash}-{writer}-{round}")).unwrap();
                    live(&node, id).await;
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

/// Lives a workspace's life, and says each step when it was acknowledged.
async fn live(node: &Keyward, id: WorkspaceId) {
    let mut life = Life::new(node, id.clone());
    for step in 0..STEPS {
        let given = life.step(step).await.unwrap();
        let (text, ends_at) = given.map_or(("-".to_owned(), 0), |key| (key.text, key.ends_at));
        child::say(&format!("{id} {step} {text} {ends_at}"));
    }
}

fn node(store: SqliteStore, key: &str) -> Keyward {
    Keyward::builder(store, MasterKeys::new(key.parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
        .freshness(Freshness::Strict)
        .build()
        .unwrap()
}
