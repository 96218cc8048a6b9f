//! The networks from which credentials passed.

use crate::values::{CredentialId, Day, NetworkPrefix};

/// A network from which a credential passed, and the latest day on which it did.
///
/// No decision depends on it: it only shows an admin what a new allowlist would do. It therefore has no tag, and a row that somebody
/// has changed gives no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct NetworkUse {
    /// The credential.
    pub credential: CredentialId,
    /// The network.
    pub network: NetworkPrefix,
    /// The day.
    pub day: Day,
}
