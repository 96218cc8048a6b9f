//! Virtual time: it stands still while a task can run, and then advances to the next timer.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A place in the order of everything that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) at: Duration,
    order: u64,
}

/// Clones show one time.
#[derive(Clone, Default)]
pub(crate) struct Timeline(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    order: u64,
    coming: BTreeMap<Moment, Coming>,
}

enum Coming {
    Wake(Waker),
    Do(Box<dyn FnOnce() + Send>),
}

impl State {
    fn next(&mut self, at: Duration) -> Moment {
        self.order += 1;
        Moment { at, order: self.order }
    }
}

impl Timeline {
    pub(crate) fn now(&self) -> Duration {
        self.state().now
    }

    /// Now, after all that has happened at the same time.
    pub(crate) fn moment(&self) -> Moment {
        let mut state = self.state();
        let now = state.now;
        state.next(now)
    }

    pub(crate) fn sleep(&self, duration: Duration) -> Sleep {
        Sleep { timeline: self.clone(), until: self.now() + duration, place: None }
    }

    /// Runs something later, even if the caller is gone.
    pub(crate) fn after(&self, duration: Duration, what: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        let at = state.now + duration;
        let place = state.next(at);
        state.coming.insert(place, Coming::Do(Box::new(what)));
    }

    /// Advances to the next timer. Returns `true` if there is one.
    pub(crate) fn advance(&self) -> bool {
        let mut state = self.state();
        let Some((place, coming)) = state.coming.pop_first() else { return false };
        state.now = place.at;
        drop(state);
        match coming {
            Coming::Wake(waker) => waker.wake(),
            Coming::Do(what) => what(),
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timeline({:?})", self.now())
    }
}

/// Ends when the time has come.
pub(crate) struct Sleep {
    timeline: Timeline,
    until: Duration,
    place: Option<Moment>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.timeline.state();
        if state.now >= self.until {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or_else(|| state.next(self.until));
        state.coming.insert(place, Coming::Wake(context.waker().clone()));
        drop(state);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.timeline.state().coming.remove(&place);
        }
    }
}
