//! The disk is full, or does not sync: the call fails, and the state is the one before it. A change in doubt is stored
//! completely or not at all, and its error says that the outcome is unknown.
//!
//! A separate process writes, with a library that makes its calls fail one after the other: see `bad_disk.c`. Every
//! fifth write is tried, or each one with `KEYWARD_DISK=full cargo test --test sqlite disk`.

use std::fs;
use std::io::BufRead;
use std::path::PathBuf;

use keyward::{ManageError, MasterKey, WorkspaceId};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tempfile::TempDir;

use crate::child::{self, Running};
use crate::harness::{RUNTIME, Sqlite, patient};
use crate::integrity::assert_sound;
use crate::life::{self, Life, STEPS, node};

/// The fault.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// There is no room for a write.
    Full,
    /// A write is not synced.
    Unsynced,
    /// The same, but only when the log is copied into the file.
    FullAtCheckpoint,
    UnsyncedAtCheckpoint,
}

/// For how long.
#[derive(Debug, Clone, Copy)]
enum Lasting {
    ForOneCall,
    UntilItIsMended,
}

const TROUBLES: [(Fault, Lasting); 4] = [
    (Fault::Full, Lasting::ForOneCall),
    (Fault::Full, Lasting::UntilItIsMended),
    (Fault::Unsynced, Lasting::ForOneCall),
    (Fault::Unsynced, Lasting::UntilItIsMended),
];

/// The answer of a process to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    /// Nothing was written.
    Unavailable,
    /// It may have been written.
    Unknown,
}

/// A store on a disk that can be made bad, and the process that writes to it.
struct Bench {
    harness: Sqlite,
    folder: TempDir,
    given: child::Given,
    writer: Option<Running>,
    plans: usize,
    lives: usize,
    /// The steps of the present life.
    steps: usize,
    shapes: Vec<String>,
    /// How often each answer occurred when a call had failed.
    met: [usize; 3],
}

impl Bench {
    fn new() -> Self {
        let (harness, folder) = (Sqlite::default(), TempDir::new().unwrap());
        let library = folder.path().join("bad_disk.so");
        child::shared_library("bad_disk.c", &library);
        let key = MasterKey::generate().unwrap().expose_text().to_string();
        let given = child::Given { file: harness.file(), key };
        let shapes = RUNTIME.block_on(life::shapes());
        let (writer, met) = (None, [0; 3]);
        Self { harness, folder, given, writer, plans: 0, lives: 0, steps: 0, shapes, met }
    }

    fn plan(&self) -> PathBuf {
        self.folder.path().join("plan")
    }

    fn hits(&self) -> PathBuf {
        self.folder.path().join("plan.hits")
    }

    /// Makes the disk bad from the call with this number on.
    fn spoil(&mut self, (fault, lasting): (Fault, Lasting), call: usize) {
        self.plans += 1;
        let what = match fault {
            Fault::Full => 'w',
            Fault::Unsynced => 's',
            Fault::FullAtCheckpoint => 'W',
            Fault::UnsyncedAtCheckpoint => 'S',
        };
        let count = match lasting {
            Lasting::ForOneCall => 1,
            Lasting::UntilItIsMended => i32::MAX,
        };
        // In one piece, since the process may be reading it.
        let draft = self.folder.path().join("draft");
        fs::write(&draft, format!("{} {what} {call} {count}", self.plans)).unwrap();
        fs::rename(draft, self.plan()).unwrap();
    }

    /// Repairs the disk. Returns how many calls had failed.
    fn mend(&self) -> u64 {
        fs::remove_file(self.plan()).unwrap();
        let hits = fs::metadata(self.hits()).map_or(0, |hits| hits.len());
        fs::remove_file(self.hits()).ok();
        hits
    }

    /// Lets the process take a step of the present life.
    fn step(&mut self) -> Answer {
        let command = format!("{} {}", self.lives, self.steps);
        let writer = self.writer();
        writer.tell(&command);
        match writer.next_line().expect("it answers").as_str() {
            "done" => Answer::Done,
            "unavailable" => Answer::Unavailable,
            "unknown" => Answer::Unknown,
            other => panic!("{other}"),
        }
    }

