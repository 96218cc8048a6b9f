//! A thread pool with two bounded lanes. A job owns its place: dropping the request does not free it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use futures_channel::oneshot;

use crate::secrets::{SlowHashMemory, SlowHashParams};
use crate::shell::errors::{Unavailable, UnavailableReason};
use crate::values::AccountId;

use super::fair_queue::{Added, FairQueue, JobOwner};
use super::origin::Origin;

/// The type of work. Neither lane can block the other for longer than one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Hashing a secret for a new generation.
    Issue,
    /// Checking a presented secret against a slow hash.
    Verify,
}

/// The reason that a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRun {
    /// The lane is full, or a job of another account or origin displaced the job.
    QueueFull,
    /// The thread ended.
    Failed,
}

impl From<NotRun> for Unavailable {
    fn from(not_run: NotRun) -> Self {
        Self::new(match not_run {
            NotRun::QueueFull => UnavailableReason::HashingQueueFull,
            NotRun::Failed => UnavailableReason::HashingFailed,
        })
    }
}

/// The pending result of a job.
#[derive(Debug)]
#[must_use = "the job runs in any case, and this is how to wait for it"]
pub(crate) struct JobAnswer<T>(oneshot::Receiver<Result<T, NotRun>>);

impl<T> Future for JobAnswer<T> {
    type Output = Result<T, NotRun>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|answer| answer.unwrap_or(Err(NotRun::Failed)))
    }
}

/// The work of a job. It is called with the memory of a thread, or with [`NotRun`] if the job was displaced.
type Job = Box<dyn FnOnce(Result<&mut SlowHashMemory, NotRun>) + Send>;

/// The threads. They start with the first jobs and end with the last handle.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: usize,
    queue: usize,
    params: SlowHashParams,
}

struct Shared {
    state: Mutex<PoolState>,
    work: Condvar,
}

struct PoolState {
    issue: FairQueue<Job>,
    verify: FairQueue<Job>,
    turn: Lane,
    started: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    /// Creates a pool with at most `threads` concurrent runs and at most `queue` waiting jobs in each lane. Each thread keeps the memory
    /// of one run with `params`.
    pub(crate) fn new(threads: usize, queue: usize, params: SlowHashParams) -> Self {
        let shared = Shared { state: Mutex::new(PoolState::new(queue)), work: Condvar::new() };
        Self { shared: Arc::new(shared), threads, queue, params }
    }

