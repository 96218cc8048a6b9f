//! The schema's name, and Keyward's statements on its tables.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::asked::{self, Asked};
use super::qualified::qualified;
use crate::store::{StoreError, StoreErrorKind};

/// The schema of the tables, and Keyward's statements on them.
#[derive(Clone)]
pub(super) struct Schema(Arc<Statements>);

struct Statements {
    schema: String,
    /// The schema's name as an identifier.
    quoted: String,
    /// Each statement that was run, as written and as qualified. Their number is fixed.
    qualified: RwLock<HashMap<String, Arc<str>>>,
    /// The same for statements that read, with their marks.
    asked: RwLock<HashMap<String, Asked>>,
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
            asked: RwLock::default(),
        })))
    }

    pub(super) fn name(&self) -> &str {
        &self.0.schema
    }

    /// Returns the name as a quoted identifier.
    pub(super) fn quoted(&self) -> &str {
        &self.0.quoted
    }

    /// Returns one of Keyward's statements with every name qualified: see [`qualified`]. The text never contains values from
    /// callers. It is cached, so later calls do not allocate.
    pub(super) fn sql(&self, text: &str) -> SqlStr {
        let statements = &self.0.qualified;
        let kept = statements.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        let sql = kept.unwrap_or_else(|| {
            let made: Arc<str> = qualified(text, self.quoted()).into();
            let mut statements = statements.write().unwrap_or_else(PoisonError::into_inner);
            statements.insert(text.to_owned(), Arc::clone(&made));
            made
        });
        AssertSqlSafe(sql).into_sql_str()
    }

    /// Returns a statement that reads, with a mark before its columns: see [`Asked`]. It is cached too.
    pub(super) fn asked(&self, text: &str) -> Asked {
        let statements = &self.0.asked;
        let kept = statements.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        kept.unwrap_or_else(|| {
            let mark = asked::mark(text, self.quoted());
            let marked: Arc<str> =
                qualified(&asked::marked(text, mark, self.quoted()), self.quoted()).into();
            let made = Asked { sql: AssertSqlSafe(marked).into_sql_str(), mark };
            let mut statements = statements.write().unwrap_or_else(PoisonError::into_inner);
            statements.insert(text.to_owned(), made.clone());
            made
        })
    }

    /// The same for a text that rarely repeats. It is not cached.
    pub(super) fn sql_once(&self, text: &str) -> SqlStr {
        AssertSqlSafe(qualified(text, self.quoted())).into_sql_str()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.0.schema).finish()
    }
}
