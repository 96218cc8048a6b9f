//! Decides which attempts pass, independently and as simply as possible.

use std::net::IpAddr;

use keyward::store::{AccountRecord, CredentialRecord, WorkspaceRecord};
use keyward::{DenialReason, manage::UnlistedWorkspaces, time::Timestamp};

use crate::history::Lines;
use crate::node::{Begun, Node};
use crate::world::Key;

/// Returns the outcome of an attempt for each state of the history that `node` may know.
pub(crate) fn verdicts(
    lines: &Lines,
    node: &Node,
    key: &Key,
    address: Option<IpAddr>,
    begun: &Begun,
) -> Vec<Result<(), DenialReason>> {
    let (at, freshness, floors) = (begun.moment, node.staleness(), &begun.floors);
    let versions = &lines.credentials[&key.id];
    let credentials = versions.fresh(at, freshness, floors.credential).map(|it| (it, true));
    // A node that has returned that a credential is deleted may still find the removed workspace first.
    let ended = versions.beside(floors.credential).map(|it| (it, false));
    let workspaces = || lines.workspaces[&key.workspace].fresh(at, freshness, floors.workspace);
    let accounts = || lines.accounts[&key.account].fresh(at, freshness, floors.account);
    let mut verdicts = Vec::new();
    for (credential, may_pass) in credentials.chain(ended) {
        for workspace in workspaces() {
            for account in accounts() {
                let state = State { credential, workspace, account };
                let verdict = state.decide(key, address, begun.wall);
                if (may_pass || verdict.is_err()) && !verdicts.contains(&verdict) {
                    verdicts.push(verdict);
                }
            }
        }
    }
    verdicts
}

struct State<'a> {
    credential: Option<&'a CredentialRecord>,
    workspace: Option<&'a WorkspaceRecord>,
    account: Option<&'a AccountRecord>,
}

impl State<'_> {
    fn decide(
        &self,
        key: &Key,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), DenialReason> {
        let credential = self.credential.ok_or(DenialReason::Unknown)?;
        credential.generation(key.generation).ok_or(DenialReason::WrongSecret)?;
        let workspace = self.workspace.unwrap();
        let replaced = credential.previous.as_ref().map(|previous| previous.until);
        let ended = replaced.filter(|_| key.generation != credential.current.number);
        if workspace.removed.is_some() {
            Err(DenialReason::WorkspaceRemoved)
        } else if self.account.is_some_and(|account| account.closed.is_some()) {
            Err(DenialReason::AccountClosed)
        } else if self.account.is_some_and(|account| account.suspended.is_some()) {
            Err(DenialReason::AccountSuspended)
        } else if self.is_stopped_by_owner(credential) {
            Err(DenialReason::OwnerInactive)
        } else if credential.suspended.is_some() {
            Err(DenialReason::Suspended)
        } else if credential.ends().is_some_and(|end| end <= now) {
            Err(DenialReason::Ended)
        } else if ended.is_some_and(|end| end <= now) {
            Err(DenialReason::OverlapEnded)
        } else {
            self.may_come_from(workspace, address)?;
            may_come_to(credential, address)?;
            // Every attempt of the simulation requires a scope, and a credential has all of them or none.
            let has_scope = credential.grant.scopes.is_all();
            if has_scope { Ok(()) } else { Err(DenialReason::InsufficientScope) }
        }
    }

    fn is_stopped_by_owner(&self, credential: &CredentialRecord) -> bool {
        let (member, account) = (credential.grant.owner.member(), self.account);
        member
            .zip(account)
            .is_some_and(|(member, account)| account.inactive_owners.includes(&account.id, member))
    }

    fn may_come_from(
        &self,
        workspace: &WorkspaceRecord,
        address: Option<IpAddr>,
    ) -> Result<(), DenialReason> {
        let listed = |address| workspace.allowlist.iter().any(|it| it.network.contains(address));
        let unlisted = self.account.map(|account| account.unlisted_workspaces);
        match address {
            _ if workspace.allowlist.is_empty() => match unlisted.unwrap_or_default() {
                UnlistedWorkspaces::Open => Ok(()),
                UnlistedWorkspaces::Closed => Err(DenialReason::AddressNotAllowed),
            },
            None => Err(DenialReason::AddressUnknown),
            Some(address) if listed(address) => Ok(()),
            Some(_) => Err(DenialReason::AddressNotAllowed),
        }
    }
}

/// Checks the networks of the credential itself.
fn may_come_to(credential: &CredentialRecord, address: Option<IpAddr>) -> Result<(), DenialReason> {
    let Some(networks) = &credential.grant.networks else { return Ok(()) };
    let address = address.ok_or(DenialReason::AddressUnknown)?;
    let listed = networks.as_slice().iter().any(|network| network.contains(address));
    if listed { Ok(()) } else { Err(DenialReason::AddressNotAllowed) }
}
