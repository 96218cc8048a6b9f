//! Credentials as rows: their columns, and the conversion between records and rows. A new field needs a column here and in both
//! schemas, and no other change in the adapters.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::{ActorRef, CredentialRecord, Deprecation, Grant, PreviousGeneration, Revision};
use crate::secrets::RecordTag;
use crate::store::{CredentialCursor, StoreError};
use crate::values::{AccountId, ActorId, CredentialId, NameKey, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable, named};
use super::error::{other, stored};
use super::generation_row::{self, GENERATION};
use super::statement::{Casts, Statement, Value};
use super::table::{Table, aliased};

pub(in crate::adapters) const CREDENTIAL: Table<23> = Table {
    name: "keyward_credentials",
    columns: [
        "id",
        "name_key",
        "account",
        "workspace",
        "kind",
        "name",
        "created",
        "created_by_role",
        "created_by_id",
        "revision",
        "deprecated",
        "sunset",
        "suspended",
        "expires",
        "previous_until",
        "workspace_incarnation",
        "scopes",
        "networks",
        "labels",
        "owner",
        "tag",
        "generation",
        "previous",
    ],
};

/// The number of columns at the end that are not selected: the numbers of the secrets, which are part of the secrets.
pub(super) const NOT_READ: usize = 2;

pub(in crate::adapters) fn credential_values(
    record: &CredentialRecord,
) -> Result<[Value<'_>; 23], StoreError> {
    let (previous, deprecation) = (record.previous.as_ref(), record.deprecation);
    let Grant { scopes, networks, labels, owner } = &record.grant;
    Ok([
        record.id.as_str().into(),
        record.name.key().as_str().to_owned().into(),
        record.account.as_str().into(),
        record.workspace.as_str().into(),
        record.kind.as_str().into(),
        record.name.as_str().into(),
        record.created.into(),
        record.created_by.role.as_str().into(),
        record.created_by.id.as_str().into(),
        stored(record.revision.get())?.into(),
        deprecation.map(|deprecation| deprecation.since).into(),
        deprecation.and_then(|deprecation| deprecation.sunset).into(),
        record.suspended.into(),
        record.expires.into(),
        previous.map(|previous| previous.until).into(),
        (&record.workspace_incarnation).into(),
        text_unless(scopes.is_all(), scopes)?.into(),
        text_unless(networks.is_none(), networks)?.into(),
        text_unless(labels.is_empty(), labels)?.into(),
        owner.member().map(ActorId::as_str).into(),
        (&record.tag).into(),
        record.current.number.get().into(),
        previous.map(|previous| previous.generation.number.get()).into(),
    ])
}

/// Returns a value as JSON, or NULL if it is not set.
fn text_unless<T: Serialize>(is_unset: bool, value: &T) -> Result<Option<String>, StoreError> {
    let text = || serde_json::to_string(value).map_err(other);
    (!is_unset).then(text).transpose()
}

/// Returns a value from JSON, or the default for NULL.
fn set_or<T: DeserializeOwned + Default>(json: Option<&str>) -> Result<T, Unreadable> {
    Ok(json.map(serde_json::from_str).transpose()?.unwrap_or_default())
}

/// Inserts the rows of credentials that must not exist, without their secrets.
pub(super) fn insert(records: &[CredentialRecord]) -> Result<Vec<Statement<'_>>, StoreError> {
    let rows: Vec<_> = records.iter().map(credential_values).collect::<Result<_, _>>()?;
    Ok(CREDENTIAL.insert(&Casts::NONE, rows, ""))
}

/// Inserts a credential's row, or none if there is a row with its id.
#[cfg(feature = "sqlite")]
pub(in crate::adapters) fn insert_credential(
    record: &CredentialRecord,
) -> Result<Statement<'_>, StoreError> {
    Ok(CREDENTIAL.insert_one(credential_values(record)?))
}

/// Updates a credential's row, unless its workspace is removed.
#[cfg(feature = "sqlite")]
pub(in crate::adapters) fn update_credential(
    record: &CredentialRecord,
) -> Result<Statement<'_>, StoreError> {
    let mut statement = CREDENTIAL.update(credential_values(record)?, &["id"]);
    statement.push(concat!(" AND ", crate::adapters::sql::living!()), []);
    Ok(statement)
}

/// Converts a row to a record.
pub(super) fn record<R: Columns>(row: &R) -> Result<CredentialRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    let id = CredentialId::new(columns.text()?)?;
    let key = columns.text()?;
    let account = AccountId::new(columns.text()?)?;
    let workspace = WorkspaceId::new(columns.text()?)?;
    let kind = columns.text()?.parse()?;
    let name = named(columns.text()?, key)?;
    let created = columns.time()?;
    let created_by =
        ActorRef { role: columns.text()?.parse()?, id: ActorId::new(columns.text()?)? };
    let revision = Revision::new(columns.number()?);
    let deprecation = match (columns.time_or_null()?, columns.time_or_null()?) {
        (Some(since), sunset) => Some(Deprecation { since, sunset }),
        (None, None) => None,
        (None, Some(_)) => return Err(Unreadable::because("a sunset without a deprecation")),
    };
    let suspended = columns.time_or_null()?;
    let expires = columns.time_or_null()?;
    let until = columns.time_or_null()?;
    let workspace_incarnation = columns.operation()?;
    let grant = Grant {
        scopes: set_or(columns.text_or_null()?)?,
        networks: columns.text_or_null()?.map(serde_json::from_str).transpose()?,
        labels: set_or(columns.text_or_null()?)?,
        owner: columns.text_or_null()?.map(ActorId::new).transpose()?.into(),
    };
    let tag = RecordTag::from_bytes(columns.bytes()?)?;
    let current = generation_row::current(&mut columns)?;
    let previous = columns.text_or_null()?.map(generation_row::previous).transpose()?;
    let previous = match (previous, until) {
        (Some(generation), Some(until)) => Some(PreviousGeneration { generation, until }),
        (None, None) => None,
        _ => {
            return Err(Unreadable::because(
                "its previous secret or the end of its overlap is missing",
            ));
        }
    };
    Ok(CredentialRecord {
        id,
        account,
        workspace,
        workspace_incarnation,
        kind,
        name,
        created,
        created_by,
        revision,
        current,
        previous,
        deprecation,
        suspended,
        expires,
        grant,
        tag,
    })
}

/// Returns the row's cursor in a list, if its key is valid.
pub(super) fn place<R: Columns>(row: &R) -> Option<CredentialCursor> {
    let id = CredentialId::new(row.text(0).ok()??).ok()?;
    let key = row.text(1).ok()??;
    let name = NameKey::of(key);
    (name.as_str() == key).then_some(CredentialCursor { name, id })
}

/// Selects credentials `c`, each in one row. A condition can follow. `joins` joins the current secret `g` with its last use
/// `u.at`, and the previous secret `p` with its last use `v.at`. They are outer joins, because a credential without its secret
/// is a corrupt row and not an absent one. `previous` is the previous secret in the form that [`generation_row::previous`]
/// reads. Each database has its own texts for them.
pub(super) fn select(previous: &str, joins: &str) -> String {
    let read = CREDENTIAL.columns.get(..CREDENTIAL.columns.len() - NOT_READ).unwrap_or_default();
    let own = aliased("c", read);
    let current = aliased("g", GENERATION.columns.get(1..).unwrap_or_default());
    let table = CREDENTIAL.name;
    format!("SELECT {own}, {current}, u.at, {previous} FROM {table} c {joins}")
}
