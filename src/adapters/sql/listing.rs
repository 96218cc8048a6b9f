//! Lists: converts a query to a statement, and rows to a page.

use std::collections::BTreeMap;

use crate::domain::{CredentialStatus, Owner, Restriction};
use crate::store::{
    CorruptRow, CredentialQuery, EventQuery, NameFilter, Page, PageItem, PageSize, Scope,
    StatusFilter, StoreError, WorkspaceQuery,
};
use crate::values::{Brand, KindWord, Label, Timestamp, WorkspaceId};

use super::columns::{Columns, Unreadable};
use super::error::{other, stored};
use super::event_row;
use super::reader::Reader;
use super::removal::living;
use super::statement::{Statement, Value, limit};

/// Returns the statement for a page. The page begins after the cursor, or after a value lower than all others. Each text
/// therefore has a lower bound for its index, and the case without a cursor needs no other text.
pub(super) fn credentials<D: Reader>(query: &CredentialQuery) -> Result<Statement<'_>, StoreError> {
    let mut statement = Statement::new(&*D::selects().credentials, []);
    let (name, id) = query.after.as_ref().map_or(("", ""), |c| (c.name.as_str(), c.id.as_str()));
    // A range of names begins at its start or after the cursor, so that it has one lower bound.
    let (name, id) = match &query.name {
        Some(NameFilter::StartsWith(start)) if query.scope != Scope::Store => {
            (name, id).max((start.as_str(), ""))
        }
        _ => (name, id),
    };
    match &query.scope {
        Scope::Workspace(workspace) => {
            let after = [workspace.as_str().into(), name.into(), id.into()];
            statement.push(" WHERE c.workspace = {} AND (c.name_key, c.id) > ({}, {})", after);
        }
        Scope::Account(account) => {
            let after = [account.as_str().into(), name.into(), id.into()];
            statement.push(" WHERE c.account = {} AND (c.name_key, c.id) > ({}, {})", after);
        }
        Scope::Store => statement.push(" WHERE c.id > {}", [id.into()]),
    }
    statement.push(concat!(" AND ", living!()), []);
    only_workspaces::<D>(&mut statement, "c.workspace", &query.restriction);
    if let Some(kinds) = &query.restriction.kinds {
        one_of::<D>(&mut statement, "c.kind", kinds.iter().map(KindWord::as_str));
    }
    if let Some(kind) = &query.kind {
        statement.push(" AND c.kind = {}", [kind.as_str().into()]);
    }
    match &query.name {
        Some(NameFilter::Is(name)) => {
            statement.push(" AND c.name_key = {}", [name.as_str().into()]);
        }
        Some(NameFilter::StartsWith(start)) => {
            if query.scope == Scope::Store {
                statement.push(" AND c.name_key >= {}", [start.as_str().into()]);
            }
            if let Some(above) = start.above() {
                statement.push(" AND c.name_key < {}", [above.into()]);
            }
        }
        Some(NameFilter::BeyondAscii) => {
            statement.push(&format!(" AND {}", D::BEYOND_ASCII), []);
        }
        None => {}
    }
    if let Some(status) = query.status {
        stands(&mut statement, status, query.now);
    }
    for label in &query.labels {
        statement.push(D::HAS_LABEL, [in_json(label)?.into()]);
    }
    match &query.owner {
        Some(Owner::Account) => statement.push(" AND c.owner IS NULL", []),
        Some(Owner::Member { id }) => statement.push(" AND c.owner = {}", [id.as_str().into()]),
        None => {}
    }
    if let Some(since) = query.imported_unused_since {
        let values = [Brand::IMPORTED.as_str().to_owned().into(), since.into()];
        statement.push(" AND g.brand = {} AND (u.at IS NULL OR u.at < {})", values);
    }
    statement.push(
        match query.scope {
            Scope::Workspace(_) | Scope::Account(_) => {
                " ORDER BY c.name_key, c.id LIMIT CAST({} AS bigint)"
            }
            Scope::Store => " ORDER BY c.id LIMIT CAST({} AS bigint)",
        },
        [one_more(query.size)],
    );
    Ok(statement)
}

