//! What stands in the way of a store.

/// What [`CredentialStore::check`](super::CredentialStore::check) finds: later calls would fail for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFinding {
    /// The store can be read, and not written.
    #[error(
        "the store can only be read: connect to the primary server, and let no setting, mode or mount forbid writing"
    )]
    ReadOnly,
    /// The store's role lacks a right.
    #[error("the store's role lacks the right {right} on {on}: grant it")]
    #[non_exhaustive]
    MissingRight {
        /// The right, as the database names it.
        right: String,
        /// The table.
        on: String,
    },
}
