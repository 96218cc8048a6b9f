//! The events of a poll as one JSON text. A row for each event would cost the driver more than the events themselves.

use std::borrow::Cow;

use serde::Deserialize;

use crate::domain::{EventOutline, Subject};
use crate::secrets::RecordTag;
use crate::values::{AccountId, CredentialId, OperationId, Timestamp, WorkspaceId};

use super::columns::Unreadable;
use super::generation_row::bytes;

/// The events `{events}`, with bytes in hexadecimal.
pub(in crate::adapters) const EVENTS_AS_JSON: &str = "(SELECT json_group_array(json_array(e.number, hex(e.operation), \
    e.at, e.account, e.workspace, e.credential, hex(e.outline_tag))) FROM {events})";

/// An event in this form.
#[derive(Deserialize)]
struct JsonEvent<'j>(
    u64,
    &'j str,
    i64,
    #[serde(borrow)] Cow<'j, str>,
    #[serde(borrow)] Option<Cow<'j, str>>,
    #[serde(borrow)] Option<Cow<'j, str>>,
    &'j str,
);

/// Reads the events, with their numbers. If one is not valid, all are unreadable.
pub(in crate::adapters) fn events_from_json(
    json: Option<&str>,
) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
    let events: Vec<JsonEvent<'_>> = match json {
        Some(json) => serde_json::from_str(json)?,
        None => Vec::new(),
    };
    events.into_iter().map(outline).collect()
}

fn outline(event: JsonEvent<'_>) -> Result<(u64, EventOutline), Unreadable> {
    let JsonEvent(number, operation, at, account, workspace, credential, tag) = event;
    let workspace = workspace.map(WorkspaceId::new).transpose()?;
    let credential = credential.as_deref().map(CredentialId::new).transpose()?;
    let outline = EventOutline {
        operation: OperationId::from_bytes(bytes(operation)?.as_slice().try_into()?),
        at: Timestamp::from_micros(at)?,
        account: AccountId::new(account)?,
        subject: Subject::of(workspace, credential)
            .ok_or(Unreadable::because("a subject is a credential without a workspace"))?,
        tag: RecordTag::from_bytes(&bytes(tag)?)?,
    };
    Ok((number, outline))
}
