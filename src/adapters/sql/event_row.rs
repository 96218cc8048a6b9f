//! Events: the columns that are read of one, and the way to a record.

use crate::domain::{Action, ActorRef, Event, EventTags, Subject};
use crate::secrets::RecordTag;
use crate::store::StoreError;
use crate::values::{AccountId, ActorId, CredentialId, OperationId, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable};
use super::error::other;

/// The columns of an event.
pub(super) const SELECT: &str = "SELECT number, operation, at, account, workspace, credential, \
by_role, by_id, CAST(action AS text), outline_tag, tag FROM keyward_events";

/// The number as it is stored.
pub(super) fn stored_number<R: Columns>(row: &R) -> String {
    row.number(0).ok().flatten().map(|number| number.to_string()).unwrap_or_default()
}

/// The operation as it is stored, which names the event to accounts: an id, or what is there in its place,
/// with escapes.
pub(super) fn stored_operation<R: Columns>(row: &R) -> String {
    let bytes = row.bytes(1).ok().flatten().unwrap_or_default();
    let escaped = || bytes.escape_ascii().to_string();
    operation(bytes).map_or_else(|_| escaped(), |operation| operation.to_string())
}

/// Where the row stands in the history, if its operation can say it to accounts.
pub(super) fn place<R: Columns>(row: &R) -> Option<u64> {
    operation(row.bytes(1).ok()??).ok()?;
    row.number(0).ok()??.try_into().ok()
}

/// The row as an event.
pub(super) fn record<R: Columns>(row: &R) -> Result<Event, Unreadable> {
    let mut columns = Columnwise::new(row);
    Ok(Event {
        number: columns.number()?,
        operation: operation(columns.bytes()?)?,
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

/// An operation's id, from its 16 bytes.
pub(super) fn operation(bytes: &[u8]) -> Result<OperationId, Unreadable> {
    Ok(OperationId::from_bytes(bytes.try_into()?))
}

/// A subject, from the next two columns.
pub(super) fn subject<R: Columns>(columns: &mut Columnwise<'_, R>) -> Result<Subject, Unreadable> {
    let workspace = columns.text_or_null()?.map(WorkspaceId::new).transpose()?;
    let credential = columns.text_or_null()?.map(CredentialId::new).transpose()?;
    Subject::of(workspace, credential)
        .ok_or(Unreadable::because("a subject is a credential without a workspace"))
}

/// What a store keeps of an action: the JSON text that serde gives.
pub(in crate::adapters) fn action_text(action: &Action) -> Result<String, StoreError> {
    serde_json::to_string(action).map_err(other)
}
