//! The secrets of credentials as rows, and the conversion between records and rows.

use crate::domain::{CredentialRecord, GenerationRecord};
use crate::secrets::{KeyedDigest, Seal, SlowHash};
use crate::values::{GenerationNumber, Timestamp};

use super::columns::{Columns, Columnwise, Unreadable};
use super::statement::{Casts, Statement, Value};
use super::table::Table;

pub(super) const GENERATION: Table<7> = Table {
    name: "keyward_generations",
    columns: ["credential", "number", "brand", "created", "slow_hash", "digest", "seal"],
};

const USE: Table<3> = Table { name: "keyward_uses", columns: ["credential", "generation", "at"] };

/// Inserts the secrets of credentials, and then their last-used times. `then` has the conflict clauses of both.
pub(in crate::adapters) fn insert_generations<'r>(
    records: &(impl Iterator<Item = &'r CredentialRecord> + Clone),
    then: [&str; 2],
) -> Vec<Statement<'r>> {
    let generations = || {
        let of = |record: &'r CredentialRecord| {
            record.generations().map(|generation| (record.id.as_str(), generation))
        };
        records.clone().flat_map(of)
    };
    let uses = generations().map(|(id, generation)| {
        [id.into(), generation.number.get().into(), generation.last_used.into()]
    });
    let generations = generations().map(|(id, generation)| values(id, generation));
    let mut statements = GENERATION.insert(&Casts::NONE, generations, then[0]);
    statements.extend(USE.insert(&Casts::NONE, uses, then[1]));
    statements
}

pub(super) fn values<'r>(credential: &'r str, generation: &'r GenerationRecord) -> [Value<'r>; 7] {
    [
        credential.into(),
        generation.number.get().into(),
        generation.brand.as_str().to_owned().into(),
        generation.created.into(),
        generation.slow_hash.as_str().into(),
        generation.digest.to_bytes().to_vec().into(),
        generation.seal.as_ref().map(Seal::as_bytes).map(<[u8; Seal::LENGTH]>::as_slice).into(),
    ]
}

/// Reads the current secret from the columns after the credential's own.
pub(super) fn current<R: Columns>(
    columns: &mut Columnwise<'_, R>,
) -> Result<GenerationRecord, Unreadable> {
    let number = columns.number_or_null()?.ok_or(Unreadable::because("its secret is missing"))?;
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

/// Reads the previous secret: a JSON array of the values that are separate columns for the current secret, with times in
/// microseconds and bytes in hexadecimal. It is one column, because each column costs the driver time, and few credentials have
/// a previous secret.
pub(super) fn previous(json: &str) -> Result<GenerationRecord, Unreadable> {
    type Previous<'j> = (u32, &'j str, i64, &'j str, &'j str, Option<&'j str>, Option<i64>);
    // The parser's error can contain a hash, so it is not kept.
    let (number, brand, created, slow_hash, digest, seal, last_used): Previous<'_> =
        serde_json::from_str(json)
            .map_err(|_| Unreadable::because("its previous secret is not valid JSON"))?;
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

/// Reads bytes from hexadecimal digits.
pub(super) fn bytes(hexadecimal: &str) -> Result<Vec<u8>, Unreadable> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    let bytes = hexadecimal.as_bytes().chunks(2).map(byte).collect::<Option<_>>();
    bytes.ok_or(Unreadable::because("bytes are not in hexadecimal"))
}