    /// The process that writes, with the file open.
    fn writer(&mut self) -> &mut Running {
        let (library, plan) = (self.folder.path().join("bad_disk.so"), self.plan());
        let environment = [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("KEYWARD_TEST_PLAN", plan.to_str().unwrap()),
        ];
        self.writer.get_or_insert_with(|| {
            let test = "disk::a_process_on_a_bad_disk";
            let mut writer = Running::start(test, &self.given, &environment);
            assert_eq!(writer.next_line().as_deref(), Some("ready"));
            writer
        })
    }

    fn workspace(&self) -> WorkspaceId {
        WorkspaceId::new(format!("life-{}", self.lives)).unwrap()
    }

    /// Creates another workspace, and brings it to the current step.
    fn live_anew(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        self.lives += 1;
        while self.steps < steps {
            assert_eq!(self.step(), Answer::Done);
            self.steps += 1;
        }
    }

    /// Returns how many steps of the current workspace this process finds in the file.
    fn found(&self) -> usize {
        RUNTIME.block_on(async {
            let store = patient().open(&self.given.file).await.unwrap();
            let shape = life::shape(&store, &self.workspace()).await;
            store.close().await;
            assert_sound(&self.harness).await;
            let found = self.shapes.iter().position(|other| *other == shape);
            found.unwrap_or_else(|| panic!("it is there by half:\n{shape}"))
        })
    }

    /// Takes the current step while the disk is bad from this call on. Returns `true` if a call failed; none does if
    /// the step has fewer calls. `afterwards` runs before the check.
    fn try_step(
        &mut self,
        trouble: (Fault, Lasting),
        call: usize,
        afterwards: impl FnOnce(&mut Self),
    ) -> bool {
        self.writer();
        self.spoil(trouble, call);
        let answer = self.step();
        afterwards(self);
        let hits = self.mend();
        self.check(answer, &format!("{trouble:?} from call {call}"));
        if hits > 0 {
            self.met[answer as usize] += 1;
        }
        hits > 0
    }

    /// Checks that the current step is stored if its answer says so, and continues after it.
    fn check(&mut self, answer: Answer, context: &str) {
        let (before, found) = (self.steps, self.found());
        let context = format!("step {before}, {context}: {answer:?}");
        match answer {
            Answer::Done => assert_eq!(found, before + 1, "{context}"),
            Answer::Unavailable => assert_eq!(found, before, "{context}"),
            Answer::Unknown => assert!((before..=before + 1).contains(&found), "{context}"),
        }
        if answer == Answer::Done {
            self.steps += 1;
        } else if found > before {
            self.live_anew();
        }
    }

    /// Runs steps until a checkpoint meets a bad disk.
    fn try_checkpoint(
        &mut self,
        trouble: (Fault, Lasting),
        call: usize,
        afterwards: impl FnOnce(&mut Self),
    ) {
        self.writer();
        self.spoil(trouble, call);
        let answer = loop {
            if self.steps == STEPS {
                self.steps = 0;
                self.lives += 1;
            }
            let answer = self.step();
            if self.hits().exists() {
                break answer;
            }
            assert_eq!(answer, Answer::Done);
            self.steps += 1;
        };
        afterwards(self);
        self.mend();
        self.check(answer, &format!("{trouble:?} from call {call}"));
        self.met[answer as usize] += 1;
    }

    /// Tries each step of a life while each of its calls fails in turn.
    fn try_life(&mut self, trouble: (Fault, Lasting), mut afterwards: impl FnMut(&mut Self)) {
        self.steps = 0;
        self.lives += 1;
        let stride = match trouble {
            (Fault::Full, _) if std::env::var_os("KEYWARD_DISK").is_none() => 5,
            _ => 1,
        };
        for step in 0..STEPS {
            let mut call = 1;
            while self.try_step(trouble, call, &mut afterwards) {
                call += stride;
                if self.steps > step {
                    self.steps = step;
                    self.live_anew();
                }
            }
            assert_eq!(self.steps, step + 1, "no call failed, and the step was not taken");
        }
    }
}

