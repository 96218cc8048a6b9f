//! Management decisions, as pure functions: records and wishes in, new records or a refusal out.
//! No I/O, no clock, no randomness.

mod accounts;
mod allowlist;
mod counters;
mod deletion;
mod integrations;
mod lifecycle;
mod limits;
mod permission;
mod refusal;
mod rotation;
mod workspaces;

pub(crate) use self::accounts::{
    AccountRuling, resume_account, set_unlisted_workspaces, suspend_account,
};
pub(crate) use self::allowlist::{allow, disallow, lift};
pub(crate) use self::counters::{issue, may_issue};
pub(crate) use self::deletion::delete;
pub(crate) use self::integrations::{Choice, connect, disconnect};
pub use self::lifecycle::End;
pub(crate) use self::lifecycle::{
    clear_expiry, deprecate, rename, resume, reveal, set_expiry, suspend, undeprecate,
};
pub use self::limits::Limits;
pub(crate) use self::permission::{Needs, NotPermitted, permit};
pub use self::refusal::Refusal;
pub(crate) use self::rotation::{end_overlap, next_generation, rotate};
pub(crate) use self::workspaces::{create_workspace, may_create, remove_workspace};

use super::credential::{CredentialEdit, CredentialRecord};
use super::event::Action;
use super::workspace::WorkspaceRecord;

/// A management decision about a workspace and at most one credential of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The new header, at its next revision.
    pub(crate) workspace: WorkspaceRecord,
    /// What happens to the credential, if anything does.
    pub(crate) edit: Option<CredentialEdit>,
    /// What the history will say.
    pub(crate) action: Action,
}

impl Decision {
    /// The credential's new state, where it has one.
    pub(crate) fn credential(self) -> Option<CredentialRecord> {
        match self.edit {
            Some(CredentialEdit::Insert(record) | CredentialEdit::Update(record)) => Some(record),
            Some(CredentialEdit::Delete(_)) | None => None,
        }
    }
}

/// What a rule answers: a decision, or nothing to do, or a refusal.
pub(crate) type Ruling = Result<Option<Decision>, Refusal>;

#[cfg(test)]
mod tests {
    use super::Decision;
    use crate::domain::event::Action;
    use crate::domain::sample;

    #[test]
    fn what_changes_no_credential_leaves_none() {
        let workspace = sample::workspace();
        let action = Action::Lifted { entries: 1 };
        assert_eq!(Decision { workspace, edit: None, action }.credential(), None);
    }
}
