//! Checks each read's answer: that it belongs to this statement, comes from a primary, and is unfiltered.
//!
//! The driver assumes that a connection executes the statement that it prepared, and the server does not describe the rows
//! again. Behind a pooler that does not track prepared statements, the rows can be those of another statement. Every answer
//! therefore begins with a mark of its own statement.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use sqlx::postgres::PgRow;
use sqlx::{Row, SqlStr};

use super::error::{CallFailure, Mixed, ROWS_FILTERED, RowsFiltered};
use super::time::Time;
use super::timeline::NewestTimeline;
use crate::adapters::sql::{Columns, Unreadable};
use crate::values::Timestamp;

/// The mark of an answer from a server in recovery.
const STANDBY: i64 = 1;

/// The mark of an answer from which a policy of row-level security has hidden rows.
const FILTERED: i64 = 2;

/// Stands for the condition of [`guarded`] in a statement that does not end with a condition.
pub(super) const GUARD: &str = "{guard}";

/// The columns before those of the statement: the mark, the server's timeline, and `TRUE` in each row that the statement has
/// found.
const BEFORE: usize = 3;

/// A statement that reads, as it is sent, and the mark of its answers.
#[derive(Debug, Clone)]
pub(super) struct MarkedStatement {
    pub(super) sql: SqlStr,
    pub(super) mark: i64,
    /// Answers from older timelines are discarded.
    pub(super) newest: NewestTimeline,
}

/// A row of a marked statement: see [`MarkedStatement`].
#[derive(Debug)]
pub(in crate::adapters) struct Answer(PgRow);

/// Returns the mark of a statement on the tables in a schema.
pub(super) fn mark(text: &str, schema: &str) -> i64 {
    let mut hasher = DefaultHasher::new();
    (text, schema).hash(&mut hasher);
    // Above every other mark.
    i64::try_from(hasher.finish() >> 1).unwrap_or(i64::MAX).max(FILTERED + 1)
}

/// Adds the mark before the columns of a statement. `schema` is a quoted identifier.
///
/// A transaction that began in recovery is read-only even if that is not the default, and stays read-only if the server is
/// promoted during the statement. The mark is computed before the first row is read, and it is returned even if no row is
/// found.
pub(super) fn marked(text: &str, mark: i64, schema: &str) -> String {
    let policies = policies(text, schema);
    format!(
        "SELECT one.mark, one.timeline, found.* FROM (SELECT CASE \
         WHEN pg_is_in_recovery() OR (current_setting('transaction_read_only') = 'on' \
         AND current_setting('default_transaction_read_only') = 'off') THEN {STANDBY}::bigint \
         WHEN {policies} THEN {FILTERED}::bigint ELSE {mark}::bigint END AS mark, {{timeline}} AS timeline) one \
         LEFT JOIN (SELECT TRUE AS is_found, asked.* FROM ({text}) asked) found ON TRUE"
    )
}

/// Adds a condition to a statement that writes, in the place of [`GUARD`] or else at its end, where a condition must be. If a
/// policy would hide rows from the statement, the server computes the condition first, and it fails.
pub(super) fn guarded(text: &str, schema: &str) -> String {
    let policies = policies(text, schema);
    let guard =
        format!("CASE WHEN {policies} THEN current_setting('{ROWS_FILTERED}') = '' ELSE TRUE END");
    if text.contains(GUARD) { text.replace(GUARD, &guard) } else { format!("{text} AND {guard}") }
}

/// Returns an expression that is true if a policy applies to the store's role on one of the statement's tables.
fn policies(text: &str, schema: &str) -> String {
    let policies: Vec<_> = tables(text)
        .map(|table| {
            let name = format!("{schema}.{table}").replace('\'', "''");
            format!("row_security_active('{name}'::regclass::oid)")
        })
        .collect();
    if policies.is_empty() { "FALSE".to_owned() } else { policies.join(" OR ") }
}

