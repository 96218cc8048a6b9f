//! Writes single credentials within a commit.

use std::iter;

use sqlx::sqlite::SqliteConnection;

use super::rows::execute;
use crate::adapters::sql::{
    Statement, insert_credential, insert_generations, left, living, one_row, update_credential,
};
use crate::domain::CredentialRecord;
use crate::store::StoreError;
use crate::values::{CredentialId, WorkspaceId};

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    if execute(connection, insert_credential(record)?).await? == 0 {
        // A removed workspace may have left a credential with this id.
        delete_where(connection, FREE, record.id).await?;
        one_row(execute(connection, insert_credential(record)?).await?)?;
    }
    generations(connection, record).await
}

/// Updates a credential. A generation that remains keeps its last-used time.
pub(super) async fn update(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    one_row(execute(connection, update_credential(record)?).await?)?;
    let previous = record.previous.as_ref().map(|previous| previous.generation.number.get());
    let others = "DELETE FROM keyward_generations \
                  WHERE credential = $1 AND number <> $2 AND number IS NOT $3";
    let values = [record.id.as_str().into(), record.current.number.get().into(), previous.into()];
    execute(connection, Statement::new(others, values)).await?;
    generations(connection, record).await
}

/// Deletes a credential with its secrets and last-used times.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    id: CredentialId,
) -> Result<(), StoreError> {
    one_row(delete_where(connection, DELETE, id).await?)
}

const DELETE: &str = concat!("DELETE FROM keyward_credentials AS c WHERE id = $1 AND ", living!());

/// Deletes a credential that a removed workspace has left.
const FREE: &str = concat!("DELETE FROM keyward_credentials AS c WHERE id = $1 AND ", left!());

async fn delete_where(
    connection: &mut SqliteConnection,
    text: &'static str,
    id: CredentialId,
) -> Result<u64, StoreError> {
    execute(connection, Statement::new(text, [id.as_str().into()])).await
}

/// Hides all credentials of a workspace and leaves them for a later deletion: from now on no statement finds them.
pub(super) async fn leave_all(
    connection: &mut SqliteConnection,
    workspace: &WorkspaceId,
) -> Result<(), StoreError> {
    let text = "INSERT INTO keyward_leftovers (workspace) VALUES ($1) ON CONFLICT DO NOTHING";
    execute(connection, Statement::new(text, [workspace.as_str().into()])).await?;
    Ok(())
}

/// Writes the generations, and the last-used times that do not exist yet.
async fn generations(
    connection: &mut SqliteConnection,
    record: &CredentialRecord,
) -> Result<(), StoreError> {
    const THEN: [&str; 2] = [
        " ON CONFLICT (credential, number) DO UPDATE \
         SET brand = excluded.brand, created = excluded.created, slow_hash = excluded.slow_hash, \
         digest = excluded.digest, seal = excluded.seal",
        " ON CONFLICT DO NOTHING",
    ];
    for statement in insert_generations(&iter::once(record), THEN) {
        execute(connection, statement).await?;
    }
    Ok(())
}
