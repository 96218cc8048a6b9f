//! The change feed: reads the events after a position in one statement, and therefore in one snapshot.

use std::time::Duration;

use crate::domain::EventOutline;
use crate::secrets::RecordTag;
use crate::store::{Changes, Position, StoreError};
use crate::values::AccountId;

use super::columns::{Columns, Columnwise, Unreadable, operation};
use super::error::stored;
use super::event_row;
use super::statement::{Statement, limit};

/// The position, in one row.
pub(super) const POSITION: &str = "SELECT number, operation FROM keyward_position WHERE id = 1";

/// Selects one row for each event after the position, or one row without an event. Each row has the newest position, whether
/// the given position is known, and the event.
const SINCE: [&str; 3] = [
    "SELECT h.number, h.operation, CAST(CASE WHEN ",
    " THEN 1 ELSE 0 END AS bigint), e.number, e.operation, e.at, e.account, e.workspace, e.credential, \
     e.outline_tag FROM keyward_position h LEFT JOIN (SELECT number, operation, at, account, workspace, \
     credential, outline_tag FROM keyward_events WHERE number > ",
    " ORDER BY number LIMIT CAST({} AS bigint)) e ON TRUE WHERE h.id = 1 ORDER BY e.number",
];
const KNOWS_START: &str = "h.number = 0 OR EXISTS (SELECT 1 FROM keyward_events WHERE number = 1)";
const KNOWS: &str = "(h.number = {} AND h.operation = {}) \
    OR EXISTS (SELECT 1 FROM keyward_events WHERE number = $1 AND operation = $2)";

pub(super) fn since<'v>(
    position: &Position,
    operation: Option<&'v [u8; 16]>,
    most: usize,
) -> Result<Statement<'v>, StoreError> {
    let [head, middle, tail] = SINCE;
    let mut statement = Statement::new(head, []);
    if let Some(operation) = operation {
        let number = stored(position.number())?;
        statement.push(KNOWS, [number.into(), operation.as_slice().into()]);
        statement.push(middle, []);
        statement.push("$1", []);
    } else {
        statement.push(KNOWS_START, []);
        statement.push(middle, []);
        statement.push("0", []);
    }
    statement.push(tail, [limit(most)]);
    Ok(statement)
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

/// Converts the rows to the changes.
pub(super) fn changes<R: Columns>(asked: &Position, rows: &[R]) -> Result<Changes, Unreadable> {
    let first = rows.first().ok_or(Unreadable::because("the position is missing"))?;
    let newest = position(first)?;
    let too_far_behind = Changes::TooFarBehind { position: newest, age: Duration::ZERO };
    if first.number(2)? != Some(1) {
        return Ok(too_far_behind);
    }
    let mut events = Vec::new();
    let mut last = *asked;
    for row in rows {
        match event(row) {
            Ok(Some((number, outline))) => {
                last = Position::new(number, outline.operation);
                events.push(outline);
            }
            Ok(None) => {}
            // A corrupt event must neither stop the feed nor be skipped: the caller drops its cache and continues after the
            // event.
            Err(_) => return Ok(too_far_behind),
        }
    }
    Ok(Changes::Since { events, position: last, newest, age: Duration::ZERO })
}

/// Reads the event of a row, with its number.
fn event<R: Columns>(row: &R) -> Result<Option<(u64, EventOutline)>, Unreadable> {
    let mut columns = Columnwise::starting_at(row, 3);
    let Some(number) = columns.number_or_null()? else { return Ok(None) };
    let outline = EventOutline {
        operation: columns.operation()?,
        at: columns.time()?,
        account: AccountId::new(columns.text()?)?,
        subject: event_row::subject(&mut columns)?,
        tag: RecordTag::from_bytes(columns.bytes()?)?,
    };
    Ok(Some((number, outline)))
}
