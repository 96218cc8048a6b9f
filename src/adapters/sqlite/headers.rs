//! Headers: compared and written.

use sqlx::sqlite::SqliteConnection;

use super::commit::conflict;
use super::rows::failed;
use crate::adapters::sql::{integration_key, stored};
use crate::domain::{AccountRecord, Revision, WorkspaceRecord};
use crate::store::{HeaderChange, ListChange, StoreError};
use crate::values::Timestamp;

/// Writes an account that must not exist.
pub(super) async fn create_account(
    connection: &mut SqliteConnection,
    record: &AccountRecord,
) -> Result<(), StoreError> {
    account(connection, Revision::NONE, record).await
}

pub(super) async fn write(
    connection: &mut SqliteConnection,
    header: &HeaderChange,
) -> Result<(), StoreError> {
    match header {
        HeaderChange::Account { read_at, record } => account(connection, *read_at, record).await,
        HeaderChange::Workspace { read_at, record, integrations, allowlist } => {
            workspace(connection, *read_at, record).await?;
            if *integrations == ListChange::Replaced {
                replace_integrations(connection, record).await?;
            }
            if *allowlist == ListChange::Replaced {
                replace_allowlist(connection, record).await?;
            }
            Ok(())
        }
        HeaderChange::RemovedWorkspace { read_at, record } => {
            workspace(connection, *read_at, record).await?;
            replace_integrations(connection, record).await?;
            replace_allowlist(connection, record).await
        }
    }
}

async fn account(
    connection: &mut SqliteConnection,
    read_at: Revision,
    record: &AccountRecord,
) -> Result<(), StoreError> {
    let text = if read_at == Revision::NONE {
        "INSERT INTO keyward_accounts (id, revision, suspended, unlisted_workspaces, incarnation, \
         tag) SELECT $1, $3, $4, $5, $6, $7 WHERE $2 = 0 ON CONFLICT (id) DO NOTHING"
    } else {
        "UPDATE keyward_accounts SET revision = $3, suspended = $4, unlisted_workspaces = $5, \
         incarnation = $6, tag = $7 \
         WHERE id = $1 AND revision = $2"
    };
    let written = sqlx::query(text)
        .bind(record.id.as_str())
        .bind(stored(read_at.get())?)
        .bind(stored(record.revision.get())?)
        .bind(record.suspended.map(Timestamp::as_micros))
        .bind(record.unlisted_workspaces.as_str())
        .bind(record.incarnation.as_bytes().as_slice())
        .bind(record.tag.to_bytes().to_vec())
        .execute(connection)
        .await
        .map_err(failed)?;
    one_row(written.rows_affected())
}

async fn workspace(
    connection: &mut SqliteConnection,
    read_at: Revision,
    record: &WorkspaceRecord,
) -> Result<(), StoreError> {
    let text = if read_at == Revision::NONE {
        "INSERT INTO keyward_workspaces (id, account, name, name_key, created, removed, revision, \
         credentials, permanent, incarnation, account_incarnation, tag) \
         SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $2 = 0 \
         ON CONFLICT (id) DO NOTHING"
    } else {
        // The account stays what it is. Were it named here, SQLite would go through every credential that refers
        // to it, changed or not.
        "UPDATE keyward_workspaces SET name = $4, name_key = $5, created = $6, \
         removed = $7, revision = $8, credentials = $9, permanent = $10, incarnation = $11, \
         account_incarnation = $12, tag = $13 \
         WHERE id = $1 AND revision = $2 AND account = $3"
    };
    let written = sqlx::query(text)
        .bind(record.id.as_str())
        .bind(stored(read_at.get())?)
        .bind(record.account.as_str())
        .bind(record.name.as_str())
        .bind(record.name.key().as_str())
        .bind(record.created.as_micros())
        .bind(record.removed.map(Timestamp::as_micros))
        .bind(stored(record.revision.get())?)
        .bind(record.credentials)
        .bind(record.permanent)
        .bind(record.incarnation.as_bytes().as_slice())
        .bind(record.account_incarnation.as_bytes().as_slice())
        .bind(record.tag.to_bytes().to_vec())
        .execute(connection)
        .await
        .map_err(failed)?;
    one_row(written.rows_affected())
}

async fn replace_integrations(
    connection: &mut SqliteConnection,
    record: &WorkspaceRecord,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM keyward_integrations WHERE workspace = $1")
        .bind(record.id.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    for (place, connection_of) in (0_i64..).zip(&record.integrations) {
        sqlx::query(
            "INSERT INTO keyward_integrations \
             (workspace, integration_key, integration, place, credential, connected) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(record.id.as_str())
        .bind(integration_key(&connection_of.integration))
        .bind(connection_of.integration.to_string())
        .bind(place)
        .bind(connection_of.credential.as_str())
        .bind(connection_of.connected.as_micros())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn replace_allowlist(
    connection: &mut SqliteConnection,
    record: &WorkspaceRecord,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM keyward_allowlist WHERE workspace = $1")
        .bind(record.id.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    for (place, entry) in (0_i64..).zip(&record.allowlist) {
        sqlx::query(
            "INSERT INTO keyward_allowlist (workspace, network, place, added) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(record.id.as_str())
        .bind(entry.network.to_string())
        .bind(place)
        .bind(entry.added.as_micros())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

/// The row that was compared was there, and is written.
pub(super) fn one_row(written: u64) -> Result<(), StoreError> {
    if written == 1 { Ok(()) } else { Err(conflict()) }
}
