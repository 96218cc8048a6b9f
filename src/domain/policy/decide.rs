//! The decision about an attempt whose secret was right: state, then address.

use std::net::IpAddr;

use crate::domain::account::UnlistedWorkspaces;
use crate::values::{OfKind, Timestamp};

use super::denial::{Denial, DenialReason};
use super::secret_check::Matched;
use super::verified::{Notice, Verified};
use super::views::{AccountView, CredentialView, WorkspaceView};

/// An attempt with a right secret, and all that is known of what it asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) credential: &'a CredentialView,
    pub(crate) workspace: &'a WorkspaceView,
    pub(crate) account: &'a AccountView,
    pub(crate) address: Option<IpAddr>,
    pub(crate) now: Timestamp,
}

/// Decides. The secret came before: only its holder learns more than "no".
pub(crate) fn decide<K: OfKind>(case: &Case<'_>, matched: Matched) -> Result<Verified<K>, Denial> {
    let facts = &case.credential.facts;
    let refuse = |reason| Err(Denial::of(reason, facts.id));
    if facts.kind != K::KIND {
        return refuse(DenialReason::WrongKind);
    }
    if case.workspace.removed {
        return refuse(DenialReason::WorkspaceRemoved);
    }
    if case.account.suspended {
        return refuse(DenialReason::AccountSuspended);
    }
    if case.credential.suspended {
        return refuse(DenialReason::Suspended);
    }
    if case.credential.ends.is_some_and(|end| end <= case.now) {
        return refuse(DenialReason::Over);
    }
    if matched.until.is_some_and(|until| until <= case.now) {
        return refuse(DenialReason::OverlapEnded);
    }
    if let Err(reason) = check_address(case) {
        return refuse(reason);
    }
    let CredentialView { deprecation, ends, current, .. } = case.credential;
    let replaced = matched.until.map(|_| current.created);
    let notice = Notice::of(*deprecation, replaced, *ends, matched.until);
    Ok(Verified::new(facts.clone(), matched.generation, notice))
}

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
