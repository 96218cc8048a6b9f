//! Reads a row of either database from left to right.

use std::error::Error;

use crate::store::StoreError;
use crate::values::{Name, OperationId, Timestamp};

/// A row of either database. `None` is NULL. A value of another type is unreadable.
pub(in crate::adapters) trait Columns: Send + Sync {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable>;
    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable>;
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable>;
    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable>;
}

/// Why a row is not a valid record. The caller knows which row it is.
#[derive(Debug)]
pub(in crate::adapters) struct Unreadable(pub(in crate::adapters) Box<dyn Error + Send + Sync>);

impl<E: Error + Send + Sync + 'static> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Unreadable {
    pub(in crate::adapters) fn because(rule: &'static str) -> Self {
        Self(rule.into())
    }

    /// Returns the store's error for the row with this id.
    pub(super) fn in_row(self, id: &str) -> StoreError {
        StoreError::corrupt(id).because(self.0)
    }
}

/// Reads the columns of a row one after the other.
#[derive(Debug)]
pub(super) struct Columnwise<'r, R> {
    row: &'r R,
    next: usize,
}

impl<'r, R: Columns> Columnwise<'r, R> {
    pub(super) const fn new(row: &'r R) -> Self {
        Self { row, next: 0 }
    }

    fn step(&mut self) -> usize {
        let column = self.next;
        self.next += 1;
        column
    }

    pub(super) fn text(&mut self) -> Result<&'r str, Unreadable> {
        self.text_or_null()?.ok_or_else(missing)
    }

    pub(super) fn text_or_null(&mut self) -> Result<Option<&'r str>, Unreadable> {
        let column = self.step();
        self.row.text(column)
    }

    pub(super) fn number<N: TryFrom<i64>>(&mut self) -> Result<N, Unreadable> {
        self.number_or_null()?.ok_or_else(missing)
    }

    pub(super) fn number_or_null<N: TryFrom<i64>>(&mut self) -> Result<Option<N>, Unreadable> {
        let column = self.step();
        let number = self.row.number(column)?.map(N::try_from).transpose();
        number.map_err(|_| Unreadable::because("a number is out of its range"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'r [u8], Unreadable> {
        self.bytes_or_null()?.ok_or_else(missing)
    }

    pub(super) fn bytes_or_null(&mut self) -> Result<Option<&'r [u8]>, Unreadable> {
        let column = self.step();
        self.row.bytes(column)
    }

    pub(super) fn operation(&mut self) -> Result<OperationId, Unreadable> {
        operation(self.bytes()?)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, Unreadable> {
        self.time_or_null()?.ok_or_else(missing)
    }

    pub(super) fn time_or_null(&mut self) -> Result<Option<Timestamp>, Unreadable> {
        let column = self.step();
        self.row.time(column)
    }
}

/// Returns the id in the first column as it is stored, even if the row is corrupt.
pub(super) fn stored_id<R: Columns>(row: &R) -> String {
    row.text(0).ok().flatten().unwrap_or_default().to_owned()
}

/// Returns a name, if it is in its stored form and the stored key is its own. Pages are ordered by the key, and names are
/// looked up by it.
pub(super) fn named(text: &str, key: &str) -> Result<Name, Unreadable> {
    let name = Name::stored(text)?;
    if name.as_str() != text {
        return Err(Unreadable::because("its name is not trimmed or not in NFC"));
    }
    if name.key().as_str() == key || name.has_unknown_characters() {
        Ok(name)
    } else {
        Err(Unreadable::because("its name key belongs to another name"))
    }
}

/// Returns an operation's id from its 16 bytes.
pub(super) fn operation(bytes: &[u8]) -> Result<OperationId, Unreadable> {
    Ok(OperationId::from_bytes(bytes.try_into()?))
}

fn missing() -> Unreadable {
    Unreadable::because("a value is missing")
}
