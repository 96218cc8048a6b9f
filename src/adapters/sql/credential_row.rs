//! Credentials: the columns that are read of one, and the way to a record.

use crate::domain::{
    By, CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration, Revision,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::store::CredentialCursor;
use crate::values::{AccountId, ActorId, CredentialId, GenerationNumber, NameKey, WorkspaceId};

use super::columns::{Columns, Columnwise, Unreadable};
use super::event_row::operation;
use super::header_row::named;

/// The statements that read credentials `c`, everything of one in one row. `$joins` find its current secret `g`, used
/// `u.at`, and its previous one `p`, used `v.at`: outer joins, since a credential whose secret is gone is a corrupt row
/// and not an absent one. Each database writes them in its own way.
macro_rules! credential_statements {
    ($joins:literal) => {
        const CREDENTIALS: &'static str =
            concat!($crate::adapters::sql::credential_columns!(), $joins);

        const CREDENTIAL: &'static str = concat!(
            $crate::adapters::sql::credential_columns!(),
            $joins,
            " WHERE c.id = $1 AND ",
            $crate::adapters::sql::living!()
        );
    };
}

macro_rules! credential_columns {
    () => {
        "SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, \
c.created_by_role, c.created_by_id, c.revision, c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
c.workspace_incarnation, c.tag, \
g.number, g.brand, g.created, g.slow_hash, g.digest, g.seal, u.at, \
p.number, p.brand, p.created, p.slow_hash, p.digest, p.seal, v.at \
FROM keyward_credentials c "
    };
}

pub(in crate::adapters) use {credential_columns, credential_statements};

/// The id as it is stored, credential or not.
pub(super) fn stored_id<R: Columns>(row: &R) -> String {
    row.text(0).ok().flatten().unwrap_or_default().to_owned()
}

/// Where the row stands in a list, if a cursor can say it.
pub(super) fn place<R: Columns>(row: &R) -> Option<CredentialCursor> {
    let id = CredentialId::new(row.text(0).ok()??).ok()?;
    let key = row.text(1).ok()??;
    let name = NameKey::of(key);
    (name.as_str() == key).then_some(CredentialCursor { name, id })
}

/// The row as a record.
pub(super) fn record<R: Columns>(row: &R) -> Result<CredentialRecord, Unreadable> {
    let mut columns = Columnwise::new(row);
    let id = CredentialId::new(columns.text()?)?;
    let key = columns.text()?;
    let account = AccountId::new(columns.text()?)?;
    let workspace = WorkspaceId::new(columns.text()?)?;
    let kind = columns.text()?.parse()?;
    let name = named(columns.text()?, key)?;
    let created = columns.time()?;
    let created_by = By { role: columns.text()?.parse()?, id: ActorId::new(columns.text()?)? };
    let revision = Revision::new(columns.number()?);
    let deprecation = match (columns.time_or_null()?, columns.time_or_null()?) {
        (Some(since), sunset) => Some(Deprecation { since, sunset }),
        (None, None) => None,
        (None, Some(_)) => return Err(Unreadable::because("a sunset without a deprecation")),
    };
    let suspended = columns.time_or_null()?;
    let expires = columns.time_or_null()?;
    let until = columns.time_or_null()?;
    let workspace_incarnation = operation(columns.bytes()?)?;
    let tag = RecordTag::from_bytes(columns.bytes()?)?;
    let current = generation(&mut columns)?.ok_or(Unreadable::because("its secret is gone"))?;
    let previous = match (generation(&mut columns)?, until) {
        (Some(generation), Some(until)) => Some(PreviousGeneration { generation, until }),
        (None, None) => None,
        _ => return Err(Unreadable::because("its previous secret or the end of that is gone")),
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
        tag,
    })
}

fn generation<R: Columns>(
    columns: &mut Columnwise<'_, R>,
) -> Result<Option<GenerationRecord>, Unreadable> {
    let Some(number) = columns.number_or_null()? else {
        // No such row: its other columns are NULL.
        for _ in 0..6 {
            columns.bytes_or_null()?;
        }
        return Ok(None);
    };
    let number = GenerationNumber::new(number)
        .ok_or(Unreadable::because("generations are counted from 1"))?;
    Ok(Some(GenerationRecord {
        number,
        brand: columns.text()?.parse()?,
        created: columns.time()?,
        slow_hash: SlowHash::parse(columns.text()?)?,
        digest: KeyedDigest::from_bytes(columns.bytes()?)?,
        seal: columns.bytes_or_null()?.map(Seal::from_bytes).transpose()?,
        last_used: columns.time_or_null()?,
    }))
}
