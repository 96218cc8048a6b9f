//! Creating, removing and reading workspaces.

use crate::domain::rules::{Needs, create_workspace, may_create, remove_workspace};
use crate::domain::{AccountRecord, CredentialRecord, Revision, Subject, WorkspaceRecord};
use crate::kinds::{Kind, Minimum, Track};
use crate::secrets::RecordTag;
use crate::shell::errors::{ManageError, Unavailable, UnavailableReason};
use crate::shell::minting::Minted;
use crate::shell::views::{Credential, Workspace};
use crate::store::{
    CorruptRow, HeaderChange, ListChange, Page, PageItem, PageSize, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{CredentialId, GenerationNumber, WorkspaceId};

use super::Manager;
use super::commit::{Operation, OwnAccount, until_committed};
use super::wishes::NewWorkspace;
use crate::shell::answers::{AddedWorkspace, CreatedWorkspace, Issued, IssuedTrackSet};

impl Manager<'_> {
    /// Creates a workspace with its first Track set, named `primary`. Use [`add_workspace`](Self::add_workspace) if the service does
    /// not have the default kinds. Only for an admin or the operator.
    ///
    /// # Errors
    ///
    /// The same refusals as [`add_workspace`](Self::add_workspace). Fails with
    /// [`UnregisteredKind`](crate::UnavailableReason::UnregisteredKind), and creates nothing, if the first credential of a
    /// workspace is not a Track set.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
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
    /// let attempt = Attempt::track(site_id.as_str(), primary.secret.expose());
    /// assert_eq!(keyward.verify(&attempt).await?.credential(), site_id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn create_workspace(
        &self,
        new: NewWorkspace,
    ) -> Result<CreatedWorkspace, ManageError> {
        let unregistered = || Unavailable::new(UnavailableReason::UnregisteredKind);
        let minimum = self.parts.kinds.minimum();
        minimum.filter(|minimum| minimum.kind == Track::WORD).ok_or_else(unregistered)?;
        let AddedWorkspace { workspace, first } = self.add_workspace(new).await?;
        let Issued { credential, secret } = first.ok_or_else(unregistered)?;
        let primary = IssuedTrackSet { credential, secret };
        Ok(CreatedWorkspace { workspace, primary })
    }

    /// Creates a workspace. If a registered kind requires at least one credential in each workspace, the first credential of that
    /// kind is created in the same transaction. Only for an admin or the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`WorkspaceIdTaken`](crate::Refusal::WorkspaceIdTaken) if the id was ever used, and with
    /// [`TooManyWorkspaces`](crate::Refusal::TooManyWorkspaces) if the account has reached
    /// [`Limits::workspaces`](crate::Limits::workspaces).
    pub async fn add_workspace(&self, new: NewWorkspace) -> Result<AddedWorkspace, ManageError> {
        let operation = self.operation()?;
        // Checked first, so that Argon2id does not run in vain.
        let known = self.permitted(Needs::ManageWorkspaces).await?;
        self.expect(known.map_or(Revision::NONE, |account| account.revision))?;
        let limits = &self.parts.limits;
        let taken = self.parts.records.workspace(&new.id).await?;
        let existing = self.count_workspaces(limits.workspaces).await?;
        may_create(taken.as_ref(), existing, limits)?;
        let made = match self.parts.kinds.minimum() {
            Some(minimum) => Some(self.first_credential(minimum, &new.id, &operation).await?),
            None => None,
        };
        until_committed(|| async {
            let known = self.permitted(Needs::ManageWorkspaces).await?;
            self.expect(known.as_ref().map_or(Revision::NONE, |account| account.revision))?;
            let first = AccountRecord {
                revision: Revision::NONE.next(),
                ..AccountRecord::new(self.actor.account().clone(), operation.id)
            };
            let account = match &known {
                Some(account) => OwnAccount::Unchanged(account),
                None => OwnAccount::Created(&first),
            };
            let taken = self.parts.records.workspace(&new.id).await?;
            let decision = create_workspace(
                account.record(),
                (new.id.clone(), new.name.clone()),
                (operation.id, operation.now),
                made.as_ref().map(|(record, _)| record.clone()),
                taken.as_ref(),
            )?;
            let header = HeaderChange::Workspace {
                read_at: Revision::NONE,
                record: decision.workspace.clone(),
                integrations: ListChange::Same,
                allowlist: ListChange::Same,
            };
            let subject = Subject::Workspace(new.id.clone());
            let commit =
                self.commit_header(&operation, header, account, subject, &decision).await?;
            Ok(commit.answer(|| {
                let first = made.as_ref().map(|(record, minted)| Issued {
                    credential: Credential::of(record, operation.now),
                    secret: minted.key(),
                });
                AddedWorkspace { workspace: Workspace::of(&decision.workspace), first }
            }))
        })
        .await
    }

    /// Counts the workspaces of the account, including corrupt ones. The count stops after the page that reaches `most`.
    async fn count_workspaces(&self, most: u32) -> Result<usize, ManageError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let account = self.actor.account().clone();
        let mut query = WorkspaceQuery { account, after: None, size: PageSize::MAX };
        let mut counted = 0;
        loop {
            let page = self.parts.records.workspaces(&query).await?;
            counted += page.items.len();
            query.after = page.next;
            if counted >= most || query.after.is_none() {
                return Ok(counted);
            }
        }
    }

    /// Creates the first credential of a new workspace.
    async fn first_credential(
        &self,
        Minimum { kind, first: name, .. }: &Minimum,
        workspace: &WorkspaceId,
        operation: &Operation,
    ) -> Result<(CredentialRecord, Minted), ManageError> {
        let id = CredentialId::draw(&self.parts.randomness)?;
        let minted = self.parts.minter.mint(self.actor.account(), *kind, id).await?;
        let number = GenerationNumber::FIRST;
        let record = CredentialRecord {
            id,
            account: self.actor.account().clone(),
            workspace: workspace.clone(),
            workspace_incarnation: operation.id,
            kind: *kind,
            name: name.clone(),
            created: operation.now,
            created_by: self.actor.by().clone(),
            revision: Revision::NONE.next(),
            current: self.parts.minter.generation(&minted, workspace, number, operation.now)?,
            previous: None,
            deprecation: None,
            suspended: None,
            expires: None,
            tag: RecordTag::NONE,
        };
        Ok((record, minted))
    }

    /// Removes a workspace if `typed_name` is its name, to prevent accidental removal. All its credentials stop working at once. This
    /// cannot be undone, and the id is never used again. Only for an admin or the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName) if the typed name differs. [`delete`](Self::delete)
    /// describes the comparison.
    pub async fn remove_workspace(
        &self,
        id: &WorkspaceId,
        typed_name: &str,
    ) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let scene = self.workspace_scene(id, Needs::ManageWorkspaces).await?;
            self.expect(scene.workspace.revision)?;
            let decision = remove_workspace(&scene.workspace, typed_name, operation.now)?;
            let header = HeaderChange::RemovedWorkspace {
                read_at: scene.workspace.revision,
                record: decision.workspace.clone(),
            };
            let subject = Subject::Workspace(id.clone());
            let account = OwnAccount::Unchanged(&scene.account);
            self.commit_header(&operation, header, account, subject, &decision).await
        })
        .await
    }

    /// Returns a workspace.
    pub async fn workspace(&self, id: &WorkspaceId) -> Result<Workspace, ManageError> {
        let scene = self.workspace_scene(id, Needs::ManageCredentials).await?;
        Ok(Workspace::of(&scene.workspace))
    }

    /// Returns a page of the workspaces of the account in the order of their names, without removed ones. A corrupt row, or a record
    /// from a newer release, is a separate item and does not hide the others.
    pub async fn workspaces(
        &self,
        after: Option<WorkspaceCursor>,
        size: PageSize,
    ) -> Result<Page<Workspace, WorkspaceCursor>, ManageError> {
        let known = self.permitted(Needs::ManageCredentials).await?;
        let account = self.actor.account().clone();
        let page = self.parts.records.workspaces(&WorkspaceQuery { account, after, size }).await?;
        let known = self.account_behind(known, &page).await?;
        let is_own = |record: &WorkspaceRecord| {
            known.as_ref().is_some_and(|account| record.check_account(account).is_ok())
        };
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(record) if is_own(&record) => PageItem::Record(Workspace::of(&record)),
            PageItem::Record(record) => PageItem::Corrupt(CorruptRow { id: record.id.to_string() }),
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
            PageItem::Newer { id } => PageItem::Newer { id },
        });
        Ok(Page { items: items.collect::<Vec<PageItem<Workspace>>>(), next: page.next })
    }
}
