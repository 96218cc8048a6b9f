//! Credentials: the columns that are read of one, and the way to a record.

use crate::domain::{
    ActorRef, CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration, Revision,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::store::CredentialCursor;
use crate::values::{
    AccountId, ActorId, CredentialId, GenerationNumber, NameKey, Timestamp, WorkspaceId,
};

use super::columns::{Columns, Columnwise, Unreadable};
use super::event_row::operation;
use super::header_row::named;

/// The statements that read credentials `c`, everything of one in one row. `$joins` find its current secret `g`, used
/// `u.at`, and its previous one `p`, used `v.at`: outer joins, since a credential whose secret is gone is a corrupt row
/// and not an absent one. `$previous` is the previous one as [`previous`] reads it. Each database writes them in its
/// own way.
macro_rules! credential_statements {
    ($previous:literal, $joins:literal) => {
        const CREDENTIALS: &'static str =
            $crate::adapters::sql::select_credentials!($previous, $joins);

        const CREDENTIAL: &'static str = concat!(
            $crate::adapters::sql::select_credentials!($previous, $joins),
            " WHERE c.id = $1 AND ",
            $crate::adapters::sql::living!()
        );
    };
}

macro_rules! select_credentials {
    ($previous:literal, $joins:literal) => {
        concat!(
            "SELECT c.id, c.name_key, c.account, c.workspace, c.kind, c.name, c.created, \
c.created_by_role, c.created_by_id, c.revision, c.deprecated, c.sunset, c.suspended, c.expires, c.previous_until, \
c.workspace_incarnation, c.tag, \
g.number, g.brand, g.created, g.slow_hash, g.digest, g.seal, u.at, ",
            $previous,
            " FROM keyward_credentials c ",
            $joins
        )
    };
}

pub(in crate::adapters) use {credential_statements, select_credentials};

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
    let workspace_incarnation = operation(columns.bytes()?)?;
    let tag = RecordTag::from_bytes(columns.bytes()?)?;
    let current = generation(&mut columns)?;
    let previous = match (columns.text_or_null()?.map(previous).transpose()?, until) {
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

fn generation<R: Columns>(columns: &mut Columnwise<'_, R>) -> Result<GenerationRecord, Unreadable> {
    let number = columns.number_or_null()?.ok_or(Unreadable::because("its secret is gone"))?;
    Ok(GenerationRecord {
        number: counted(number)?,
        brand: columns.text()?.parse()?,
        created: columns.time()?,
        slow_hash: SlowHash::parse(columns.text()?)?,
        digest: KeyedDigest::from_bytes(columns.bytes()?)?,
        seal: columns.bytes_or_null()?.map(Seal::from_bytes).transpose()?,
        last_used: columns.time_or_null()?,
    })
}

/// The previous secret: a JSON array of the columns that stand alone for the current one, with times in microseconds and bytes
/// in hexadecimal. One column, because a driver takes its time for each, and nearly every credential has no previous
/// secret.
fn previous(json: &str) -> Result<GenerationRecord, Unreadable> {
    type Previous<'j> = (u32, &'j str, i64, &'j str, &'j str, Option<&'j str>, Option<i64>);
    // What the parser found instead may be a hash, so its error is not kept.
    let (number, brand, created, slow_hash, digest, seal, last_used): Previous<'_> =
        serde_json::from_str(json)
            .map_err(|_| Unreadable::because("its previous secret is not read as JSON"))?;
    Ok(GenerationRecord {
        number: counted(number)?,
        brand: brand.parse()?,
        created: Timestamp::from_micros(created)?,
        slow_hash: SlowHash::parse(slow_hash)?,
        digest: KeyedDigest::from_bytes(&bytes(digest)?)?,
        seal: seal
            .map(|seal| -> Result<_, Unreadable> { Ok(Seal::from_bytes(&bytes(seal)?)?) })
            .transpose()?,
        last_used: last_used.map(Timestamp::from_micros).transpose()?,
    })
}

fn counted(number: u32) -> Result<GenerationNumber, Unreadable> {
    GenerationNumber::new(number).ok_or(Unreadable::because("generations are counted from 1"))
}

fn bytes(hexadecimal: &str) -> Result<Vec<u8>, Unreadable> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    let bytes = hexadecimal.as_bytes().chunks(2).map(byte).collect::<Option<_>>();
    bytes.ok_or(Unreadable::because("bytes are not written in hexadecimal"))
}
