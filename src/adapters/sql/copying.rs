//! Copies records: reads them in the order of their ids, and writes them in pages.

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::store::{Claim, Holds, PageSize, Position, RawRecords, StoreError};
use crate::values::{AccountId, CredentialId, OperationId, WorkspaceId};

use super::columns::{Unreadable, stored_id};
use super::error::stored;
use super::reader::Reader;
use super::reads::{id_key, position, schema_version};
use super::removal::living;
use super::statement::{Casts, Statement, Value, limit};
use super::version::{SchemaStep, expect_known};
use super::{account_row, credential_row, event_row, generation_row, workspace_row};

/// Runs statements in one transaction.
pub(in crate::adapters) trait Writer: Reader {
    const CASTS: Casts;

    /// The steps of the schema that this release knows.
    const STEPS: &'static [SchemaStep];

    /// Returns the same store, with a time limit for whole pages.
    fn with_time_for_pages(&self) -> Self;

    /// Writes all statements or none, and returns the number of rows.
    fn write(
        &self,
        statements: Vec<Statement<'_>>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Deletes the position of an empty store, so that no host can open a half-copied store and no other copy finds the store
/// empty. It is one statement, and therefore atomic.
const CLAIM: &str = "DELETE FROM keyward_position WHERE number = 0 \
AND NOT EXISTS (SELECT 1 FROM keyward_accounts) \
AND NOT EXISTS (SELECT 1 FROM keyward_workspaces) \
AND NOT EXISTS (SELECT 1 FROM keyward_credentials) \
AND NOT EXISTS (SELECT 1 FROM keyward_events)";

const FINISH: &str =
    "INSERT INTO keyward_position (id, number, operation, id_key) VALUES (1, $1, $2, $3)";

impl<D: Writer> RawRecords for D {
    fn unhurried(&self) -> Self {
        self.with_time_for_pages()
    }

    async fn expect_known(&self) -> Result<(), StoreError> {
        expect_known(D::STEPS, schema_version(self).await?)
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        let claim = vec![Statement::new(CLAIM, [])];
        Ok(if self.write(claim).await? == 1 { Claim::Empty } else { Claim::Taken })
    }

    async fn finish(&self, position: &Position, id_key: &IdKey) -> Result<(), StoreError> {
        let operation = position.operation();
        let operation = operation.as_ref().map(OperationId::as_bytes).map(<[u8; 16]>::as_slice);
        let values = [
            stored(position.number())?.into(),
            operation.into(),
            id_key.as_bytes().as_slice().into(),
        ];
        self.write(vec![Statement::new(FINISH, values)]).await?;
        Ok(())
    }

    async fn newest(&self) -> Result<Position, StoreError> {
        position(self).await
    }

    async fn ids_made_with(&self) -> Result<IdKey, StoreError> {
        id_key(self).await
    }
}

impl<D: Writer> Holds<AccountRecord> for D {
    async fn after(
        &self,
        place: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Vec<AccountRecord>, StoreError> {
        let place = place.map(|id| id.as_str().into());
        let statement = following(account_row::SELECT.clone(), "id", place, size);
        let rows = self.rows(statement).await?;
        records(&rows, account_row::record, stored_id)
    }

    async fn add(&self, records: &[AccountRecord]) -> Result<(), StoreError> {
        self.write(account_row::insert(records)?).await?;
        Ok(())
    }
}

impl<D: Writer> Holds<WorkspaceRecord> for D {
    async fn after(
        &self,
        place: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Vec<WorkspaceRecord>, StoreError> {
        let place = place.map(|id| id.as_str().into());
        let text = [&*D::selects().workspaces, " WHERE TRUE"].concat();
        let rows = self.rows(following(text, "w.id", place, size)).await?;
        records(&rows, workspace_row::record, stored_id)
    }

    async fn add(&self, records: &[WorkspaceRecord]) -> Result<(), StoreError> {
        self.write(workspace_row::insert(&D::CASTS, records)?).await?;
        Ok(())
    }
}

impl<D: Writer> Holds<CredentialRecord> for D {
    async fn after(
        &self,
        place: Option<&CredentialId>,
        size: PageSize,
    ) -> Result<Vec<CredentialRecord>, StoreError> {
        let place = place.map(|id| id.as_str().into());
        let text = [&*D::selects().credentials, " WHERE ", living!()].concat();
        let rows = self.rows(following(text, "c.id", place, size)).await?;
        records(&rows, credential_row::record, stored_id)
    }

    async fn add(&self, records: &[CredentialRecord]) -> Result<(), StoreError> {
        let mut statements = credential_row::insert(records)?;
        statements.extend(generation_row::insert_generations(&records.iter(), ["", ""]));
        self.write(statements).await?;
        Ok(())
    }
}

impl<D: Writer> Holds<Event> for D {
    async fn after(&self, place: Option<&u64>, size: PageSize) -> Result<Vec<Event>, StoreError> {
        let place = place.map(|number| stored(*number)).transpose()?.map(Value::from);
        let text = [&**event_row::SELECT, " WHERE TRUE"].concat();
        let rows = self.rows(following(text, "number", place, size)).await?;
        records(&rows, event_row::record, event_row::stored_number)
    }

    async fn add(&self, records: &[Event]) -> Result<(), StoreError> {
        self.write(event_row::insert_events(&D::CASTS, records, "")?).await?;
        Ok(())
    }
}

/// Returns the statement for a page. Without a cursor it has no lower bound, so that a row with a corrupt key is not skipped.
fn following<'v>(
    text: String,
    key: &str,
    place: Option<Value<'v>>,
    size: PageSize,
) -> Statement<'v> {
    let mut statement = Statement::new(text, []);
    if let Some(place) = place {
        statement.push(&format!(" AND {key} > {{}}"), [place]);
    }
    statement.push(&format!(" ORDER BY {key} LIMIT CAST({{}} AS bigint)"), [limit(size.get())]);
    statement
}

fn records<R, T>(
    rows: &[R],
    record: fn(&R) -> Result<T, Unreadable>,
    id: fn(&R) -> String,
) -> Result<Vec<T>, StoreError> {
    let record = |row| record(row).map_err(|unreadable| unreadable.in_row(&id(row)));
    rows.iter().map(record).collect()
}
