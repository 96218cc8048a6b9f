//! Why there is no proof.

use crate::domain::Denial;
use crate::shell::errors::Unavailable;

/// Why there is no proof. A missing answer never reads as a denial.
///
/// A later release can add a reason. Answer each with [`status`](Self::status), [`code`](Self::code) and
/// [`retry_after`](Self::retry_after), or 503 to one that you do not know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// The attempt does not pass. The text says nothing more: HTTP 401, or 403 if only the address was refused.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// There was no answer: HTTP 503, never 401.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
