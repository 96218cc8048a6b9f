//! A database of a few rows, which can have any value in any column.

use std::sync::LazyLock;

use crate::adapters::sql::columns::{Columns, Unreadable};
use crate::adapters::sql::events_as_json::events_from_json;
use crate::adapters::sql::reader::{Reader, Selects};
use crate::adapters::sql::statement::{Statement, Value};
use crate::domain::EventOutline;
use crate::store::StoreError;
use crate::values::Timestamp;

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnValue {
    Null,
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
pub(super) struct Row(pub(super) Vec<ColumnValue>);

/// A database that answers every statement with these rows.
pub(super) struct Database(pub(super) Vec<Row>);

impl Columns for Row {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        match self.0.get(column) {
            Some(ColumnValue::Text(text)) => Ok(Some(text)),
            other => null(other),
        }
    }

    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        match self.0.get(column) {
            Some(ColumnValue::Number(number)) => Ok(Some(*number)),
            other => null(other),
        }
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable> {
        match self.0.get(column) {
            Some(ColumnValue::Bytes(bytes)) => Ok(Some(bytes)),
            other => null(other),
        }
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        Ok(self.number(column)?.map(Timestamp::from_micros).transpose()?)
    }
}

fn null<T>(stored: Option<&ColumnValue>) -> Result<Option<T>, Unreadable> {
    match stored {
        Some(ColumnValue::Null) => Ok(None),
        _ => Err(Unreadable::because("a value of another type")),
    }
}

impl Reader for Database {
    type Row = Row;

    fn selects() -> &'static Selects {
        static SELECTS: LazyLock<Selects> = LazyLock::new(|| Selects::new::<Database>("", "", ""));
        &SELECTS
    }

    const AGE: &'static str = "";
    const EVENTS: &'static str = "";

    fn outlines(row: &Row) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
        events_from_json(row.text(4)?)
    }

    const ONE_OF: &'static str = "";
    const HAS_LABEL: &'static str = "";
    const BEYOND_ASCII: &'static str = "";

    async fn rows(&self, _: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        Ok(self.0.clone())
    }
}

/// Returns the value as a database stores it.
pub(super) fn kept(value: Value<'_>) -> ColumnValue {
    let kept = match value {
        Value::Text(text) => text.map(|text| ColumnValue::Text(text.into_owned())),
        Value::Network(text) | Value::Json(text) => Some(ColumnValue::Text(text)),
        Value::Number(number) => number.map(ColumnValue::Number),
        Value::Bytes(bytes) => bytes.map(|bytes| ColumnValue::Bytes(bytes.into_owned())),
        Value::Time(time) => time.map(|time| ColumnValue::Number(time.as_micros())),
        Value::Texts(_) => panic!("no column contains several texts"),
    };
    kept.unwrap_or(ColumnValue::Null)
}
