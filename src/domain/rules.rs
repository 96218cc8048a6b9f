//! Management decisions, as pure functions. They take records and a request, and return new records or a refusal. They do no
//! I/O, read no clock and draw no randomness.

mod access_forecast;
mod account_policy;
mod accounts;
mod allowlist;
mod deletion;
mod grants;
mod import;
mod integrations;
mod leaks;
mod lifecycle;
mod limits;
mod minimum;
mod names;
mod owners;
mod permission;
mod policy_run;
mod refusal;
mod rekey;
mod repair;
mod repeats;
mod rotation;
mod workspaces;

pub use self::access_forecast::{Access, AccessForecast, NetworkForecast};
pub(crate) use self::access_forecast::{ProposedAllowlist, first_remembered_day};
pub use self::account_policy::RequiredChange;
pub(crate) use self::account_policy::{
    PolicyWithMinimum, RequestedExpiry, required_change, set_policy,
};
pub(crate) use self::accounts::{
    AccountRuling, close_account, resume_account, set_leak_response, set_unlisted_workspaces,
    suspend_account,
};
pub use self::allowlist::AllowlistChange;
pub(crate) use self::allowlist::{allow, change_allowlist, disallow, lift, replace_allowlist};
#[cfg(feature = "page")]
pub(crate) use self::deletion::RECENT_DAYS;
pub(crate) use self::deletion::{delete, delete_corrupt, is_used_recently};
pub(crate) use self::grants::{
    declared, set_labels, set_networks, set_owner, set_scopes, within_ceiling,
};
pub(crate) use self::import::{ImportDecision, ImportInProgress, RequestedImport, repeated_import};
pub(crate) use self::integrations::{Choice, connect, connected, disconnect, snippet, used_kind};
#[cfg(feature = "leaks")]
pub(crate) use self::leaks::is_of_drill;
pub(crate) use self::leaks::{LeakStop, is_live, leak_stops, report_leak};
pub use self::lifecycle::EndTime;
pub(crate) use self::lifecycle::{
    clear_expiry, deprecate, rename, resume, reveal, set_expiry, suspend, undeprecate,
};
pub use self::limits::Limits;
pub(crate) use self::minimum::{is_last_permanent, issue, may_issue};
pub(crate) use self::names::Namesake;
pub(crate) use self::owners::{deactivate, reactivate};
pub(crate) use self::permission::{Needs, NotPermitted, permit};
pub(crate) use self::policy_run::apply_policy;
pub use self::refusal::Refusal;
pub(crate) use self::rekey::{
    LostRecords, RecordRekey, SecretRekey, Stale, TagState, rekey_record, rekey_secret, stale,
};
pub(crate) use self::repair::{CredentialCounts, recount, repair_account, repair_workspace};
pub(crate) use self::repeats::{RepeatableRequest, repeated, repeated_workspace};
pub(crate) use self::rotation::{
    OverlapChoice, end_overlap, ended_early, is_unused, may_replace, may_rotate, replace, rotate,
};
pub(crate) use self::workspaces::{
    create_workspace, may_create, remove_workspace, rename_workspace,
};

use super::account::Revision;
use super::account_policy::AccountPolicy;
use super::credential::{CredentialEdit, CredentialRecord};
use super::event::Action;
use super::inactive_owners::InactiveOwners;
use super::workspace::WorkspaceRecord;
use crate::kinds::Minimum;
use crate::secrets::OwnerHash;

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

/// A workspace, the minimum of credentials that it must keep, if a kind has one, and the policy of its account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkspaceWithMinimum<'a> {
    pub(crate) workspace: &'a WorkspaceRecord,
    pub(crate) minimum: Option<&'a Minimum>,
    /// The policy of the account.
    pub(crate) policy: AccountPolicy,
    /// The inactive owners of the account.
    pub(crate) inactive_owners: &'a InactiveOwners,
}

impl WorkspaceWithMinimum<'_> {
    /// Refuses an inactive owner.
    pub(crate) fn check_owner(&self, owner: Option<OwnerHash>) -> Result<(), Refusal> {
        match owner {
            Some(owner) if self.inactive_owners.contains(owner) => Err(Refusal::InactiveOwner),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns `true` if a credential counts towards the minimum of the workspace: it is permanent, and the account owns it.
    pub(crate) fn keeps(&self, record: &CredentialRecord) -> bool {
        self.minimum.is_some_and(|minimum| minimum.kind == record.kind)
            && record.is_permanent()
            && record.grant.owner.is_account()
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
    use super::{
        AccountPolicy, Decision, InactiveOwners, Refusal, Revision, WorkspaceWithMinimum, unchanged,
    };
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
        let policy = AccountPolicy::NONE;
        let inactive_owners = &InactiveOwners::NONE;
        let of = |minimum| WorkspaceWithMinimum {
            workspace: &workspace,
            minimum,
            policy,
            inactive_owners,
        };
        let [track, app] = [KindWord::Track, KindWord::App].map(sample::minimum);
        assert!(of(Some(&track)).keeps(&record));
        assert!(!of(Some(&app)).keeps(&record), "it is of another kind");
        assert!(!of(None).keeps(&record), "no kind has a minimum");
        let ends = CredentialRecord { expires: Some(Timestamp::MAX), ..record.clone() };
        let suspended = CredentialRecord { suspended: Some(Timestamp::MIN), ..record.clone() };
        for record in [ends, suspended] {
            assert!(!of(Some(&track)).keeps(&record), "it is not permanent");
        }
        let mut owned = record;
        owned.grant.owner = Some(crate::values::ActorId::new("bob").unwrap()).into();
        assert!(!of(Some(&track)).keeps(&owned), "a member owns it");
    }

    #[test]
    fn events_of_other_changes_leave_no_entry() {
        let workspace = sample::workspace();
        let action = Action::Lifted { entries: 1 };
        assert_eq!(Decision { workspace, edit: None, action }.credential(), None);
    }
}
