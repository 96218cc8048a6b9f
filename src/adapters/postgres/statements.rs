//! The schema's name, and Keyward's statements on its tables.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::marked_statement::{self, MarkedStatement};
use super::qualified::qualified;
use super::timeline::{NO_TIMELINE, NewestTimeline, TIMELINE};
use crate::store::{StoreError, StoreErrorKind};

/// The clock of the server, in microseconds.
const NOW: &str = "(EXTRACT(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// The schema of the tables, and Keyward's statements on them.
#[derive(Clone)]
pub(super) struct Schema(Arc<Statements>);

struct Statements {
    schema: String,
    /// The schema's name as an identifier.
    quoted: String,
    /// Each statement that was run, as written and as qualified. Their number is fixed.
    qualified: RwLock<HashMap<String, Arc<str>>>,
    /// The same for statements that write outside of a change, with their guards.
    guarded: RwLock<HashMap<String, Arc<str>>>,
    /// The same for statements that read, with their marks.
    marked: RwLock<HashMap<String, MarkedStatement>>,
    /// `true` if the server does not report its timeline.
    has_no_timeline: AtomicBool,
    newest: NewestTimeline,
}

/// The name is not valid for a schema.
#[derive(Debug, thiserror::Error)]
#[error(
    "a schema name has 1 to 63 bytes and no NUL: choose another with `PostgresOptions::schema`"
)]
struct BadSchema;

impl Schema {
    pub(super) fn new(name: &str) -> Result<Self, StoreError> {
        if name.is_empty() || name.len() > 63 || name.contains('\0') {
            return Err(StoreError::new(StoreErrorKind::Misconfigured).because(BadSchema));
        }
        Ok(Self(Arc::new(Statements {
            schema: name.to_owned(),
            quoted: format!("\"{}\"", name.replace('"', "\"\"")),
            qualified: RwLock::default(),
            guarded: RwLock::default(),
            marked: RwLock::default(),
            has_no_timeline: AtomicBool::new(false),
            newest: NewestTimeline::default(),
        })))
    }

    pub(super) fn name(&self) -> &str {
        &self.0.schema
    }

    /// Returns the newest timeline of an answer.
    pub(super) fn newest(&self) -> &NewestTimeline {
        &self.0.newest
    }

    /// Returns the name as a quoted identifier.
    pub(super) fn quoted(&self) -> &str {
        &self.0.quoted
    }

    /// Returns one of Keyward's statements with every name qualified: see [`qualified`]. The text never contains values from
    /// callers. It is cached, so later calls do not allocate.
    pub(super) fn sql(&self, text: &str) -> SqlStr {
        self.kept(&self.0.qualified, text, |text| self.filled(text))
    }

    /// Returns a statement that writes outside of a change, with a condition that fails if a policy hides rows from it: see
    /// [`guarded`](marked_statement::guarded). It is cached too.
    pub(super) fn guarded(&self, text: &str) -> SqlStr {
        self.kept(&self.0.guarded, text, |text| {
            marked_statement::guarded(text, self.quoted()).into()
        })
    }

    /// Returns a statement from the cache, or writes it from its text and qualifies its names.
    fn kept<'t>(
        &self,
        statements: &RwLock<HashMap<String, Arc<str>>>,
        text: &'t str,
        write: impl FnOnce(&'t str) -> Cow<'t, str>,
    ) -> SqlStr {
        let kept = statements.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        let sql = kept.unwrap_or_else(|| {
            let made: Arc<str> = qualified(&write(text), self.quoted()).into();
            let mut statements = statements.write().unwrap_or_else(PoisonError::into_inner);
            statements.insert(text.to_owned(), Arc::clone(&made));
            made
        });
        AssertSqlSafe(sql).into_sql_str()
    }

    /// Returns a statement that reads, with a mark before its columns: see [`MarkedStatement`]. It is cached too.
    pub(super) fn marked(&self, text: &str) -> MarkedStatement {
        let statements = &self.0.marked;
        let kept = statements.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        kept.unwrap_or_else(|| {
            let mark = marked_statement::mark(text, self.quoted());
            let marked: Arc<str> = qualified(
                &self.filled(&marked_statement::marked(text, mark, self.quoted())),
                self.quoted(),
            )
            .into();
            let newest = self.0.newest.clone();
            let made = MarkedStatement { sql: AssertSqlSafe(marked).into_sql_str(), mark, newest };
            let mut statements = statements.write().unwrap_or_else(PoisonError::into_inner);
            statements.insert(text.to_owned(), made.clone());
            made
        })
    }

    /// The same, after a text that is not qualified and not cached.
    pub(super) fn sql_after(&self, before: &str, text: &str) -> SqlStr {
        let sql = self.sql(text);
        AssertSqlSafe([before, sql.as_str()].concat()).into_sql_str()
    }

    /// The same for a text that rarely repeats. It is not cached.
    pub(super) fn sql_once(&self, text: &str) -> SqlStr {
        AssertSqlSafe(qualified(&self.filled(text), self.quoted())).into_sql_str()
    }

    /// Declares that the server does not report its timeline. Call it before the first statement on the tables.
    pub(super) fn without_timeline(&self) {
        self.0.has_no_timeline.store(true, Ordering::Relaxed);
    }

    /// Returns the expression of the server's timeline, with unqualified names.
    pub(super) fn timeline(&self) -> &'static str {
        let has_none = self.0.has_no_timeline.load(Ordering::Relaxed);
        if has_none { NO_TIMELINE } else { TIMELINE }
    }

    /// Replaces the names of expressions: the server's timeline and clock.
    fn filled<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains('{') {
            return text.into();
        }
        text.replace("{timeline}", self.timeline()).replace("{now}", NOW).into()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.0.schema).finish()
    }
}
