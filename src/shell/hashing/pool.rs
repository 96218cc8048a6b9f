//! A few threads and two bounded lanes. A job owns its place: a request that is dropped does not free it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_channel::oneshot;

/// Which work it is. Neither lane can keep the other waiting for more than a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A secret is hashed for a new generation.
    Issue,
    /// A presented secret is checked against a slow hash.
    Verify,
}

/// The lane holds as much work as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

type Job = Box<dyn FnOnce() + Send>;

/// The threads, started with the first job and ended with the last handle.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: usize,
    queue: usize,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    issue: VecDeque<Job>,
    verify: VecDeque<Job>,
    turn: Turn,
    started: usize,
    idle: usize,
    closed: bool,
}

#[derive(Clone, Copy, Default)]
enum Turn {
    #[default]
    Issue,
    Verify,
}

impl Pool {
    /// At most `threads` runs at a time, and at most `queue` jobs waiting in each lane.
    pub(crate) fn new(threads: usize, queue: usize) -> Self {
        let shared = Shared { state: Mutex::default(), work: Condvar::new() };
        Self { shared: Arc::new(shared), threads, queue }
    }

    /// Queues a job. Its answer comes through the receiver; the job runs even if that is dropped.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<T>, QueueFull> {
        let (answer, receiver) = oneshot::channel();
        // A fuzzer runs millions of short histories: none of them starts a thread.
        if cfg!(fuzzing) {
            drop(answer.send(job()));
            return Ok(receiver);
        }
        let job: Job = Box::new(move || drop(answer.send(job())));
        let mut state = self.shared.state();
        let lane = match lane {
            Lane::Issue => &mut state.issue,
            Lane::Verify => &mut state.verify,
        };
        if lane.len() >= self.queue {
            return Err(QueueFull);
        }
        lane.push_back(job);
        if state.idle < state.waiting() && state.started < self.threads {
            let shared = Arc::clone(&self.shared);
            let spawned = thread::Builder::new()
                .name("keyward-argon2id".to_owned())
                .spawn(move || shared.work_until_closed());
            // Without a thread the job is dropped with the pool, and its receiver says so.
            if spawned.is_ok() {
                state.started += 1;
            } else if state.started == 0 {
                state.issue.clear();
                state.verify.clear();
                return Err(QueueFull);
            }
        }
        self.shared.work.notify_one();
        Ok(receiver)
    }

    /// How many jobs wait in a lane.
    pub(crate) fn waiting(&self, lane: Lane) -> usize {
        let state = self.shared.state();
        match lane {
            Lane::Issue => state.issue.len(),
            Lane::Verify => state.verify.len(),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.work.notify_all();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No job runs under the lock, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_until_closed(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.next() {
                drop(state);
                job();
                state = self.state();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.issue.len() + self.verify.len()
    }

    /// The lanes take turns where both have work.
    fn next(&mut self) -> Option<Job> {
        let (first, second, turn) = match self.turn {
            Turn::Issue => (&mut self.issue, &mut self.verify, Turn::Verify),
            Turn::Verify => (&mut self.verify, &mut self.issue, Turn::Issue),
        };
        let job = first.pop_front().or_else(|| second.pop_front())?;
        self.turn = turn;
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Pool, QueueFull, State};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use futures_channel::oneshot;

    impl Pool {
        /// Keeps a thread at work until it is released, and answers when it has begun.
        pub(crate) fn occupy(&self, lane: Lane) -> (mpsc::Sender<()>, oneshot::Receiver<()>) {
            let (release, blocked) = mpsc::channel::<()>();
            let (started, running) = mpsc::channel();
            let answer = self.run(lane, move || {
                started.send(()).unwrap();
                blocked.recv().unwrap();
            });
            running.recv().unwrap();
            (release, answer.unwrap())
        }
    }

    #[test]
    fn a_full_lane_refuses_and_the_other_goes_on() {
        let pool = Pool::new(1, 2);
        let (release, first) = pool.occupy(Lane::Verify);
        let queued: Vec<_> = (0..2).map(|n| pool.run(Lane::Verify, move || n)).collect();
        assert_eq!(pool.waiting(Lane::Verify), 2);
        assert!(matches!(pool.run(Lane::Verify, || ()), Err(QueueFull)));
        let issued = pool.run(Lane::Issue, || "issued").unwrap();
        release.send(()).unwrap();
        assert_eq!(pollster::block_on(issued), Ok("issued"));
        assert!(pollster::block_on(first).is_ok());
        for (n, answer) in queued.into_iter().enumerate() {
            assert_eq!(pollster::block_on(answer.unwrap()), Ok(n));
        }
    }

    /// Each takes 19 MiB, so their number is what bounds the memory.
    #[test]
    fn no_more_run_at_a_time_than_there_are_threads() {
        let pool = Pool::new(2, 20);
        let running = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..20)
            .map(|_| {
                let running = Arc::clone(&running);
                let job = move || {
                    let beside = running.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                    beside
                };
                pool.run(Lane::Issue, job).unwrap()
            })
            .collect();
        for job in jobs {
            assert!(pollster::block_on(job).unwrap() < 2);
        }
    }

    #[test]
    fn a_thread_is_started_where_none_is_idle() {
        let pool = Pool::new(2, 10);
        let started = || pool.shared.state().started;
        assert_eq!(pollster::block_on(pool.run(Lane::Issue, || 1).unwrap()), Ok(1));
        while pool.shared.state().idle == 0 {
            thread::yield_now();
        }
        let (release, first) = pool.occupy(Lane::Verify);
        assert_eq!(started(), 1, "the idle one takes it");
        let second = pool.run(Lane::Issue, || 2).unwrap();
        assert_eq!(started(), 2);
        assert_eq!(pollster::block_on(second), Ok(2));
        release.send(()).unwrap();
        assert!(pollster::block_on(first).is_ok());
    }

    #[test]
    fn threads_end_with_the_pool() {
        let pool = Pool::new(2, 10);
        assert_eq!(pollster::block_on(pool.run(Lane::Issue, || 1).unwrap()), Ok(1));
        let shared = Arc::clone(&pool.shared);
        drop(pool);
        assert!(shared.state().closed);
        while Arc::strong_count(&shared) > 1 {
            thread::yield_now();
        }
        assert_eq!(shared.state().idle, 0);
    }

    #[test]
    fn what_waits_in_either_lane_wants_a_thread() {
        let mut state = State::default();
        state.issue.push_back(Box::new(|| ()));
        state.verify.push_back(Box::new(|| ()));
        state.verify.push_back(Box::new(|| ()));
        assert_eq!(state.waiting(), 3);
    }

    #[test]
    fn lanes_take_turns() {
        let pool = Pool::new(1, 10);
        let (release, _first) = pool.occupy(Lane::Issue);
        let (order, seen) = mpsc::channel();
        for lane in [Lane::Verify, Lane::Verify, Lane::Verify, Lane::Issue] {
            let order = order.clone();
            drop(pool.run(lane, move || order.send(lane).unwrap()));
        }
        release.send(()).unwrap();
        let seen: Vec<_> = seen.iter().take(4).collect();
        assert_eq!(seen, [Lane::Verify, Lane::Issue, Lane::Verify, Lane::Verify]);
    }

    #[test]
    fn a_job_runs_although_nobody_waits_and_the_pool_is_gone() {
        let (done, seen) = mpsc::channel();
        let pool = Pool::new(2, 10);
        for n in 0..10 {
            let done = done.clone();
            drop(pool.run(Lane::Issue, move || done.send(n).unwrap()));
        }
        drop((pool, done));
        let mut seen: Vec<_> = seen.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }
}
