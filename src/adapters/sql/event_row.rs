//! Events as rows: their columns, and the conversion between records and rows.

use std::sync::LazyLock;

use crate::domain::{Action, ActorRef, Event, EventTags, Subject};
use crate::secrets::RecordTag;
use crate::store::StoreError;
use crate::values::{AccountId, ActorId, CredentialId, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable, operation};
use super::error::{other, stored};
use super::statement::{Casts, Statement, Value};
use super::table::Table;

const TABLE: Table<11> = Table {
    name: "keyward_events",
    columns: [
        "number",
        "operation",
        "at",
        "account",
        "workspace",
        "credential",
        "by_role",
        "by_id",
        "action",
        "outline_tag",
        "tag",
    ],
};

/// Selects events. A condition can follow.
pub(super) static SELECT: LazyLock<String> = LazyLock::new(|| {
    let as_text = |column| if column == "action" { "CAST(action AS text)" } else { column };
    format!("SELECT {} FROM {}", TABLE.columns.map(as_text).join(", "), TABLE.name)
});

pub(super) fn values(event: &Event) -> Result<[Value<'_>; 11], StoreError> {
    Ok([
        stored(event.number)?.into(),
        (&event.operation).into(),
        event.at.into(),
        event.account.as_str().into(),
        event.subject.workspace().map(WorkspaceId::as_str).into(),
        event.subject.credential().map(CredentialId::as_str).into(),
        event.by.role.as_str().into(),
        event.by.id.as_str().into(),
        Value::Json(action_text(&event.action)?),
        (&event.tags.outline).into(),
        (&event.tags.whole).into(),
    ])
}

/// Inserts events. `then` is the conflict clause.
pub(in crate::adapters) fn insert_events<'r>(
    casts: &Casts,
    events: &'r [Event],
    then: &str,
) -> Result<Vec<Statement<'r>>, StoreError> {
    let rows: Vec<_> = events.iter().map(values).collect::<Result<_, _>>()?;
    Ok(TABLE.insert(casts, rows, then))
}

/// Returns the columns of an event other than its number, separated by commas.
#[cfg(feature = "postgres")]
pub(in crate::adapters) fn columns_after_the_number() -> String {
    TABLE.columns.split_first().map(|(_, columns)| columns.join(", ")).unwrap_or_default()
}

/// Appends the columns of an event other than its number to a statement, as alternating names and values: the arguments of
/// `jsonb_build_object`.
#[cfg(feature = "postgres")]
pub(in crate::adapters) fn push_event<'r>(
    statement: &mut Statement<'r>,
    casts: &Casts,
    event: &'r Event,
) -> Result<(), StoreError> {
    for (at, (column, value)) in TABLE.columns.into_iter().zip(values(event)?).skip(1).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        statement.push(&format!("{comma}'{column}', "), []);
        statement.push_list(casts, [value]);
    }
    Ok(())
}

/// Returns the number as it is stored.
pub(super) fn stored_number<R: Columns>(row: &R) -> String {
    row.number(0).ok().flatten().map(|number| number.to_string()).unwrap_or_default()
}

/// Returns the stored operation, which identifies the event to accounts: an id, or the stored bytes with escapes if they are
/// not an id.
pub(super) fn stored_operation<R: Columns>(row: &R) -> String {
    let bytes = row.bytes(1).ok().flatten().unwrap_or_default();
    let escaped = || bytes.escape_ascii().to_string();
    operation(bytes).map_or_else(|_| escaped(), |operation| operation.to_string())
}

/// Returns the row's place in the history, if its operation is valid.
pub(super) fn place<R: Columns>(row: &R) -> Option<u64> {
    operation(row.bytes(1).ok()??).ok()?;
    row.number(0).ok()??.try_into().ok()
}

/// Converts a row to an event.
pub(super) fn record<R: Columns>(row: &R) -> Result<Event, Unreadable> {
    let mut columns = Columnwise::new(row);
    Ok(Event {
        number: columns.number()?,
        operation: columns.operation()?,
        at: columns.time()?,
        account: AccountId::new(columns.text()?)?,
        subject: subject(&mut columns)?,
        by: ActorRef { role: columns.text()?.parse()?, id: ActorId::new(columns.text()?)? },
        action: serde_json::from_str(columns.text()?)?,
        tags: EventTags {
            outline: RecordTag::from_bytes(columns.bytes()?)?,
            whole: RecordTag::from_bytes(columns.bytes()?)?,
        },
    })
}

/// Reads a subject from the next two columns.
pub(super) fn subject<R: Columns>(columns: &mut Columnwise<'_, R>) -> Result<Subject, Unreadable> {
    let workspace = columns.text_or_null()?.map(WorkspaceId::new).transpose()?;
    let credential = columns.text_or_null()?.map(CredentialId::new).transpose()?;
    Subject::of(workspace, credential)
        .ok_or(Unreadable::because("a subject is a credential without a workspace"))
}

/// Returns the stored form of an action: the JSON text that serde writes.
pub(super) fn action_text(action: &Action) -> Result<String, StoreError> {
    serde_json::to_string(action).map_err(other)
}
