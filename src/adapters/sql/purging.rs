//! Deletes the credentials that removed workspaces have left in the tables.

use crate::store::{Purged, StoreError};

use super::columns::Columns;
use super::doubt::WriteDoubt;
use super::eventless::EventlessWriter;
use super::reader::Reader;
use super::statement::{Statement, limit};

/// Deletes up to `most` credentials of a removed workspace, and then its entry in the list of removed workspaces if no
/// credential is left. These are two short transactions; neither locks the position's row.
pub(in crate::adapters) async fn purge_removed<D: EventlessWriter>(
    database: &D,
    most: usize,
) -> Result<Purged, StoreError> {
    let doubt = &WriteDoubt::default();
    let purge = Box::pin(async {
        let Some(Leftovers { workspace, credentials }) = leftovers(database, most).await? else {
            return Ok(Purged::All);
        };
        if !credentials.is_empty() {
            let ids: Vec<_> = credentials.iter().map(String::as_str).collect();
            let purge = Statement::new(D::PURGE, [ids.as_slice().into()]);
            database.repeatable(&purge, doubt).await?;
        }
        if credentials.len() < most {
            let forget = Statement::new(FORGET_LEFTOVERS, [workspace.as_str().into()]);
            database.repeatable(&forget, doubt).await?;
        }
        Ok(Purged::Some)
    });
    doubt.or(database.time_limit().keep(purge).await)
}

/// A removed workspace and some of its credentials.
struct Leftovers {
    workspace: String,
    credentials: Vec<String>,
}

/// Returns the first removed workspace on the list, and at most `most` of its remaining credentials.
async fn leftovers<D: Reader>(database: &D, most: usize) -> Result<Option<Leftovers>, StoreError> {
    let first = "SELECT l.workspace FROM keyward_leftovers l WHERE l.workspace > '' \
AND 0 < (SELECT count(*) FROM keyward_workspaces h WHERE h.id = l.workspace AND h.removed IS NOT NULL) \
ORDER BY l.workspace LIMIT 1";
    let text = |row: &D::Row| {
        let text = row.text(0).map_err(|unreadable| unreadable.in_row("leftovers"))?;
        Ok::<_, StoreError>(text.map(str::to_owned))
    };
    let rows = database.rows(Statement::new(first, [])).await?;
    let Some(workspace) = rows.first().map(text).transpose()?.flatten() else { return Ok(None) };
    let some = "SELECT id FROM keyward_credentials WHERE workspace = $1 ORDER BY name_key, id LIMIT CAST($2 AS bigint)";
    let rows =
        database.rows(Statement::new(some, [workspace.as_str().into(), limit(most)])).await?;
    let credentials = rows.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let credentials = credentials.into_iter().flatten().collect();
    Ok(Some(Leftovers { workspace, credentials }))
}

/// Deletes the list entry of a removed workspace that has no credentials left.
const FORGET_LEFTOVERS: &str = "DELETE FROM keyward_leftovers WHERE workspace = $1 \
AND NOT EXISTS (SELECT 1 FROM keyward_credentials WHERE workspace = $1)";
