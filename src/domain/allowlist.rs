//! Networks that may reach a workspace.

use serde::{Deserialize, Serialize};

use crate::values::{Network, Timestamp};

/// A network that may reach one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct AllowlistEntry {
    /// The network.
    pub network: Network,
    /// When it was put on the list.
    pub added: Timestamp,
}
