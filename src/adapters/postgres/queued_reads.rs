//! The reads by id that wait for the next statement.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord};
use crate::store::{StoreError, StoreErrorKind};
use crate::values::{AccountId, CredentialId, WorkspaceId};

/// Number of reads that must wait before another statement is sent, for each number of statements that run already. While these
/// run, other reads wait and form the next statement. A statement costs far more than one more id in it, so the last two are
/// for many reads.
const WAITING: [usize; 4] = [1, 1, 8, 16];

/// Maximum number of ids in one statement.
const IDS: usize = 64;

/// The queues of a store. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct QueuedReads {
    pub(super) credentials: Queue<CredentialId, CredentialRecord>,
    pub(super) workspaces: Queue<WorkspaceId, WorkspaceRecord>,
    pub(super) accounts: Queue<AccountId, AccountRecord>,
}

/// The waiting reads of one type of record.
pub(super) struct Queue<I, R>(Arc<Mutex<QueueState<I, R>>>);

struct QueueState<I, R> {
    /// Number of batch runs.
    running: usize,
    waiting: VecDeque<QueuedRead<I, R>>,
}

/// A read whose caller waits for the answer.
pub(super) struct QueuedRead<I, R> {
    pub(super) id: I,
    answer: oneshot::Sender<Result<Option<R>, StoreError>>,
}

/// The permission to send statements, one after the other, until no read waits.
pub(super) struct BatchRun<I, R> {
    queue: Queue<I, R>,
    has_ended: bool,
}

impl<I, R> Queue<I, R> {
    /// Adds a read. Returns its answer, and a run for the caller to start if enough reads wait: see [`WAITING`].
    #[expect(
        clippy::type_complexity,
        reason = "a pair of what the caller awaits and what it starts"
    )]
    pub(super) fn add(
        &self,
        id: I,
    ) -> (impl Future<Output = Result<Option<R>, StoreError>> + use<I, R>, Option<BatchRun<I, R>>)
    {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.state();
        state.waiting.push_back(QueuedRead { id, answer });
        let needed = WAITING.get(state.running);
        let starts = needed.is_some_and(|needed| state.waiting.len() >= *needed);
        state.running += usize::from(starts);
        drop(state);
        let answered = async {
            let cut_off = |ended| Err(StoreError::new(StoreErrorKind::Unavailable).because(ended));
            receiver.await.unwrap_or_else(cut_off)
        };
        (answered, starts.then(|| BatchRun { queue: self.clone(), has_ended: false }))
    }

    fn state(&self) -> MutexGuard<'_, QueueState<I, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I, R> QueuedRead<I, R> {
    pub(super) fn answer(self, answer: Result<Option<R>, StoreError>) {
        // The caller may have stopped waiting.
        drop(self.answer.send(answer));
    }
}

impl<I, R> BatchRun<I, R> {
    /// Returns the reads of the next statement, without those whose callers stopped waiting. If none is left, the run has ended.
    pub(super) fn next(&mut self) -> Option<Vec<QueuedRead<I, R>>> {
        let mut state = self.queue.state();
        let waiting = std::iter::from_fn(|| state.waiting.pop_front());
        let batch: Vec<_> = waiting.filter(|read| !read.answer.is_closed()).take(IDS).collect();
        if batch.is_empty() {
            // Under the same lock, so that the next read starts a run.
            state.running -= 1;
            self.has_ended = true;
            return None;
        }
        Some(batch)
    }
}

impl<I, R> Drop for BatchRun<I, R> {
    fn drop(&mut self) {
        // The task was aborted, or the driver has panicked. The answers that no other run will send fail now.
        if !self.has_ended {
            let mut state = self.queue.state();
            state.running -= 1;
            if state.running == 0 {
                state.waiting.clear();
            }
        }
    }
}

impl<I, R> Clone for Queue<I, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I, R> Default for Queue<I, R> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(QueueState { running: 0, waiting: VecDeque::new() })))
    }
}

impl<I, R> fmt::Debug for Queue<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{IDS, Queue, StoreErrorKind, WAITING};

    fn ids<R>(batch: Option<Vec<super::QueuedRead<usize, R>>>) -> Vec<usize> {
        batch.into_iter().flatten().map(|read| read.id).collect()
    }

    #[test]
    fn reads_that_wait_go_out_together_and_those_of_callers_who_left_do_not() {
        let queue = Queue::<usize, ()>::default();
        let (mut runs, mut answers) = (Vec::new(), Vec::new());
        for needed in WAITING {
            for id in 1..=needed {
                let (answer, run) = queue.add(id);
                assert_eq!(run.is_some(), id == needed, "{id} of {needed}");
                runs.extend(run);
                answers.push(answer);
            }
            assert!(ids(runs.last_mut().unwrap().next()).into_iter().eq(1..=needed));
        }
        answers.clear();
        for id in 100..100 + IDS + 2 {
            let (answer, run) = queue.add(id);
            assert!(run.is_none(), "enough are running");
            answers.push(answer);
        }
        drop(answers.remove(0));
        assert!(ids(runs[0].next()).into_iter().eq(101..101 + IDS));
        assert_eq!(ids(runs[1].next()), [101 + IDS]);
        assert!(runs[2].next().is_none());
        assert_eq!(queue.state().running, WAITING.len() - 1);
    }

    #[test]
    fn a_run_that_is_cut_off_makes_room_for_another() {
        let queue = Queue::<usize, ()>::default();
        for id in 0..2 * WAITING.len() {
            let (_, run) = queue.add(id);
            assert!(run.is_some());
        }
        assert_eq!(queue.state().running, 0);
    }

    #[tokio::test]
    async fn reads_that_wait_for_a_run_that_is_cut_off_fail() {
        let queue = Queue::<usize, ()>::default();
        let (_, first) = queue.add(0);
        let (_, second) = queue.add(1);
        let (answer, none) = queue.add(2);
        assert!(none.is_none());
        drop(first);
        assert_eq!(queue.state().waiting.len(), 3, "the other run reads them");
        drop(second);
        assert_eq!(answer.await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }
}
