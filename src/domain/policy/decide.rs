//! The decision about an attempt with a right secret: first the state, then the address.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::credential::CredentialRecord;
use crate::domain::workspace::WorkspaceRecord;
use crate::kinds::{AcceptedKind, is_accepted};
use crate::values::Timestamp;

use super::denial::{Denial, DenialReason};
use super::secret_check::Matched;
use super::verified::Proof;
use super::views::{AccountView, Known, WorkspaceView};

/// The inputs of a decision, apart from the credential.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) workspace: &'a WorkspaceView,
    pub(crate) account: &'a AccountView,
    pub(crate) address: Option<&'a IpAddr>,
    pub(crate) now: Timestamp,
}

/// Decides whether an attempt passes. The secret was checked before, so only its holder learns more than "no".
#[inline]
pub(crate) fn decide<K: AcceptedKind, C: Known>(
    credential: &Arc<C>,
    case: &Case<'_>,
    matched: Matched,
) -> Result<Proof<K, C>, Denial> {
    let view = credential.view();
    let refuse = |reason| Err(Denial::of(reason, view.facts.id));
    if !is_accepted::<K>(view.kind) {
        return refuse(DenialReason::WrongKind);
    }
    if case.workspace.removed {
        return refuse(DenialReason::WorkspaceRemoved);
    }
    if case.account.suspended {
        return refuse(DenialReason::AccountSuspended);
    }
    if view.suspended {
        return refuse(DenialReason::Suspended);
    }
    if view.ends.is_some_and(|end| end <= case.now) {
        return refuse(DenialReason::Ended);
    }
    if matched.is_previous() && matched.until(view).is_none_or(|until| until <= case.now) {
        return refuse(DenialReason::OverlapEnded);
    }
    if let Err(reason) = check_address(case) {
        return refuse(reason);
    }
    Ok(Proof::new(Arc::clone(credential), matched, case.address.copied()))
}

#[inline]
fn check_address(case: &Case<'_>) -> Result<(), DenialReason> {
    let networks = &case.workspace.networks;
    match (networks.is_empty(), case.account.unlisted_workspaces, case.address) {
        (true, UnlistedWorkspaces::Open, _) => Ok(()),
        (false, _, None) => Err(DenialReason::AddressUnknown),
        (false, _, Some(address)) if networks.contains(address) => Ok(()),
        (true, UnlistedWorkspaces::Closed, _) | (false, _, Some(_)) => {
            Err(DenialReason::AddressNotAllowed)
        }
    }
}

/// Returns `true` if a credential can be used: it is usable itself, its workspace is not removed, and its account is not
/// suspended.
pub(crate) fn is_usable(
    credential: &CredentialRecord,
    workspace: &WorkspaceRecord,
    account: &AccountRecord,
    now: Timestamp,
) -> bool {
    credential.is_usable(now) && workspace.removed.is_none() && account.suspended.is_none()
}

#[cfg(test)]
mod tests {
    use super::is_usable;
    use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord, sample};
    use crate::values::Timestamp;

    #[test]
    fn a_credential_its_workspace_and_its_account_must_be_on() {
        let now = Timestamp::from_micros(1_000).unwrap();
        let (credential, workspace) = (sample::credential(), sample::workspace());
        let account = sample::account();
        assert!(is_usable(&credential, &workspace, &account, now));
        let expired = CredentialRecord { expires: Some(now), ..credential.clone() };
        assert!(!is_usable(&expired, &workspace, &account, now));
        let removed = WorkspaceRecord { removed: Some(now), ..workspace.clone() };
        assert!(!is_usable(&credential, &removed, &account, now));
        let suspended = AccountRecord { suspended: Some(now), ..account };
        assert!(!is_usable(&credential, &workspace, &suspended, now));
    }
}
