//! Days of the calendar, in UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;
use super::time::{Timestamp, TimestampError};

const SECONDS: i64 = 86_400;

/// A day in UTC, in the years 1 to 9999.
///
/// The text, also in serde, is the date, such as `2030-01-31`.
///
/// ```
/// use keyward::time::{Day, Timestamp};
///
/// let evening: Timestamp = "2030-01-31T23:59:59Z".parse()?;
/// assert_eq!(Day::of(evening).to_string(), "2030-01-31");
/// # Ok::<(), keyward::error::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(i64);

impl Day {
    /// The first day of the year 1.
    pub const MIN: Self = Self::of(Timestamp::MIN);
    /// The last day of the year 9999.
    pub const MAX: Self = Self::of(Timestamp::MAX);

    /// Returns the day that contains `time`.
    #[inline]
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self(time.as_seconds().div_euclid(SECONDS))
    }

    /// Creates a day from the number that a store keeps: the days since 1970-01-01.
    pub const fn new(number: i64) -> Result<Self, TimestampError> {
        if number < Self::MIN.0 || number > Self::MAX.0 {
            return Err(TimestampError::OutOfRange);
        }
        Ok(Self(number))
    }

    /// Returns the days since 1970-01-01, the number that a store keeps.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the first microsecond of the day.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0 * SECONDS * 1_000_000).unwrap_or(Timestamp::MIN)
    }

    /// Returns the day that is `days` earlier, or [`Day::MIN`] if there is none.
    #[must_use]
    pub fn saturating_sub(self, days: u32) -> Self {
        Self((self.0 - i64::from(days)).max(Self::MIN.0))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start().to_string();
        f.write_str(start.split_once('T').map_or(start.as_str(), |(date, _)| date))
    }
}

impl FromStr for Day {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = format!("{text}T00:00:00Z").parse().map(Self::of);
        day.ok().filter(|day| day.to_string() == text).ok_or(TimestampError::Day)
    }
}

text_form!(Day);

#[cfg(test)]
mod tests {
    use super::{Day, TimestampError};
    use crate::values::Timestamp;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let day = |text: &str| Day::of(text.parse().unwrap()).to_string();
        assert_eq!(day("2030-01-31T23:59:59.999999Z"), "2030-01-31");
        assert_eq!(day("2030-02-01T00:00:00Z"), "2030-02-01");
        assert_eq!(day("1969-12-31T23:59:59.999999Z"), "1969-12-31");
        assert_eq!(Day::of(Timestamp::EPOCH).get(), 0);
    }

    #[test]
    fn the_bounds_are_the_years_1_and_9999() {
        assert_eq!((Day::MIN.to_string(), Day::MIN.start()), ("0001-01-01".into(), Timestamp::MIN));
        assert_eq!(Day::MAX.to_string(), "9999-12-31");
        for (bound, beyond) in [(Day::MIN, -1), (Day::MAX, 1)] {
            assert_eq!(Day::new(bound.get()), Ok(bound));
            assert_eq!(Day::new(bound.get() + beyond), Err(TimestampError::OutOfRange));
        }
        assert_eq!(Day::MIN.saturating_sub(1), Day::MIN);
        assert_eq!(Day::MAX.saturating_sub(30).to_string(), "9999-12-01");
    }

    #[test]
    fn a_text_is_read_only_in_its_one_form() {
        assert_eq!("2030-01-31".parse::<Day>().unwrap().to_string(), "2030-01-31");
        for text in ["", "2030-01-32", "2030-1-31", "2030-01-31T", "20300131", "+2030-01-31"] {
            assert_eq!(text.parse::<Day>(), Err(TimestampError::Day), "{text}");
        }
    }
}
