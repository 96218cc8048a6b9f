//! What a store answers when it cannot do as it was told.

use std::error::Error;
use std::fmt;

/// Why a store could not do as it was told. It decides what the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A header is not at the revision that the change was made for. Nothing was written; the caller
    /// reads and decides again.
    Conflict,
    /// What is stored breaks the contract. Nothing was written.
    Corrupt,
    /// The store did not answer in time, or not at all. Nothing was written.
    Unavailable,
    /// The connection was lost while a change was on its way, so it may have been written or not.
    Unknown,
    /// The store is set up wrongly: a path, an address, a right or a setting has to be changed. Nothing was written.
    /// Trying again does not help.
    Misconfigured,
    /// Anything else. Nothing was written.
    Other,
}

impl StoreErrorKind {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Conflict => "another change was written first: read and decide again",
            Self::Corrupt => "a stored record is corrupt: restore it from a backup",
            Self::Unavailable => "the store did not answer in time: try again later",
            Self::Unknown => "the store may have made the change or not: read before trying again",
            Self::Misconfigured => "the store is set up wrongly: change what the source names",
            Self::Other => "the store failed: the source says why",
        }
    }
}

/// A store could not do as it was told.
///
/// Its text does not repeat its source, and neither may hold a secret: a driver's error goes in boxed,
/// once, at the adapter's edge.
///
/// ```
/// use keyward::store::{StoreError, StoreErrorKind};
///
/// let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
/// let error = StoreError::new(StoreErrorKind::Unavailable).because(lost);
/// assert_eq!(error.kind(), StoreErrorKind::Unavailable);
/// ```
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    row: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, row: None, source: None }
    }

    /// A corrupt row, by its id.
    #[must_use]
    pub fn corrupt(row: impl Into<String>) -> Self {
        Self { kind: StoreErrorKind::Corrupt, row: Some(row.into()), source: None }
    }

    /// Adds what lies behind it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind, which decides what the caller does next.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The id of the corrupt row, where that is known.
    #[must_use]
    pub fn row(&self) -> Option<&str> {
        self.row.as_deref()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => {
                write!(f, "a stored row is corrupt: restore it, or delete it (row {row:?})")
            }
            None => f.write_str(self.kind.sentence()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::{StoreError, StoreErrorKind};
    use std::error::Error;
    use std::io;

    /// An operator who reads the log must know which row to restore.
    #[test]
    fn a_corrupt_row_is_named() {
        let error = StoreError::corrupt("acme/shop");
        assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some("acme/shop")));
        let text = error.to_string();
        assert_eq!(text, "a stored row is corrupt: restore it, or delete it (row \"acme/shop\")");
        let unnamed = StoreError::new(StoreErrorKind::Corrupt);
        assert_eq!(unnamed.row(), None);
        assert!(!unnamed.to_string().contains("delete"), "{unnamed}");
    }

    #[test]
    fn what_lies_behind_an_error_is_its_source_and_not_its_text() {
        let lost = io::Error::new(io::ErrorKind::ConnectionReset, "the wire was cut");
        let error = StoreError::new(StoreErrorKind::Unavailable).because(lost);
        assert_eq!(error.to_string(), "the store did not answer in time: try again later");
        assert_eq!(error.source().unwrap().to_string(), "the wire was cut");
    }
}
