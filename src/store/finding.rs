//! The findings of a readiness check of a store.

/// A problem that [`CredentialStore::check`](super::CredentialStore::check) found. Later calls would fail because of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFinding {
    /// The store is read-only.
    #[error(
        "the store is read-only: connect to the primary server, and check settings, file modes and mounts that forbid writing"
    )]
    ReadOnly,
    /// The server has standbys that replicate asynchronously. A failover can lose acknowledged changes, and then a revoked key
    /// works again.
    #[error(
        "a standby replicates asynchronously, so a failover can lose acknowledged revocations: set \
         `synchronous_standby_names`, or `synchronous_mode_strict` in Patroni"
    )]
    NotSynchronous,
    /// The database role of the store lacks a privilege.
    #[error("the database role lacks the privilege {right} on {on}: grant it")]
    #[non_exhaustive]
    MissingRight {
        /// The privilege, by the name that the database uses.
        right: String,
        /// The table.
        on: String,
    },
}
