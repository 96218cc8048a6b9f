//! Accounts as rows: their columns, and the conversion between records and rows.

use std::sync::LazyLock;

use crate::domain::{
    AccountPolicy, AccountRecord, InactiveOwners, LeakResponse, PolicyFields, Revision,
};
use crate::secrets::RecordTag;
use crate::store::StoreError;
use crate::values::AccountId;

use super::columns::{Columns, Columnwise, Unreadable};
use super::error::stored;
use super::statement::{Casts, Statement, Value};
use super::table::Table;

const TABLE: Table<14> = Table {
    name: "keyward_accounts",
    columns: [
        "id",
        "revision",
        "suspended",
        "unlisted_workspaces",
        "incarnation",
        "max_lifetime_seconds",
        "expiry",
        "default_expiry_seconds",
        "max_overlap_seconds",
        "max_secret_age_seconds",
        "inactive_owners",
        "leak_response",
        "closed",
        "tag",
    ],
};

/// Selects accounts. A condition can follow.
pub(super) static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM {} WHERE TRUE", TABLE.columns(), TABLE.name));

/// Selects the account with the id `$1`.
pub(super) static SELECT_ONE: LazyLock<String> =
    LazyLock::new(|| [&**SELECT, " AND id = $1"].concat());

/// The text of a column whose account requires an expiry. It is NULL otherwise.
const EXPIRY_REQUIRED: &str = "required";

/// The text of a column whose account is only told about its leaked secrets. It is NULL otherwise.
const ONLY_REPORTED: &str = LeakResponse::Report.as_str();

pub(super) fn values(record: &AccountRecord) -> Result<[Value<'_>; 14], StoreError> {
    let policy = record.policy.fields();
    let owners = &record.inactive_owners;
    Ok([
        record.id.as_str().into(),
        stored(record.revision.get())?.into(),
        record.suspended.into(),
        record.unlisted_workspaces.as_str().into(),
        (&record.incarnation).into(),
        policy.max_lifetime_seconds.into(),
        policy.expiry_required.then_some(EXPIRY_REQUIRED).into(),
        policy.default_expiry_seconds.into(),
        policy.max_overlap_seconds.into(),
        policy.max_secret_age_seconds.into(),
        if owners.is_empty() { Value::Bytes(None) } else { owners.to_bytes().into() },
        (record.leak_response == LeakResponse::Report).then_some(ONLY_REPORTED).into(),
        record.closed.into(),
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
        policy: policy(&mut columns)?,
        inactive_owners: inactive_owners(&mut columns)?,
        leak_response: leak_response(&mut columns)?,
        closed: columns.time_or_null()?,
        tag: RecordTag::from_bytes(columns.bytes()?)?,
    })
}

fn policy<R: Columns>(columns: &mut Columnwise<'_, R>) -> Result<AccountPolicy, Unreadable> {
    Ok(AccountPolicy::try_from(PolicyFields {
        max_lifetime_seconds: columns.number_or_null()?,
        expiry_required: match columns.text_or_null()? {
            None => false,
            Some(EXPIRY_REQUIRED) => true,
            Some(_) => return Err(Unreadable::because("an expiry is required or not")),
        },
        default_expiry_seconds: columns.number_or_null()?,
        max_overlap_seconds: columns.number_or_null()?,
        max_secret_age_seconds: columns.number_or_null()?,
    })?)
}

fn leak_response<R: Columns>(columns: &mut Columnwise<'_, R>) -> Result<LeakResponse, Unreadable> {
    match columns.text_or_null()? {
        None => Ok(LeakResponse::Stop),
        Some(ONLY_REPORTED) => Ok(LeakResponse::Report),
        Some(_) => Err(Unreadable::because("a leak is only reported or it is not")),
    }
}

fn inactive_owners<R: Columns>(
    columns: &mut Columnwise<'_, R>,
) -> Result<InactiveOwners, Unreadable> {
    match columns.bytes_or_null()? {
        None => Ok(InactiveOwners::NONE),
        Some([]) => Err(Unreadable::because("a list of inactive owners is NULL if it is empty")),
        Some(bytes) => Ok(InactiveOwners::from_bytes(bytes)?),
    }
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
