//! A process that writes is killed. Afterwards every acknowledged change is stored, and no change is half written.
//!
//! `KEYWARD_CRASHES` sets the number of kills, 10 by default: `KEYWARD_CRASHES=200 cargo test --test sqlite crashes`.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use keyward::{Keyward, MasterKey, WorkspaceId};

use crate::child::{self, Running};
use crate::harness::{RUNTIME, Sqlite, patient};
use crate::integrity::assert_sound;
use crate::life::{self, Life, STEPS, node};
use crate::random::Choices;

/// The number of concurrent writers in the process.
const WRITERS: usize = 3;

/// The steps of a workspace that the process acknowledged: their number, and the key texts that they issued.
#[derive(Debug, Default)]
struct AcknowledgedSteps {
    steps: usize,
    given: Vec<life::Given>,
}

#[test]
fn acknowledged_changes_survive_the_process() {
    let crashes = std::env::var("KEYWARD_CRASHES").map_or(10, |text| text.parse().unwrap());
    let mut choices = Choices::new();
    let harness = Sqlite::default();
    let key = MasterKey::generate().unwrap().expose_text().to_string();
    let given = child::Given { file: harness.file(), key };
    let shapes = RUNTIME.block_on(life::shapes());
    let (mut acknowledged, mut landed) = (0, 0);
    for crash in 0..crashes {
        let by_workspace = kill_in_the_midst(&given, crash, &mut choices);
        acknowledged += by_workspace.values().map(|done| done.steps).sum::<usize>();
        landed += RUNTIME.block_on(assert_whole(&harness, &given, &by_workspace, &shapes));
    }
    assert!(acknowledged > 0, "nothing was written");
    println!("{crashes} kills: {acknowledged} changes acknowledged, {landed} more are there");
}

/// Starts a process that writes, and kills it shortly after some acknowledgements.
fn kill_in_the_midst(
    given: &child::Given,
    crash: usize,
    choices: &mut Choices,
) -> HashMap<WorkspaceId, AcknowledgedSteps> {
    let number = crash.to_string();
    let mut writer = Running::start(
        "crashes::a_process_that_writes_until_it_is_killed",
        given,
        &[("KEYWARD_TEST_CRASH", &number)],
    );
    let mut by_workspace = HashMap::new();
    for _ in 0..choices.below(60) {
        note(&mut by_workspace, &writer.next_line().expect("it writes until it is killed"));
    }
    let moment = Duration::from_micros(choices.below(3_000) as u64);
    let begun = Instant::now();
    while begun.elapsed() < moment {
        thread::yield_now();
    }
    writer.kill();
    while let Some(line) = writer.next_line() {
        note(&mut by_workspace, &line);
    }
    by_workspace
}

fn note(by_workspace: &mut HashMap<WorkspaceId, AcknowledgedSteps>, line: &str) {
    let [id, step, text, ends_at] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let workspace = by_workspace.entry(WorkspaceId::new(id).unwrap()).or_default();
    assert_eq!(workspace.steps, step.parse::<usize>().unwrap(), "the steps come in their order");
    workspace.steps += 1;
    if text != "-" {
        let (text, ends_at) = (text.to_owned(), ends_at.parse().unwrap());
        workspace.given.push(life::Given { text, ends_at });
    }
}

/// Opens the file again and checks it. Returns how many changes are stored that were not acknowledged.
async fn assert_whole(
    harness: &Sqlite,
    given: &child::Given,
    by_workspace: &HashMap<WorkspaceId, AcknowledgedSteps>,
    shapes: &[String],
) -> usize {
    let store = patient().open(&given.file).await.unwrap();
    let node = node(store.clone(), &given.key);
    let mut landed = 0;
    for (id, AcknowledgedSteps { steps, given }) in by_workspace {
        let shape = life::shape(&store, id).await;
        let found = shapes.iter().position(|other| *other == shape);
        let found = found.unwrap_or_else(|| panic!("{id} is half written:\n{shape}"));
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

/// Carries out the steps of a workspace, and prints each when it was acknowledged.
async fn live(node: &Keyward, id: WorkspaceId) {
    let life = Life::new(node, id.clone());
    for step in 0..STEPS {
        let given = life.step(step).await.unwrap();
        let (text, ends_at) = given.map_or(("-".to_owned(), 0), |key| (key.text, key.ends_at));
        child::say(&format!("{id} {step} {text} {ends_at}"));
    }
}
