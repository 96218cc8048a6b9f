//! Commits of decisions, with a bounded number of retries.

use crate::domain::rules::{
    Decision, ImportDecision, Needs, Ruling, remove_workspace, within_ceiling,
};
use crate::domain::{
    AccountRecord, Action, CredentialEdit, CredentialRecord, EventTags, Refusal, Subject,
    WorkspaceRecord,
};
use crate::secrets::chosen_operation;
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{Change, CredentialStore, HeaderChange, ListChange, StoreError, StoreErrorKind};
use crate::values::{AccountId, CredentialId, OperationId, Scopes, Timestamp, WorkspaceId};

use super::Manager;
use super::reads::{CredentialRead, WorkspaceRead};

/// How many rounds an operation tries. In each round, one of the writers that compete for a header succeeds.
const ROUNDS: usize = 32;

/// The result of a commit, or of the round that ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit<T = ()> {
    /// The change is written, or there was nothing to write.
    Done(T),
    /// A concurrent change was written first: read and decide again.
    Conflict,
}

impl Commit {
    /// Returns the answer of the round if the change is written.
    pub(super) fn answer<T>(self, answer: impl FnOnce() -> T) -> Commit<T> {
        match self {
            Self::Done(()) => Commit::Done(answer()),
            Self::Conflict => Commit::Conflict,
        }
    }
}

/// Calls `round`, which reads, decides and commits, until there is no conflict. Fails after too many rounds.
pub(super) async fn until_committed<T, F>(round: impl Fn() -> F) -> Result<T, ManageError>
where
    F: Future<Output = Result<Commit<T>, ManageError>>,
{
    for _ in 0..ROUNDS {
        if let Commit::Done(answer) = round().await? {
            return Ok(answer);
        }
    }
    Err(ManageError::Busy)
}

/// The account of a workspace that a change writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum OwnAccount<'a> {
    /// The account must not have changed since it was read.
    Unchanged(&'a AccountRecord),
    /// The account is created with its first workspace.
    Created(&'a AccountRecord),
}

impl OwnAccount<'_> {
    pub(super) const fn record(&self) -> &AccountRecord {
        match self {
            Self::Unchanged(account) | Self::Created(account) => account,
        }
    }
}

/// The id and the time of one management operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    /// `true` if the caller chose the id. An earlier call may then have carried out the operation.
    pub(super) is_chosen: bool,
    pub(super) now: Timestamp,
}

