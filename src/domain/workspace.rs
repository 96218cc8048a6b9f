//! Workspaces: what credentials give access to.

use crate::values::{AccountId, CredentialId, Name, Timestamp, WorkspaceId};

use super::account::Revision;
use super::allowlist::AllowlistEntry;
use super::integration::Connection;

/// What a store keeps of a workspace: its header, on which racing writers meet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct WorkspaceRecord {
    /// The host's id, unique in the store for ever.
    pub id: WorkspaceId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: Name,
    /// When it was created.
    pub created: Timestamp,
    /// When it was removed, if it was. A removed workspace keeps its id and has nothing else.
    pub removed: Option<Timestamp>,
    /// How often this header was written.
    pub revision: Revision,
    /// How many credentials it has.
    pub credentials: u32,
    /// How many of them are lasting Track sets.
    pub lasting: u32,
    /// Its integrations, in the order in which they were first connected.
    pub integrations: Vec<Connection>,
    /// The networks that may reach it, in the order in which they were allowed.
    pub allowlist: Vec<AllowlistEntry>,
}

impl WorkspaceRecord {
    /// The integrations that use `credential`.
    pub(crate) fn users_of(&self, credential: CredentialId) -> impl Iterator<Item = &Connection> {
        self.integrations.iter().filter(move |connection| connection.credential == credential)
    }
}
