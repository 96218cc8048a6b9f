//! Management decisions, as pure functions. They take records and a request, and return new records or a refusal. They do no
//! I/O, read no clock and draw no randomness.

mod accounts;
mod allowlist;
mod counters;
mod deletion;
mod integrations;
mod lifecycle;
mod limits;
mod names;
mod permission;
mod refusal;
mod rekey;
mod repair;
mod repeats;
mod rotation;
mod workspaces;

pub(crate) use self::accounts::{
    AccountRuling, resume_account, set_unlisted_workspaces, suspend_account,
};
pub(crate) use self::allowlist::{allow, disallow, lift};
pub(crate) use self::counters::{is_last_permanent, issue, may_issue};
pub(crate) use self::deletion::{delete, delete_corrupt};
pub(crate) use self::integrations::{Choice, connect, connected, disconnect, snippet, used_kind};
pub use self::lifecycle::EndTime;
pub(crate) use self::lifecycle::{
    clear_expiry, deprecate, rename, resume, reveal, set_expiry, suspend, undeprecate,
};
pub use self::limits::Limits;
pub(crate) use self::names::Namesake;
pub(crate) use self::permission::{Needs, NotPermitted, permit};
pub use self::refusal::Refusal;
pub(crate) use self::rekey::{
    LostRecords, RecordRekey, SecretRekey, Stale, TagState, rekey_record, rekey_secret, stale,
};
pub(crate) use self::repair::{Counted, recount, repair_account, repair_workspace};
pub(crate) use self::repeats::{Wish, repeated};
pub(crate) use self::rotation::{
    Turnover, end_overlap, ended_early, is_unused, may_replace, may_rotate, replace, rotate,
};
pub(crate) use self::workspaces::{create_workspace, may_create, remove_workspace};

use super::account::Revision;
use super::credential::{CredentialEdit, CredentialRecord};
use super::event::Action;
use super::workspace::WorkspaceRecord;
use crate::kinds::Minimum;

/// A management decision about a workspace and at most one credential of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The new workspace record, at its next revision.
    pub(crate) workspace: WorkspaceRecord,
    /// The change of the credential, if it changes.
    pub(crate) edit: Option<CredentialEdit>,
    /// The action for the history.
    pub(crate) action: Action,
}

impl Decision {
    /// Returns the new state of the credential, if the decision has one.
    pub(crate) fn credential(self) -> Option<CredentialRecord> {
        match self.edit {
            Some(CredentialEdit::Insert(record) | CredentialEdit::Update(record)) => Some(record),
            Some(CredentialEdit::Delete(_)) | None => None,
        }
    }
}

/// A workspace, and the minimum of credentials that it must keep, if a kind has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) workspace: &'a WorkspaceRecord,
    pub(crate) minimum: Option<&'a Minimum>,
}

impl Place<'_> {
    /// Returns `true` if a credential counts towards the minimum of the workspace.
    pub(crate) fn keeps(&self, record: &CredentialRecord) -> bool {
        self.minimum.is_some_and(|minimum| minimum.kind == record.kind) && record.is_permanent()
    }
}

/// The result of a rule: a decision, `None` if there is nothing to do, or a refusal.
pub(crate) type Ruling = Result<Option<Decision>, Refusal>;

/// Refuses a change if the caller named a revision and the record is no longer at that revision.
pub(crate) fn unchanged(seen: Option<Revision>, now: Revision) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != now => Err(Refusal::Changed { now }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Place, Refusal, Revision, unchanged};
    use crate::domain::event::Action;
    use crate::domain::{CredentialRecord, sample};
    use crate::values::{KindWord, Timestamp};

    #[test]
    fn only_another_revision_than_the_one_that_was_seen_is_refused() {
        let [one, two] = [1, 2].map(Revision::new);
        assert_eq!(unchanged(None, one), Ok(()));
        assert_eq!(unchanged(Some(two), two), Ok(()));
        assert_eq!(unchanged(Some(one), two), Err(Refusal::Changed { now: two }));
        assert_eq!(unchanged(Some(two), one), Err(Refusal::Changed { now: one }));
    }

    #[test]
    fn a_workspace_keeps_permanent_credentials_of_the_kind_with_a_minimum() {
        let workspace = sample::workspace();
        let record = sample::credential();
        let of = |minimum| Place { workspace: &workspace, minimum };
        let [track, app] = [KindWord::Track, KindWord::App].map(sample::minimum);
        assert!(of(Some(&track)).keeps(&record));
        assert!(!of(Some(&app)).keeps(&record), "it is of another kind");
        assert!(!of(None).keeps(&record), "no kind has a minimum");
        let ends = CredentialRecord { expires: Some(Timestamp::MAX), ..record.clone() };
        let suspended = CredentialRecord { suspended: Some(Timestamp::MIN), ..record.clone() };
        for record in [ends, suspended] {
            assert!(!of(Some(&track)).keeps(&record), "it is not permanent");
        }
    }

    #[test]
    fn what_changes_no_credential_leaves_none() {
        let workspace = sample::workspace();
        let action = Action::Lifted { entries: 1 };
        assert_eq!(Decision { workspace, edit: None, action }.credential(), None);
    }
}
