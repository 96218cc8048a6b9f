//! The integrations of a workspace and their credentials.

use crate::domain::rules::{self, Choice, Needs};
use crate::domain::{Connection, Integration, Refusal, Subject};
use crate::shell::errors::ManageError;
use crate::values::{CredentialId, WorkspaceId};

use super::Manager;
use super::commit::{Commit, until_committed};
use super::reads::WorkspaceRead;

impl Manager<'_> {
    /// Connects an integration with a credential, or changes the credential of a connected one. Without `choice`, it uses the only
    /// permanent credential of the required kind in the workspace whose owner is not [inactive](Self::deactivate).
    ///
    /// # Errors
    ///
    /// Refused with [`UnknownIntegration`](crate::Refusal::UnknownIntegration) if the integration is not declared,
    /// [`ChoiceRequired`](crate::Refusal::ChoiceRequired) if there is no such credential or more than one,
    /// [`OtherKind`](crate::Refusal::OtherKind), [`OtherWorkspace`](crate::Refusal::OtherWorkspace),
    /// [`Suspended`](crate::Refusal::Suspended), [`Ended`](crate::Refusal::Ended),
    /// [`InactiveOwner`](crate::Refusal::InactiveOwner) or [`TooMany`](crate::Refusal::TooMany).
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
    /// # let primary = created.first.credential;
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
            let read = self.read_workspace(workspace, Needs::ManageCredentials).await?;
            self.expect(read.workspace.revision)?;
            let kind = rules::used_kind(&self.parts.integrations, &integration)?;
            let connected = read.workspace.connection(&integration);
            let is_shown = match connected {
                Some(connection) => self.shows_connection(&read, connection).await?,
                None => true,
            };
            if !is_shown || !self.actor.includes_kind(kind.word()) {
                return Err(ManageError::Forbidden);
            }
            let given;
            let permanent;
            let choice = if let Some(id) = choice {
                given = self.own_credential(id).await?;
                if given.workspace == read.workspace.id {
                    given.check_workspace(&read.workspace)?;
                }
                Choice::Given(&given)
            } else {
                permanent = self.permanent(&read.workspace, kind.word(), operation.now).await?;
                Choice::Only(&permanent)
            };
            let (context, limits) = (read.context(self), &self.parts.limits);
            let ruling =
                rules::connect(context, &integration, choice, kind, limits, operation.now)?;
            let after = match &ruling {
                None => &read.workspace,
                Some(decision) => {
                    let commit = self.commit(&operation, &read, None, decision).await?;
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
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_workspace(workspace, Needs::ManageCredentials).await?;
            self.forget(&read.account.id, &Subject::Workspace(workspace.clone()));
            self.expect(read.workspace.revision)?;
            self.check_shown(&read, integration).await?;
            let decision = rules::disconnect(&read.workspace, integration)?;
            self.commit(&operation, &read, None, &decision).await
        })
        .await
    }

    /// Returns the integrations of a workspace and their credentials, in the order in which they were first connected. The list
    /// includes integrations that are no longer declared.
    pub async fn integrations(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<Connection>, ManageError> {
        let read = self.read_workspace(workspace, Needs::View).await?;
        let mut shown = Vec::new();
        for connection in &read.workspace.integrations {
            if self.shows_connection(&read, connection).await? {
                shown.push(connection.clone());
            }
        }
        Ok(shown)
    }

    /// Refuses an integration that is connected with a credential outside the limits of the actor, like one that is not connected.
    async fn check_shown(
        &self,
        read: &WorkspaceRead,
        integration: &Integration,
    ) -> Result<(), ManageError> {
        match read.workspace.connection(integration) {
            Some(connection) if !self.shows_connection(read, connection).await? => {
                Err(Refusal::NotConnected.into())
            }
            _ => Ok(()),
        }
    }

    /// Returns `true` if the credential of the connection is within the limits of the actor.
    async fn shows_connection(
        &self,
        read: &WorkspaceRead,
        connection: &Connection,
    ) -> Result<bool, ManageError> {
        if self.actor.kinds().is_none() {
            return Ok(true);
        }
        match self.own_credential(connection.credential).await {
            Ok(record) => Ok(record.check_workspace(&read.workspace).is_ok()),
            Err(ManageError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
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
        let read = self.read_workspace(workspace, Needs::View).await?;
        rules::used_kind(&self.parts.integrations, integration)?;
        self.check_shown(&read, integration).await?;
        let used = rules::connected(&read.workspace, integration)?;
        let record = self.own_credential(used).await?;
        record.check_workspace(&read.workspace)?;
        Ok(rules::snippet(&self.parts.integrations, integration, &record)?)
    }
}
