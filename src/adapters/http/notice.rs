//! The headers that tell a caller that its key is ending.

use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

use crate::domain::EndingNotice;
use crate::values::Timestamp;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Writes `Deprecation` (RFC 9745) and `Sunset` (RFC 8594), if the time is known and the host has not written the header
/// itself.
pub(super) fn write(notice: &EndingNotice, headers: &mut HeaderMap) {
    let since = notice.deprecated.into_iter().chain(notice.replaced).min();
    for (name, value) in [
        (DEPRECATION, since.and_then(structured_date)),
        (SUNSET, notice.sunset.and_then(http_date)),
    ] {
        if let Some(value) = value {
            headers.entry(name).or_insert(value);
        }
    }
}

/// A Date of RFC 9651, 3.3.7: an at sign and seconds since 1970.
fn structured_date(time: Timestamp) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("@{}", time.as_seconds())).ok()
}

/// An IMF-fixdate (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: Timestamp) -> Option<HeaderValue> {
    let time = OffsetDateTime::from_unix_timestamp(time.as_seconds()).ok()?;
    let (weekday, month) = (time.weekday().to_string(), time.month().to_string());
    let text = format!(
        "{weekday:.3}, {:02} {month:.3} {:04} {:02}:{:02}:{:02} GMT",
        time.day(),
        time.year(),
        time.hour(),
        time.minute(),
        time.second(),
    );
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::domain::EndingNotice;
    use http::{HeaderMap, HeaderValue};

    fn headers(
        deprecated: Option<&str>,
        replaced: Option<&str>,
        sunset: Option<&str>,
    ) -> HeaderMap {
        let time = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let (deprecated, replaced) = (time(deprecated), time(replaced));
        let mut headers = HeaderMap::new();
        write(&EndingNotice { deprecated, replaced, sunset: time(sunset) }, &mut headers);
        headers
    }

    #[test]
    fn dates_are_written_as_the_standards_write_theirs() {
        // The examples of RFC 9745, 2.1 and of RFC 8594, 3.
        let examples = headers(Some("2023-06-30T23:59:59Z"), None, Some("2018-12-31T23:59:59Z"));
        assert_eq!(examples["deprecation"], "@1688169599");
        assert_eq!(examples["sunset"], "Mon, 31 Dec 2018 23:59:59 GMT");
        // The example of RFC 9110, 5.6.7. Fractions of a second are omitted.
        let example = headers(None, None, Some("1994-11-06T08:49:37.999Z"));
        assert_eq!(example["sunset"], "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(example.len(), 1);
    }

    #[test]
    fn a_key_that_was_replaced_and_deprecated_says_the_earlier() {
        let (early, late) = ("2030-01-01T00:00:00Z", "2030-02-01T00:00:00Z");
        let expected = headers(Some(early), None, None)["deprecation"].clone();
        for (deprecated, replaced) in
            [(Some(early), Some(late)), (Some(late), Some(early)), (None, Some(early))]
        {
            assert_eq!(headers(deprecated, replaced, None)["deprecation"], expected);
        }
    }

    #[test]
    fn the_hosts_own_stay() {
        let mut headers = HeaderMap::new();
        headers.insert("sunset", HeaderValue::from_static("the host's"));
        let time = "2030-01-01T00:00:00Z".parse().ok();
        write(&EndingNotice { deprecated: time, replaced: None, sunset: time }, &mut headers);
        assert_eq!(headers["sunset"], "the host's");
        assert_eq!(headers.get_all("sunset").iter().count(), 1);
        assert!(headers.contains_key("deprecation"));
    }
}
