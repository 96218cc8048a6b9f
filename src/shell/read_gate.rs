//! Admission of reads to the store: a fixed number at a time, in two ranks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;

use crate::store::{StoreError, StoreErrorKind};
use crate::values::Clock;

use super::sync::{Mutex, MutexGuard, PoisonError};

/// The gate before the reads of one kind. Clones share it.
///
/// A read waits at most the time limit of the store, and then fails as `Unavailable`. There is no timer: the gate looks for such
/// reads when another read arrives or ends, and when the change feed is polled.
#[derive(Clone)]
pub(crate) struct ReadGate(Arc<SharedGate>);

struct SharedGate {
    /// Maximum number of concurrent reads.
    places: usize,
    /// How long a read may wait.
    longest_wait: Duration,
    clock: Arc<dyn Clock>,
    state: Mutex<ReadQueue>,
}

#[derive(Default)]
struct ReadQueue {
    running: usize,
    first: VecDeque<WaitingRead>,
    last: VecDeque<WaitingRead>,
}

struct WaitingRead {
    since: Duration,
    turn: oneshot::Sender<Permit>,
}

/// The order in which waiting reads are admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// In the order of arrival.
    First,
    /// Only when no read of the first rank waits.
    Last,
}

/// The permission for one read. The next one is admitted when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(ReadGate);

/// A read waited too long for its turn.
#[derive(Debug, thiserror::Error)]
#[error("too many reads wait for the store: try again later")]
struct WaitedTooLong;

impl ReadGate {
    pub(crate) fn new(places: usize, longest_wait: Duration, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(SharedGate {
            places,
            longest_wait,
            clock,
            state: Mutex::new(ReadQueue::default()),
        }))
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self, rank: Rank) -> Result<Permit, StoreError> {
        match self.ask(rank) {
            ReadTurn::Passes(permit) => Ok(permit),
            ReadTurn::Waits(turn) => turn
                .await
                .map_err(|_| StoreError::new(StoreErrorKind::Unavailable).because(WaitedTooLong)),
        }
    }

    /// Refuses the reads that have waited too long.
    pub(crate) fn refuse_overdue(&self) {
        let overdue = self.state().take_overdue(self.now(), self.0.longest_wait);
        // Without the lock, because this wakes tasks.
        drop(overdue);
    }

    fn ask(&self, rank: Rank) -> ReadTurn {
        let now = self.now();
        let mut state = self.state();
        let overdue = state.take_overdue(now, self.0.longest_wait);
        let answer = if state.running < self.0.places {
            state.running += 1;
            ReadTurn::Passes(Permit(self.clone()))
        } else {
            let (turn, receiver) = oneshot::channel();
            let waiting = WaitingRead { since: now, turn };
            match rank {
                Rank::First => state.first.push_back(waiting),
                Rank::Last => state.last.push_back(waiting),
            }
            ReadTurn::Waits(receiver)
        };
        drop(state);
        drop(overdue);
        answer
    }

    fn now(&self) -> Duration {
        self.0.clock.now().monotonic
    }

    fn state(&self) -> MutexGuard<'_, ReadQueue> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum ReadTurn {
    Passes(Permit),
    Waits(oneshot::Receiver<Permit>),
}

impl ReadQueue {
    /// Removes the reads that began to wait `longest_wait` ago or earlier.
    fn take_overdue(&mut self, now: Duration, longest_wait: Duration) -> Vec<WaitingRead> {
        let mut overdue = Vec::new();
        for queue in [&mut self.first, &mut self.last] {
            while let Some(waiting) =
                queue.pop_front_if(|waiting| now.saturating_sub(waiting.since) >= longest_wait)
            {
                overdue.push(waiting);
            }
        }
        overdue
    }

