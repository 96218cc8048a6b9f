//! Why a stored record cannot be used.

/// A record that no sequence of operations can have written. What reads it fails; nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credential is corrupt: {rule}")]
#[non_exhaustive]
pub struct CorruptRecord {
    /// Which rule it breaks.
    pub rule: &'static str,
}

impl CorruptRecord {
    pub(crate) const fn new(rule: &'static str) -> Self {
        Self { rule }
    }
}
