//! Which Track set an integration uses.

use crate::domain::rules::{self, Choice, Needs};
use crate::domain::{Connection, Integration};
use crate::shell::errors::ManageError;
use crate::values::{CredentialId, WorkspaceId};

use super::Manager;
use super::commit::Commit;

impl Manager<'_> {
    /// Chooses a Track set for an integration, or another one. Without `choice` it is the workspace's only
    /// lasting Track set.
    ///
    /// Refused with [`ChoiceRequired`](crate::Refusal::ChoiceRequired) where there are several,
    /// [`NotATrackSet`](crate::Refusal::NotATrackSet), [`OtherWorkspace`](crate::Refusal::OtherWorkspace),
    /// [`Suspended`](crate::Refusal::Suspended), [`Over`](crate::Refusal::Over) or
    /// [`TooMany`](crate::Refusal::TooMany).
    ///
    /// ```
    /// # use keyward::*;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let created = manager
    /// #     .create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let primary = created.primary.credential;
    /// let connection = manager.connect(&workspace, Integration::Segment, None).await?;
    /// assert_eq!(connection.credential, primary.id);
    ///
    /// let impact = manager.deletion_impact(primary.id).await?;
    /// assert_eq!(impact.integrations, [Integration::Segment]);
    /// assert_eq!(impact.last_lasting, LastLasting::Yes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn connect(
        &self,
        workspace: &WorkspaceId,
        integration: Integration,
        choice: Option<CredentialId>,
    ) -> Result<Connection, ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
            let given;
            let lasting;
            let choice = if let Some(id) = choice {
                given = self.credential_of(&scene.account, id).await?;
                Choice::Given(&given)
            } else {
                lasting = self.lasting(workspace, operation.now).await?;
                Choice::Only(&lasting)
            };
            let limits = &self.inner.limits;
            let ruling =
                rules::connect(&scene.workspace, &integration, choice, limits, operation.now)?;
            let after = match &ruling {
                None => &scene.workspace,
                Some(decision) => {
                    if self.commit(&operation, &scene, None, decision).await? == Commit::Conflict {
                        continue;
                    }
                    &decision.workspace
                }
            };
            let connected =
                after.integrations.iter().find(|known| known.integration.is_same_as(&integration));
            if let Some(connection) = connected {
                return Ok(connection.clone());
            }
        }
    }

    /// Takes an integration out of a workspace.
    ///
    /// Refused with [`NotConnected`](crate::Refusal::NotConnected).
    pub async fn disconnect(
        &self,
        workspace: &WorkspaceId,
        integration: &Integration,
    ) -> Result<(), ManageError> {
        self.change_workspace(workspace, |scene, _| {
            rules::disconnect(&scene.workspace, integration).map(Some)
        })
        .await
    }

    /// A workspace's integrations and the Track sets that they use, in the order in which they were first
    /// connected.
    pub async fn integrations(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<Connection>, ManageError> {
        let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
        Ok(scene.workspace.integrations)
    }
}
