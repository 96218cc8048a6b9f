//! The clocks of the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::clock::{Clock, ClockReading};
use super::time::{Timestamp, micros};

/// The clocks of the machine.
///
/// Reading the wall clock takes a tenth of the time of a verification, so readings within a millisecond share one read of
/// it. A jump of the wall clock or a sleep of the machine is therefore seen up to one millisecond late, or up to two if
/// several threads read the clock at once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SystemClock {
    start: Instant,
    lead: Arc<Lead>,
}

impl SystemClock {
    /// Creates a clock. Its monotonic time starts at zero.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now(), lead: Arc::default() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> ClockReading {
        let monotonic = self.start.elapsed();
        ClockReading::new(self.lead.wall_at(monotonic, read_wall_clock), monotonic)
    }
}

fn read_wall_clock() -> Timestamp {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => Timestamp::EPOCH.saturating_add(after),
        Err(before) => Timestamp::EPOCH.saturating_sub(before.duration()),
    }
}

/// The time for which a measured lead is reused, in microseconds.
const SAME_FOR: i64 = 1_000;

/// The difference between the wall clock and the monotonic clock.
#[derive(Debug, Default)]
struct Lead {
    micros: AtomicI64,
    /// The monotonic time of the measurement in microseconds, plus one. 0 means that there was none.
    found: AtomicI64,
}

impl Lead {
    fn wall_at(&self, monotonic: Duration, look: impl FnOnce() -> Timestamp) -> Timestamp {
        let now = micros(monotonic);
        // A thread that sees this time also sees its lead or a newer one, unless a thread that measured earlier stores its
        // lead only now.
        let found = self.found.load(Ordering::Acquire);
        if found != 0 && now.saturating_sub(found - 1) < SAME_FOR {
            let micros = self.micros.load(Ordering::Relaxed).saturating_add(now);
            if let Ok(wall) = Timestamp::from_micros(micros) {
                return wall;
            }
        }
        let wall = look();
        self.micros.store(wall.as_micros().saturating_sub(now), Ordering::Relaxed);
        self.found.store(now.saturating_add(1), Ordering::Release);
        wall
    }
}

#[cfg(test)]
mod tests {
    use super::{Lead, SystemClock};
    use crate::values::{Clock, Timestamp};
    use std::time::Duration;

    #[test]
    fn the_machine_is_past_2020() {
        let clock = SystemClock::new();
        for reading in [clock.now(), clock.now()] {
            assert!(reading.wall > "2020-01-01T00:00:00Z".parse().unwrap(), "{reading:?}");
        }
    }

    #[test]
    fn the_wall_clock_is_read_once_a_millisecond_and_a_jump_is_seen_at_the_next_read() {
        let lead = Lead::default();
        let wall = |text: &str| text.parse::<Timestamp>().unwrap();
        let seen = |micros, now: &str| {
            lead.wall_at(Duration::from_micros(micros), || wall(now)).to_string()
        };
        assert_eq!(
            seen(10, "2030-01-01T00:00:00Z"),
            "2030-01-01T00:00:00.000000Z",
            "the first look"
        );
        // The clock jumps or the machine sleeps for an hour.
        let jumped = "2030-01-01T01:00:00.000000Z";
        assert_eq!(seen(1_009, jumped), "2030-01-01T00:00:00.000999Z", "no look yet");
        assert_eq!(seen(1_010, jumped), jumped);
        assert_eq!(
            seen(1_000, jumped),
            "2030-01-01T00:59:59.999990Z",
            "a reading that was taken earlier"
        );
        let back = "2029-01-01T00:00:00.000000Z";
        assert_eq!(seen(2_009, back), "2030-01-01T01:00:00.000999Z");
        assert_eq!(seen(2_010, back), back);
    }
}
