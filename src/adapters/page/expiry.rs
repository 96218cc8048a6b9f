//! The choice of an end: presets, or a date.

use std::time::Duration;

use crate::domain::EndTime;
use crate::values::Timestamp;

use super::page_request::PageRequest;
use super::time_text::{date, end_of_day};
use super::view::{FormChoice, Problem};

/// The presets, in days.
const DAYS: [u64; 4] = [7, 30, 90, 365];
const DAY: Duration = Duration::from_hours(24);

/// A choice of the form.
pub(super) enum End {
    Never,
    At(Timestamp),
}

impl From<End> for Option<EndTime> {
    fn from(end: End) -> Self {
        match end {
            End::Never => None,
            End::At(at) => Some(at.into()),
        }
    }
}

/// Returns the choices. `never` is the text of the choice without an end.
pub(super) fn choices(ask: &PageRequest, never: &str, chosen: &str) -> Vec<FormChoice> {
    let t = ask.t();
    let none = FormChoice::new("never", never, chosen);
    let presets = DAYS.into_iter().map(|days| {
        let at = ask.now().saturating_add(DAY * u32::try_from(days).unwrap_or(u32::MAX));
        let mut choice = FormChoice::new(days.to_string(), t.expiry_days(&t.days(days)), chosen);
        choice.note = t.time(at).into_owned();
        choice
    });
    let on = FormChoice::new("date", t.expiry_on(), chosen);
    std::iter::once(none).chain(presets).chain([on]).collect()
}

/// Reads the choice of the form, and the date where it is chosen.
pub(super) fn read(ask: &PageRequest, field: &str, date_field: &str) -> Result<End, Problem> {
    let t = ask.t();
    match ask.form.get(field) {
        "never" => Ok(End::Never),
        "date" => {
            let text = ask.form.get(date_field);
            if text.is_empty() {
                return Err(Problem::new(date_field, t.choose_date()));
            }
            let at = end_of_day(text).ok_or_else(|| Problem::new(date_field, t.bad_date()))?;
            if at <= ask.now() {
                return Err(Problem::new(date_field, t.past_date()));
            }
            Ok(End::At(at))
        }
        preset => {
            let days = DAYS.into_iter().find(|days| days.to_string() == preset);
            let days = days.ok_or_else(|| Problem::new(field, t.choose_date()))?;
            Ok(End::At(ask.now().saturating_add(DAY * u32::try_from(days).unwrap_or(u32::MAX))))
        }
    }
}

/// Returns the value of a date field for an end that is set.
pub(super) fn date_value(end: Option<Timestamp>) -> String {
    end.map(date).unwrap_or_default()
}
