//! Runs tasks on one thread. Of those that can go on, the seed chooses which one does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use crate::support::random::Choices;
use crate::timeline::Timeline;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The queue of new tasks. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Spawner {
    handed_in: Rc<RefCell<Vec<Task>>>,
    awake: Arc<Mutex<Awake>>,
}

/// Which tasks can go on.
#[derive(Debug, Default)]
struct Awake {
    tasks: BTreeSet<usize>,
    all: bool,
}

impl Spawner {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.handed_in.borrow_mut().push(Box::pin(task));
    }

    /// Lets every task look whether it can go on.
    pub(crate) fn wake_all(&self) {
        self.awake.lock().unwrap().all = true;
    }
}

struct TaskWaker {
    number: usize,
    awake: Arc<Mutex<Awake>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.awake.lock().unwrap().tasks.insert(self.number);
    }
}

/// Runs `main` to its end, and the other tasks as far as that needs.
pub(crate) fn run(
    spawner: &Spawner,
    timeline: &Timeline,
    mut choices: Choices,
    main: impl Future<Output = ()> + 'static,
) {
    spawner.spawn(main);
    let mut tasks: BTreeMap<usize, (Task, Waker)> = BTreeMap::new();
    let mut count = 0;
    // The first that was handed in.
    let main = 0;
    loop {
        for task in spawner.handed_in.take() {
            let waker = Arc::new(TaskWaker { number: count, awake: Arc::clone(&spawner.awake) });
            waker.wake_by_ref();
            tasks.insert(count, (task, waker.into()));
            count += 1;
        }
        let next = spawner.next(&tasks, &mut choices);
        let Some(next) = next else {
            assert!(timeline.advance(), "everybody waits, and nothing comes");
            continue;
        };
        let Some((task, waker)) = tasks.get_mut(&next) else { continue };
        if task.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
            tasks.remove(&next);
            if next == main {
                return;
            }
        }
    }
}

impl Spawner {
    fn next(&self, tasks: &BTreeMap<usize, (Task, Waker)>, choices: &mut Choices) -> Option<usize> {
        let mut awake = self.awake.lock().unwrap();
        if std::mem::take(&mut awake.all) {
            awake.tasks.extend(tasks.keys());
        }
        let chosen = match awake.tasks.len() {
            0 => None,
            many => awake.tasks.iter().nth(choices.below(many)).copied(),
        };
        if let Some(chosen) = chosen {
            awake.tasks.remove(&chosen);
        }
        chosen
    }
}
