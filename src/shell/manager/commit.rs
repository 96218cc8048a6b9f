//! From a decision to a commit, a bounded number of times.

use crate::domain::rules::{Decision, Needs, Ruling};
use crate::domain::{AccountRecord, Action, Subject};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{Change, CredentialStore, HeaderChange, ListChange, StoreErrorKind};
use crate::values::{AccountId, CredentialId, OperationId, Timestamp, WorkspaceId};

use super::Manager;
use super::scene::{CredentialScene, WorkspaceScene};

/// How often an operation reads and decides again when others were faster. Of the writers that race for one
/// header one succeeds in each round.
const ROUNDS: usize = 32;

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    /// It is written.
    Done,
    /// Somebody else was faster: read and decide again.
    Conflict,
}

/// One management operation: its id, its time, and how often it may still try.
#[derive(Debug)]
pub(super) struct Operation {
    id: OperationId,
    pub(super) now: Timestamp,
    rounds: usize,
}

impl Operation {
    /// Counts a round. Fails when there have been too many.
    pub(super) fn round(&mut self) -> Result<(), ManageError> {
        self.rounds = self.rounds.checked_sub(1).ok_or(ManageError::Busy)?;
        Ok(())
    }
}

impl Manager<'_> {
    /// Begins an operation.
    pub(super) fn operation(&self) -> Result<Operation, ManageError> {
        let id = OperationId::draw(&self.inner.randomness)?;
        Ok(Operation { id, now: self.now(), rounds: ROUNDS })
    }

    /// Changes one credential by a rule, and answers it as it is then.
    pub(super) async fn change(
        &self,
        id: CredentialId,
        rule: impl Fn(&CredentialScene, Timestamp) -> Ruling + Send + Sync,
    ) -> Result<Credential, ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.credential_scene(id).await?;
            let subject = Subject::Credential(scene.credential.workspace.clone(), id);
            self.forget(&scene.credential.account, &subject);
            let Some(decision) = rule(&scene, operation.now)? else {
                return Ok(Credential::of(&scene.credential, operation.now));
            };
            if self.commit(&operation, &scene.place, Some(id), &decision).await? == Commit::Done {
                let record = decision.credential().unwrap_or(scene.credential);
                return Ok(Credential::of(&record, operation.now));
            }
        }
    }

    /// Changes a workspace by a rule.
    pub(super) async fn change_workspace(
        &self,
        id: &WorkspaceId,
        rule: impl Fn(&WorkspaceScene, Timestamp) -> Ruling + Send + Sync,
    ) -> Result<(), ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.workspace_scene(id, Needs::ManageCredentials).await?;
            self.forget(&scene.account.id, &Subject::Workspace(id.clone()));
            let Some(decision) = rule(&scene, operation.now)? else { return Ok(()) };
            if self.commit(&operation, &scene, None, &decision).await? == Commit::Done {
                return Ok(());
            }
        }
    }

    /// Commits a decision about a workspace, and about one credential of it where `about` names one.
    pub(super) async fn commit(
        &self,
        operation: &Operation,
        scene: &WorkspaceScene,
        about: Option<CredentialId>,
        decision: &Decision,
    ) -> Result<Commit, ManageError> {
        let (before, after) = (&scene.workspace, &decision.workspace);
        let list = |same: bool| if same { ListChange::Same } else { ListChange::Replaced };
        let header = HeaderChange::Workspace {
            read_at: before.revision,
            record: after.clone(),
            integrations: list(before.integrations == after.integrations),
            allowlist: list(before.allowlist == after.allowlist),
        };
        let workspace = after.id.clone();
        let subject = match about {
            Some(credential) => Subject::Credential(workspace, credential),
            None => Subject::Workspace(workspace),
        };
        self.commit_header(operation, header, Some(&scene.account), subject, decision).await
    }

    /// Commits a decision under a header that the caller has made up.
    pub(super) async fn commit_header(
        &self,
        operation: &Operation,
        header: HeaderChange,
        unchanged: Option<&AccountRecord>,
        subject: Subject,
        decision: &Decision,
    ) -> Result<Commit, ManageError> {
        let unchanged = unchanged.map(|account| (account.id.clone(), account.revision));
        let credentials = decision.edit.iter().cloned().collect();
        let action = decision.action.clone();
        self.write(Change {
            header,
            unchanged: unchanged.into_iter().collect(),
            credentials,
            at: operation.now,
            subject,
            by: self.actor.by().clone(),
            action,
            operation: operation.id,
        })
        .await
    }

    /// Commits a new state of the account.
    pub(super) async fn commit_account(
        &self,
        operation: &Operation,
        before: &AccountRecord,
        (record, action): (AccountRecord, Action),
    ) -> Result<Commit, ManageError> {
        self.write(Change {
            header: HeaderChange::Account { read_at: before.revision, record },
            unchanged: Vec::new(),
            credentials: Vec::new(),
            at: operation.now,
            subject: Subject::Account,
            by: self.actor.by().clone(),
            action,
            operation: operation.id,
        })
        .await
    }

    /// Forgets what attempts know of a subject. Also where the store was only read: it may turn out that
    /// another node has done what was asked, or an earlier try of unknown outcome, and who hears so must see
    /// it done from the next attempt on, whatever the feed has said yet.
    pub(super) fn forget(&self, account: &AccountId, subject: &Subject) {
        self.inner.knowledge.invalidate(account, subject);
    }

    async fn write(&self, change: Change) -> Result<Commit, ManageError> {
        // Dropped at every way out, also where nobody waits for the answer any more: the change may have
        // been made.
        let _forget = Forget { manager: self, change: &change };
        match self.inner.store.commit(&change).await {
            Ok(position) => {
                tracing::debug!(%position, account = %change.account(), "committed");
                Ok(Commit::Done)
            }
            Err(error) => match error.kind() {
                StoreErrorKind::Conflict => Ok(Commit::Conflict),
                StoreErrorKind::Unknown => Err(ManageError::Unknown(error)),
                _ => Err(error.into()),
            },
        }
    }
}

/// Forgets what a change has changed, before anybody hears that it is made. The feed will say it again.
struct Forget<'a> {
    manager: &'a Manager<'a>,
    change: &'a Change,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.manager.forget(self.change.account(), &self.change.subject);
    }
}
