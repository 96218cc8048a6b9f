//! Headers: the columns that are read of a workspace or an account, and the way to a record.

use serde::de::DeserializeOwned;

use crate::domain::{
    AccountRecord, AllowlistEntry, Connection, Integration, Revision, WorkspaceRecord,
};
use crate::store::WorkspaceCursor;
use crate::values::{AccountId, CredentialId, Name, NameKey, Timestamp, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable};

/// The columns of a workspace before its two lists, which each database gathers in its own way:
/// JSON arrays of arrays, in the order of their places, so that a header is one row and one snapshot.
pub(super) const WORKSPACE: &str = "SELECT w.id, w.name_key, w.account, w.name, w.created, w.removed, \
w.revision, w.credentials, w.lasting";

/// The columns of an account, and where it was written. Revision 0 stands for one that never was: its row is
/// there to be locked, and for its workspaces to refer to.
pub(super) const ACCOUNT: &str = "SELECT id, revision, suspended, unlisted_workspaces \
FROM keyward_accounts WHERE revision <> 0";

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
    columns.text()?;
    Ok(WorkspaceRecord {
        id,
        account: AccountId::new(columns.text()?)?,
        name: Name::new(columns.text()?)?,
        created: columns.time()?,
        removed: columns.time_or_null()?,
        revision: Revision::new(columns.number()?),
        credentials: columns.number()?,
        lasting: columns.number()?,
        integrations: list(columns.text_or_null()?, connection)?,
        allowlist: list(columns.text_or_null()?, entry)?,
    })
}

/// The row as an account.
pub(super) fn account<R: Columns>(row: &R) -> Result<AccountRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    Ok(AccountRecord {
        id: AccountId::new(columns.text()?)?,
        revision: Revision::new(columns.number()?),
        suspended: columns.time_or_null()?,
        unlisted_workspaces: columns.text()?.parse()?,
    })
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
        integration: integration.parse()?,
        credential: CredentialId::new(credential)?,
        connected: Timestamp::from_micros(connected)?,
    })
}

fn entry((network, added): (String, i64)) -> Result<AllowlistEntry, Unreadable> {
    Ok(AllowlistEntry { network: network.parse()?, added: Timestamp::from_micros(added)? })
}
