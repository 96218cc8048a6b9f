//! Why there is no proof.

use crate::domain::Denial;
use crate::shell::errors::Unavailable;

/// Why there is no proof: "no", or "nobody can tell now". The two are never mixed.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle both")]
pub enum NotVerified {
    /// The attempt does not pass. The text says nothing more.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// There was no answer: HTTP 503, never 401.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
