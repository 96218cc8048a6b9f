//! The reads of the contract, over whatever runs a statement.

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::store::{
    Changes, CredentialCursor, CredentialQuery, EventQuery, Page, PageItem, PageSize, Position,
    StoreError, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, OperationId, WorkspaceId};

use super::columns::{Columns, Unreadable};
use super::removal::living;
use super::statement::{Statement, Value};
use super::{credential_row, event_row, feed, header_row, listing};

/// What runs one statement, and so sees one snapshot, within the store's time limit.
pub(in crate::adapters) trait Reader: Sync {
    type Row: Columns + Send;

    /// Reads credentials `c`, so that a condition can follow: see `credential_statements`. No text is put together for the
    /// read of one, which is what an attempt waits for.
    const CREDENTIALS: &'static str;

    /// Reads the credential with the id `$1`.
    const CREDENTIAL: &'static str;

    /// Reads workspaces `w`, so that a condition can follow: see `workspace_statements`.
    const WORKSPACES: &'static str;

    /// Reads the workspace with the id `$1`.
    const WORKSPACE: &'static str;

    /// Compares a column with any of several texts; `{}` is their place: see [`Value::Texts`].
    const ONE_OF: &'static str;

    /// The condition that the name key of a credential `c` has a character that is not ASCII: it has more bytes than
    /// characters. The schema's partial index has the same expression.
    const BEYOND_ASCII: &'static str;

    fn rows(
        &self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// The row of a statement that finds at most one.
    fn row(
        &self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send {
        async { Ok(self.rows(statement).await?.into_iter().next()) }
    }
}

pub(in crate::adapters) async fn credential<D: Reader>(
    database: &D,
    id: CredentialId,
) -> Result<Option<CredentialRecord>, StoreError> {
    let row = database.row(Statement::new(D::CREDENTIAL, [Value::Text(id.as_str())])).await?;
    one(row.as_ref(), id.as_str(), credential_row::record)
}

pub(in crate::adapters) async fn workspace<D: Reader>(
    database: &D,
    id: &WorkspaceId,
) -> Result<Option<WorkspaceRecord>, StoreError> {
    let row = database.row(Statement::new(D::WORKSPACE, [Value::Text(id.as_str())])).await?;
    one(row.as_ref(), id.as_str(), header_row::workspace)
}

pub(in crate::adapters) async fn account<D: Reader>(
    database: &D,
    id: &AccountId,
) -> Result<Option<AccountRecord>, StoreError> {
    let statement = Statement::new(header_row::ACCOUNT, [Value::Text(id.as_str())]);
    let row = database.row(statement).await?;
    one(row.as_ref(), id.as_str(), header_row::account)
}

pub(in crate::adapters) async fn credentials_by_id<D: Reader>(
    database: &D,
    ids: &[CredentialId],
) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(CredentialId::as_str).collect();
    let text = [D::CREDENTIALS, " WHERE ", living!(), " AND c.id"].concat();
    let statement = listing::with_ids::<D>(text, &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, credential_row::record, credential_row::stored_id))
}

pub(in crate::adapters) async fn workspaces_by_id<D: Reader>(
    database: &D,
    ids: &[WorkspaceId],
) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(WorkspaceId::as_str).collect();
    let statement = listing::with_ids::<D>([D::WORKSPACES, " WHERE w.id"].concat(), &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, header_row::workspace, header_row::stored_id))
}

pub(in crate::adapters) async fn accounts_by_id<D: Reader>(
    database: &D,
    ids: &[AccountId],
) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
    let texts: Vec<_> = ids.iter().map(AccountId::as_str).collect();
    let statement = listing::with_ids::<D>([header_row::ACCOUNTS, " AND id"].concat(), &texts);
    let rows = database.rows(statement).await?;
    Ok(listing::by_id(&texts, &rows, header_row::account, header_row::stored_id))
}

pub(in crate::adapters) async fn every_workspace<D: Reader>(
    database: &D,
    after: Option<&WorkspaceId>,
    size: PageSize,
) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
    let text = [D::WORKSPACES, " WHERE TRUE"].concat();
    let statement = listing::walk(text, "w.id", after.map(WorkspaceId::as_str), size);
    let place = |row: &D::Row| WorkspaceId::new(row.text(0).ok()??).ok();
    let rows = database.rows(statement).await?;
    listing::page(&rows, size, header_row::workspace, header_row::stored_id, place)
}

pub(in crate::adapters) async fn every_account<D: Reader>(
    database: &D,
    after: Option<&AccountId>,
    size: PageSize,
) -> Result<Page<AccountRecord, AccountId>, StoreError> {
    let text = header_row::ACCOUNTS.to_owned();
    let statement = listing::walk(text, "id", after.map(AccountId::as_str), size);
    let place = |row: &D::Row| AccountId::new(row.text(0).ok()??).ok();
    let rows = database.rows(statement).await?;
    listing::page(&rows, size, header_row::account, header_row::stored_id, place)
}

/// Runs in the transaction of a look-up, whose lock it needs.
pub(in crate::adapters) fn operation_statement(id: &OperationId) -> Statement<'_> {
    let text = [event_row::SELECT, " WHERE operation = $1"].concat();
    Statement::new(text, [Value::Bytes(id.as_bytes())])
}

pub(in crate::adapters) fn event<R: Columns>(row: &R) -> Result<Event, StoreError> {
    event_row::record(row)
        .map_err(|unreadable| corrupt(&event_row::stored_operation(row), unreadable))
}

pub(in crate::adapters) async fn credentials<D: Reader>(
    database: &D,
    query: &CredentialQuery,
) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
    let rows = database.rows(listing::credentials::<D>(query)).await?;
    listing::page(
        &rows,
        query.size,
        credential_row::record,
        credential_row::stored_id,
        credential_row::place,
    )
}

pub(in crate::adapters) async fn workspaces<D: Reader>(
    database: &D,
    query: &WorkspaceQuery,
) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
    let rows = database.rows(listing::workspaces::<D>(query)).await?;
    listing::page(
        &rows,
        query.size,
        header_row::workspace,
        header_row::stored_id,
        header_row::place,
    )
}

pub(in crate::adapters) async fn events<D: Reader>(
    database: &D,
    query: &EventQuery,
) -> Result<Page<Event, u64>, StoreError> {
    let rows = database.rows(listing::events(query)?).await?;
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

pub(in crate::adapters) async fn changes_since<D: Reader>(
    database: &D,
    position: &Position,
    limit: usize,
) -> Result<Changes, StoreError> {
    let operation = position.operation();
    let operation = operation.as_ref().map(OperationId::as_bytes);
    let rows = database.rows(feed::since(position, operation, limit)?).await?;
    feed::changes(position, &rows).map_err(|unreadable| corrupt("position", unreadable))
}

fn one<R, T>(
    row: Option<&R>,
    id: &str,
    record: fn(&R) -> Result<T, Unreadable>,
) -> Result<Option<T>, StoreError> {
    row.map(record).transpose().map_err(|unreadable| corrupt(id, unreadable))
}

pub(super) fn corrupt(id: &str, Unreadable(source): Unreadable) -> StoreError {
    StoreError::corrupt(id).because(source)
}
