//! Workspaces: created with their first Track set, and removed whole.

use crate::domain::rules::{Needs, create_workspace, may_create, remove_workspace};
use crate::domain::{CredentialRecord, Revision, Subject};
use crate::secrets::ApiKey;
use crate::shell::errors::ManageError;
use crate::shell::views::{Credential, Workspace};
use crate::store::{
    CredentialStore, HeaderChange, ListChange, Page, PageItem, PageSize, WorkspaceCursor,
    WorkspaceQuery,
};
use crate::values::{CredentialId, GenerationNumber, Kind, Name, WorkspaceId};

use super::Manager;
use super::answers::{CreatedWorkspace, IssuedTrackSet};
use super::commit::Commit;
use super::wishes::NewWorkspace;

impl Manager<'_> {
    /// Creates a workspace, and in the same commit its first Track set, named `primary`. For an admin or
    /// the operator.
    ///
    /// Refused with [`WorkspaceIdTaken`](crate::Refusal::WorkspaceIdTaken) where the id was ever used.
    ///
    /// ```
    /// # use keyward::*;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    /// let shop = NewWorkspace::new(WorkspaceId::new("acme/shop")?, Name::new("Shop")?);
    /// let created = keyward.manager(&admin).create_workspace(shop).await?;
    /// let primary = created.primary;
    /// assert_eq!(primary.credential.name.as_str(), "primary");
    ///
    /// let site_id = primary.credential.id;
    /// let attempt = Attempt::track(site_id.as_str(), primary.api_key.expose());
    /// assert_eq!(keyward.verify(&attempt).await?.credential(), site_id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn create_workspace(
        &self,
        new: NewWorkspace,
    ) -> Result<CreatedWorkspace, ManageError> {
        let mut operation = self.operation()?;
        // Before Argon2id runs for nothing.
        let account = self.permitted(Needs::ManageWorkspaces).await?;
        may_create(self.inner.store.workspace(&new.id).await?.as_ref())?;
        let id = CredentialId::draw(&self.inner.randomness)?;
        let minted = self.inner.mint(Kind::Track, id).await?;
        let first = GenerationNumber::FIRST;
        let primary = CredentialRecord {
            id,
            account: account.id,
            workspace: new.id.clone(),
            kind: Kind::Track,
            name: Name::primary(),
            created: operation.now,
            current: self.inner.generation(&minted, &new.id, first, operation.now)?,
            previous: None,
            deprecation: None,
            suspended: None,
            expires: None,
        };
        loop {
            operation.round()?;
            let account = self.permitted(Needs::ManageWorkspaces).await?;
            let taken = self.inner.store.workspace(&new.id).await?;
            let decision = create_workspace(primary.clone(), new.name.clone(), taken.as_ref())?;
            let header = HeaderChange::Workspace {
                read_at: Revision::NONE,
                record: decision.workspace.clone(),
                integrations: ListChange::Same,
                allowlist: ListChange::Same,
            };
            let subject = Subject::Workspace(new.id.clone());
            let done =
                self.commit_header(&operation, header, Some(&account), subject, &decision).await?;
            if done == Commit::Done {
                return Ok(CreatedWorkspace {
                    workspace: Workspace::of(&decision.workspace),
                    primary: IssuedTrackSet {
                        credential: Credential::of(&primary, operation.now),
                        api_key: ApiKey::new(&self.inner.brand, id, &minted.secret),
                    },
                });
            }
        }
    }

    /// Removes a workspace, its name typed once more: all its credentials end at once. For an admin or the
    /// operator. It cannot be undone, and the id stays taken.
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName) where the typed name is another.
    pub async fn remove_workspace(
        &self,
        id: &WorkspaceId,
        typed_name: &str,
    ) -> Result<(), ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.workspace_scene(id, Needs::ManageWorkspaces).await?;
            let decision = remove_workspace(&scene.workspace, typed_name, operation.now)?;
            let header = HeaderChange::RemovedWorkspace {
                read_at: scene.workspace.revision,
                record: decision.workspace.clone(),
            };
            let subject = Subject::Workspace(id.clone());
            let account = Some(&scene.account);
            if self.commit_header(&operation, header, account, subject, &decision).await?
                == Commit::Done
            {
                return Ok(());
            }
        }
    }

    /// A workspace, as a page shows it.
    pub async fn workspace(&self, id: &WorkspaceId) -> Result<Workspace, ManageError> {
        let scene = self.workspace_scene(id, Needs::ManageCredentials).await?;
        Ok(Workspace::of(&scene.workspace))
    }

    /// The account's workspaces in the order of their names, a page at a time; removed ones are left out.
    pub async fn workspaces(
        &self,
        after: Option<WorkspaceCursor>,
        size: PageSize,
    ) -> Result<Page<Workspace, WorkspaceCursor>, ManageError> {
        let account = self.permitted(Needs::ManageCredentials).await?.id;
        let page = self.inner.store.workspaces(&WorkspaceQuery { account, after, size }).await?;
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(record) => PageItem::Record(Workspace::of(&record)),
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
        });
        Ok(Page { items: items.collect::<Vec<PageItem<Workspace>>>(), next: page.next })
    }
}
