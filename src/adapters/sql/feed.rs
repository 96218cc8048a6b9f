//! The change feed: reads the events after a position in one statement, and therefore in one snapshot.

use std::time::Duration;

use crate::secrets::IdKey;
use crate::store::{Changes, Position, StoreError};

use super::columns::{Columns, Columnwise, Unreadable, operation};
use super::error::stored;
use super::poll_texts::PollTexts;
use super::reader::Reader;
use super::statement::{Statement, limit};

/// The position, in one row.
pub(super) const POSITION: &str = "SELECT number, operation FROM keyward_position WHERE id = 1";

/// The key of the ids, in one row.
pub(super) const ID_KEY: &str = "SELECT id_key FROM keyward_position WHERE id = 1";

/// Returns the statement of a poll.
pub(super) fn since<'v>(
    texts: &'static PollTexts,
    position: &Position,
    operation: Option<&'v [u8; 16]>,
    most: usize,
) -> Result<Statement<'v>, StoreError> {
    Ok(match operation {
        Some(operation) => {
            let number = stored(position.number())?;
            let values = [number.into(), operation.as_slice().into(), limit(most)];
            Statement::new(&*texts.after_event, values)
        }
        None => Statement::new(&*texts.from_start, [limit(most)]),
    })
}

/// Reads the position from a row's first two columns.
pub(super) fn position<R: Columns>(row: &R) -> Result<Position, Unreadable> {
    let mut columns = Columnwise::new(row);
    match (columns.number()?, columns.bytes_or_null()?) {
        (0_u64, None) => Ok(Position::START),
        (number, Some(operation)) => Ok(Position::new(number, self::operation(operation)?)),
        (_, None) => Err(Unreadable::because("a position without its operation")),
    }
}

/// Reads the key of the ids from a row's first column.
pub(super) fn id_key<R: Columns>(row: &R) -> Result<IdKey, Unreadable> {
    let bytes = Columnwise::new(row).bytes()?;
    let bytes =
        bytes.try_into().map_err(|_| Unreadable::because("a key of ids of another length"))?;
    Ok(IdKey::from_bytes(bytes))
}

/// Converts the row to the changes.
pub(super) fn changes<D: Reader>(
    asked: &Position,
    row: Option<&D::Row>,
) -> Result<Changes, Unreadable> {
    let row = row.ok_or(Unreadable::because("the position is missing"))?;
    let newest = position(row)?;
    let age = age(row)?;
    let too_far_behind = Changes::TooFarBehind { position: newest, age };
    if row.number(2)? != Some(1) {
        return Ok(too_far_behind);
    }
    // A corrupt event must neither stop the feed nor be skipped: the caller drops its cache and continues after the event.
    let Ok(mut events) = D::outlines(row) else { return Ok(too_far_behind) };
    // The databases return them in this order, and SQL does not promise it.
    events.sort_by_key(|(number, _)| *number);
    let last = events.last().map(|(number, event)| Position::new(*number, event.operation));
    let events = events.into_iter().map(|(_, event)| event).collect();
    Ok(Changes::Since { events, position: last.unwrap_or(*asked), newest, age })
}

/// Reads the age of the answer. An age that is not known is longer than any bound.
fn age<R: Columns>(row: &R) -> Result<Duration, Unreadable> {
    let age = row.number(3)?.and_then(|micros| u64::try_from(micros).ok());
    Ok(age.map_or(Duration::MAX, Duration::from_micros))
}
