//! Many rows in one statement, before either driver has seen them.

use std::borrow::Cow;

use crate::values::Timestamp;

/// How many values a statement may have: SQLite takes 32,766, and PostgreSQL 65,535.
const MOST: usize = 30_000;

/// One `INSERT` of many rows. Its table is named without a schema.
#[derive(Debug)]
pub(in crate::adapters) struct Batch<'r> {
    pub(in crate::adapters) text: String,
    pub(in crate::adapters) cells: Vec<Cell<'r>>,
}

/// What stands in a column of a row. `None` is NULL.
#[derive(Debug)]
pub(in crate::adapters) enum Cell<'r> {
    Text(Option<Cow<'r, str>>),
    Number(Option<i64>),
    Bytes(Option<Cow<'r, [u8]>>),
    Time(Option<Timestamp>),
    Network(String),
    Json(String),
}

/// What stands around a value that a database does not take as text.
pub(in crate::adapters) struct Casts {
    pub(in crate::adapters) network: [&'static str; 2],
    pub(in crate::adapters) json: [&'static str; 2],
}

/// The statements that insert rows: as few as hold them, and none where there are no rows. `into` is the
/// table and its columns, and `then` what happens to a row that is there.
pub(super) fn insert<'r, const N: usize>(
    casts: &Casts,
    into: &str,
    rows: Vec<[Cell<'r>; N]>,
    then: &str,
) -> Vec<Batch<'r>> {
    let mut batches = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut batch = Batch { text: format!("INSERT INTO {into} VALUES "), cells: Vec::new() };
        for (at, row) in rows.by_ref().take(MOST / N).enumerate() {
            batch.text.push_str(if at == 0 { "(" } else { ", (" });
            for (at, cell) in row.into_iter().enumerate() {
                batch.text.push_str(if at == 0 { "" } else { ", " });
                batch.push(casts, cell);
            }
            batch.text.push(')');
        }
        batch.text.push_str(then);
        batches.push(batch);
    }
    batches
}

impl<'r> Batch<'r> {
    fn push(&mut self, casts: &Casts, cell: Cell<'r>) {
        let [before, after] = match &cell {
            Cell::Network(_) => casts.network,
            Cell::Json(_) => casts.json,
            Cell::Text(_) | Cell::Number(_) | Cell::Bytes(_) | Cell::Time(_) => ["", ""],
        };
        self.cells.push(cell);
        self.text.push_str(before);
        self.text.push('$');
        self.text.push_str(&self.cells.len().to_string());
        self.text.push_str(after);
    }
}

impl<'r> From<&'r str> for Cell<'r> {
    fn from(text: &'r str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'r> From<Option<&'r str>> for Cell<'r> {
    fn from(text: Option<&'r str>) -> Self {
        Self::Text(text.map(Into::into))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<Option<u32>> for Cell<'_> {
    fn from(number: Option<u32>) -> Self {
        Self::Number(number.map(Into::into))
    }
}

impl<'r> From<&'r [u8]> for Cell<'r> {
    fn from(bytes: &'r [u8]) -> Self {
        Self::Bytes(Some(bytes.into()))
    }
}

impl<'r> From<Option<&'r [u8]>> for Cell<'r> {
    fn from(bytes: Option<&'r [u8]>) -> Self {
        Self::Bytes(bytes.map(Into::into))
    }
}

impl From<Vec<u8>> for Cell<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes.into()))
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(Some(time))
    }
}

impl From<Option<Timestamp>> for Cell<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Time(time)
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Casts, Cell, MOST, insert};

    fn inserted(rows: usize) -> Vec<Batch<'static>> {
        let casts = Casts { network: ["", ""], json: ["", "::jsonb"] };
        let rows = (0..rows).map(|_| [Cell::from("a"), 1_i64.into(), Cell::Json("{}".into())]);
        insert(&casts, "t (x, y, z)", rows.collect(), " DO NOTHING")
    }

    #[test]
    fn rows_are_one_statement() {
        let [batch] = &inserted(2)[..] else { panic!("they are few") };
        let text =
            "INSERT INTO t (x, y, z) VALUES ($1, $2, $3::jsonb), ($4, $5, $6::jsonb) DO NOTHING";
        assert_eq!((batch.text.as_str(), batch.cells.len()), (text, 6));
        assert!(inserted(0).is_empty());
    }

    #[test]
    fn no_statement_has_more_values_than_a_database_takes() {
        let sizes = |rows| inserted(rows).iter().map(|batch| batch.cells.len()).collect::<Vec<_>>();
        assert_eq!(sizes(MOST / 3), [MOST]);
        assert_eq!(sizes(MOST / 3 + 1), [MOST, 3]);
    }
}
