//! Parts of requests that several routes have.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;

use crate::domain::rules::EndTime;
use crate::shell::ManageError;
use crate::store::PageSize;

use super::input::{Field, Input, Nullable, Text, Unread};
use super::problem::{Place, Problem};

/// `page_size` and `page_token`.
pub(super) struct PageParameters<C> {
    pub(super) size: PageSize,
    pub(super) after: Option<C>,
}

impl<C: FromStr<Err: Display>> PageParameters<C> {
    pub(super) fn read(query: &mut Input) -> Option<Self> {
        let size = query.optional::<Size>("page_size");
        let after = query.optional::<Text<C>>("page_token");
        let size = size?.map_or_else(PageSize::default, |Size(size)| size);
        Some(Self { size, after: after?.map(|Text(after)| after) })
    }
}

impl<C: FromStr<Err: Display>> PageParameters<C> {
    /// Reads the same from a body, where the size is a number.
    pub(super) fn read_from_body(body: &mut Input) -> Option<Self> {
        let size = body.optional::<SizeNumber>("page_size");
        let after = body.optional::<Nullable<Text<C>>>("page_token");
        let size = size?.map_or_else(PageSize::default, |SizeNumber(size)| size);
        let after = after?.and_then(|Nullable(after)| after).map(|Text(after)| after);
        Some(Self { size, after })
    }
}

struct SizeNumber(PageSize);

impl Field for SizeNumber {
    fn read(value: Value) -> Result<Self, Unread> {
        let number = u64::read(value)?;
        let size = u16::try_from(number).ok().and_then(|number| PageSize::new(number).ok());
        size.map(Self).ok_or_else(|| Unread::invalid("expected a number from 1 to 1000"))
    }
}

struct Size(PageSize);

impl Field for Size {
    fn read(value: Value) -> Result<Self, Unread> {
        let Text(items) = Text::<u16>::read(value)
            .map_err(|_| Unread::invalid("expected a number from 1 to 1000"))?;
        PageSize::new(items).map(Self).map_err(|error| Unread::invalid(error.to_string()))
    }
}

/// A time at which something ends: RFC 3339, or the word `now`.
pub(super) struct End(EndTime);

impl From<End> for EndTime {
    fn from(End(end): End) -> Self {
        end
    }
}

impl Field for End {
    fn read(value: Value) -> Result<Self, Unread> {
        if value == "now" {
            return Ok(Self(EndTime::Now));
        }
        Text::read(value).map(|Text(time)| Self(EndTime::At(time)))
    }
}

/// Returns the problem, and points at the field that named a record that was not found.
pub(super) fn about_field(error: ManageError) -> Problem {
    Problem::from(error)
        .points_at("workspace_not_found", Place::Field("workspace".to_owned()))
        .points_at("credential_not_found", Place::Field("credential".to_owned()))
}

/// The same for the parameters of a query.
pub(super) fn about_parameter(error: ManageError) -> Problem {
    Problem::from(error).points_at("workspace_not_found", Place::Parameter("workspace".to_owned()))
}
