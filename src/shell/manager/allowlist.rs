//! The allowlist of a workspace.

use std::collections::HashSet;

use crate::domain::rules::{self, Needs};
use crate::domain::{AllowlistChange, AllowlistEntry};
use crate::shell::errors::ManageError;
use crate::values::{Network, WorkspaceId};

use super::Manager;
use super::reads::WorkspaceRead;
use crate::shell::answers::AllowlistPreview;

impl Manager<'_> {
    /// Adds all given networks to the allowlist of a workspace. The first entry restricts the workspace: from then on, a valid key
    /// is accepted only from a listed address.
    ///
    /// # Errors
    ///
    /// Refused with [`NoNetworks`](crate::Refusal::NoNetworks),
    /// [`DuplicateNetwork`](crate::Refusal::DuplicateNetwork) or [`TooMany`](crate::Refusal::TooMany).
    pub async fn allow(
        &self,
        workspace: &WorkspaceId,
        networks: &[Network],
    ) -> Result<(), ManageError> {
        let limits = self.parts.limits;
        self.change_workspace(workspace, Needs::ManageAllowlist, |read, now| {
            rules::allow(&read.workspace, networks, &limits, now).map(Some)
        })
        .await
    }

    /// Removes all given networks from the allowlist of a workspace. Only [`lift`](Self::lift) removes the last entries.
    ///
    /// # Errors
    ///
    /// Refused with [`NoNetworks`](crate::Refusal::NoNetworks),
    /// [`DuplicateNetwork`](crate::Refusal::DuplicateNetwork), [`NotListed`](crate::Refusal::NotListed) or
    /// [`LastEntry`](crate::Refusal::LastEntry).
    pub async fn disallow(
        &self,
        workspace: &WorkspaceId,
        networks: &[Network],
    ) -> Result<(), ManageError> {
        self.change_workspace(workspace, Needs::ManageAllowlist, |read, _| {
            rules::disallow(&read.workspace, networks).map(Some)
        })
        .await
    }

    /// Replaces the allowlist of a workspace in one commit. An entry that stays keeps its place and its time. The event lists the
    /// networks that were added and those that were removed.
    ///
    /// # Errors
    ///
    /// Refused with [`NoNetworks`](crate::Refusal::NoNetworks), because only [`lift`](Self::lift) removes all entries,
    /// [`DuplicateNetwork`](crate::Refusal::DuplicateNetwork) or [`TooMany`](crate::Refusal::TooMany).
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// let networks = vec!["203.0.113.0/24".parse::<Network>()?, "2001:db8::/32".parse()?];
    ///
    /// // First show what the list would be.
    /// let change = AllowlistChange::Replace(networks.clone());
    /// let preview = manager.preview_allowlist(&workspace, &change).await?;
    /// assert_eq!(preview.added, networks);
    ///
    /// // After the confirmation, make the change that was shown, or none.
    /// let manager = manager.if_revision(preview.revision);
    /// manager.replace_allowlist(&workspace, &networks).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn replace_allowlist(
        &self,
        workspace: &WorkspaceId,
        networks: &[Network],
    ) -> Result<(), ManageError> {
        let limits = self.parts.limits;
        self.change_workspace(workspace, Needs::ManageAllowlist, |read, now| {
            rules::replace_allowlist(&read.workspace, networks, &limits, now)
        })
        .await
    }

    /// Returns what the allowlist of a workspace would be after a change, for a page that asks for confirmation. Changes nothing, and
    /// writes no event. If the host [remembers](crate::Builder::remember_networks) networks, the preview has a dry run: for
    /// each credential that was used in the last 30 days, it says whether the credential keeps access, loses it, or whether this is
    /// unknown.
    ///
    /// # Errors
    ///
    /// Refused like the change itself.
    pub async fn preview_allowlist(
        &self,
        workspace: &WorkspaceId,
        change: &AllowlistChange,
    ) -> Result<AllowlistPreview, ManageError> {
        let WorkspaceRead { account, workspace } =
            self.read_workspace(workspace, Needs::ManageAllowlist).await?;
        let ruling = rules::change_allowlist(&workspace, change, &self.parts.limits, self.now())?;
        let before = networks(&workspace.allowlist);
        let entries = match ruling {
            Some(decision) => decision.workspace.allowlist,
            None => workspace.allowlist.clone(),
        };
        let dry_run = self.dry_run(&account, &workspace, &entries).await?;
        let after = networks(&entries);
        let [added, removed] =
            [(&after, &before), (&before, &after)].map(|(list, other)| beyond(list, other));
        Ok(AllowlistPreview { revision: workspace.revision, entries, added, removed, dry_run })
    }

    /// Removes the whole allowlist of a workspace. The setting
    /// [`unlisted_workspaces`](crate::manage::Account::unlisted_workspaces) of the account then decides whether it is open.
    pub async fn lift(&self, workspace: &WorkspaceId) -> Result<(), ManageError> {
        let needs = Needs::ManageAllowlist;
        self.change_workspace(workspace, needs, |read, _| Ok(rules::lift(&read.workspace))).await
    }

    /// Returns the allowlist of a workspace, oldest entry first. An empty allowlist does not restrict the workspace by itself.
    pub async fn allowlist(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<AllowlistEntry>, ManageError> {
        let read = self.read_workspace(workspace, Needs::View).await?;
        Ok(read.workspace.allowlist)
    }
}

fn networks(allowlist: &[AllowlistEntry]) -> Vec<Network> {
    allowlist.iter().map(|entry| entry.network).collect()
}

/// Returns the networks that only the first list has.
fn beyond(list: &[Network], other: &[Network]) -> Vec<Network> {
    let other: HashSet<_> = other.iter().collect();
    list.iter().filter(|network| !other.contains(network)).copied().collect()
}