impl Manager<'_> {
    /// Starts an operation with a new id.
    pub(super) fn operation(&self) -> Result<Operation, ManageError> {
        self.operation_with(None)
    }

    /// Starts an operation with the id that the caller chose, or else with a new id.
    pub(super) fn operation_with(&self, chosen: Option<&str>) -> Result<Operation, ManageError> {
        let id = match chosen {
            Some(chosen) => chosen_operation(self.actor.account(), chosen),
            None => OperationId::draw(&self.parts.randomness)?,
        };
        Ok(Operation { id, is_chosen: chosen.is_some(), now: self.now() })
    }

    /// Applies a rule to a credential, and returns the changed credential.
    pub(super) async fn change(
        &self,
        id: CredentialId,
        rule: impl Fn(&CredentialRead, Timestamp) -> Ruling + Send + Sync,
    ) -> Result<Credential, ManageError> {
        self.change_with(id, Needs::ManageCredentials, rule).await
    }

    /// The same for another permission.
    pub(super) async fn change_with(
        &self,
        id: CredentialId,
        needs: Needs,
        rule: impl Fn(&CredentialRead, Timestamp) -> Ruling + Send + Sync,
    ) -> Result<Credential, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_credential(id, needs).await?;
            let subject = Subject::Credential(read.credential.workspace.clone(), id);
            self.forget(&read.credential.account, &subject);
            self.expect(read.credential.revision)?;
            let Some(decision) = rule(&read, operation.now)? else {
                return Ok(Commit::Done(Credential::of(&read.credential, operation.now)));
            };
            self.within_ceiling(Some(&read.credential), &decision)?;
            let commit = self.commit(&operation, &read.context, Some(id), &decision).await?;
            Ok(commit.answer(|| {
                let record = decision.credential().unwrap_or(read.credential);
                Credential::of(&record, operation.now)
            }))
        })
        .await
    }

    /// Refuses a decision that gives a credential more than the actor has.
    pub(super) fn within_ceiling(
        &self,
        before: Option<&CredentialRecord>,
        decision: &Decision,
    ) -> Result<(), ManageError> {
        match &decision.edit {
            Some(CredentialEdit::Insert(after) | CredentialEdit::Update(after)) => {
                Ok(within_ceiling(self.actor.scopes(), before, after)?)
            }
            Some(CredentialEdit::Delete(_)) | None => Ok(()),
        }
    }

    /// Refuses scopes that the actor does not have. Checked before the work that a refusal would waste.
    pub(super) fn can_give(&self, scopes: &Scopes) -> Result<(), ManageError> {
        if self.actor.scopes().contain(scopes) {
            return Ok(());
        }
        Err(Refusal::AboveCeiling { scopes: scopes.clone() }.into())
    }

    /// Applies a rule to a workspace.
    pub(super) async fn change_workspace(
        &self,
        id: &WorkspaceId,
        needs: Needs,
        rule: impl Fn(&WorkspaceRead, Timestamp) -> Ruling + Send + Sync,
    ) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_workspace(id, needs).await?;
            self.forget(&read.account.id, &Subject::Workspace(id.clone()));
            self.expect(read.workspace.revision)?;
            match rule(&read, operation.now)? {
                Some(decision) => self.commit(&operation, &read, None, &decision).await,
                None => Ok(Commit::Done(())),
            }
        })
        .await
    }

    /// Commits a decision about a workspace, and about one of its credentials if `about` names one.
    pub(super) async fn commit(
        &self,
        operation: &Operation,
        read: &WorkspaceRead,
        about: Option<CredentialId>,
        decision: &Decision,
    ) -> Result<Commit, ManageError> {
        let header = workspace_change(&read.workspace, decision.workspace.clone());
        let workspace = read.workspace.id.clone();
        let subject = match about {
            Some(credential) => Subject::Credential(workspace, credential),
            None => Subject::Workspace(workspace),
        };
        let account = OwnAccount::Unchanged(&read.account);
        self.commit_header(operation, header, account, subject, decision).await
    }

    /// Commits a decision with the given header change.
    pub(super) async fn commit_header(
        &self,
        operation: &Operation,
        header: HeaderChange,
        account: OwnAccount<'_>,
        subject: Subject,
        decision: &Decision,
    ) -> Result<Commit, ManageError> {
        let (created_account, unchanged) = match account {
            OwnAccount::Created(account) => (Some(account.clone()), Vec::new()),
            OwnAccount::Unchanged(account) => (None, vec![(account.id.clone(), account.revision)]),
        };
        let credentials = decision.edit.iter().cloned().collect();
        let change = self.change_of_header(operation, header, subject, decision.action.clone());
        self.write(Change { created_account, unchanged, credentials, ..change }).await
    }

    /// Commits several new credentials of a workspace.
    pub(super) async fn commit_import(
        &self,
        operation: &Operation,
        read: &WorkspaceRead,
        ImportDecision { workspace, edits: credentials, action }: ImportDecision,
    ) -> Result<Commit, ManageError> {
        let unchanged = vec![(read.account.id.clone(), read.account.revision)];
        let subject = Subject::Workspace(workspace.id.clone());
        let header = workspace_change(&read.workspace, workspace);
        let change = self.change_of_header(operation, header, subject, action);
        self.write(Change { unchanged, credentials, ..change }).await
    }

    /// Commits a new state of the account.
    pub(super) async fn commit_account(
        &self,
        operation: &Operation,
        before: &AccountRecord,
        (record, action): (AccountRecord, Action),
    ) -> Result<Commit, ManageError> {
        let header = HeaderChange::Account { read_at: before.revision, record };
        self.write(self.change_of_header(operation, header, Subject::Account, action)).await
    }

    /// Commits the removal of a workspace, if the typed name is right.
    pub(super) async fn commit_removal(
        &self,
        operation: &Operation,
        read: &WorkspaceRead,
        typed_name: &str,
    ) -> Result<Commit, ManageError> {
        let decision = remove_workspace(&read.workspace, typed_name, operation.now)?;
        let header = HeaderChange::RemovedWorkspace {
            read_at: read.workspace.revision,
            record: decision.workspace.clone(),
        };
        let subject = Subject::Workspace(read.workspace.id.clone());
        let account = OwnAccount::Unchanged(&read.account);
        self.commit_header(operation, header, account, subject, &decision).await
    }

    /// Returns a change of a header alone.
    fn change_of_header(
        &self,
        operation: &Operation,
        header: HeaderChange,
        subject: Subject,
        action: Action,
    ) -> Change {
        Change {
            header,
            created_account: None,
            unchanged: Vec::new(),
            read_credentials: Vec::new(),
            credentials: Vec::new(),
            at: operation.now,
            subject,
            by: self.actor.by().clone(),
            action,
            operation: operation.id,
            tags: EventTags::NONE,
        }
    }

    /// Removes a subject from the cache.
    ///
    /// This is also needed after a mere read. The read can show that another node, or an earlier call with an unknown outcome, has
    /// made the change. The caller then expects the next attempt to see it, even before the feed reports it.
    pub(super) fn forget(&self, account: &AccountId, subject: &Subject) {
        self.parts.knowledge.invalidate(account, subject);
    }

    /// Looks up a change with an unknown outcome.
    async fn look_up(&self, change: &Change, unknown: StoreError) -> Result<Commit, ManageError> {
        match self.parts.records.operation(change.operation).await {
            Ok(Some(_)) => Ok(Commit::Done(())),
            Ok(None) => Err(StoreError::new(StoreErrorKind::Unavailable).because(unknown).into()),
            Err(_) => Err(ManageError::Unknown { operation: change.operation, source: unknown }),
        }
    }

    /// Tags the records that the change writes, and adds the tags that were read.
    fn sealed(&self, change: Change) -> Change {
        let records = &self.parts.records;
        let header = match change.header {
            HeaderChange::Account { read_at, record } => {
                HeaderChange::Account { read_at, record: records.seal(record) }
            }
            HeaderChange::Workspace { read_at, record, integrations, allowlist } => {
                let record = records.seal(record);
                HeaderChange::Workspace { read_at, record, integrations, allowlist }
            }
            HeaderChange::RemovedWorkspace { read_at, record } => {
                HeaderChange::RemovedWorkspace { read_at, record: records.seal(record) }
            }
        };
        // An updated record still has the tag that was read.
        let read = change.credentials.iter().filter_map(|edit| match edit {
            CredentialEdit::Update(record) => Some((record.id, record.tag)),
            CredentialEdit::Insert(_) | CredentialEdit::Delete(_) => None,
        });
        let read_credentials = read.collect();
        let credentials = change.credentials.into_iter().map(|edit| match edit {
            CredentialEdit::Insert(record) => CredentialEdit::Insert(records.seal(record)),
            CredentialEdit::Update(record) => CredentialEdit::Update(records.seal(record)),
            CredentialEdit::Delete(id) => CredentialEdit::Delete(id),
        });
        let credentials = credentials.collect();
        let created_account = change.created_account.map(|record| records.seal(record));
        let change = Change { header, created_account, read_credentials, credentials, ..change };
        let tags = records.event_tags(&change);
        Change { tags, ..change }
    }

    async fn write(&self, change: Change) -> Result<Commit, ManageError> {
        let change = self.sealed(change);
        // Dropped on every exit, also if this future is cancelled: the change may have been written.
        let _forget = Forget { manager: self, change: &change };
        match self.parts.store.commit(&change).await {
            Ok(()) => {
                tracing::debug!(operation = %change.operation, account = %change.account(), "change committed");
                Ok(Commit::Done(()))
            }
            Err(error) => match error.kind() {
                StoreErrorKind::Conflict => Ok(Commit::Conflict),
                StoreErrorKind::Unknown => self.look_up(&change, error).await,
                _ => Err(error.into()),
            },
        }
    }
}

/// Returns the change of a workspace to a new state.
fn workspace_change(before: &WorkspaceRecord, after: WorkspaceRecord) -> HeaderChange {
    let list = |same: bool| if same { ListChange::Same } else { ListChange::Replaced };
    HeaderChange::Workspace {
        read_at: before.revision,
        integrations: list(before.integrations == after.integrations),
        allowlist: list(before.allowlist == after.allowlist),
        record: after,
    }
}

/// Invalidates the cache for a change when it is dropped, before the caller gets the result. The feed repeats it later.
struct Forget<'a> {
    manager: &'a Manager<'a>,
    change: &'a Change,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.manager.forget(self.change.account(), &self.change.subject);
    }
}
