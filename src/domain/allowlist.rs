//! The entries of a workspace's allowlist.

use serde::{Deserialize, Serialize};

use crate::values::{Network, Timestamp};

/// A network on the allowlist of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct AllowlistEntry {
    /// The network.
    pub network: Network,
    /// When it was added to the allowlist.
    pub added: Timestamp,
}