/// The process continues with the same handle.
#[test]
fn a_change_that_a_bad_disk_refuses_is_not_written() {
    for trouble in TROUBLES {
        let mut bench = Bench::new();
        bench.try_life(trouble, |_| ());
        println!("{trouble:?}: done, unavailable, unknown {:?}", bench.met);
        assert!(bench.met[1] + bench.met[2] >= STEPS, "{trouble:?}: {:?}", bench.met);
    }
}

/// After a process was killed, the next process reads the file: this includes writes that were not synced.
#[test]
fn a_change_that_a_bad_disk_refuses_does_not_come_back_when_the_process_dies() {
    for trouble in TROUBLES {
        let mut bench = Bench::new();
        bench.try_life(trouble, |bench| {
            let mut writer = bench.writer.take().unwrap();
            writer.kill();
        });
        println!("{trouble:?}: done, unavailable, unknown {:?}", bench.met);
        assert!(bench.met[1] + bench.met[2] >= STEPS, "{trouble:?}: {:?}", bench.met);
    }
}

/// A change is made when it is in the log, whatever becomes of the copy.
#[test]
fn a_checkpoint_that_a_bad_disk_refuses_loses_nothing() {
    let dies = |bench: &mut Bench| bench.writer.take().unwrap().kill();
    let mut bench = Bench::new();
    for lasting in [Lasting::ForOneCall, Lasting::UntilItIsMended] {
        for call in [1, 3, 20] {
            bench.try_checkpoint((Fault::FullAtCheckpoint, lasting), call, |_| ());
            bench.try_checkpoint((Fault::FullAtCheckpoint, lasting), call, dies);
        }
        bench.try_checkpoint((Fault::UnsyncedAtCheckpoint, lasting), 1, |_| ());
        bench.try_checkpoint((Fault::UnsyncedAtCheckpoint, lasting), 1, dies);
    }
    assert_eq!(bench.met, [16, 0, 0], "done, unavailable, unknown");
}

/// SQLite's own limit of pages makes the file full, in the middle of a change and at its end.
#[test]
fn a_change_that_finds_the_disk_full_is_not_written() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let shapes = life::shapes().await;
        let file = SqliteConnectOptions::new().filename(harness.file()).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file).await.unwrap();
        let store = patient().from_pool(pool.clone()).await.unwrap();
        let node = node(store.clone(), MasterKey::generate().unwrap().expose_text().as_str());
        let mut refused = 0;
        for number in 0..30 {
            let id = WorkspaceId::new(format!("life-{number}")).unwrap();
            for step in 0..STEPS {
                pages(&pool, 1).await;
                if let Err(error) = Life::new(&node, id.clone()).step(step).await {
                    refused += 1;
                    assert!(matches!(error, ManageError::Unavailable(_)), "{error:?}");
                    assert_eq!(life::shape(&store, &id).await, shapes[step]);
                    pages(&pool, u32::MAX - 1).await;
                    Life::new(&node, id.clone()).step(step).await.unwrap();
                }
                assert_eq!(life::shape(&store, &id).await, shapes[step + 1]);
            }
        }
        assert_sound(&harness).await;
        assert!(refused > 5, "{refused}");
    });
}

/// Limits the number of pages of the file. Existing pages stay.
async fn pages(pool: &SqlitePool, most: u32) {
    let text = format!("PRAGMA max_page_count = {most}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await.unwrap();
}

/// The child of the tests above: takes the steps that it is told, each a workspace and a number.
#[test]
#[ignore = "it waits for what it is told"]
fn a_process_on_a_bad_disk() {
    let Some(given) = child::Given::to_me() else { return };
    RUNTIME.block_on(async {
        let store = patient().open(&given.file).await.unwrap();
        let node = node(store.clone(), &given.key);
        child::say("ready");
        for line in std::io::stdin().lock().lines() {
            let told = line.unwrap();
            let (number, step) = told.split_once(' ').unwrap();
            let life = Life::new(&node, WorkspaceId::new(format!("life-{number}")).unwrap());
            child::say(&match life.step(step.parse().unwrap()).await {
                Ok(_) => "done".to_owned(),
                Err(ManageError::Unavailable(_)) => "unavailable".to_owned(),
                Err(ManageError::Unknown { .. }) => "unknown".to_owned(),
                Err(other) => format!("{other:?}"),
            });
        }
    });
}
