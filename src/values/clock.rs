//! Clocks. Time is an input: it is read once per operation and passed down as data.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::time::Timestamp;

/// One reading of a clock: the time of day and a monotonic time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockReading {
    /// The time of day. It can jump.
    pub wall: Timestamp,
    /// The time since a fixed point. It never runs backward, and may stand still while the machine sleeps.
    pub monotonic: Duration,
}

impl ClockReading {
    /// Creates a reading of both clocks.
    #[must_use]
    pub const fn new(wall: Timestamp, monotonic: Duration) -> Self {
        Self { wall, monotonic }
    }

    /// Returns the time between `earlier` and this reading.
    ///
    /// The longer time of the two clocks counts: the monotonic clock may stop while the machine sleeps, and the wall clock
    /// can jump backward.
    #[must_use]
    pub fn age_since(&self, earlier: &Self) -> Duration {
        let by_wall = self.wall.since(earlier.wall).unwrap_or_default();
        by_wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

/// The source of the time for a [`Keyward`](crate::Keyward). It is read once for each operation.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Reads both clocks. Must not block.
    fn now(&self) -> ClockReading;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> ClockReading {
        (**self).now()
    }
}

/// A clock for tests, yours included. It stands still until a method moves it. Clones share one time.
///
/// ```
/// use std::time::Duration;
/// use keyward::time::{Clock, ManualClock};
///
/// let clock = ManualClock::at("2030-01-01T00:00:00Z".parse()?);
/// clock.advance(Duration::from_mins(1));
/// assert_eq!(clock.now().wall.to_string(), "2030-01-01T00:01:00.000000Z");
/// # Ok::<(), keyward::error::TimestampError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<ClockReading>>);

impl ManualClock {
    /// Creates a clock that shows `wall`.
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(ClockReading::new(wall, Duration::ZERO))))
    }

    /// Moves both clocks forward by `duration`.
    pub fn advance(&self, duration: Duration) {
        self.change(|now| {
            ClockReading::new(
                now.wall.saturating_add(duration),
                now.monotonic.saturating_add(duration),
            )
        });
    }

    /// Simulates a sleep of the machine: moves the wall clock forward, and leaves the monotonic clock as it is.
    pub fn sleep_machine(&self, duration: Duration) {
        self.change(|now| ClockReading::new(now.wall.saturating_add(duration), now.monotonic));
    }

    /// Sets the wall clock, forward or backward, and leaves the monotonic clock as it is.
    pub fn set_wall(&self, wall: Timestamp) {
        self.change(|now| ClockReading::new(wall, now.monotonic));
    }

    fn change(&self, change: impl FnOnce(ClockReading) -> ClockReading) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = change(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> ClockReading {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, ManualClock};
    use crate::values::time::Timestamp;
    use std::time::Duration;

    #[test]
    fn age_is_the_longer_of_both_clocks() {
        let clock = ManualClock::at(Timestamp::from_micros(0).unwrap());
        let start = clock.now();
        clock.sleep_machine(Duration::from_mins(1));
        assert_eq!(clock.now().age_since(&start), Duration::from_mins(1));
        clock.advance(Duration::from_secs(5));
        clock.set_wall(Timestamp::MIN);
        assert_eq!(clock.now().age_since(&start), Duration::from_secs(5));
    }
}