    /// Queues a job of an account immediately. The job runs even if the result is dropped.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        account: &AccountId,
        job: impl FnOnce(&mut SlowHashMemory) -> T + Send + 'static,
    ) -> JobAnswer<T> {
        self.run_from(lane, account, Origin::default(), job)
    }

    /// Queues a job for an attempt from this origin.
    pub(crate) fn run_from<T: Send + 'static>(
        &self,
        lane: Lane,
        account: &AccountId,
        origin: Origin,
        job: impl FnOnce(&mut SlowHashMemory) -> T + Send + 'static,
    ) -> JobAnswer<T> {
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |memory| drop(answer.send(memory.map(job))));
        // A fuzzer runs millions of short histories, which must not start threads.
        if cfg!(fuzzing) {
            job(Ok(&mut SlowHashMemory::keeping(self.params)));
        } else {
            let owner = JobOwner { account: account.clone(), origin };
            if let Some(refused) = self.queue(lane, &owner, job) {
                refused(Err(NotRun::QueueFull));
            }
        }
        JobAnswer(receiver)
    }

    /// Queues a job. Returns a job that has no place.
    fn queue(&self, lane: Lane, owner: &JobOwner, job: Job) -> Option<Job> {
        let mut state = self.shared.state();
        let refused = match state.lane(lane).add(owner, job) {
            Added::Queued => None,
            Added::Displaced(job) => Some(job),
            Added::Refused(job) => return Some(job),
        };
        if state.idle < state.waiting() && state.started < self.threads {
            let (shared, memory) = (Arc::clone(&self.shared), SlowHashMemory::keeping(self.params));
            let spawned = thread::Builder::new()
                .name("keyward-argon2id".to_owned())
                .spawn(move || shared.work_until_closed(memory));
            if spawned.is_ok() {
                state.started += 1;
            } else if state.started == 0 {
                // No thread will take these jobs.
                let PoolState { issue, verify, .. } = &mut *state;
                issue.drain().chain(verify.drain()).for_each(|job| job(Err(NotRun::QueueFull)));
            }
        }
        drop(state);
        self.shared.work.notify_one();
        refused
    }

    /// Returns the number of waiting jobs in a lane.
    pub(crate) fn waiting(&self, lane: Lane) -> usize {
        self.shared.state().lane(lane).waiting()
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
    fn state(&self) -> MutexGuard<'_, PoolState> {
        // No job runs under the lock, so a panic cannot leave the state inconsistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_until_closed(&self, mut memory: SlowHashMemory) {
        let mut state = self.state();
        loop {
            if let Some((lane, owner, job)) = state.next() {
                drop(state);
                job(Ok(&mut memory));
                state = self.state();
                state.lane(lane).finished(&owner);
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

impl PoolState {
    const fn new(places: usize) -> Self {
        Self {
            issue: FairQueue::new(places),
            verify: FairQueue::new(places),
            turn: Lane::Issue,
            started: 0,
            idle: 0,
            closed: false,
        }
    }

    fn lane(&mut self, lane: Lane) -> &mut FairQueue<Job> {
        match lane {
            Lane::Issue => &mut self.issue,
            Lane::Verify => &mut self.verify,
        }
    }

    fn waiting(&self) -> usize {
        self.issue.waiting() + self.verify.waiting()
    }

    /// Alternates between the lanes if both have jobs.
    fn next(&mut self) -> Option<(Lane, JobOwner, Job)> {
        let (first, second) = match self.turn {
            Lane::Issue => (Lane::Issue, Lane::Verify),
            Lane::Verify => (Lane::Verify, Lane::Issue),
        };
        let (lane, (owner, job)) = match self.lane(first).next() {
            Some(next) => (first, next),
            None => (second, self.lane(second).next()?),
        };
        self.turn = second;
        Some((lane, owner, job))
    }
}

#[cfg(test)]
mod tests {
    use super::{JobAnswer, JobOwner, Lane, NotRun, Origin, Pool, PoolState};
    use crate::secrets::SlowHashParams;
    use crate::values::AccountId;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    fn pool(threads: usize, queue: usize) -> Pool {
        Pool::new(threads, queue, SlowHashParams::dangerous_cheap())
    }

    fn account() -> AccountId {
        AccountId::new("acme").unwrap()
    }

    impl Pool {
        /// Occupies a thread until it is released. Returns when the job has started.
        pub(crate) fn occupy(&self, lane: Lane) -> (mpsc::Sender<()>, JobAnswer<()>) {
            let (release, blocked) = mpsc::channel::<()>();
            let (started, running) = mpsc::channel();
            let answer = self.run(lane, &account(), move |_| {
                started.send(()).unwrap();
                blocked.recv().unwrap();
            });
            running.recv().unwrap();
            (release, answer)
        }
    }

    #[test]
    fn a_full_lane_refuses_and_the_other_goes_on() {
        let pool = pool(1, 2);
        let (release, first) = pool.occupy(Lane::Verify);
        let queued: Vec<_> =
            (0..2).map(|n| pool.run(Lane::Verify, &account(), move |_| n)).collect();
        assert_eq!(pool.waiting(Lane::Verify), 2);
        let refused = pollster::block_on(pool.run(Lane::Verify, &account(), |_| ()));
        assert_eq!(refused, Err(NotRun::QueueFull));
        let issued = pool.run(Lane::Issue, &account(), |_| "issued");
        release.send(()).unwrap();
        assert_eq!(pollster::block_on(issued), Ok("issued"));
        assert!(pollster::block_on(first).is_ok());
        for (n, answer) in queued.into_iter().enumerate() {
            assert_eq!(pollster::block_on(answer), Ok(n));
        }
    }

    #[test]
    fn a_job_of_another_account_takes_a_place_of_the_busiest_and_is_next() {
        let pool = pool(1, 2);
        let (release, _first) = pool.occupy(Lane::Issue);
        let (order, seen) = mpsc::channel();
        let run = |account: &AccountId, name: &'static str| {
            let order = order.clone();
            pool.run(Lane::Issue, account, move |_| order.send(name).unwrap())
        };
        let (_kept, displaced) = (run(&account(), "kept"), run(&account(), "displaced"));
        let other = AccountId::new("other").unwrap();
        let _other = run(&other, "other");
        assert_eq!(pollster::block_on(displaced), Err(NotRun::QueueFull));
        assert_eq!(pollster::block_on(run(&account(), "refused")), Err(NotRun::QueueFull));
        release.send(()).unwrap();
        assert_eq!(seen.iter().take(2).collect::<Vec<_>>(), ["other", "kept"]);
    }

    /// Each run takes 19 MiB, so the number of threads bounds the memory.
    #[test]
    fn no_more_run_at_a_time_than_there_are_threads() {
        let pool = pool(2, 20);
        let running = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..20)
            .map(|_| {
                let running = Arc::clone(&running);
                let job = move |_: &mut _| {
                    let beside = running.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                    beside
                };
                pool.run(Lane::Issue, &account(), job)
            })
            .collect();
        for job in jobs {
            assert!(pollster::block_on(job).unwrap() < 2);
        }
    }

    #[test]
    fn a_thread_is_started_where_none_is_idle() {
        let pool = pool(2, 10);
        let started = || pool.shared.state().started;
        assert_eq!(pollster::block_on(pool.run(Lane::Issue, &account(), |_| 1)), Ok(1));
        while pool.shared.state().idle == 0 {
            thread::yield_now();
        }
        let (release, first) = pool.occupy(Lane::Verify);
        assert_eq!(started(), 1, "the idle one takes it");
        let second = pool.run(Lane::Issue, &account(), |_| 2);
        assert_eq!(started(), 2);
        assert_eq!(pollster::block_on(second), Ok(2));
        release.send(()).unwrap();
        assert!(pollster::block_on(first).is_ok());
    }

    #[test]
    fn threads_end_with_the_pool() {
        let pool = pool(2, 10);
        assert_eq!(pollster::block_on(pool.run(Lane::Issue, &account(), |_| 1)), Ok(1));
        let shared = Arc::clone(&pool.shared);
        drop(pool);
        assert!(shared.state().closed);
        while Arc::strong_count(&shared) > 1 {
            thread::yield_now();
        }
        assert_eq!(shared.state().idle, 0);
    }

    #[test]
    fn jobs_in_either_lane_need_a_thread() {
        let mut state = PoolState::new(10);
        let owner = JobOwner { account: account(), origin: Origin::default() };
        for lane in [Lane::Issue, Lane::Verify, Lane::Verify] {
            state.lane(lane).add(&owner, Box::new(|_| ()));
        }
        assert_eq!(state.waiting(), 3);
    }

    #[test]
    fn lanes_take_turns() {
        let pool = pool(1, 10);
        let (release, _first) = pool.occupy(Lane::Issue);
        let (order, seen) = mpsc::channel();
        for lane in [Lane::Verify, Lane::Verify, Lane::Verify, Lane::Issue] {
            let order = order.clone();
            drop(pool.run(lane, &account(), move |_| order.send(lane).unwrap()));
        }
        release.send(()).unwrap();
        let seen: Vec<_> = seen.iter().take(4).collect();
        assert_eq!(seen, [Lane::Verify, Lane::Issue, Lane::Verify, Lane::Verify]);
    }

    #[test]
    fn a_job_runs_although_nobody_waits_and_the_pool_is_gone() {
        let (done, seen) = mpsc::channel();
        let pool = pool(2, 10);
        for n in 0..10 {
            let done = done.clone();
            drop(pool.run(Lane::Issue, &account(), move |_| done.send(n).unwrap()));
        }
        drop((pool, done));
        let mut seen: Vec<_> = seen.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }
}
