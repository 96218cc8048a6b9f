//! Removed workspaces: their credentials are left in the tables, where no statement finds them, until they are deleted.

use crate::store::StoreError;

use super::columns::Columns;
use super::reads::{Reader, corrupt};
use super::statement::{Statement, Value};

/// How often the workspace of a credential `c` is on the list of removed ones: once or not at all. It is counted, since a planner may turn `NOT EXISTS` into
/// a join that goes through all of them. The list alone removes nothing, because it has no tag: the workspace's own row must
/// say so too.
macro_rules! removals {
    () => {
        "(SELECT count(*) FROM keyward_leftovers l JOIN keyward_workspaces h ON h.id = l.workspace \
WHERE l.workspace = c.workspace AND h.removed IS NOT NULL)"
    };
}

/// The condition that a credential `c` is of no removed workspace.
macro_rules! living {
    () => {
        concat!("0 = ", $crate::adapters::sql::removals!())
    };
}

/// The opposite.
macro_rules! left {
    () => {
        concat!("0 < ", $crate::adapters::sql::removals!())
    };
}

pub(in crate::adapters) use {left, living, removals};

/// A removed workspace, and credentials that it has left.
pub(in crate::adapters) struct Leftovers {
    pub(in crate::adapters) workspace: String,
    pub(in crate::adapters) credentials: Vec<String>,
}

/// The first removed workspace that has credentials left, as far as is known, and at most `limit` of these.
pub(in crate::adapters) async fn leftovers<D: Reader>(
    database: &D,
    limit: usize,
) -> Result<Option<Leftovers>, StoreError> {
    let first = "SELECT l.workspace FROM keyward_leftovers l WHERE l.workspace > '' \
AND 0 < (SELECT count(*) FROM keyward_workspaces h WHERE h.id = l.workspace AND h.removed IS NOT NULL) \
ORDER BY l.workspace LIMIT 1";
    let text = |row: &D::Row| {
        let text = row.text(0).map_err(|unreadable| corrupt("leftovers", unreadable))?;
        Ok::<_, StoreError>(text.map(str::to_owned))
    };
    let rows = database.rows(Statement::new(first, [])).await?;
    let Some(workspace) = rows.first().map(text).transpose()?.flatten() else { return Ok(None) };
    let some = "SELECT id FROM keyward_credentials WHERE workspace = $1 ORDER BY name_key, id LIMIT CAST($2 AS bigint)";
    let limit = Value::Number(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = database.rows(Statement::new(some, [Value::Text(&workspace), limit])).await?;
    let credentials = rows.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let credentials = credentials.into_iter().flatten().collect();
    Ok(Some(Leftovers { workspace, credentials }))
}

/// Forgets a removed workspace that has no credentials left.
pub(in crate::adapters) const FORGET_LEFTOVERS: &str = "DELETE FROM keyward_leftovers WHERE workspace = $1 \
AND NOT EXISTS (SELECT 1 FROM keyward_credentials WHERE workspace = $1)";