/// Returns the text of a label in the JSON of a row. No other text of a row contains it: a name has no quotation marks, and those
/// of a value are preceded by a backslash.
fn in_json(label: &Label) -> Result<String, StoreError> {
    let [name, value] = [label.name(), label.value()].map(serde_json::to_string);
    Ok(format!("{}:{}", name.map_err(other)?, value.map_err(other)?))
}

/// Adds the condition for [`CredentialRecord::status`](crate::store::CredentialRecord::status) in SQL.
fn stands(statement: &mut Statement<'_>, status: StatusFilter, now: Timestamp) {
    const ENDED: &str = "((c.expires IS NOT NULL AND c.expires <= {}) \
                        OR (c.sunset IS NOT NULL AND c.sunset <= {}))";
    let text = match status {
        StatusFilter::Is(CredentialStatus::Ended) => format!(" AND {ENDED}"),
        StatusFilter::Is(CredentialStatus::Suspended) => {
            format!(" AND NOT {ENDED} AND c.suspended IS NOT NULL")
        }
        StatusFilter::Is(CredentialStatus::Deprecated) => {
            format!(" AND NOT {ENDED} AND c.suspended IS NULL AND c.deprecated IS NOT NULL")
        }
        StatusFilter::Is(CredentialStatus::Active) => {
            format!(" AND NOT {ENDED} AND c.suspended IS NULL AND c.deprecated IS NULL")
        }
        StatusFilter::Permanent => " AND c.suspended IS NULL \
                                  AND c.deprecated IS NULL AND c.expires IS NULL"
            .to_owned(),
    };
    statement.push(&text, [now.into(), now.into()]);
}

/// Returns the statement for a page.
pub(super) fn workspaces<D: Reader>(query: &WorkspaceQuery) -> Statement<'_> {
    let (name, id) = query.after.as_ref().map_or(("", ""), |c| (c.name.as_str(), c.id.as_str()));
    let mut statement = Statement::new(&*D::selects().workspaces, []);
    statement.push(
        " WHERE w.account = {} AND w.removed IS NULL AND (w.name_key, w.id) > ({}, {})",
        [query.account.as_str().into(), name.into(), id.into()],
    );
    only_workspaces::<D>(&mut statement, "w.id", &query.restriction);
    statement.push(" ORDER BY w.name_key, w.id LIMIT CAST({} AS bigint)", [one_more(query.size)]);
    statement
}

/// Adds the condition on the workspaces of a restriction.
fn only_workspaces<'v, D: Reader>(
    statement: &mut Statement<'v>,
    column: &str,
    restriction: &'v Restriction,
) {
    if let Some(workspaces) = &restriction.workspaces {
        one_of::<D>(statement, column, workspaces.iter().map(WorkspaceId::as_str));
    }
}

/// Adds the condition that a column has one of these texts.
fn one_of<'v, D: Reader>(
    statement: &mut Statement<'v>,
    column: &str,
    texts: impl Iterator<Item = &'v str>,
) {
    statement.push(&[" AND ", column, D::ONE_OF].concat(), [texts.collect()]);
}

/// Returns the statement for several records. `text` ends with the column of their ids.
pub(super) fn with_ids<'v, D: Reader>(text: String, ids: &'v [&'v str]) -> Statement<'v> {
    let mut statement = Statement::new(text, []);
    statement.push(D::ONE_OF, [ids.into()]);
    statement
}

/// Returns the statement for a page of all records. `text` has a WHERE clause. Without a cursor, the lower bound includes every
/// key, so that a row with a corrupt key is not skipped.
pub(super) fn walk<'v>(
    text: String,
    key: &str,
    after: Option<&'v str>,
    size: PageSize,
) -> Statement<'v> {
    let mut statement = Statement::new(text, []);
    match after {
        Some(after) => statement.push(&format!(" AND {key} > {{}}"), [after.into()]),
        None => statement.push(&format!(" AND {key} >= ''"), []),
    }
    statement.push(&format!(" ORDER BY {key} LIMIT CAST({{}} AS bigint)"), [one_more(size)]);
    statement
}

