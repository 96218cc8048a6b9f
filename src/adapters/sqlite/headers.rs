//! Compares and writes headers.

use std::slice;

use sqlx::sqlite::SqliteConnection;

use super::rows::{execute, execute_rare};
use crate::adapters::sql::{
    Casts, Statement, insert_allowlists, insert_integrations, one_row, write_account,
    write_workspace,
};
use crate::domain::{AccountRecord, Revision, WorkspaceRecord};
use crate::store::{HeaderChange, ListChange, StoreError};

/// Writes an account that must not exist.
pub(super) async fn create_account(
    connection: &mut SqliteConnection,
    record: &AccountRecord,
) -> Result<(), StoreError> {
    one_row(execute(connection, write_account(Revision::NONE, record)?).await?)
}

pub(super) async fn write(
    connection: &mut SqliteConnection,
    header: &HeaderChange,
) -> Result<(), StoreError> {
    let (statement, lists) = match header {
        HeaderChange::Account { read_at, record } => (write_account(*read_at, record)?, None),
        HeaderChange::Workspace { read_at, record, integrations, allowlist } => {
            (write_workspace(*read_at, record)?, Some((record, *integrations, *allowlist)))
        }
        HeaderChange::RemovedWorkspace { read_at, record } => {
            let lists = Some((record, ListChange::Replaced, ListChange::Replaced));
            (write_workspace(*read_at, record)?, lists)
        }
    };
    one_row(execute(connection, statement).await?)?;
    let Some((record, integrations, allowlist)) = lists else { return Ok(()) };
    if integrations == ListChange::Replaced {
        let delete = "DELETE FROM keyward_integrations WHERE workspace = $1";
        let insert = insert_integrations(&Casts::NONE, slice::from_ref(record));
        replace_list(connection, record, delete, insert).await?;
    }
    if allowlist == ListChange::Replaced {
        let delete = "DELETE FROM keyward_allowlist WHERE workspace = $1";
        let insert = insert_allowlists(&Casts::NONE, slice::from_ref(record));
        replace_list(connection, record, delete, insert).await?;
    }
    Ok(())
}

async fn replace_list(
    connection: &mut SqliteConnection,
    record: &WorkspaceRecord,
    delete: &'static str,
    insert: Vec<Statement<'_>>,
) -> Result<(), StoreError> {
    execute(connection, Statement::new(delete, [record.id.as_str().into()])).await?;
    for statement in insert {
        execute_rare(connection, statement).await?;
    }
    Ok(())
}
