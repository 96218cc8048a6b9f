//! The rules to count a workspace's credentials again, and to accept a record whose tag does not match.

use crate::domain::account::{AccountRecord, Revision};
use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;

use super::{Decision, WorkspaceWithMinimum};

/// The number of credentials of a workspace whose tags match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CredentialCounts {
    /// All of them.
    credentials: u32,
    /// The permanent ones of the kind that has a minimum.
    permanent: u32,
}

impl CredentialCounts {
    /// Counts one credential.
    pub(crate) fn add(&mut self, context: WorkspaceWithMinimum<'_>, record: &CredentialRecord) {
        self.credentials = self.credentials.saturating_add(1);
        if context.keeps(record) {
            self.permanent = self.permanent.saturating_add(1);
        }
    }
}

/// Sets the counters of a workspace to the counted numbers. Returns `None` if they are right already.
pub(crate) fn recount(workspace: &WorkspaceRecord, counted: CredentialCounts) -> Option<Decision> {
    let CredentialCounts { credentials, permanent } = counted;
    if (workspace.credentials, workspace.permanent) == (credentials, permanent) {
        return None;
    }
    let revision = workspace.revision.next();
    let workspace = WorkspaceRecord { revision, credentials, permanent, ..workspace.clone() };
    Some(Decision { workspace, edit: None, action: Action::Recounted { credentials, permanent } })
}

/// Returns the revision after a corrupt one.
///
/// Changes alone never reach the upper half of the numbers that a store can keep, and a record at the highest number could
/// not be changed again. Revisions in the upper half therefore restart at 1.
const fn after(stored: Revision) -> Revision {
    const HALF: u64 = 1 << 62;
    if stored.get() < HALF { stored.next() } else { Revision::NONE.next() }
}

/// Accepts the record of an account as it is stored, at its next revision.
pub(crate) fn repair_account(stored: &AccountRecord) -> (AccountRecord, Action) {
    let revision = after(stored.revision);
    (AccountRecord { revision, ..stored.clone() }, Action::Repaired)
}

/// Accepts the record of a workspace as it is stored, at its next revision, with the current incarnation of its account and
/// the counted credentials.
pub(crate) fn repair_workspace(
    stored: &WorkspaceRecord,
    account: &AccountRecord,
    counted: CredentialCounts,
) -> Decision {
    let workspace = WorkspaceRecord {
        account_incarnation: account.incarnation,
        revision: after(stored.revision),
        credentials: counted.credentials,
        permanent: counted.permanent,
        ..stored.clone()
    };
    Decision { workspace, edit: None, action: Action::Repaired }
}

#[cfg(test)]
mod tests {
    use super::{CredentialCounts, recount, repair_account, repair_workspace};
    use crate::domain::account_policy::AccountPolicy;
    use crate::domain::event::Action;
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::rules::WorkspaceWithMinimum;
    use crate::domain::{AccountRecord, CredentialRecord, Revision, WorkspaceRecord, sample};
    use crate::values::{KindWord, OperationId, Timestamp};

    fn counted(records: &[CredentialRecord]) -> CredentialCounts {
        let workspace = sample::workspace();
        let minimum = sample::minimum(KindWord::Track);
        let policy = AccountPolicy::NONE;
        let context = WorkspaceWithMinimum {
            workspace: &workspace,
            minimum: Some(&minimum),
            policy,
            inactive_owners: &InactiveOwners::NONE,
        };
        let mut counted = CredentialCounts::default();
        for record in records {
            counted.add(context, record);
        }
        counted
    }

    #[test]
    fn only_permanent_credentials_of_the_kind_with_a_minimum_are_counted_as_kept() {
        let permanent = sample::credential();
        let ends = CredentialRecord { expires: Some(Timestamp::MAX), ..permanent.clone() };
        let other = CredentialRecord { kind: KindWord::App, ..permanent.clone() };
        let counted = counted(&[permanent, ends, other]);
        assert_eq!(counted, CredentialCounts { credentials: 3, permanent: 1 });
    }

    #[test]
    fn a_recount_writes_nothing_where_the_counters_are_right() {
        let counted = CredentialCounts { credentials: 7, permanent: 2 };
        let workspace = WorkspaceRecord { credentials: 7, permanent: 2, ..sample::workspace() };
        assert_eq!(recount(&workspace, counted), None);
        for wrong in [
            WorkspaceRecord { credentials: 8, ..workspace.clone() },
            WorkspaceRecord { permanent: 1, ..workspace.clone() },
        ] {
            let decision = recount(&wrong, counted).unwrap();
            let revision = wrong.revision.next();
            assert_eq!(decision.workspace, WorkspaceRecord { revision, ..workspace.clone() });
            assert_eq!(decision.action, Action::Recounted { credentials: 7, permanent: 2 });
            assert_eq!(decision.edit, None);
        }
    }

    #[test]
    fn a_repaired_record_can_be_changed_again_whatever_its_revision_was() {
        for (stored, expected) in [(7, 8), ((1 << 62) - 1, 1 << 62), (1 << 62, 1), (u64::MAX, 1)] {
            let account = AccountRecord { revision: Revision::new(stored), ..sample::account() };
            assert_eq!(repair_account(&account).0.revision, Revision::new(expected));
        }
    }

    #[test]
    fn a_repair_accepts_what_is_stored_except_for_what_can_be_looked_up() {
        let account = AccountRecord {
            incarnation: OperationId::from_bytes([9; 16]),
            suspended: Some(Timestamp::MIN),
            ..sample::account()
        };
        let (repaired, action) = repair_account(&account);
        let revision = account.revision.next();
        assert_eq!(repaired, AccountRecord { revision, ..account.clone() });
        assert_eq!(action, Action::Repaired);

        let stored = WorkspaceRecord { credentials: 90, permanent: 90, ..sample::workspace() };
        let decision =
            repair_workspace(&stored, &account, CredentialCounts { credentials: 3, permanent: 1 });
        let expected = WorkspaceRecord {
            revision: stored.revision.next(),
            account_incarnation: account.incarnation,
            credentials: 3,
            permanent: 1,
            ..stored
        };
        assert_eq!(decision.workspace, expected);
        assert_eq!((decision.edit, decision.action), (None, Action::Repaired));
    }
}
