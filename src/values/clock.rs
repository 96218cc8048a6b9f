//! Clocks: time is an input, read once per operation and passed down as data.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::time::Timestamp;

/// One reading of a clock: what time it is, and a time that only runs forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockReading {
    /// The time of day. It may jump.
    pub wall: Timestamp,
    /// Time since some fixed point, which never runs backward. It may stand still while the machine
    /// sleeps.
    pub monotonic: Duration,
}

impl ClockReading {
    /// A reading of both clocks.
    #[must_use]
    pub const fn new(wall: Timestamp, monotonic: Duration) -> Self {
        Self { wall, monotonic }
    }

    /// How long after `earlier` this reading was taken, by whichever clock says longer: sleep stops
    /// the one, a backward jump misleads the other.
    #[must_use]
    pub fn age_since(&self, earlier: &Self) -> Duration {
        let by_wall = self.wall.since(earlier.wall).unwrap_or_default();
        by_wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

/// Where a [`Keyward`](crate::Keyward) reads the time. Read once for each operation.
pub trait Clock: Debug + Send + Sync + 'static {
    /// One reading. It must not block.
    fn now(&self) -> ClockReading;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> ClockReading {
        (**self).now()
    }
}

/// A clock that stands still until it is told otherwise, for tests: the host's own, too.
/// Clones show the same time.
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
    /// A clock that shows `wall`.
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(ClockReading::new(wall, Duration::ZERO))))
    }

    /// Lets `duration` pass, on both clocks.
    pub fn advance(&self, duration: Duration) {
        self.change(|now| {
            ClockReading::new(
                now.wall.saturating_add(duration),
                now.monotonic.saturating_add(duration),
            )
        });
    }

    /// Lets the machine sleep: the wall clock goes on, the monotonic one stands still.
    pub fn sleep_machine(&self, duration: Duration) {
        self.change(|now| ClockReading::new(now.wall.saturating_add(duration), now.monotonic));
    }

    /// Sets the wall clock, forward or back; the monotonic one stands still.
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
