//! What a decision hangs on, read in the order that makes it safe: headers before what depends on them.

use crate::domain::rules::{Needs, permit};
use crate::domain::{AccountRecord, CredentialRecord, Subject, WorkspaceRecord};
use crate::shell::errors::{ManageError, What};
use crate::store::{CredentialQuery, CredentialStore, PageItem, PageSize, Scope, StatusFilter};
use crate::values::{CredentialId, Kind, Name, Timestamp, WorkspaceId};

use super::Manager;

/// A credential, its workspace and the account.
#[derive(Debug)]
pub(super) struct CredentialScene {
    pub(super) place: WorkspaceScene,
    pub(super) credential: CredentialRecord,
}

/// A workspace and the account.
#[derive(Debug)]
pub(super) struct WorkspaceScene {
    pub(super) account: AccountRecord,
    pub(super) workspace: WorkspaceRecord,
}

impl Manager<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.inner.clock.now().wall
    }

    /// The account's header, where the actor may do what `needs` it.
    pub(super) async fn permitted(&self, needs: Needs) -> Result<AccountRecord, ManageError> {
        let id = self.actor.account();
        let account = self.inner.store.account(id).await?;
        let account = account.unwrap_or_else(|| AccountRecord::unwritten(id.clone()));
        permit(self.actor, needs, &account)?;
        Ok(account)
    }

    /// A workspace of the account, not removed.
    pub(super) async fn workspace_scene(
        &self,
        id: &WorkspaceId,
        needs: Needs,
    ) -> Result<WorkspaceScene, ManageError> {
        let account = self.permitted(needs).await?;
        let workspace = self.workspace_of(&account, id).await?;
        Ok(WorkspaceScene { account, workspace })
    }

    /// A credential of the account.
    pub(super) async fn credential_scene(
        &self,
        id: CredentialId,
    ) -> Result<CredentialScene, ManageError> {
        let account = self.permitted(Needs::ManageCredentials).await?;
        // Once to learn its workspace, which never changes, and once after the header.
        let workspace = self.credential_of(&account, id).await?.workspace;
        let workspace =
            self.workspace_of(&account, &workspace).await.map_err(|error| match error {
                ManageError::NotFound(_) => ManageError::NotFound(What::Credential),
                other => other,
            })?;
        let credential = self.credential_of(&account, id).await?;
        Ok(CredentialScene { place: WorkspaceScene { account, workspace }, credential })
    }

    /// A credential of the account, as it is now.
    pub(super) async fn credential_of(
        &self,
        account: &AccountRecord,
        id: CredentialId,
    ) -> Result<CredentialRecord, ManageError> {
        let record = self.inner.store.credential(id).await?;
        if record.is_none() {
            // Who hears that it is gone must not see it pass.
            self.inner.knowledge.forget(id);
        }
        let record = record
            .filter(|record| record.account == account.id)
            .ok_or(ManageError::NotFound(What::Credential))?;
        record.check()?;
        Ok(record)
    }

    async fn workspace_of(
        &self,
        account: &AccountRecord,
        id: &WorkspaceId,
    ) -> Result<WorkspaceRecord, ManageError> {
        let workspace = self.inner.store.workspace(id).await?;
        let own = workspace.filter(|record| record.account == account.id);
        if own.as_ref().is_some_and(|record| record.removed.is_some()) {
            // Who hears that it is gone must not see its keys pass.
            self.forget(&account.id, &Subject::Workspace(id.clone()));
        }
        own.filter(|record| record.removed.is_none()).ok_or(ManageError::NotFound(What::Workspace))
    }

    /// The credential of a workspace and kind that has this name, if one has.
    pub(super) async fn named(
        &self,
        workspace: &WorkspaceId,
        kind: Kind,
        name: &Name,
        now: Timestamp,
    ) -> Result<Option<CredentialId>, ManageError> {
        let scope = Scope::Workspace(workspace.clone());
        let query = CredentialQuery {
            kind: Some(kind),
            name: Some(name.key()),
            ..CredentialQuery::all(scope, now, PageSize::default())
        };
        let page = self.inner.store.credentials(&query).await?;
        Ok(page.items.into_iter().find_map(PageItem::record).map(|record| record.id))
    }

    /// The lasting Track sets of a workspace: at most a page of them.
    pub(super) async fn lasting(
        &self,
        workspace: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<CredentialRecord>, ManageError> {
        let scope = Scope::Workspace(workspace.clone());
        let query = CredentialQuery {
            status: Some(StatusFilter::Lasting),
            ..CredentialQuery::all(scope, now, PageSize::MAX)
        };
        let page = self.inner.store.credentials(&query).await?;
        Ok(page.items.into_iter().filter_map(PageItem::record).collect())
    }
}
