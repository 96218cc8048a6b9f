//! What came of a copy.

use std::fmt;

use crate::store::{Position, StoreError};

/// What was copied and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// How many accounts.
    pub accounts: u64,
    /// How many workspaces, with the removed ones.
    pub workspaces: u64,
    /// How many credentials.
    pub credentials: u64,
    /// How many events, without those that were pruned.
    pub events: u64,
    /// How far the history has come, in both stores.
    pub position: Position,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, workspaces, credentials, events, position } = self;
        write!(
            f,
            "copied and compared: {accounts} accounts, {workspaces} workspaces, \
             {credentials} credentials and {events} events, up to position {position}"
        )
    }
}

/// A copy did not come to its end. The source is as it was.
///
/// Its text does not repeat its source, which says what a store answered, and names a corrupt row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The store that is copied from.
    #[error(
        "the store that is copied from failed: mend that, and copy again into a fresh file or schema"
    )]
    Source(#[source] StoreError),
    /// The store that is copied to.
    #[error(
        "the store that is copied to failed: mend that, and copy again into a fresh file or schema"
    )]
    Target(#[source] StoreError),
    /// The target holds something, or a copy into it is under way or broke off. It was not touched.
    #[error("the store that is copied to is not empty: copy into a fresh file or schema")]
    TargetNotEmpty,
    /// The stores do not hold the same: a host was running, or a store did not keep what it was given.
    #[error(
        "the stores differ at {at}: stop every host, and copy again into a fresh file or schema"
    )]
    Differs {
        /// The first record that is not the same in both, or the position.
        at: String,
    },
}
