//! The rules for the allowlist of a workspace.

use std::collections::HashSet;

use crate::domain::allowlist::AllowlistEntry;
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{Network, NetworkSummary, Timestamp};

use super::Decision;
use super::limits::Limits;
use super::refusal::Refusal;

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
    if allowlist.len() > limits.allowlist_entries as usize {
        let most = limits.allowlist_entries;
        return Err(Refusal::TooMany { what: "allowlist entries", most });
    }
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

/// Removes the whole allowlist.
pub(crate) fn lift(workspace: &WorkspaceRecord) -> Option<Decision> {
    if workspace.allowlist.is_empty() {
        return None;
    }
    let entries = u32::try_from(workspace.allowlist.len()).unwrap_or(u32::MAX);
    Some(with_allowlist(workspace, Vec::new(), Action::Lifted { entries }))
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
