//! The rules for the allowlist of a workspace.

use std::collections::HashSet;

use crate::domain::allowlist::AllowlistEntry;
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{Network, NetworkSummary, Timestamp};

use super::Decision;
use super::limits::Limits;
use super::refusal::Refusal;

/// A change of an allowlist, for a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowlistChange {
    /// As [`Manager::allow`](crate::Manager::allow) does it.
    Add(Vec<Network>),
    /// As [`Manager::disallow`](crate::Manager::disallow) does it.
    Remove(Vec<Network>),
    /// As [`Manager::replace_allowlist`](crate::Manager::replace_allowlist) does it.
    Replace(Vec<Network>),
    /// As [`Manager::lift`](crate::Manager::lift) does it.
    Lift,
}

/// Adds networks to the allowlist: all of them or none.
pub(crate) fn allow(
    workspace: &WorkspaceRecord,
    networks: &[Network],
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut allowlist = workspace.allowlist.clone();
    let mut known: HashSet<_> = allowlist.iter().map(|entry| entry.network).collect();
    for network in distinct(networks)? {
        if !known.insert(network) {
            return Err(Refusal::DuplicateNetwork { network });
        }
        allowlist.push(AllowlistEntry { network, added: now });
    }
    within(&allowlist, limits)?;
    let action = Action::Allowed { networks: NetworkSummary::of(networks) };
    Ok(with_allowlist(workspace, allowlist, action))
}

/// Removes networks from the allowlist: all of them or none. Only [`lift`] removes the last entries.
pub(crate) fn disallow(
    workspace: &WorkspaceRecord,
    networks: &[Network],
) -> Result<Decision, Refusal> {
    let mut allowlist = workspace.allowlist.clone();
    for network in distinct(networks)? {
        let place = allowlist
            .iter()
            .position(|entry| entry.network == network)
            .ok_or(Refusal::NotListed { network })?;
        allowlist.remove(place);
    }
    if allowlist.is_empty() {
        return Err(Refusal::LastEntry);
    }
    let action = Action::Disallowed { networks: NetworkSummary::of(networks) };
    Ok(with_allowlist(workspace, allowlist, action))
}

/// Replaces the allowlist. An entry that stays keeps its place and its time. Only [`lift`] removes the last entries.
pub(crate) fn replace_allowlist(
    workspace: &WorkspaceRecord,
    networks: &[Network],
    limits: &Limits,
    now: Timestamp,
) -> Result<Option<Decision>, Refusal> {
    let wanted: HashSet<_> = distinct(networks)?.collect();
    let known: HashSet<_> = workspace.allowlist.iter().map(|entry| entry.network).collect();
    let added: Vec<_> = networks.iter().copied().filter(|it| !known.contains(it)).collect();
    let mut allowlist = workspace.allowlist.clone();
    let mut removed = Vec::new();
    allowlist.retain(|entry| {
        let stays = wanted.contains(&entry.network);
        removed.extend((!stays).then_some(entry.network));
        stays
    });
    allowlist.extend(added.iter().map(|network| AllowlistEntry { network: *network, added: now }));
    if added.is_empty() && removed.is_empty() {
        return Ok(None);
    }
    within(&allowlist, limits)?;
    let [added, removed] = [&added, &removed].map(|networks| NetworkSummary::of(networks));
    let action = Action::AllowlistReplaced { added, removed };
    Ok(Some(with_allowlist(workspace, allowlist, action)))
}

/// Decides a change of the allowlist.
pub(crate) fn change_allowlist(
    workspace: &WorkspaceRecord,
    change: &AllowlistChange,
    limits: &Limits,
    now: Timestamp,
) -> Result<Option<Decision>, Refusal> {
    match change {
        AllowlistChange::Add(networks) => allow(workspace, networks, limits, now).map(Some),
        AllowlistChange::Remove(networks) => disallow(workspace, networks).map(Some),
        AllowlistChange::Replace(networks) => replace_allowlist(workspace, networks, limits, now),
        AllowlistChange::Lift => Ok(lift(workspace)),
    }
}

/// Removes the whole allowlist.
pub(crate) fn lift(workspace: &WorkspaceRecord) -> Option<Decision> {
    if workspace.allowlist.is_empty() {
        return None;
    }
    let entries = u32::try_from(workspace.allowlist.len()).unwrap_or(u32::MAX);
    Some(with_allowlist(workspace, Vec::new(), Action::Lifted { entries }))
}

fn within(allowlist: &[AllowlistEntry], limits: &Limits) -> Result<(), Refusal> {
    let limit = limits.allowlist_entries;
    if allowlist.len() > limit as usize {
        return Err(Refusal::TooMany { what: "allowlist entries", limit });
    }
    Ok(())
}

fn distinct(networks: &[Network]) -> Result<impl Iterator<Item = Network>, Refusal> {
    if networks.is_empty() {
        return Err(Refusal::NoNetworks);
    }
    let mut seen = HashSet::new();
    match networks.iter().find(|network| !seen.insert(**network)) {
        Some(twice) => Err(Refusal::DuplicateNetwork { network: *twice }),
        None => Ok(networks.iter().copied()),
    }
}

fn with_allowlist(
    workspace: &WorkspaceRecord,
    allowlist: Vec<AllowlistEntry>,
    action: Action,
) -> Decision {
    let workspace =
        WorkspaceRecord { revision: workspace.revision.next(), allowlist, ..workspace.clone() };
    Decision { workspace, edit: None, action }
}
