//! Why a stored record cannot be used.

/// The error for a stored record that no sequence of operations can have written. Reading such a record fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored record is corrupt: {rule}")]
#[non_exhaustive]
pub struct CorruptRecord {
    /// The rule that the record breaks.
    pub rule: &'static str,
}

impl CorruptRecord {
    pub(crate) const fn new(rule: &'static str) -> Self {
        Self { rule }
    }
}
