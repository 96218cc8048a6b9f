//! The integrations of a workspace and their credentials.

use crate::domain::rules::{self, Choice, Needs};
use crate::domain::{Connection, Integration};
use crate::shell::errors::ManageError;
use crate::values::{CredentialId, WorkspaceId};

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Connects an integration with a credential, or changes the credential of a connected one. Without `choice`, it uses the only
    /// permanent credential of the required kind in the workspace.
    ///
    /// # Errors
    ///
    /// Refused with [`UnknownIntegration`](crate::Refusal::UnknownIntegration) if the integration is not declared,
    /// [`ChoiceRequired`](crate::Refusal::ChoiceRequired) if there is no such credential or more than one,
    /// [`OtherKind`](crate::Refusal::OtherKind), [`OtherWorkspace`](crate::Refusal::OtherWorkspace),
    /// [`Suspended`](crate::Refusal::Suspended), [`Ended`](crate::Refusal::Ended) or
    /// [`TooMany`](crate::Refusal::TooMany).
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
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
    /// assert!(impact.is_last_permanent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn connect(
        &self,
        workspace: &WorkspaceId,
        integration: Integration,
        choice: Option<CredentialId>,
    ) -> Result<Connection, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
            self.expect(scene.workspace.revision)?;
            let kind = rules::used_kind(&self.parts.integrations, &integration)?;
            let given;
            let permanent;
            let choice = if let Some(id) = choice {
                given = self.own_credential(id).await?;
                if given.workspace == scene.workspace.id {
                    given.check_workspace(&scene.workspace)?;
                }
                Choice::Given(&given)
            } else {
                permanent = self.permanent(&scene.workspace, kind.word(), operation.now).await?;
                Choice::Only(&permanent)
            };
            let limits = &self.parts.limits;
            let ruling = rules::connect(
                &scene.workspace,
                &integration,
                choice,
                kind,
                limits,
                operation.now,
            )?;
            let after = match &ruling {
                None => &scene.workspace,
                Some(decision) => {
                    let commit = self.commit(&operation, &scene, None, decision).await?;
                    if commit == Commit::Conflict {
                        return Ok(Commit::Conflict);
                    }
                    &decision.workspace
                }
            };
            let mut connections = after.integrations.iter();
            let connected = connections.find(|known| known.integration.is_same_as(&integration));
            Ok(connected.cloned().map_or(Commit::Conflict, Commit::Done))
        })
        .await
    }

    /// Disconnects an integration from a workspace, even if it is no longer declared.
    ///
    /// # Errors
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

    /// Returns the integrations of a workspace and their credentials, in the order in which they were first connected. The list
    /// includes integrations that are no longer declared.
    pub async fn integrations(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<Connection>, ManageError> {
        let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
        Ok(scene.workspace.integrations)
    }

    /// Returns the snippet that customers put on their pages for a connected integration: the declared
    /// [template](crate::kind::IntegrationSpec::snippet) with the public id of the credential. It never contains a secret.
    ///
    /// # Errors
    ///
    /// Refused with [`UnknownIntegration`](crate::Refusal::UnknownIntegration) if the integration is not declared,
    /// [`NotConnected`](crate::Refusal::NotConnected), [`NoSnippet`](crate::Refusal::NoSnippet), or
    /// [`OtherKind`](crate::Refusal::OtherKind) if the integration is now declared for another kind.
    ///
    /// ```
    /// use keyward::{kind::IntegrationSpec, manage::Integration, Track};
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    ///
    /// const PIXEL: IntegrationSpec = IntegrationSpec::new::<Track>("pixel", "Tracking pixel")
    ///     .snippet(r#"<img src="https://acme.test/p.gif?site={{public_id}}">"#);
    /// # pollster::block_on(async {
    /// # let (store, keys) = (MemoryStore::new(), MasterKeys::new(MasterKey::generate()?));
    ///
    /// let keyward = Keyward::builder(store, keys)
    /// #   .slow_hash(SlowHashParams::dangerous_cheap())
    ///     .integrations([PIXEL])
    ///     .build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    ///
    /// let pixel = Integration::from(PIXEL.word());
    /// let connection = manager.connect(&workspace, pixel.clone(), None).await?;
    /// let snippet = manager.snippet(&workspace, &pixel).await?;
    /// let public_id = connection.credential;
    /// assert_eq!(snippet, format!(r#"<img src="https://acme.test/p.gif?site={public_id}">"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn snippet(
        &self,
        workspace: &WorkspaceId,
        integration: &Integration,
    ) -> Result<String, ManageError> {
        let scene = self.workspace_scene(workspace, Needs::ManageCredentials).await?;
        rules::used_kind(&self.parts.integrations, integration)?;
        let used = rules::connected(&scene.workspace, integration)?;
        let record = self.own_credential(used).await?;
        record.check_workspace(&scene.workspace)?;
        Ok(rules::snippet(&self.parts.integrations, integration, &record)?)
    }
}
