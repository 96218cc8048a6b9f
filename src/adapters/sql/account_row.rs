//! Accounts as rows: their columns, and the conversion between records and rows.

use std::sync::LazyLock;

use crate::domain::{AccountRecord, Revision};
use crate::secrets::RecordTag;
use crate::store::StoreError;
use crate::values::AccountId;

use super::columns::{Columns, Columnwise, Unreadable};
use super::error::stored;
use super::statement::{Casts, Statement, Value};
use super::table::Table;

const TABLE: Table<6> = Table {
    name: "keyward_accounts",
    columns: ["id", "revision", "suspended", "unlisted_workspaces", "incarnation", "tag"],
};

/// Selects accounts. A condition can follow.
pub(super) static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM {} WHERE TRUE", TABLE.columns(), TABLE.name));

/// Selects the account with the id `$1`.
pub(super) static SELECT_ONE: LazyLock<String> =
    LazyLock::new(|| [&**SELECT, " AND id = $1"].concat());

pub(super) fn values(record: &AccountRecord) -> Result<[Value<'_>; 6], StoreError> {
    Ok([
        record.id.as_str().into(),
        stored(record.revision.get())?.into(),
        record.suspended.into(),
        record.unlisted_workspaces.as_str().into(),
        (&record.incarnation).into(),
        (&record.tag).into(),
    ])
}

/// Converts a row to an account.
pub(super) fn record<R: Columns>(row: &R) -> Result<AccountRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    Ok(AccountRecord {
        id: AccountId::new(columns.text()?)?,
        revision: Revision::new(columns.number()?),
        suspended: columns.time_or_null()?,
        unlisted_workspaces: columns.text()?.parse()?,
        incarnation: columns.operation()?,
        tag: RecordTag::from_bytes(columns.bytes()?)?,
    })
}

/// Inserts accounts that must not exist.
pub(super) fn insert(records: &[AccountRecord]) -> Result<Vec<Statement<'_>>, StoreError> {
    let rows: Vec<_> = records.iter().map(values).collect::<Result<_, _>>()?;
    Ok(TABLE.insert(&Casts::NONE, rows, ""))
}

/// Writes one row if the account has the revision `read_at`, and none otherwise.
pub(in crate::adapters) fn write_account(
    read_at: Revision,
    record: &AccountRecord,
) -> Result<Statement<'_>, StoreError> {
    TABLE.write(values(record)?, &["id"], read_at)
}
