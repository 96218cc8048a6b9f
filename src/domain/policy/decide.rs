//! The decision about an attempt with a right secret: first the state, then the address, then the scope.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::account::UnlistedWorkspaces;
use crate::domain::vocabulary::RequiredScope;
use crate::kinds::{AcceptedKind, is_accepted};
use crate::values::Timestamp;

use super::denial::{Denial, DenialReason};
use super::secret_check::Matched;
use super::verified::Proof;
use super::views::{AccountState, CredentialView, ViewOwner, WorkspaceView};

/// The inputs of a decision, apart from the credential.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecisionContext<'a> {
    pub(crate) workspace: &'a WorkspaceView,
    pub(crate) account: AccountState,
    pub(crate) address: Option<&'a IpAddr>,
    pub(crate) now: Timestamp,
    /// The scope that the route requires.
    pub(crate) required: Option<&'a RequiredScope>,
}

/// Decides whether an attempt passes. The secret has been checked, so only a caller with the right one
/// can learn more than that it was denied.
#[inline]
pub(crate) fn decide<K: AcceptedKind, C: ViewOwner>(
    credential: &Arc<C>,
    context: &DecisionContext<'_>,
    matched: Matched,
) -> Result<Proof<K, C>, Denial> {
    let view = credential.view();
    let refuse = |reason| Err(Denial::of(reason, view.facts.id));
    if !is_accepted::<K>(view.kind) {
        return refuse(DenialReason::WrongKind);
    }
    if context.workspace.removed {
        return refuse(DenialReason::WorkspaceRemoved);
    }
    if !context.account.stops.is_none() {
        return refuse(context.account.stops.reason());
    }
    if context.account.owner_is_inactive {
        return refuse(DenialReason::OwnerInactive);
    }
    if view.suspended {
        return refuse(DenialReason::Suspended);
    }
    if view.ends.is_some_and(|end| end <= context.now) {
        return refuse(DenialReason::Ended);
    }
    if matched.is_previous() && matched.until(view).is_none_or(|until| until <= context.now) {
        return refuse(DenialReason::OverlapEnded);
    }
    if let Err(reason) = check_address(context) {
        return refuse(reason);
    }
    if let Some(grant) = &view.grant
        && let Err(reason) = grant.check(context.address, context.required)
    {
        return refuse(reason);
    }
    Ok(Proof::new(Arc::clone(credential), matched, context.address.copied(), context.required))
}

#[inline]
fn check_address(context: &DecisionContext<'_>) -> Result<(), DenialReason> {
    let networks = &context.workspace.networks;
    match (networks.is_empty(), context.account.unlisted_workspaces, context.address) {
        (true, UnlistedWorkspaces::Open, _) => Ok(()),
        (false, _, None) => Err(DenialReason::AddressUnknown),
        (false, _, Some(address)) if networks.contains(address) => Ok(()),
        (true, UnlistedWorkspaces::Closed, _) | (false, _, Some(_)) => {
            Err(DenialReason::AddressNotAllowed)
        }
    }
}

/// Returns `true` if a credential can be used: it is neither suspended nor ended, its workspace is not removed, its account is
/// neither suspended nor closed, and its owner is not inactive.
pub(crate) fn is_usable(
    credential: &CredentialView,
    workspace: &WorkspaceView,
    account: AccountState,
    now: Timestamp,
) -> bool {
    let has_ended = credential.ends.is_some_and(|end| end <= now);
    let is_stopped = !account.stops.is_none() || account.owner_is_inactive;
    !(credential.suspended || has_ended || workspace.removed || is_stopped)
}

#[cfg(test)]
mod tests {
    use super::{CredentialView, WorkspaceView, is_usable};
    use crate::domain::policy::AccountView;
    use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord, sample};
    use crate::values::Timestamp;

    #[test]
    fn a_credential_its_workspace_and_its_account_must_be_active() {
        let now = Timestamp::from_micros(1_000).unwrap();
        let (credential, workspace) = (sample::credential(), sample::workspace());
        let account = sample::account();
        let usable = |credential: &CredentialRecord,
                      workspace: &WorkspaceRecord,
                      account: &AccountRecord| {
            let workspace = WorkspaceView::of(workspace);
            let account = AccountView::of(account).state(None);
            is_usable(&CredentialView::of(credential), &workspace, account, now)
        };
        assert!(usable(&credential, &workspace, &account));
        let expired = CredentialRecord { expires: Some(now), ..credential.clone() };
        assert!(!usable(&expired, &workspace, &account));
        let off = CredentialRecord { suspended: Some(now), ..credential.clone() };
        assert!(!usable(&off, &workspace, &account));
        let removed = WorkspaceRecord { removed: Some(now), ..workspace.clone() };
        assert!(!usable(&credential, &removed, &account));
        let suspended = AccountRecord { suspended: Some(now), ..account.clone() };
        assert!(!usable(&credential, &workspace, &suspended));
        let closed = AccountRecord { closed: Some(now), ..account };
        assert!(!usable(&credential, &workspace, &closed));
    }
}