/// Returns one result for each id, in the order of the ids.
pub(super) fn by_id<R, T: Clone>(
    ids: &[&str],
    rows: &[R],
    record: fn(&R) -> Result<T, Unreadable>,
    id: fn(&R) -> String,
) -> Vec<Option<PageItem<T>>> {
    let found: BTreeMap<_, _> = rows.iter().map(|row| (id(row), item(row, record, id))).collect();
    ids.iter().map(|id| found.get(*id).cloned()).collect()
}

/// Returns the statement for a page.
pub(super) fn events<D: Reader>(query: &EventQuery) -> Result<Statement<'_>, StoreError> {
    let before =
        query.before.map_or(Ok(i64::MAX), |number| stored(number.min(i64::MAX.unsigned_abs())))?;
    let mut statement = Statement::new(event_row::SELECT.as_str(), []);
    statement.push(
        " WHERE account = {} AND number < {}",
        [query.account.as_str().into(), before.into()],
    );
    if let Some(workspace) = &query.workspace {
        statement.push(" AND workspace = {}", [workspace.as_str().into()]);
    }
    if let Some(credential) = &query.credential {
        statement.push(" AND credential = {}", [credential.as_str().into()]);
    }
    if let Some(by) = &query.by {
        statement.push(" AND by_id = {}", [by.as_str().into()]);
    }
    if let Some(action) = query.action {
        statement.push(" AND (action ->> 'is') = {}", [action.as_str().into()]);
    }
    if let Some(from) = query.from {
        statement.push(" AND at >= {}", [from.into()]);
    }
    if let Some(until) = query.until {
        statement.push(" AND at < {}", [until.into()]);
    }
    only_workspaces::<D>(&mut statement, "workspace", &query.restriction);
    if let Some(kinds) = &query.restriction.kinds {
        // It is a count for the reason given for `removals!`.
        let text = " AND 0 < (SELECT count(*) FROM keyward_credentials c WHERE c.id = credential";
        statement.push(text, []);
        one_of::<D>(&mut statement, "c.kind", kinds.iter().map(KindWord::as_str));
        statement.push(concat!(" AND ", living!(), ")"), []);
    }
    statement.push(" ORDER BY number DESC LIMIT CAST({} AS bigint)", [one_more(query.size)]);
    Ok(statement)
}

/// Returns the limit: one row more than the page size shows that there is a next page.
///
/// The statements cast the limit, because SQLite plans a statement again at each call that binds a bare `LIMIT`: planning took
/// more than half of the time of an issue.
fn one_more(size: PageSize) -> Value<'static> {
    limit(size.get() + 1)
}

/// Converts rows to a page. A corrupt row becomes an item with its id.
///
/// A row with a corrupt key has no cursor. It can be on a page, but it cannot be the last row: the page then ends before it. If
/// all rows of the page are such rows, the page fails with the id of the first.
pub(super) fn page<R: Columns, T, C>(
    rows: &[R],
    size: PageSize,
    record: fn(&R) -> Result<T, Unreadable>,
    id: fn(&R) -> String,
    place: fn(&R) -> Option<C>,
) -> Result<Page<T, C>, StoreError> {
    let item = |row: &R| item(row, record, id);
    if rows.len() <= size.get() {
        return Ok(Page { items: rows.iter().map(item).collect(), next: None });
    }
    let shown = rows.get(..size.get()).unwrap_or(rows);
    let end = shown.iter().enumerate().rev().find_map(|(at, row)| Some((at, place(row)?)));
    match (end, shown.first()) {
        (Some((at, next)), _) => {
            Ok(Page { items: shown.iter().take(at + 1).map(item).collect(), next: Some(next) })
        }
        (None, Some(first)) => Err(StoreError::corrupt(id(first))),
        (None, None) => Ok(Page { items: Vec::new(), next: None }),
    }
}

fn item<R, T>(
    row: &R,
    record: fn(&R) -> Result<T, Unreadable>,
    id: fn(&R) -> String,
) -> PageItem<T> {
    match record(row) {
        Ok(record) => PageItem::Record(record),
        Err(_) => PageItem::Corrupt(CorruptRow { id: id(row) }),
    }
}
