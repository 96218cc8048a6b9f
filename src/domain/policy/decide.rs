//! The decision about an attempt whose secret was right: state, then address.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::account::UnlistedWorkspaces;
use crate::kinds::{AcceptedKind, is_accepted};
use crate::values::Timestamp;

use super::denial::{Denial, DenialReason};
use super::secret_check::Matched;
use super::verified::Proof;
use super::views::{AccountView, Known, WorkspaceView};

/// An attempt with a right secret, and all that is known beside its credential.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) workspace: &'a WorkspaceView,
    pub(crate) account: &'a AccountView,
    pub(crate) address: Option<&'a IpAddr>,
    pub(crate) now: Timestamp,
}

/// Decides. The secret came before: only its holder learns more than "no".
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
