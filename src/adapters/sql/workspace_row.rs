//! Workspaces as rows: their columns and lists, and the conversion between records and rows.

use serde::de::DeserializeOwned;

use crate::domain::{AllowlistEntry, Connection, Integration, Revision, WorkspaceRecord};
use crate::secrets::RecordTag;
use crate::store::{StoreError, WorkspaceCursor};
use crate::values::{AccountId, CredentialId, NameKey, Timestamp, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable, named};
use super::error::stored;
use super::statement::{Casts, Statement, Value};
use super::table::{Table, aliased};

const TABLE: Table<12> = Table {
    name: "keyward_workspaces",
    columns: [
        "id",
        "name_key",
        "account",
        "name",
        "created",
        "removed",
        "revision",
        "credentials",
        "permanent",
        "incarnation",
        "account_incarnation",
        "tag",
    ],
};

const INTEGRATIONS: Table<6> = Table {
    name: "keyward_integrations",
    columns: ["workspace", "integration_key", "integration", "place", "credential", "connected"],
};

const ALLOWLIST: Table<4> =
    Table { name: "keyward_allowlist", columns: ["workspace", "network", "place", "added"] };

/// Selects workspaces `w`. A condition can follow. `lists` is two columns with the workspace's lists, for which each database
/// has its own text. They are JSON arrays of arrays in the order of their places, so that a header is one row and one snapshot.
pub(super) fn select(lists: &str) -> String {
    format!("SELECT {}, {lists} FROM {} w", aliased("w", &TABLE.columns), TABLE.name)
}

pub(super) fn values(record: &WorkspaceRecord) -> Result<[Value<'_>; 12], StoreError> {
    Ok([
        record.id.as_str().into(),
        record.name.key().as_str().to_owned().into(),
        record.account.as_str().into(),
        record.name.as_str().into(),
        record.created.into(),
        record.removed.into(),
        stored(record.revision.get())?.into(),
        record.credentials.into(),
        record.permanent.into(),
        (&record.incarnation).into(),
        (&record.account_incarnation).into(),
        (&record.tag).into(),
    ])
}

/// Converts a row to a workspace.
pub(super) fn record<R: Columns>(row: &R) -> Result<WorkspaceRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    let id = WorkspaceId::new(columns.text()?)?;
    let key = columns.text()?;
    Ok(WorkspaceRecord {
        id,
        account: AccountId::new(columns.text()?)?,
        name: named(columns.text()?, key)?,
        created: columns.time()?,
        removed: columns.time_or_null()?,
        revision: Revision::new(columns.number()?),
        credentials: columns.number()?,
        permanent: columns.number()?,
        incarnation: columns.operation()?,
        account_incarnation: columns.operation()?,
        tag: RecordTag::from_bytes(columns.bytes()?)?,
        integrations: list(columns.text_or_null()?, connection)?,
        allowlist: list(columns.text_or_null()?, entry)?,
    })
}

/// Returns the row's cursor in a list, if its key is valid.
pub(super) fn place<R: Columns>(row: &R) -> Option<WorkspaceCursor> {
    let id = WorkspaceId::new(row.text(0).ok()??).ok()?;
    let key = row.text(1).ok()??;
    let name = NameKey::of(key);
    (name.as_str() == key).then_some(WorkspaceCursor { name, id })
}

/// Inserts workspaces that must not exist, with their lists.
pub(super) fn insert<'r>(
    casts: &Casts,
    records: &'r [WorkspaceRecord],
) -> Result<Vec<Statement<'r>>, StoreError> {
    let rows: Vec<_> = records.iter().map(values).collect::<Result<_, _>>()?;
    let mut statements = TABLE.insert(casts, rows, "");
    statements.extend(insert_integrations(casts, records));
    statements.extend(insert_allowlists(casts, records));
    Ok(statements)
}

/// Inserts the integrations of workspaces that have none.
pub(in crate::adapters) fn insert_integrations<'r>(
    casts: &Casts,
    records: &'r [WorkspaceRecord],
) -> Vec<Statement<'r>> {
    let rows = records.iter().flat_map(|record| {
        (0_i64..).zip(&record.integrations).map(|(place, connection)| {
            [
                record.id.as_str().into(),
                integration_key(&connection.integration).into(),
                connection.integration.to_string().into(),
                place.into(),
                connection.credential.as_str().to_owned().into(),
                connection.connected.into(),
            ]
        })
    });
    INTEGRATIONS.insert(casts, rows, "")
}

/// Inserts the allowlists of workspaces that have none.
pub(in crate::adapters) fn insert_allowlists<'r>(
    casts: &Casts,
    records: &'r [WorkspaceRecord],
) -> Vec<Statement<'r>> {
    let rows = records.iter().flat_map(|record| {
        (0_i64..).zip(&record.allowlist).map(|(place, entry)| {
            [
                record.id.as_str().into(),
                Value::Network(entry.network.to_string()),
                place.into(),
                entry.added.into(),
            ]
        })
    });
    ALLOWLIST.insert(casts, rows, "")
}

/// Writes one row if the workspace has the revision `read_at`, and none otherwise.
///
/// The account is a key, because it never changes. If the update set it, SQLite would check every credential that
/// refers to it.
pub(in crate::adapters) fn write_workspace(
    read_at: Revision,
    record: &WorkspaceRecord,
) -> Result<Statement<'_>, StoreError> {
    TABLE.write(values(record)?, &["id", "account"], read_at)
}

/// Returns the key of an integration, which is unique in a workspace.
pub(in crate::adapters) fn integration_key(integration: &Integration) -> String {
    match integration {
        Integration::Custom(name) => format!("custom:{}", name.key().as_str()),
        known => known.to_string(),
    }
}

/// Reads a list of a workspace from JSON. PostgreSQL returns NULL for an empty list.
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
