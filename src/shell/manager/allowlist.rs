//! The allowlist of a workspace.

use crate::domain::AllowlistEntry;
use crate::domain::rules::{self, Needs};
use crate::shell::errors::ManageError;
use crate::values::{Network, WorkspaceId};

use super::Manager;

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
        self.change_workspace(workspace, |scene, now| {
            rules::allow(&scene.workspace, networks, &limits, now).map(Some)
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
        self.change_workspace(workspace, |scene, _| {
            rules::disallow(&scene.workspace, networks).map(Some)
        })
        .await
    }

    /// Removes the whole allowlist of a workspace. The setting
    /// [`unlisted_workspaces`](crate::manage::Account::unlisted_workspaces) of the account then decides whether it is open.
    pub async fn lift(&self, workspace: &WorkspaceId) -> Result<(), ManageError> {
        self.change_workspace(workspace, |scene, _| Ok(rules::lift(&scene.workspace))).await
    }

    /// Returns the allowlist of a workspace, oldest entry first. An empty allowlist does not restrict the workspace by itself.
    pub async fn allowlist(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<AllowlistEntry>, ManageError> {
        let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
        Ok(scene.workspace.allowlist)
    }
}
