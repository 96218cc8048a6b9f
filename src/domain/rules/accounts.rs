//! The rules for the state and the setting of an account.

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::event::Action;
use crate::values::Timestamp;

/// The new record of an account and the action for the history, or `None` if there is nothing to do.
pub(crate) type AccountRuling = Option<(AccountRecord, Action)>;

/// Suspends an account. All its credentials are denied.
pub(crate) fn suspend_account(account: &AccountRecord, now: Timestamp) -> AccountRuling {
    let suspended = account.suspended.or(Some(now));
    changed(account, AccountRecord { suspended, ..account.clone() }, Action::AccountSuspended)
}

/// Resumes an account.
pub(crate) fn resume_account(account: &AccountRecord) -> AccountRuling {
    let after = AccountRecord { suspended: None, ..account.clone() };
    changed(account, after, Action::AccountResumed)
}

/// Sets the account's setting for workspaces without allowlist entries.
pub(crate) fn set_unlisted_workspaces(
    account: &AccountRecord,
    to: UnlistedWorkspaces,
) -> AccountRuling {
    let after = AccountRecord { unlisted_workspaces: to, ..account.clone() };
    changed(account, after, Action::UnlistedWorkspacesSet { to })
}

fn changed(before: &AccountRecord, after: AccountRecord, action: Action) -> AccountRuling {
    (*before != after).then(|| {
        let revision = before.revision.next();
        (AccountRecord { revision, ..after }, action)
    })
}
