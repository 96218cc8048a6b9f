//! Which networks may reach a workspace.

use crate::domain::AllowlistEntry;
use crate::domain::rules::{self, Needs};
use crate::shell::errors::ManageError;
use crate::values::{Network, WorkspaceId};

use super::Manager;

impl Manager<'_> {
    /// Lets networks reach a workspace: all of them or none. With the first entry the workspace is restricted:
    /// from then on only listed addresses pass, even with a valid key.
    ///
    /// Refused with [`NoNetworks`](crate::Refusal::NoNetworks),
    /// [`DuplicateNetwork`](crate::Refusal::DuplicateNetwork) or [`TooMany`](crate::Refusal::TooMany).
    pub async fn allow(
        &self,
        workspace: &WorkspaceId,
        networks: &[Network],
    ) -> Result<(), ManageError> {
        let limits = self.parts.limits;
        self.change_workspace(workspace, |scene, now| {
            rules::allow(&scene.workspace, networks, &limits, now).map(Some)
        })
        .await
    }

    /// Takes networks off a workspace's allowlist: all of them or none. The last entries are taken off by
    /// [`lift`](Self::lift) only.
    ///
    /// Refused with [`NoNetworks`](crate::Refusal::NoNetworks),
    /// [`DuplicateNetwork`](crate::Refusal::DuplicateNetwork), [`NotListed`](crate::Refusal::NotListed) or
    /// [`LastEntry`](crate::Refusal::LastEntry).
    pub async fn disallow(
        &self,
        workspace: &WorkspaceId,
        networks: &[Network],
    ) -> Result<(), ManageError> {
        self.change_workspace(workspace, |scene, _| {
            rules::disallow(&scene.workspace, networks).map(Some)
        })
        .await
    }

    /// Removes a workspace's whole allowlist. Then it is open or closed as the account's
    /// [`unlisted_workspaces`](crate::manage::Account::unlisted_workspaces) says.
    pub async fn lift(&self, workspace: &WorkspaceId) -> Result<(), ManageError> {
        self.change_workspace(workspace, |scene, _| Ok(rules::lift(&scene.workspace))).await
    }

    /// A workspace's allowlist, in the order in which the networks were allowed. An empty one restricts
    /// nothing by itself.
    pub async fn allowlist(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<AllowlistEntry>, ManageError> {
        let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
        Ok(scene.workspace.allowlist)
    }
}