    /// Takes the next read whose caller still waits. Without one, a place becomes free.
    fn next(&mut self) -> Option<WaitingRead> {
        let waiting = [&mut self.first, &mut self.last].into_iter().find_map(|queue| {
            std::iter::from_fn(|| queue.pop_front()).find(|waiting| !waiting.turn.is_canceled())
        });
        if waiting.is_none() {
            self.running -= 1;
        }
        waiting
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Self(gate) = self;
        let now = gate.now();
        let mut state = gate.state();
        let overdue = state.take_overdue(now, gate.0.longest_wait);
        let next = state.next();
        drop(state);
        drop(overdue);
        if let Some(WaitingRead { turn, .. }) = next {
            // If the receiver was dropped, the permit is dropped too and admits the next read.
            drop(turn.send(Self(gate.clone())));
        }
    }
}

impl fmt::Debug for ReadGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadGate").field("places", &self.0.places).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::{Permit, Rank, ReadGate};
    use crate::store::{StoreError, StoreErrorKind};
    use crate::values::{ManualClock, Timestamp};

    const PATIENCE: Duration = Duration::from_secs(1);

    fn gate(places: usize) -> (ReadGate, ManualClock) {
        let clock = ManualClock::at(Timestamp::MIN);
        (ReadGate::new(places, PATIENCE, Arc::new(clock.clone())), clock)
    }

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn admitted(polled: Poll<Result<Permit, StoreError>>) -> Permit {
        match polled {
            Poll::Ready(Ok(permit)) => permit,
            other => panic!("{other:?}"),
        }
    }

    fn running(gate: &ReadGate) -> usize {
        gate.state().running
    }

    #[test]
    fn reads_of_the_first_rank_are_admitted_before_all_of_the_last() {
        let (gate, _) = gate(1);
        let running = admitted(poll(pin!(gate.enter(Rank::Last))));
        let mut last = pin!(gate.enter(Rank::Last));
        let mut first = pin!(gate.enter(Rank::First));
        let mut second = pin!(gate.enter(Rank::First));
        assert!(poll(last.as_mut()).is_pending());
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        drop(running);
        assert!(poll(last.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        drop(admitted(poll(first.as_mut())));
        assert!(poll(last.as_mut()).is_pending());
        drop(admitted(poll(second.as_mut())));
        drop(admitted(poll(last.as_mut())));
        assert_eq!(super::tests::running(&gate), 0);
    }

    #[test]
    fn a_read_that_waits_longer_than_the_limit_is_unavailable() {
        let (gate, clock) = gate(1);
        let running = admitted(poll(pin!(gate.enter(Rank::First))));
        let mut early = pin!(gate.enter(Rank::Last));
        assert!(poll(early.as_mut()).is_pending());
        clock.advance(PATIENCE / 2);
        let mut late = pin!(gate.enter(Rank::First));
        assert!(poll(late.as_mut()).is_pending());
        clock.advance(PATIENCE / 2);
        gate.refuse_overdue();
        match poll(early.as_mut()) {
            Poll::Ready(Err(error)) => assert_eq!(error.kind(), StoreErrorKind::Unavailable),
            other => panic!("{other:?}"),
        }
        assert!(poll(late.as_mut()).is_pending());
        clock.advance(PATIENCE / 2);
        drop(running);
        assert!(matches!(poll(late.as_mut()), Poll::Ready(Err(_))), "found when a read ends");
        assert_eq!(super::tests::running(&gate), 0);
    }

    #[test]
    fn a_caller_who_left_gives_its_turn_to_the_next() {
        let (gate, _) = gate(2);
        let one = admitted(poll(pin!(gate.enter(Rank::First))));
        let other = admitted(poll(pin!(gate.enter(Rank::First))));
        let mut gone = Box::pin(gate.enter(Rank::First));
        let mut admitted_and_gone = Box::pin(gate.enter(Rank::First));
        let mut waiting = pin!(gate.enter(Rank::Last));
        assert!(poll(gone.as_mut()).is_pending());
        assert!(poll(admitted_and_gone.as_mut()).is_pending());
        assert!(poll(waiting.as_mut()).is_pending());
        drop(gone);
        drop(one);
        drop(admitted_and_gone);
        let permit = admitted(poll(waiting.as_mut()));
        drop((other, permit));
        assert_eq!(super::tests::running(&gate), 0);
    }
}
