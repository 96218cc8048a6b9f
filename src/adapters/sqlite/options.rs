//! What a host may choose about a SQLite store.

use std::time::Duration;

use crate::adapters::sql::TimeLimit;

/// How a [`SqliteStore`](crate::SqliteStore) is opened.
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
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { time_limit: TimeLimit::DEFAULT.0, readers: 4 }
    }
}

impl SqliteOptions {
    /// One second, four readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time within which every call ends, [`Unavailable`](crate::store::StoreErrorKind::Unavailable)
    /// if need be. Default 1 s. Opening is not bound by it.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// How many connections read at once; at least one. Default 4. Each has a thread of its own.
    #[must_use]
    pub const fn readers(mut self, readers: u32) -> Self {
        self.readers = if readers == 0 { 1 } else { readers };
        self
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
