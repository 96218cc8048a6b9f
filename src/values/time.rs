//! Points in time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::text_form::text_form;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Why a value is not a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The time is outside the years 1 to 9999.
    #[error("a time is in the years 1 to 9999: choose one in that range")]
    OutOfRange,
    /// The text is not RFC 3339.
    #[error("a time is a text in the format of RFC 3339: write it as 2030-01-31T12:00:00Z")]
    Text,
    /// The text is not a date.
    #[error("a day is a date: write it as 2030-01-31")]
    Day,
}

/// A point in time: microseconds UTC, in the years 1 to 9999.
///
/// The text, also in serde, is RFC 3339 in UTC with six digits after the second. All texts have the same length, and sort in
/// the order of the times. Parsing accepts any RFC 3339 text and drops digits after the sixth.
///
/// ```
/// use std::time::Duration;
/// use keyward::time::Timestamp;
///
/// let noon: Timestamp = "2030-01-31T13:00:00+01:00".parse()?;
/// assert_eq!(noon.to_string(), "2030-01-31T12:00:00.000000Z");
/// assert_eq!(noon.saturating_add(Duration::from_millis(90_500)).to_string(), "2030-01-31T12:01:30.500000Z");
/// # Ok::<(), keyward::error::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first microsecond of the year 1.
    pub const MIN: Self = Self(-62_135_596_800 * MICROS_PER_SECOND);
    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_800 * MICROS_PER_SECOND - 1);

    pub(crate) const EPOCH: Self = Self(0);

    /// Creates a timestamp from microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 {
            return Err(TimestampError::OutOfRange);
        }
        Ok(Self(micros))
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Returns the start of the second that contains this time.
    #[must_use]
    pub const fn truncated_to_second(self) -> Self {
        Self(self.as_seconds() * MICROS_PER_SECOND)
    }

    /// Adds `duration`. Returns [`Timestamp::MAX`] if the sum is later than that.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let micros = micros(duration);
        Self(self.0.saturating_add(micros).min(Self::MAX.0))
    }

    /// Subtracts `duration`. Returns [`Timestamp::MIN`] if the difference is earlier than that.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let micros = micros(duration);
        Self(self.0.saturating_sub(micros).max(Self::MIN.0))
    }

    /// Returns the time from `earlier` to this time, or `None` if this time is before `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        u64::try_from(self.0 - earlier.0).ok().map(Duration::from_micros)
    }
}

/// Returns the whole microseconds of a duration, or `i64::MAX` if they do not fit. Each verification calls this, so it
/// avoids 128-bit arithmetic.
pub(super) fn micros(duration: Duration) -> i64 {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    seconds.saturating_mul(MICROS_PER_SECOND).saturating_add(duration.subsec_micros().into())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(second) = OffsetDateTime::from_unix_timestamp(self.as_seconds()) else {
            // Unreachable: the calendar of `time` covers a wider range.
            return write!(f, "{}us", self.0);
        };
        let ((year, month, day), (hour, minute, second)) =
            (second.to_calendar_date(), second.to_hms());
        let micro = self.0.rem_euclid(MICROS_PER_SECOND);
        let month = month as u8;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError::Text)?;
        let micros = time.unix_timestamp_nanos().div_euclid(1_000);
        Self::from_micros(i64::try_from(micros).map_err(|_| TimestampError::OutOfRange)?)
    }
}

text_form!(Timestamp);

#[cfg(test)]
mod tests {
    use super::{Timestamp, TimestampError};
    use std::time::Duration;

    #[test]
    fn the_bounds_are_the_years_1_and_9999() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        for (bound, beyond) in [(Timestamp::MIN, -1), (Timestamp::MAX, 1)] {
            assert_eq!(Timestamp::from_micros(bound.as_micros()), Ok(bound));
            let beyond = Timestamp::from_micros(bound.as_micros() + beyond);
            assert_eq!(beyond, Err(TimestampError::OutOfRange));
        }
        assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.saturating_sub(Duration::MAX), Timestamp::MIN);
    }

    #[test]
    fn seconds_round_down_before_1970_too() {
        let before = Timestamp::from_micros(-1_000_001).unwrap();
        assert_eq!(before.as_seconds(), -2);
        assert_eq!(before.truncated_to_second().to_string(), "1969-12-31T23:59:58.000000Z");
    }

    #[test]
    fn a_time_is_its_rfc_3339_text_in_json_and_in_debug() {
        let time: Timestamp = "2030-01-31T13:00:00.25+01:00".parse().unwrap();
        let json = serde_json::json!("2030-01-31T12:00:00.250000Z");
        assert_eq!(serde_json::to_value(time).unwrap(), json);
        assert_eq!(serde_json::from_value::<Timestamp>(json).unwrap(), time);
        assert_eq!(format!("{time:?}"), "Timestamp(2030-01-31T12:00:00.250000Z)");
    }

    #[test]
    fn any_rfc_3339_text_is_read() {
        let noon: Timestamp = "2030-01-31T12:00:00.000000Z".parse().unwrap();
        for text in
            ["2030-01-31T12:00:00Z", "2030-01-31T12:00:00.0Z", "2030-01-31T14:30:00.0000009+02:30"]
        {
            assert_eq!(text.parse(), Ok(noon), "{text}");
        }
        for text in ["2030-01-31", "2030-01-31T12:00:00", "noon", ""] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_reads_back(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros).unwrap();
            let text = time.to_string();
            proptest::prop_assert_eq!(text.len(), "2030-01-31T12:00:00.000000Z".len());
            proptest::prop_assert_eq!(text.parse(), Ok(time));
        }
    }
}
