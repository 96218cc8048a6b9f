//! Reads: passes a statement and its values to SQLite, its rows to the columns, and its errors to the store's.

use std::sync::LazyLock;

use sqlx::error::DatabaseError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite, ValueRef};

use super::store::SqliteStore;
use crate::adapters::sql::{
    Columns, EVENTS_AS_JSON, Reader, Selects, Statement, Unreadable, Value, database_code,
    events_from_json, failure,
};
use crate::domain::EventOutline;
use crate::store::{StoreError, StoreErrorKind};
use crate::values::Timestamp;

/// The previous secret of a credential, in one column.
const PREVIOUS: &str = "CASE WHEN p.number IS NOT NULL THEN json_array(p.number, p.brand, p.created, p.slow_hash, \
hex(p.digest), CASE WHEN p.seal IS NOT NULL THEN hex(p.seal) END, v.at) END";

/// The secrets of a credential and their uses.
const JOINS: &str = "\
LEFT JOIN keyward_generations g ON g.credential = c.id AND g.number = c.generation \
LEFT JOIN keyward_uses u ON u.credential = c.id AND u.generation = c.generation \
LEFT JOIN keyward_generations p ON p.credential = c.id AND p.number = c.previous \
LEFT JOIN keyward_uses v ON v.credential = c.id AND v.generation = c.previous";

/// The lists of a workspace.
const LISTS: &str = "\
(SELECT json_group_array(json_array(integration, credential, connected) ORDER BY place) \
FROM keyward_integrations WHERE workspace = w.id), \
(SELECT json_group_array(json_array(network, added) ORDER BY place) \
FROM keyward_allowlist WHERE workspace = w.id)";

impl Reader for SqliteStore {
    type Row = SqliteRow;

    fn selects() -> &'static Selects {
        static SELECTS: LazyLock<Selects> =
            LazyLock::new(|| Selects::new::<SqliteStore>(PREVIOUS, JOINS, LISTS));
        &SELECTS
    }

    /// A file has no replica.
    const AGE: &'static str = "0";

    const EVENTS: &'static str = EVENTS_AS_JSON;

    const ONE_OF: &'static str = " IN (SELECT value FROM json_each({}))";

    const HAS_LABEL: &'static str = " AND instr(c.labels, {}) > 0";

    const BEYOND_ASCII: &'static str = "length(CAST(c.name_key AS BLOB)) <> length(c.name_key)";

    fn outlines(row: &SqliteRow) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
        events_from_json(row.text(4)?)
    }

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, StoreError> {
        let query = query(statement);
        self.time_limit.keep(async { query.fetch_all(&self.readers).await.map_err(failed) }).await
    }

    /// Does not wait until the driver's thread reports that there is no second row.
    async fn row(&self, statement: Statement<'_>) -> Result<Option<SqliteRow>, StoreError> {
        let query = query(statement);
        let row = async { query.fetch_optional(&self.readers).await.map_err(failed) };
        self.time_limit.keep(row).await
    }
}

pub(super) fn query(statement: Statement<'_>) -> Query<'static, Sqlite, SqliteArguments> {
    // The text is Keyward's own. Callers' input is only in the values.
    let query = sqlx::query(AssertSqlSafe(statement.text));
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.map(String::from)),
        Value::Texts(texts) => query.bind(serde_json::json!(texts).to_string()),
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.map(Vec::from)),
        Value::Time(time) => query.bind(time.map(Timestamp::as_micros)),
        Value::Network(text) | Value::Json(text) => query.bind(text),
    })
}

/// Runs a statement, and returns how many rows it wrote.
pub(super) async fn execute(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let done = query(statement).execute(connection).await.map_err(failed)?;
    Ok(done.rows_affected())
}

/// Runs a statement whose text rarely repeats. The prepared statement is not cached.
pub(super) async fn execute_rare(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let done = query(statement).persistent(false).execute(connection).await.map_err(failed)?;
    Ok(done.rows_affected())
}

impl Columns for SqliteRow {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        // A computed value has no declared type to check, so the driver would guess one.
        if self.try_get_raw(column)?.is_null() {
            return Ok(None);
        }
        Ok(Some(self.try_get_unchecked(column)?))
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable> {
        Ok(self.try_get(column)?)
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        Ok(self.number(column)?.map(Timestamp::from_micros).transpose()?)
    }
}

const BUSY: i32 = 5;
const FULL: i32 = 13;

/// Maps a driver's error to the store's.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    failure(error, meaning)
}

/// Returns `true` if another connection holds the lock.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| result_code(error) == BUSY)
}

/// Returns `true` if the disk or the file's size limit was full.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| result_code(error) == FULL)
}

/// Maps SQLite's result codes: <https://www.sqlite.org/rescode.html>.
fn meaning(error: &dyn DatabaseError) -> StoreErrorKind {
    const LOCKED: i32 = 6;
    const NO_MEMORY: i32 = 7;
    const PERMISSION: i32 = 3;
    const READ_ONLY: i32 = 8;
    const INTERRUPTED: i32 = 9;
    const IO: i32 = 10;
    const CORRUPT: i32 = 11;
    const CANNOT_OPEN: i32 = 14;
    const NO_DATABASE: i32 = 26;
    match result_code(error) {
        BUSY | LOCKED | NO_MEMORY | INTERRUPTED | IO | FULL | CANNOT_OPEN => {
            StoreErrorKind::Unavailable
        }
        PERMISSION | READ_ONLY => StoreErrorKind::Misconfigured,
        CORRUPT | NO_DATABASE => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Other,
    }
}

fn result_code(error: &dyn DatabaseError) -> i32 {
    error.code().and_then(|code| primary(&code)).unwrap_or_default()
}

/// Returns the primary result code behind a store's error, if SQLite gave one.
pub(super) fn primary_code(error: &StoreError) -> Option<i32> {
    primary(database_code(error)?)
}

/// Returns the primary result code: the lowest byte of the extended one.
fn primary(code: &str) -> Option<i32> {
    Some(code.parse::<i32>().ok()? & 0xff)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    #[tokio::test]
    async fn busy_full_and_other_errors_are_distinguished() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("some.db"))
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO);
        let (mut first, mut second) =
            (options.connect().await.unwrap(), options.connect().await.unwrap());
        let text = "CREATE TABLE some (bytes); BEGIN EXCLUSIVE";
        sqlx::raw_sql(text).execute(&mut first).await.unwrap();
        let insert = "INSERT INTO some VALUES (zeroblob(100000))";
        let busy = sqlx::raw_sql(insert).execute(&mut second).await.unwrap_err();
        let text = "COMMIT; PRAGMA max_page_count = 2";
        sqlx::raw_sql(text).execute(&mut first).await.unwrap();
        let full = sqlx::raw_sql(insert).execute(&mut first).await.unwrap_err();
        let neither = sqlx::raw_sql("INSERT").execute(&mut first).await.unwrap_err();
        let told = [busy, full, neither].map(|error| {
            let (is_busy, is_full) = (is_busy(&error), is_full(&error));
            (is_busy, is_full, failed(error).kind())
        });
        let expected = [
            (true, false, StoreErrorKind::Unavailable),
            (false, true, StoreErrorKind::Unavailable),
            (false, false, StoreErrorKind::Other),
        ];
        assert_eq!(told, expected);
    }
}
