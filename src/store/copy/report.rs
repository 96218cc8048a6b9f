//! The result of a copy.

use std::fmt;

use crate::store::{Position, StoreError};

/// The numbers of records that were copied and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// The number of accounts.
    pub accounts: u64,
    /// The number of workspaces, including removed ones.
    pub workspaces: u64,
    /// The number of credentials.
    pub credentials: u64,
    /// The number of events that are not pruned.
    pub events: u64,
    /// The position of the newest event in both stores.
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

/// The error of [`copy`](crate::store::copy()). The source store is unchanged.
///
/// The text does not repeat the error source, which is the error of the store and contains the id of a corrupt row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source store failed.
    #[error(
        "the source store failed: correct the cause, and copy again into a fresh file or schema"
    )]
    Source(#[source] StoreError),
    /// The target store failed.
    #[error(
        "the target store failed: correct the cause, and copy again into a fresh file or schema"
    )]
    Target(#[source] StoreError),
    /// The target contains data, or another copy into it is running or was interrupted. The target is unchanged.
    #[error("the target store is not empty: copy into a fresh file or schema")]
    TargetNotEmpty,
    /// The stores differ: a node was running during the copy, or a store lost or changed data.
    #[error(
        "the stores differ at {at}: stop all nodes, and copy again into a fresh file or schema"
    )]
    Differs {
        /// The first record that differs, or the position.
        at: String,
    },
}
