//! One simulation: its parts, and its course.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use keyward::{
    AccountId, CredentialId, GenerationNumber, MasterKey, NotVerified, Operator, WorkspaceId,
    kind::KindWord,
};

use crate::attempts::{ADDRESSES, call, present};
use crate::changes::change;
use crate::executor::{self, Spawner};
use crate::history::History;
use crate::initial_state::set_up;
use crate::network_faults::{LIMIT, NetworkFaults};
use crate::node::Node;
use crate::node_faults::inject_faults;
use crate::situations::{EventLog, Situations};
use crate::store::Beyond;
use crate::support::dump::Dump;
use crate::support::kinds::{DEFAULT, FOUR, KindSet};
use crate::support::random::Choices;
use crate::timeline::Timeline;
use crate::uses::Uses;

/// A secret that a caller holds.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) kind: KindWord,
    pub(crate) id: CredentialId,
    pub(crate) generation: GenerationNumber,
    pub(crate) text: String,
    pub(crate) workspace: WorkspaceId,
    pub(crate) account: AccountId,
}

pub(crate) struct World {
    pub(crate) kinds: &'static KindSet,
    pub(crate) beyond: Arc<Beyond>,
    pub(crate) spawner: Spawner,
    pub(crate) nodes: Vec<Node>,
    pub(crate) keys: RefCell<Vec<Key>>,
    /// Management operations whose answer implied that nothing was changed.
    pub(crate) not_done: RefCell<Vec<String>>,
    pub(crate) operations: Cell<usize>,
    pub(crate) met: Situations,
    stopped: Cell<bool>,
    busy: Cell<usize>,
}

/// How long faults occur.
const TROUBLED: Duration = Duration::from_millis(2_500);
/// How long running work may take to end after the last fault.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any node may be behind.
const LONG: Duration = Duration::from_millis(500);

/// Runs one seed, and returns the situations that it reached. Panics if a promise is broken.
pub(crate) fn simulate(seed: u64, telling: EventLog) -> Situations {
    simulate_tolerating(seed, telling, Duration::ZERO)
}

/// The same with nodes that have this outage tolerance.
pub(crate) fn simulate_tolerating(seed: u64, telling: EventLog, tolerance: Duration) -> Situations {
    let choices = Choices::seeded(seed);
    let (mut setting, spawner) = (choices.of(0), Spawner::default());
    // Half of the runs have kinds of a host's own.
    let kinds = if seed.is_multiple_of(2) { &DEFAULT } else { &FOUR };
    let (store, keys) = set_up(kinds, &mut setting);
    let beyond = Arc::new(Beyond {
        timeline: Timeline::default(),
        faults: NetworkFaults::new(choices.of(1)),
        store,
        history: History::default(),
        uses: Uses::default(),
        fenced: Mutex::default(),
        committed: Mutex::default(),
    });
    beyond.history.begin(&beyond.store);
    let nodes = (0..3 + setting.below(3))
        .map(|number| Node::new(number, kinds, &mut setting, &beyond, &spawner, tolerance))
        .collect();
    let world = Rc::new(World {
        kinds,
        beyond,
        spawner: spawner.clone(),
        nodes,
        keys: RefCell::new(keys),
        not_done: RefCell::default(),
        operations: Cell::new(0),
        met: Situations::told(telling),
        stopped: Cell::new(false),
        busy: Cell::new(0),
    });
    let timeline = world.beyond.timeline.clone();
    executor::run(&spawner, &timeline, choices.of(2), Rc::clone(&world).live(choices));
    world.met.clone()
}

impl World {
    async fn live(self: Rc<Self>, choices: Choices) {
        for number in 0..self.nodes.len() {
            self.start(number);
        }
        for number in 0..3 {
            self.spawn(call(Rc::clone(&self), choices.of(10 + number)));
            self.spawn(change(Rc::clone(&self), choices.of(20 + number)));
        }
        for number in 0..2 {
            self.spawn(inject_faults(Rc::clone(&self), choices.of(30 + number)));
        }
        self.sleep(TROUBLED).await;
        self.stopped.set(true);
        self.beyond.faults.clear();
        while self.busy.get() > 0 {
            self.sleep(Duration::from_millis(20)).await;
            assert!(self.beyond.timeline.now() < TROUBLED + PATIENCE, "somebody is never answered");
        }
        // Messages that were sent still arrive.
        self.sleep(LIMIT * 3 + LONG).await;
        self.check_answers().await;
        self.check_store().await;
    }

    /// After the last fault, every node gives the right answer for every key.
    async fn check_answers(&self) {
        let keys = self.keys.borrow().clone();
        for node in &self.nodes {
            if node.has_tolerated() {
                self.met.note("tolerated");
            }
            for key in &keys {
                for address in ADDRESSES {
                    let outcome = present(self, node, key, address).await.unwrap();
                    assert!(!matches!(outcome, Err(NotVerified::Unavailable(_))), "{outcome:?}");
                }
            }
        }
    }

    /// Acknowledged changes are stored, refused ones are not, and no use is lost.
    async fn check_store(&self) {
        let Beyond { store, history, uses, .. } = &*self.beyond;
        for node in &self.nodes {
            let begun = self.beyond.timeline.moment();
            node.run(async |keyward| keyward.close().await.unwrap()).await.unwrap();
            uses.check_written(node.life(), begun, store);
        }
        uses.check_nothing_waits();
        history.check_is(store);
        for operation in &*self.not_done.borrow() {
            assert_eq!(history.commit_by(operation), None, "{operation} was done after all");
        }
        if history.commit_by(Operator::MAINTAIN).is_some() {
            self.met.note("removed in the background");
        }
        if self.met.count("pruned") == 0 {
            Dump::of(store);
        }
    }

    /// Begins a new life of a node.
    pub(crate) fn start(self: &Rc<Self>, number: usize) {
        self.nodes[number].start();
        let world = Rc::clone(self);
        self.spawner.spawn(async move { world.nodes[number].maintain().await });
    }

    /// Adds a task that is waited for in the end.
    fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        let world = Rc::clone(self);
        self.busy.set(self.busy.get() + 1);
        self.spawner.spawn(async move {
            task.await;
            world.busy.set(world.busy.get() - 1);
        });
    }

    /// Returns `true` while faults occur.
    pub(crate) fn goes_on(&self) -> bool {
        !self.stopped.get()
    }

    /// Adds an event to the log.
    pub(crate) fn tell(&self, what: impl FnOnce() -> String) {
        self.met.tell(|| format!("{:?} {}", self.beyond.timeline.now(), what()));
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        self.beyond.timeline.sleep(duration).await;
    }

    /// Sleeps for so many milliseconds at most.
    pub(crate) async fn pause(&self, choices: &mut Choices, most: usize) {
        self.sleep(Duration::from_micros(choices.below(most * 1_000) as u64)).await;
    }

    /// Returns one of the keys: in half of the cases one of the first, which are used most.
    pub(crate) fn any_key(&self, choices: &mut Choices) -> Key {
        let keys = self.keys.borrow();
        let most = if choices.below(2) == 0 { 2 } else { keys.len() };
        keys[choices.below(most)].clone()
    }
}

/// One for the whole process. Its value does not matter.
pub(crate) fn master_key() -> MasterKey {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| MasterKey::generate().unwrap().expose_text().to_string());
    text.parse().unwrap()
}
