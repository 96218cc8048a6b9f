//! The account's own state and setting. Each answers the new header, or nothing to do.

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::event::Action;
use crate::values::Timestamp;

/// An account's new header, and what the history will say.
pub(crate) type AccountRuling = Option<(AccountRecord, Action)>;

/// Switches an account off: every credential of it is refused.
pub(crate) fn suspend_account(account: &AccountRecord, now: Timestamp) -> AccountRuling {
    let suspended = account.suspended.or(Some(now));
    changed(account, AccountRecord { suspended, ..account.clone() }, Action::AccountSuspended)
}

/// Switches an account on again.
pub(crate) fn resume_account(account: &AccountRecord) -> AccountRuling {
    let after = AccountRecord { suspended: None, ..account.clone() };
    changed(account, after, Action::AccountResumed)
}

/// Says what holds for workspaces without allowlist entries.
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