/// Returns Keyward's tables in a statement.
fn tables(text: &str) -> impl Iterator<Item = &str> {
    let is_of_a_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let names = text.split(move |character| !is_of_a_name(character));
    names.filter(|name| name.starts_with("keyward_")).collect::<BTreeSet<_>>().into_iter()
}

impl MarkedStatement {
    /// Returns the rows that the statement has found. No row is decoded unless the answer belongs to this statement and comes
    /// from the newest primary.
    pub(super) fn answers(&self, rows: Vec<PgRow>) -> Result<Vec<Answer>, CallFailure> {
        if rows.is_empty() {
            return Err(Mixed::failure());
        }
        let found = rows.into_iter().map(Answer).map(|row| {
            row.expect_mark(self.mark)?;
            row.expect_newest(&self.newest)?;
            Ok(row.is_found()?.then_some(row))
        });
        found.filter_map(Result::transpose).collect()
    }
}

impl Answer {
    fn expect_mark(&self, expected: i64) -> Result<(), CallFailure> {
        match self.0.try_get::<i64, _>(0) {
            Ok(mark) if mark == expected => Ok(()),
            Ok(STANDBY) => Err(CallFailure::Standby),
            Ok(FILTERED) => Err(RowsFiltered::error().into()),
            Ok(_) | Err(_) => Err(Mixed::failure()),
        }
    }

    fn expect_newest(&self, newest: &NewestTimeline) -> Result<(), CallFailure> {
        match self.0.try_get::<Option<&str>, _>(1) {
            Ok(timeline) if newest.admits(timeline) => Ok(()),
            Ok(_) => Err(CallFailure::Superseded),
            Err(_) => Err(Mixed::failure()),
        }
    }

    fn is_found(&self) -> Result<bool, CallFailure> {
        match self.0.try_get(2) {
            Ok(Some(true)) => Ok(true),
            Ok(None) => Ok(false),
            Ok(Some(false)) | Err(_) => Err(Mixed::failure()),
        }
    }
}

impl Columns for Answer {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        Ok(self.0.try_get(BEFORE + column)?)
    }

    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        Ok(self.0.try_get(BEFORE + column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable> {
        Ok(self.0.try_get(BEFORE + column)?)
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        let time: Option<Time> = self.0.try_get(BEFORE + column)?;
        Ok(time.map(|Time(time)| time))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{FILTERED, guarded, mark, marked};

    #[test]
    fn statements_have_marks_of_their_own() {
        let marks = [mark("SELECT 1", "a"), mark("SELECT 2", "a"), mark("SELECT 1", "b")];
        assert!(marks.iter().all(|mark| *mark > FILTERED), "{marks:?}");
        assert_eq!(BTreeSet::from(marks).len(), 3);
        assert_eq!(marks[0], mark("SELECT 1", "a"));
    }

    #[test]
    fn every_table_is_asked_for_policies_once() {
        let text = marked("SELECT id FROM keyward_b, keyward_a, keyward_b", 7, "\"it's\"");
        let policies = "WHEN row_security_active('\"it''s\".keyward_a'::regclass::oid) \
                        OR row_security_active('\"it''s\".keyward_b'::regclass::oid) THEN 2::bigint";
        assert!(text.contains(policies), "{text}");
        assert!(marked("SELECT 1", 7, "\"s\"").contains("WHEN FALSE THEN"));
    }

    #[test]
    fn a_statement_that_writes_gets_a_condition_at_its_end_or_in_its_place() {
        let guard = "CASE WHEN row_security_active('\"s\".keyward_a'::regclass::oid) \
                     THEN current_setting('keyward.rows_are_filtered') = '' ELSE TRUE END";
        let at_the_end = guarded("DELETE FROM keyward_a WHERE id = $1", "\"s\"");
        assert_eq!(at_the_end, format!("DELETE FROM keyward_a WHERE id = $1 AND {guard}"));
        let in_its_place = guarded("DELETE FROM keyward_a WHERE {guard} RETURNING 1", "\"s\"");
        assert_eq!(in_its_place, format!("DELETE FROM keyward_a WHERE {guard} RETURNING 1"));
    }
}
