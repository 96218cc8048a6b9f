//! Dates and times as texts.

use time::{Date, Month, OffsetDateTime, Time};

use crate::values::Timestamp;

const DAY: i64 = 86_400;

/// Returns a time to the minute, such as `2030-01-31 12:00 UTC`.
pub(super) fn minute(at: Timestamp) -> String {
    match OffsetDateTime::from_unix_timestamp(at.as_seconds()) {
        Ok(at) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02} UTC",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute()
        ),
        Err(_) => at.to_string(),
    }
}

/// Returns the date of a time, such as `2030-01-31`.
pub(super) fn date(at: Timestamp) -> String {
    let text = minute(at);
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Reads a date such as `2030-01-31`, and returns the last second of that day in UTC.
pub(super) fn end_of_day(text: &str) -> Option<Timestamp> {
    seconds(midnight(text)? + DAY - 1)
}

/// Reads a date, and returns the first moment of that day in UTC, and the first moment of the next day.
pub(super) fn day(text: &str) -> Option<(Timestamp, Timestamp)> {
    let midnight = midnight(text)?;
    Some((seconds(midnight)?, seconds(midnight + DAY)?))
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_micros(seconds.checked_mul(1_000_000)?).ok()
}

/// Reads a date, and returns its midnight in UTC in seconds since 1970.
fn midnight(text: &str) -> Option<i64> {
    let mut parts = text.trim().split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || ![year, month, day].iter().all(|it| digits(it))
    {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    Some(OffsetDateTime::new_utc(date, Time::MIDNIGHT).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::{date, day, end_of_day, minute};

    #[test]
    fn a_date_means_the_end_of_that_day() {
        let end = end_of_day("2030-01-31").unwrap();
        assert_eq!(end, "2030-01-31T23:59:59Z".parse().unwrap());
        assert_eq!(end_of_day("2028-02-29").unwrap(), "2028-02-29T23:59:59Z".parse().unwrap());
        assert_eq!(end_of_day(" 2030-1-1 ").unwrap(), "2030-01-01T23:59:59Z".parse().unwrap());
        for wrong in
            ["", "2030", "2029-02-29", "2030-13-01", "31-01-2030", "2030-01-31-1", "+203-1-1"]
        {
            assert_eq!(end_of_day(wrong), None, "{wrong}");
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let times = ["2030-01-31T00:00:00Z", "2030-02-01T00:00:00Z"].map(|it| it.parse().unwrap());
        assert_eq!(day("2030-01-31"), Some(times.into()));
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        let at = "2030-01-31T09:05:59Z".parse().unwrap();
        assert_eq!(minute(at), "2030-01-31 09:05 UTC");
        assert_eq!(date(at), "2030-01-31");
    }
}
