//! The whole contents of a store, for comparison.

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::store::Position;

/// All data that can be read from a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Dump {
    pub(super) accounts: Vec<AccountRecord>,
    pub(super) workspaces: Vec<WorkspaceRecord>,
    pub(super) credentials: Vec<CredentialRecord>,
    pub(super) events: Vec<Event>,
    pub(super) position: Position,
}
