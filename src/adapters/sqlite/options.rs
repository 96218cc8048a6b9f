//! The options of a SQLite store.

use std::time::Duration;

use super::schema;
use crate::adapters::sql::TimeLimit;

/// Options for opening a [`SqliteStore`](crate::SqliteStore).
///
/// ```
/// use std::time::Duration;
/// use keyward::SqliteOptions;
///
/// let options = SqliteOptions::new().time_limit(Duration::from_secs(2)).readers(8);
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    pub(super) time_limit: Duration,
    pub(super) readers: u32,
    pub(super) migrates: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { time_limit: TimeLimit::DEFAULT.0, readers: 4, migrates: true }
    }
}

impl SqliteOptions {
    /// Returns the defaults: a time limit of one second, four readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time limit of every call. A call that exceeds it fails as
    /// [`Unavailable`](crate::store::StoreErrorKind::Unavailable). Default: 1 s. Opening has no such limit.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets how many connections read at the same time; at least one. Default: 4. Each has its own thread.
    #[must_use]
    pub const fn readers(mut self, readers: u32) -> Self {
        self.readers = if readers == 0 { 1 } else { readers };
        self
    }

    /// Opens only a file that exists and has the tables of this release. Opening then creates and upgrades nothing, and fails
    /// as [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured) otherwise.
    #[must_use]
    pub const fn without_migration(mut self) -> Self {
        self.migrates = false;
        self
    }

    /// Returns the SQL that opening runs on an empty file, so that you can review it.
    #[must_use]
    pub fn migration_sql(&self) -> String {
        schema::script()
    }
}

#[cfg(test)]
mod tests {
    use super::SqliteOptions;

    #[test]
    fn there_is_at_least_one_of_the_readers() {
        assert_eq!([0, 1, 7].map(|wanted| SqliteOptions::new().readers(wanted).readers), [1, 1, 7]);
    }
}
