//! Locks, compares and writes headers.

use sqlx::postgres::PgConnection;

use super::appending::staging;
use super::error::CallFailure;
use super::marked_statement::Answer;
use super::rows::execute;
use super::statements::Schema;
use super::time::Time;
use crate::adapters::sql::{
    Columns, conflict, integration_key, one_row, stored, write_account, write_workspace,
};
use crate::domain::{AccountRecord, Event, Revision, WorkspaceRecord};
use crate::store::{Change, HeaderChange, ListChange};
use crate::values::AccountId;

/// Locks accounts in the order of their ids.
const LOCK_TO_WRITE: &str =
    "SELECT id, revision FROM keyward_accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
const LOCK_TO_READ: &str =
    "SELECT id, revision FROM keyward_accounts WHERE id = ANY($1) ORDER BY id FOR SHARE";

/// Locks and compares every account that a change reads or writes, before any other lock.
///
/// If the change writes one account, all are locked for writing. Otherwise two commits that share an account and then write it
/// would deadlock.
pub(super) async fn lock_accounts(
    connection: &mut PgConnection,
    schema: &Schema,
    change: &Change,
) -> Result<(), CallFailure> {
    let mut touched: Vec<(&AccountId, Revision)> =
        change.unchanged.iter().map(|(id, revision)| (id, *revision)).collect();
    let lock = match &change.header {
        HeaderChange::Account { read_at, record } => {
            if *read_at != Revision::NONE {
                touched.push((&record.id, *read_at));
            }
            LOCK_TO_WRITE
        }
        HeaderChange::Workspace { .. } | HeaderChange::RemovedWorkspace { .. } => LOCK_TO_READ,
    };
    if touched.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = touched.iter().map(|(id, _)| id.as_str()).collect();
    let marked = schema.marked(lock);
    let found = sqlx::query(marked.sql.clone()).bind(ids).fetch_all(connection).await?;
    let found = marked.answers(found)?;
    for (id, expected) in touched {
        let expected = stored(expected.get())?;
        let is_it = |row: &Answer| {
            matches!(row.text(0), Ok(Some(found)) if found == id.as_str())
                && matches!(row.number(1), Ok(Some(found)) if found == expected)
        };
        if !found.iter().any(is_it) {
            return Err(conflict().into());
        }
    }
    Ok(())
}

/// Writes an account that must not exist.
pub(super) async fn create_account(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &AccountRecord,
) -> Result<(), CallFailure> {
    let statement = write_account(Revision::NONE, record)?;
    Ok(one_row(execute(connection, schema, &statement).await?)?)
}

/// Writes the header, and stages the event in the same statement.
pub(super) async fn write(
    connection: &mut PgConnection,
    schema: &Schema,
    header: &HeaderChange,
    event: &Event,
) -> Result<(), CallFailure> {
    let (statement, lists) = match header {
        HeaderChange::Account { read_at, record } => (write_account(*read_at, record)?, None),
        HeaderChange::Workspace { read_at, record, integrations, allowlist } => {
            let is_replaced = [integrations, allowlist].contains(&&ListChange::Replaced);
            (write_workspace(*read_at, record)?, is_replaced.then_some(record))
        }
        // Its lists are deleted when its credentials are left.
        HeaderChange::RemovedWorkspace { read_at, record } => {
            (write_workspace(*read_at, record)?, None)
        }
    };
    one_row(execute(connection, schema, &staging(statement, event)?).await?)?;
    match lists {
        Some(record) => replace_lists(connection, schema, record).await,
        None => Ok(()),
    }
}

/// Writes both lists in one statement. Unchanged rows are not written: two rows are compared as one value, in which NULL equals
/// NULL.
const REPLACE_LISTS: &str = "WITH disconnected AS (\
DELETE FROM keyward_integrations WHERE workspace = $1 AND integration_key <> ALL($2)), \
connected AS (\
INSERT INTO keyward_integrations AS stored \
(workspace, integration_key, integration, credential, connected, place) \
SELECT $1, new.* FROM ROWS FROM (unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), \
unnest($5::timestamptz[])) WITH ORDINALITY AS new \
ON CONFLICT (workspace, integration_key) DO UPDATE SET integration = excluded.integration, \
credential = excluded.credential, connected = excluded.connected, place = excluded.place \
WHERE ROW(stored.integration, stored.credential, stored.connected, stored.place)::record <> \
ROW(excluded.integration, excluded.credential, excluded.connected, excluded.place)::record), \
disallowed AS (\
DELETE FROM keyward_allowlist WHERE workspace = $1 AND network <> ALL($6::text[]::cidr[])) \
INSERT INTO keyward_allowlist AS stored (workspace, network, added, place) \
SELECT $1, network::cidr, added, place FROM ROWS FROM (unnest($6::text[]), unnest($7::timestamptz[])) \
WITH ORDINALITY AS new (network, added, place) \
ON CONFLICT (workspace, network) DO UPDATE SET added = excluded.added, place = excluded.place \
WHERE ROW(stored.added, stored.place)::record <> ROW(excluded.added, excluded.place)::record";

async fn replace_lists(
    connection: &mut PgConnection,
    schema: &Schema,
    record: &WorkspaceRecord,
) -> Result<(), CallFailure> {
    let (integrations, allowlist) = (&record.integrations, &record.allowlist);
    let keys: Vec<_> = integrations.iter().map(|one| integration_key(&one.integration)).collect();
    let texts: Vec<_> = integrations.iter().map(|one| one.integration.to_string()).collect();
    let credentials: Vec<_> = integrations.iter().map(|one| one.credential.as_str()).collect();
    let connected: Vec<_> = integrations.iter().map(|one| Time(one.connected)).collect();
    let networks: Vec<_> = allowlist.iter().map(|entry| entry.network.to_string()).collect();
    let added: Vec<_> = allowlist.iter().map(|entry| Time(entry.added)).collect();
    sqlx::query(schema.sql(REPLACE_LISTS))
        .bind(record.id.as_str())
        .bind(keys)
        .bind(texts)
        .bind(credentials)
        .bind(connected)
        .bind(networks)
        .bind(added)
        .execute(connection)
        .await?;
    Ok(())
}
