//! Appends the event of a commit to the history.
//!
//! The row of the position is locked from the moment it is advanced until the commit has ended, and all commits need it. So it
//! is advanced by the last message of the transaction, which also contains `COMMIT`: the lock is never held while a message is
//! under way. The driver sends several statements in one message only if they have no parameters. So an earlier statement
//! stages the event in a setting of the transaction, and the text of the last message contains no value.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::SqlStr;

use super::error::CallFailure;
use super::rows::CASTS;
use super::statements::Schema;
use crate::adapters::sql::{Statement, columns_after_the_number, conflict, push_event};
use crate::domain::Event;
use crate::store::StoreError;
use crate::values::OperationId;

/// Waits until no transaction has staged the event of this operation. Each holds this lock until it has ended.
pub(super) const AWAIT: &str = "SELECT pg_advisory_xact_lock($1)";

/// Updates the row of the position last: its lock makes the order of the numbers the order of the commits. Without the row, the
/// number is NULL, which the table refuses.
static APPEND: LazyLock<String> = LazyLock::new(|| {
    let columns = columns_after_the_number();
    format!(
        "WITH event AS MATERIALIZED (SELECT * FROM \
         jsonb_populate_record(NULL::keyward_events, current_setting('keyward.event')::jsonb)), \
         newest AS (UPDATE keyward_position SET number = number + 1, \
         operation = (SELECT event.operation FROM event) WHERE id = 1 RETURNING number) \
         INSERT INTO keyward_events (number, {columns}) \
         SELECT (SELECT newest.number FROM newest), {columns} FROM event; \
         COMMIT"
    )
});

/// Adds to a statement that writes one row: if it does, the event is staged for [`append`], and the lock of its operation is
/// taken. The result counts one row if the statement has written one.
pub(super) fn staging<'r>(
    writing: Statement<'r>,
    event: &'r Event,
) -> Result<Statement<'r>, StoreError> {
    let text = format!(
        "WITH written AS ({} RETURNING 1) SELECT set_config('keyward.event', jsonb_build_object(",
        writing.text
    );
    let mut statement = Statement { text: text.into(), ..writing };
    push_event(&mut statement, &CASTS, event)?;
    let lock = ")::text, TRUE), pg_advisory_xact_lock({}) FROM written";
    statement.push(lock, [lock_of(event.operation).into()]);
    Ok(statement)
}

/// Returns the last message of a transaction that has staged its event. It waits for other commits for at most `patience`.
pub(super) fn append(schema: &Schema, patience: Duration) -> SqlStr {
    let millis = patience.as_millis().clamp(1, i32::MAX as u128);
    schema.sql_after(&format!("SET LOCAL lock_timeout = {millis}; "), &APPEND)
}

/// Returns the number of an operation's lock. Both halves of the id count, because a caller can number its operations. If two
/// operations share a number, they only wait for each other.
pub(super) fn lock_of(operation: OperationId) -> i64 {
    let [first, second] = operation.as_bytes().as_chunks().0 else { return 0 };
    let spread = i64::from_be_bytes(*first).wrapping_mul(0x1E37_79B9_7F4A_7C15);
    spread.wrapping_add(i64::from_be_bytes(*second))
}

/// Maps the failure of the last message: the operation is stored already, or the position is missing.
pub(super) fn refused(failure: CallFailure) -> CallFailure {
    let CallFailure::Driver(sqlx::Error::Database(error)) = &failure else { return failure };
    let is_stored = error.constraint() == Some("keyward_events_of_operation");
    if is_stored || error.code().as_deref() == Some("23502") { conflict().into() } else { failure }
}
