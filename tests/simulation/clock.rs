//! The clocks of one node: they differ from the other nodes', jump, and sleep.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use keyward::time::{Clock, ClockReading, Timestamp};

use crate::support::START;
use crate::timeline::Timeline;

/// The greatest difference between a node's wall clock and the true time, in either direction.
pub(crate) const MOST_AWAY: Duration = Duration::from_millis(2_500);

/// Clones show the same time.
#[derive(Debug, Clone)]
pub(crate) struct NodeClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    timeline: Timeline,
    /// When the process began.
    begun: Duration,
    /// How far the wall clock is ahead of the slowest possible one.
    ahead: Duration,
    asleep_since: Option<Duration>,
    slept: Duration,
}

impl NodeClock {
    /// The clocks of a process that starts now. `ahead` is how far the wall clock is ahead of the slowest possible one.
    pub(crate) fn new(timeline: &Timeline, ahead: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            timeline: timeline.clone(),
            begun: timeline.now(),
            ahead,
            asleep_since: None,
            slept: Duration::ZERO,
        })))
    }

    /// Sets the wall clock.
    pub(crate) fn jump(&self, ahead: Duration) {
        self.state().ahead = ahead;
    }

    /// Stops the monotonic clock.
    pub(crate) fn fall_asleep(&self) {
        let mut state = self.state();
        state.asleep_since = Some(state.timeline.now());
    }

    pub(crate) fn wake_up(&self) {
        let mut state = self.state();
        if let Some(since) = state.asleep_since.take() {
            let slept = state.timeline.now().saturating_sub(since);
            state.slept += slept;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Clock for NodeClock {
    fn now(&self) -> ClockReading {
        let state = self.state();
        let now = state.timeline.now();
        let wall = start().saturating_add(now + state.ahead);
        let awake_until = state.asleep_since.unwrap_or(now);
        ClockReading::new(wall, awake_until.saturating_sub(state.begun + state.slept))
    }
}

/// Returns the initial time of the slowest possible wall clock.
fn start() -> Timestamp {
    static START_BEHIND: LazyLock<Timestamp> =
        LazyLock::new(|| START.parse::<Timestamp>().unwrap().saturating_sub(MOST_AWAY));
    *START_BEHIND
}
