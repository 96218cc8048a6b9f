//! The reads of the contract, for any [`Reader`].

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::store::{
    Changes, CredentialCursor, CredentialQuery, EventQuery, Page, PageItem, PageSize, Position,
    StoreError, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, OperationId, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable, stored_id};
use super::reader::Reader;
use super::removal::living;
use super::statement::Statement;
use super::version::FoundVersion;
use super::{account_row, credential_row, event_row, feed, listing, workspace_row};

pub(in crate::adapters) async fn credential<D: Reader>(
    database: &D,
    id: CredentialId,
) -> Result<Option<CredentialRecord>, StoreError> {
    let row = database.row(Statement::new(&*D::selects().credential, [id.as_str().into()])).await?;
    one(row.as_ref(), id.as_str(), credential_row::record)
}

pub(in crate::adapters) async fn workspace<D: Reader>(
    database: &D,
    id: &WorkspaceId,
) -> Result<Option<WorkspaceRecord>, StoreError> {
    let row = database.row(Statement::new(&*D::selects().workspace, [id.as_str().into()])).await?;
    one(row.as_ref(), id.as_str(), workspace_row::record)
}

pub(in crate::adapters) async fn account<D: Reader>(
    database: &D,
    id: &AccountId,
) -> Result<Option<AccountRecord>, StoreError> {
    let statement = Statement::new(account_row::SELECT_ONE.as_str(), [id.as_str().into()]);
    let row = database.row(statement).await?;
    one(row.as_ref(), id.as_str(), account_row::record)
}

pub(in crate::adapters) async fn credentials_by_id<D: Reader>(
    database: &D,
    ids: &[CredentialId],
) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(CredentialId::as_str).collect();
    let text = [&*D::selects().credentials, " WHERE ", living!(), " AND c.id"].concat();
    let statement = listing::with_ids::<D>(text, &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, credential_row::record, stored_id))
}

pub(in crate::adapters) async fn workspaces_by_id<D: Reader>(
    database: &D,
    ids: &[WorkspaceId],
) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(WorkspaceId::as_str).collect();
    let statement =
        listing::with_ids::<D>([&*D::selects().workspaces, " WHERE w.id"].concat(), &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, workspace_row::record, stored_id))
}

pub(in crate::adapters) async fn accounts_by_id<D: Reader>(
    database: &D,
    ids: &[AccountId],
) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(AccountId::as_str).collect();
    let statement = listing::with_ids::<D>([&**account_row::SELECT, " AND id"].concat(), &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, account_row::record, stored_id))
}

pub(in crate::adapters) async fn every_workspace<D: Reader>(
    database: &D,
    after: Option<&WorkspaceId>,
    size: PageSize,
) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
    let text = [&*D::selects().workspaces, " WHERE TRUE"].concat();
    let statement = listing::walk(text, "w.id", after.map(WorkspaceId::as_str), size);
    let place = |row: &D::Row| WorkspaceId::new(row.text(0).ok()??).ok();
    let rows = database.rows(statement).await?;
    listing::page(&rows, size, workspace_row::record, stored_id, place)
}

pub(in crate::adapters) async fn every_account<D: Reader>(
    database: &D,
    after: Option<&AccountId>,
    size: PageSize,
) -> Result<Page<AccountRecord, AccountId>, StoreError> {
    let text = account_row::SELECT.clone();
    let statement = listing::walk(text, "id", after.map(AccountId::as_str), size);
    let place = |row: &D::Row| AccountId::new(row.text(0).ok()??).ok();
    let rows = database.rows(statement).await?;
    listing::page(&rows, size, account_row::record, stored_id, place)
}

/// Returns the statement of a look-up, which needs the lock of the look-up's transaction.
pub(in crate::adapters) fn operation_statement(id: &OperationId) -> Statement<'_> {
    let text = [&**event_row::SELECT, " WHERE operation = $1"].concat();
    Statement::new(text, [id.into()])
}

pub(in crate::adapters) fn event<R: Columns>(row: &R) -> Result<Event, StoreError> {
    event_row::record(row)
        .map_err(|unreadable| unreadable.in_row(&event_row::stored_operation(row)))
}

pub(in crate::adapters) async fn credentials<D: Reader>(
    database: &D,
    query: &CredentialQuery,
) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
    let rows = database.rows(listing::credentials::<D>(query)?).await?;
    listing::page(&rows, query.size, credential_row::record, stored_id, credential_row::place)
}

pub(in crate::adapters) async fn workspaces<D: Reader>(
    database: &D,
    query: &WorkspaceQuery,
) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
    let rows = database.rows(listing::workspaces::<D>(query)).await?;
    listing::page(&rows, query.size, workspace_row::record, stored_id, workspace_row::place)
}

pub(in crate::adapters) async fn events<D: Reader>(
    database: &D,
    query: &EventQuery,
) -> Result<Page<Event, u64>, StoreError> {
    let rows = database.rows(listing::events::<D>(query)?).await?;
    listing::page(
        &rows,
        query.size,
        event_row::record,
        event_row::stored_operation,
        event_row::place,
    )
}

pub(in crate::adapters) async fn position<D: Reader>(database: &D) -> Result<Position, StoreError> {
    let row = database.row(Statement::new(feed::POSITION, [])).await?;
    one(row.as_ref(), "position", feed::position)?.ok_or_else(|| StoreError::corrupt("position"))
}

/// Reads the version of the schema.
pub(in crate::adapters) async fn schema_version<D: Reader>(
    database: &D,
) -> Result<FoundVersion, StoreError> {
    let row = database.row(Statement::new(FoundVersion::SELECT, [])).await?;
    let version = |row: &D::Row| {
        let mut columns = Columnwise::new(row);
        Ok(FoundVersion::from((columns.number()?, columns.number()?)))
    };
    one(row.as_ref(), "schema", version)?.ok_or_else(|| StoreError::corrupt("schema"))
}

pub(in crate::adapters) async fn id_key<D: Reader>(database: &D) -> Result<IdKey, StoreError> {
    let row = database.row(Statement::new(feed::ID_KEY, [])).await?;
    one(row.as_ref(), "position", feed::id_key)?.ok_or_else(|| StoreError::corrupt("position"))
}

pub(in crate::adapters) async fn changes_since<D: Reader>(
    database: &D,
    position: &Position,
    limit: usize,
) -> Result<Changes, StoreError> {
    let operation = position.operation();
    let operation = operation.as_ref().map(OperationId::as_bytes);
    let statement = feed::since(&D::selects().polls, position, operation, limit)?;
    let rows = database.feed_rows(statement).await?;
    feed::changes::<D>(position, rows.first()).map_err(|unreadable| unreadable.in_row("position"))
}

fn one<R, T>(
    row: Option<&R>,
    id: &str,
    record: fn(&R) -> Result<T, Unreadable>,
) -> Result<Option<T>, StoreError> {
    row.map(record).transpose().map_err(|unreadable| unreadable.in_row(id))
}
