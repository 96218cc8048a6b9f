//! The rules for the state and the setting of an account.

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::event::Action;
use crate::domain::leak_response::LeakResponse;
use crate::values::Timestamp;

use super::refusal::Refusal;

/// The new record of an account and the action for the history, or `None` if there is nothing to do.
pub(crate) type AccountRuling = Option<(AccountRecord, Action)>;

/// Suspends an account. All its credentials are denied. A closed account stays as it is.
pub(crate) fn suspend_account(account: &AccountRecord, now: Timestamp) -> AccountRuling {
    let suspended = account.suspended.or(Some(now));
    let after = AccountRecord { suspended, ..account.clone() };
    open(account).and_then(|account| changed(account, after, Action::AccountSuspended))
}

/// Resumes an account. A closed account stays as it is.
pub(crate) fn resume_account(account: &AccountRecord) -> AccountRuling {
    let after = AccountRecord { suspended: None, ..account.clone() };
    open(account).and_then(|account| changed(account, after, Action::AccountResumed))
}

/// Closes an account, if the typed text is its id. This cannot be undone.
pub(crate) fn close_account(
    account: &AccountRecord,
    typed_id: &str,
    now: Timestamp,
) -> Result<AccountRuling, Refusal> {
    if typed_id != account.id.as_str() {
        return Err(Refusal::WrongTypedName);
    }
    let closed = account.closed.or(Some(now));
    Ok(changed(account, AccountRecord { closed, ..account.clone() }, Action::AccountClosed))
}

/// Sets what is done about a leaked secret.
pub(crate) fn set_leak_response(account: &AccountRecord, to: LeakResponse) -> AccountRuling {
    let after = AccountRecord { leak_response: to, ..account.clone() };
    changed(account, after, Action::LeakResponseSet { to })
}

fn open(account: &AccountRecord) -> Option<&AccountRecord> {
    Some(account).filter(|account| account.closed.is_none())
}

/// Sets the account's setting for workspaces without allowlist entries.
pub(crate) fn set_unlisted_workspaces(
    account: &AccountRecord,
    to: UnlistedWorkspaces,
) -> AccountRuling {
    let after = AccountRecord { unlisted_workspaces: to, ..account.clone() };
    changed(account, after, Action::UnlistedWorkspacesSet { to })
}

/// Returns the new record at its next revision, if anything changes.
pub(super) fn changed(
    before: &AccountRecord,
    after: AccountRecord,
    action: Action,
) -> AccountRuling {
    (*before != after).then(|| {
        let revision = before.revision.next();
        (AccountRecord { revision, ..after }, action)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn a_closed_account_stays_closed() {
        let [now, later] = [1, 2].map(|micros| Timestamp::from_micros(micros).unwrap());
        let open = AccountRecord { suspended: Some(now), ..sample::account() };
        assert_eq!(close_account(&open, "acme ", now), Err(Refusal::WrongTypedName));
        let (closed, action) = close_account(&open, "acme", now).unwrap().unwrap();
        assert_eq!(action, Action::AccountClosed);
        let revision = open.revision.next();
        assert_eq!(closed, AccountRecord { closed: Some(now), revision, ..open });
        assert_eq!(close_account(&closed, "acme", later), Ok(None));
        assert_eq!(resume_account(&closed), None);
        let resumed = AccountRecord { suspended: None, ..closed };
        assert_eq!(suspend_account(&resumed, later), None);
    }

    #[test]
    fn the_response_to_leaks_is_changed_once() {
        let account = sample::account();
        assert_eq!(set_leak_response(&account, LeakResponse::Stop), None);
        let to = LeakResponse::Report;
        let (changed, action) = set_leak_response(&account, to).unwrap();
        assert_eq!(action, Action::LeakResponseSet { to });
        let revision = account.revision.next();
        assert_eq!(changed, AccountRecord { leak_response: to, revision, ..account });
        assert_eq!(set_leak_response(&changed, to), None);
    }
}
