//! Timestamps as `timestamptz`, in microseconds. (The driver's own types panic outside their calendar, and rows are untrusted.)

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
};
use sqlx::{Decode, Encode, Type};

use crate::values::Timestamp;

/// PostgreSQL counts from 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;
const TIMESTAMPTZ: Oid = Oid(1184);
const TIMESTAMPTZ_ARRAY: Oid = Oid(1185);

#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

/// The time is outside the calendar, or not in the expected format.
#[derive(Debug, thiserror::Error)]
#[error("the stored time is outside the years 1 to 9999")]
pub(super) struct BadTime;

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl PgHasArrayType for Time {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ_ARRAY)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0.as_micros() - EPOCH, buffer)
    }
}

impl Decode<'_, Postgres> for Time {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes: [u8; 8] = match value.format() {
            PgValueFormat::Binary => value.as_bytes()?.try_into()?,
            PgValueFormat::Text => return Err(BadTime.into()),
        };
        Ok(Self(from_bytes(bytes)?))
    }
}

/// Reads the server's binary form.
pub(super) fn from_bytes(bytes: [u8; 8]) -> Result<Timestamp, BadTime> {
    let micros = i64::from_be_bytes(bytes).checked_add(EPOCH).ok_or(BadTime)?;
    Timestamp::from_micros(micros).map_err(|_| BadTime)
}
