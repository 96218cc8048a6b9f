//! Creating, renaming, removing and reading workspaces.

use crate::domain::rules::{
    Needs, RepeatableRequest, create_workspace, may_create, rename_workspace, repeated_workspace,
};
use crate::domain::{
    AccountRecord, Action, CredentialRecord, Grant, Revision, Subject, WorkspaceRecord,
};
use crate::kinds::{Kind, Minimum, Track};
use crate::secrets::RecordTag;
use crate::shell::errors::{ManageError, Unavailable};
use crate::shell::minting::Minted;
use crate::shell::views::{Credential, Workspace};
use crate::store::{
    CorruptRow, HeaderChange, ListChange, Page, PageItem, PageSize, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{GenerationNumber, Name, WorkspaceId};

use super::Manager;
use super::commit::{Commit, Operation, OwnAccount, until_committed};
use super::inputs::NewWorkspace;
use crate::shell::answers::{CreatedWorkspace, Issued};

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
    /// let primary = created.first;
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
        let minimum = self.parts.kinds.minimum();
        let minimum = minimum.filter(|minimum| minimum.kind == Track::WORD);
        minimum.ok_or_else(Unavailable::no_track_sets)?;
        let CreatedWorkspace { workspace, first } = self.add_workspace(new).await?;
        Ok(CreatedWorkspace { workspace, first: first.ok_or_else(Unavailable::no_track_sets)? })
    }

    /// Creates a workspace. If a registered kind requires at least one credential in each workspace, the first credential of that
    /// kind is created in the same transaction. Only for an admin or the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`WorkspaceIdTaken`](crate::Refusal::WorkspaceIdTaken) if the id was ever used, and with
    /// [`TooManyWorkspaces`](crate::Refusal::TooManyWorkspaces) if the account has reached
    /// [`Limits::workspaces`](crate::Limits::workspaces). [`Repeated`](crate::ManageError::Repeated) after an earlier call with the
    /// same [operation id](NewWorkspace::operation).
    pub async fn add_workspace(
        &self,
        new: NewWorkspace,
    ) -> Result<CreatedWorkspace<Option<Issued>>, ManageError> {
        let operation = self.operation_with(new.operation.as_deref())?;
        if let Some(made) = self.made_before(&operation, &new.name).await? {
            return Ok(made);
        }
        let outcome = self.add_first(&operation, &new).await;
        if matches!(outcome, Err(ManageError::Refused(_)))
            && let Some(made) = self.made_before(&operation, &new.name).await?
        {
            return Ok(made);
        }
        outcome
    }

    /// Returns the workspace that an earlier call with this operation id created, if it has no first credential. Fails with
    /// [`ManageError::Repeated`] if it has one.
    async fn made_before(
        &self,
        operation: &Operation,
        name: &Name,
    ) -> Result<Option<CreatedWorkspace<Option<Issued>>>, ManageError> {
        if !operation.is_chosen {
            return Ok(None);
        }
        self.permitted(Needs::ManageWorkspaces).await?;
        let Some(event) = self.own_event(operation.id).await? else { return Ok(None) };
        let id = repeated_workspace(&event, name)?;
        if let Action::WorkspaceCreated { first: Some(_), .. } = &event.action {
            self.first_time(operation, &RepeatableRequest::CreateWorkspace { name }).await?;
        }
        let read = self.read_workspace(id, Needs::ManageWorkspaces).await?;
        Ok(Some(CreatedWorkspace { workspace: self.shown(&read.workspace), first: None }))
    }

    async fn add_first(
        &self,
        operation: &Operation,
        new: &NewWorkspace,
    ) -> Result<CreatedWorkspace<Option<Issued>>, ManageError> {
        // Checked first, so that a refused call does not run Argon2id.
        let known = self.permitted(Needs::ManageWorkspaces).await?;
        self.expect(known.map_or(Revision::NONE, |account| account.revision))?;
        let limits = &self.parts.limits;
        let taken = self.parts.records.workspace(&new.id).await?;
        let existing = self.count_workspaces(limits.workspaces).await?;
        may_create(taken.as_ref(), existing, limits)?;
        let made = match self.parts.kinds.minimum() {
            Some(minimum) => Some(self.first_credential(minimum, &new.id, operation).await?),
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
            let commit = self.commit_header(operation, header, account, subject, &decision).await?;
            // After a lost answer, the event that was found can belong to the same operation on another node.
            match (&commit, &made) {
                (Commit::Done(()), Some((record, _))) => {
                    let request = RepeatableRequest::CreateWorkspace { name: &new.name };
                    self.made_here(operation, &request, record).await?;
                }
                _ => {
                    if let Some(made) = self.made_before(operation, &new.name).await? {
                        return Ok(Commit::Done(made));
                    }
                }
            }
            Ok(commit.answer(|| {
                let first = made.as_ref().map(|(record, minted)| Issued {
                    credential: Credential::of(record, operation.now),
                    secret: minted.key(),
                });
                CreatedWorkspace { workspace: Workspace::of(&decision.workspace), first }
            }))
        })
        .await
    }

    /// Checks whether the actor can create a workspace now, before the host chooses its id. Returns the workspace that an earlier
    /// call with this operation id created, if it has no first credential.
    #[cfg(any(feature = "manage-api", feature = "page"))]
    pub(crate) async fn may_add_workspace(
        &self,
        operation: Option<&str>,
        name: &Name,
    ) -> Result<Option<CreatedWorkspace<Option<Issued>>>, ManageError> {
        if let Some(made) = self.made_before(&self.operation_with(operation)?, name).await? {
            return Ok(Some(made));
        }
        let known = self.permitted(Needs::ManageWorkspaces).await?;
        self.expect(known.map_or(Revision::NONE, |account| account.revision))?;
        let limits = &self.parts.limits;
        may_create(None, self.count_workspaces(limits.workspaces).await?, limits)?;
        Ok(None)
    }

    /// Counts the workspaces of the account, including corrupt ones. The count stops after the page that reaches `most`.
    async fn count_workspaces(&self, limit: u32) -> Result<usize, ManageError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let account = self.actor.account().clone();
        let mut query = WorkspaceQuery::all(account, PageSize::MAX);
        let mut counted = 0;
        loop {
            let page = self.parts.records.workspaces(&query).await?;
            counted += page.items.len();
            query.after = page.next;
            if counted >= limit || query.after.is_none() {
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
        let id_key = self.parts.records.id_key().await?;
        let id = id_key.draw_id(&self.parts.randomness)?;
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
            grant: Grant::default(),
            tag: RecordTag::NONE,
        };
        Ok((record, minted))
    }

    /// Renames a workspace. Its id stays. Only for an admin or the operator.
    pub async fn rename_workspace(&self, id: &WorkspaceId, name: Name) -> Result<(), ManageError> {
        self.change_workspace(id, Needs::ManageWorkspaces, |read, _| {
            Ok(rename_workspace(&read.workspace, name.clone()))
        })
        .await
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
            let read = self.read_workspace(id, Needs::ManageWorkspaces).await?;
            self.expect(read.workspace.revision)?;
            self.commit_removal(&operation, &read, typed_name).await
        })
        .await
    }

    /// Returns a workspace.
    pub async fn workspace(&self, id: &WorkspaceId) -> Result<Workspace, ManageError> {
        let read = self.read_workspace(id, Needs::View).await?;
        Ok(self.shown(&read.workspace))
    }

    /// Returns a page of the workspaces of the account without removed ones. They are sorted by the bytes of the
    /// [keys](crate::manage::NameKey) of their names, and equal names by the bytes of the ids. A corrupt row, or a record
    /// from a newer release, is a separate item and does not hide the others.
    pub async fn workspaces(
        &self,
        after: Option<WorkspaceCursor>,
        size: PageSize,
    ) -> Result<Page<Workspace, WorkspaceCursor>, ManageError> {
        let known = self.permitted(Needs::View).await?;
        let account = self.actor.account().clone();
        let restriction = self.actor.limits().clone();
        let query = WorkspaceQuery { restriction, after, ..WorkspaceQuery::all(account, size) };
        let page = self.parts.records.workspaces(&query).await?;
        let known = self.account_behind(known, &page).await?;
        let is_own = |record: &WorkspaceRecord| {
            known.as_ref().is_some_and(|account| record.check_account(account).is_ok())
        };
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(record) if is_own(&record) => PageItem::Record(self.shown(&record)),
            PageItem::Record(record) => PageItem::Corrupt(CorruptRow { id: record.id.to_string() }),
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
            PageItem::Newer { id } => PageItem::Newer { id },
        });
        Ok(Page { items: items.collect::<Vec<PageItem<Workspace>>>(), next: page.next })
    }

    /// Returns the view of a workspace, without the counts that include credentials outside the limits of the actor.
    pub(super) fn shown(&self, record: &WorkspaceRecord) -> Workspace {
        let all = Workspace::of(record);
        match self.actor.kinds() {
            None => all,
            Some(_) => Workspace { credentials: None, integrations: None, ..all },
        }
    }
}
