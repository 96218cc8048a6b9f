//! Headers: the columns that are read of a workspace or an account, and the way to a record.

use serde::de::DeserializeOwned;

use crate::domain::{
    AccountRecord, AllowlistEntry, Connection, Integration, Revision, WorkspaceRecord,
};
use crate::secrets::RecordTag;
use crate::store::WorkspaceCursor;
use crate::values::{AccountId, CredentialId, Name, NameKey, Timestamp, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable};
use super::event_row::operation;

/// The statements that read workspaces `w`. `$lists` are two columns with their lists, which each database gathers in its
/// own way: JSON arrays of arrays, in the order of their places, so that a header is one row and one snapshot.
macro_rules! workspace_statements {
    ($lists:literal) => {
        const WORKSPACES: &'static str = concat!(
            $crate::adapters::sql::workspace_columns!(),
            $lists,
            " FROM keyward_workspaces w"
        );

        const WORKSPACE: &'static str = concat!(
            $crate::adapters::sql::workspace_columns!(),
            $lists,
            " FROM keyward_workspaces w WHERE w.id = $1"
        );
    };
}

macro_rules! workspace_columns {
    () => {
        "SELECT w.id, w.name_key, w.account, w.name, w.created, w.removed, \
w.revision, w.credentials, w.permanent, w.incarnation, w.account_incarnation, w.tag, "
    };
}

pub(in crate::adapters) use {workspace_columns, workspace_statements};

macro_rules! accounts {
    () => {
        "SELECT id, revision, suspended, unlisted_workspaces, incarnation, tag \
FROM keyward_accounts WHERE TRUE"
    };
}

/// Reads accounts, so that a condition can follow.
pub(super) const ACCOUNTS: &str = accounts!();

/// Reads the account with the id `$1`.
pub(super) const ACCOUNT: &str = concat!(accounts!(), " AND id = $1");

/// The id as it is stored, workspace or not.
pub(super) fn stored_id<R: Columns>(row: &R) -> String {
    row.text(0).ok().flatten().unwrap_or_default().to_owned()
}

/// Where the row stands in a list, if a cursor can say it.
pub(super) fn place<R: Columns>(row: &R) -> Option<WorkspaceCursor> {
    let id = WorkspaceId::new(row.text(0).ok()??).ok()?;
    let key = row.text(1).ok()??;
    let name = NameKey::of(key);
    (name.as_str() == key).then_some(WorkspaceCursor { name, id })
}

/// The row as a workspace.
pub(super) fn workspace<R: Columns>(row: &R) -> Result<WorkspaceRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    let id = WorkspaceId::new(columns.text()?)?;
    let key = columns.text()?;
    let account = AccountId::new(columns.text()?)?;
    let name = named(columns.text()?, key)?;
    let created = columns.time()?;
    let removed = columns.time_or_null()?;
    let revision = Revision::new(columns.number()?);
    let credentials = columns.number()?;
    let permanent = columns.number()?;
    Ok(WorkspaceRecord {
        id,
        incarnation: operation(columns.bytes()?)?,
        account,
        account_incarnation: operation(columns.bytes()?)?,
        tag: RecordTag::from_bytes(columns.bytes()?)?,
        name,
        created,
        removed,
        revision,
        credentials,
        permanent,
        integrations: list(columns.text_or_null()?, connection)?,
        allowlist: list(columns.text_or_null()?, entry)?,
    })
}

/// A name that is written as names are kept, and whose stored key is its own: pages are ordered by it, and names are
/// found by it.
pub(super) fn named(text: &str, key: &str) -> Result<Name, Unreadable> {
    let name = Name::stored(text)?;
    if name.as_str() != text {
        return Err(Unreadable::because("its name is not trimmed or not in NFC"));
    }
    if name.key().as_str() == key || name.has_unknown_characters() {
        Ok(name)
    } else {
        Err(Unreadable::because("the key of its name is another name's"))
    }
}

/// The row as an account.
pub(super) fn account<R: Columns>(row: &R) -> Result<AccountRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    let id = AccountId::new(columns.text()?)?;
    let revision = Revision::new(columns.number()?);
    let suspended = columns.time_or_null()?;
    let unlisted_workspaces = columns.text()?.parse()?;
    let incarnation = operation(columns.bytes()?)?;
    let tag = RecordTag::from_bytes(columns.bytes()?)?;
    Ok(AccountRecord { id, incarnation, revision, suspended, unlisted_workspaces, tag })
}

/// What no two integrations of a workspace share, so that the schema can say so too.
pub(in crate::adapters) fn integration_key(integration: &Integration) -> String {
    match integration {
        Integration::Custom(name) => format!("custom:{}", name.key().as_str()),
        known => known.to_string(),
    }
}

/// A list of a header, from JSON. An empty one is NULL in one of the databases.
fn list<J: DeserializeOwned, T>(
    json: Option<&str>,
    item: impl Fn(J) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let items: Vec<J> = serde_json::from_str(json)?;
    items.into_iter().map(item).collect()
}

fn connection(
    (integration, credential, connected): (String, String, i64),
) -> Result<Connection, Unreadable> {
    Ok(Connection {
        integration: Integration::stored(&integration)?,
        credential: CredentialId::new(credential)?,
        connected: Timestamp::from_micros(connected)?,
    })
}

fn entry((network, added): (String, i64)) -> Result<AllowlistEntry, Unreadable> {
    Ok(AllowlistEntry { network: network.parse()?, added: Timestamp::from_micros(added)? })
}
