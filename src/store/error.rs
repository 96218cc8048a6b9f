//! The errors of a store.

use std::error::Error;
use std::fmt;

/// The kind of a [`StoreError`], which decides what the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A record has changed since the change was prepared. Nothing was written. The caller reads the records and decides
    /// again.
    Conflict,
    /// The stored data breaks the contract. Nothing was written.
    Corrupt,
    /// The store did not answer in time. Nothing was written.
    Unavailable,
    /// The connection was lost during a write. The change was either written or not.
    Unknown,
    /// The configuration is wrong: change a path, an address, a privilege or a setting. Nothing was written. A retry does not
    /// help.
    Misconfigured,
    /// Any other failure. Nothing was written.
    Other,
}

impl StoreErrorKind {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Conflict => "a concurrent change was written first: read and decide again",
            Self::Corrupt => "the stored data is corrupt: restore it from a backup",
            Self::Unavailable => "the store did not answer in time: try again later",
            Self::Unknown => "the outcome of the write is unknown: read before you retry",
            Self::Misconfigured => {
                "the store is misconfigured: correct what the error source names"
            }
            Self::Other => "the store failed",
        }
    }
}

/// The error of a store.
///
/// The text does not repeat the source. Neither may contain a secret. A store attaches the error of its database driver with
/// [`because`](Self::because).
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
    /// Creates an error of this kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, row: None, source: None }
    }

    /// Creates the error for a corrupt row with this id.
    #[must_use]
    pub fn corrupt(row: impl Into<String>) -> Self {
        Self { kind: StoreErrorKind::Corrupt, row: Some(row.into()), source: None }
    }

    /// Sets the source of the error.
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

    /// Returns the id of the corrupt row, if it is known.
    #[must_use]
    pub fn row(&self) -> Option<&str> {
        self.row.as_deref()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => {
                write!(f, "a stored row is corrupt: restore or delete it (row {row:?})")
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

    /// The operator learns from the log which row to restore.
    #[test]
    fn a_corrupt_row_is_named() {
        let error = StoreError::corrupt("acme/shop");
        assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some("acme/shop")));
        let text = error.to_string();
        assert_eq!(text, "a stored row is corrupt: restore or delete it (row \"acme/shop\")");
        let unnamed = StoreError::new(StoreErrorKind::Corrupt);
        assert_eq!(unnamed.row(), None);
        assert!(!unnamed.to_string().contains("delete"), "{unnamed}");
    }

    #[test]
    fn the_text_does_not_repeat_the_source() {
        let lost = io::Error::new(io::ErrorKind::ConnectionReset, "the wire was cut");
        let error = StoreError::new(StoreErrorKind::Unavailable).because(lost);
        assert_eq!(error.to_string(), "the store did not answer in time: try again later");
        assert_eq!(error.source().unwrap().to_string(), "the wire was cut");
    }
}
