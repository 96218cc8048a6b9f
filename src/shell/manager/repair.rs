//! What an operator does about corrupt records: they count a workspace's credentials again, and accept a header whose tag
//! does not match.

use crate::domain::rules::{self, Counted, Needs, Place, permit};
use crate::domain::{AccountRecord, Refusal, Subject, WorkspaceRecord};
use crate::shell::errors::{ManageError, RecordType};
use crate::shell::views::{Account, Workspace};
use crate::store::{
    CorruptRecord, CredentialQuery, HeaderChange, ListChange, PageItem, PageSize, Scope,
};
use crate::values::WorkspaceId;

use super::Manager;
use super::commit::{Commit, OwnAccount, until_committed};

/// An account whose record does not match its tag, as it is stored. [`Manager::corrupt_account`] finds it.
#[derive(Debug, Clone)]
pub struct CorruptAccount(AccountRecord);

impl CorruptAccount {
    /// Returns what is stored. Nobody can tell which of its fields were changed.
    #[must_use]
    pub const fn stored(&self) -> &AccountRecord {
        &self.0
    }
}

/// A workspace whose record does not match its tag, or its account, as it is stored. [`Manager::corrupt_workspace`] finds it.
#[derive(Debug, Clone)]
pub struct CorruptWorkspace(WorkspaceRecord);

impl CorruptWorkspace {
    /// Returns what is stored, with its allowlist and integrations. Nobody can tell which of its fields were changed.
    #[must_use]
    pub const fn stored(&self) -> &WorkspaceRecord {
        &self.0
    }
}

impl Manager<'_> {
    /// Returns the account's record as it is stored, if it is corrupt. For the operator alone.
    ///
    /// Review it. If you know what a field held before, write it back to the database: then the record matches its tag again,
    /// and needs no repair. Otherwise [`repair_account`](Self::repair_account) accepts what is stored.
    ///
    /// A row that cannot be read as a record (an unknown word in a column, for example) cannot be shown: the call fails with
    /// [`CorruptRow`](crate::UnavailableReason::CorruptRow), whose source names the column. Correct that column in the database first.
    pub async fn corrupt_account(&self) -> Result<Option<CorruptAccount>, ManageError> {
        Ok(self.unmatched_account().await?.map(CorruptAccount))
    }

    /// Accepts a corrupt account as it was shown, and tags it. For the operator alone.
    ///
    /// Writes what was shown, and the history says who accepted it. Refused with
    /// [`NotAsShown`](Refusal::NotAsShown) if something else is stored by now.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?)).build()?;
    /// let operator = Operator::new(ActorId::new("support-7")?).acting_for(AccountId::new("acme")?);
    /// let manager = keyward.manager(&operator);
    /// if let Some(corrupt) = manager.corrupt_account().await? {
    ///     // Show `corrupt.stored()`, and ask. Then:
    ///     manager.repair_account(&corrupt).await?;
    /// }
    /// # assert!(manager.corrupt_account().await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn repair_account(&self, shown: &CorruptAccount) -> Result<Account, ManageError> {
        let CorruptAccount(shown) = shown;
        let operation = self.operation()?;
        until_committed(|| async {
            let stored = self.unmatched_account().await?;
            still_stored(shown, stored.as_ref())?;
            let repaired = rules::repair_account(shown);
            let account = Account::of(repaired.0.clone());
            let commit = self.commit_account(&operation, shown, repaired).await?;
            Ok(commit.answer(|| account))
        })
        .await
    }

    /// Returns a workspace's record as it is stored, if it is corrupt. For the operator alone.
    ///
    /// A workspace is also corrupt if the account's record is not the one that it was created in, because the account was
    /// deleted and created again. The account itself must open: repair it first, and if its record is gone, create it with
    /// [`suspend_account`](Self::suspend_account).
    ///
    /// Review the record as that of [`corrupt_account`](Self::corrupt_account), and look for a
    /// [`WorkspaceRemoved`](crate::history::Action::WorkspaceRemoved) in the history: a repair of a removed workspace whose row no longer says
    /// so brings it back. If the incarnation was changed, write the one
    /// that its credentials name back to the database: a repaired workspace with another incarnation has no credentials.
    pub async fn corrupt_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<CorruptWorkspace>, ManageError> {
        let (_, corrupt) = self.unmatched_workspace(id).await?;
        Ok(corrupt.map(CorruptWorkspace))
    }

    /// Accepts a corrupt workspace as it was shown, and tags it. For the operator alone.
    ///
    /// Writes what was shown, with two exceptions: the credentials that open are counted,
    /// and the workspace belongs to the account as it is now. The history says who accepted it. Refused with
    /// [`NotAsShown`](Refusal::NotAsShown) if something else is stored by now.
    pub async fn repair_workspace(
        &self,
        shown: &CorruptWorkspace,
    ) -> Result<Workspace, ManageError> {
        let CorruptWorkspace(shown) = shown;
        let operation = self.operation()?;
        until_committed(|| async {
            let (account, stored) = self.unmatched_workspace(&shown.id).await?;
            still_stored(shown, stored.as_ref())?;
            let counted = self.count(shown).await?;
            let decision = rules::repair_workspace(shown, &account, counted);
            let (read_at, record) = (shown.revision, decision.workspace.clone());
            let header = if record.removed.is_some() {
                HeaderChange::RemovedWorkspace { read_at, record }
            } else {
                let [integrations, allowlist] = [ListChange::Replaced, ListChange::Replaced];
                HeaderChange::Workspace { read_at, record, integrations, allowlist }
            };
            let subject = Subject::Workspace(shown.id.clone());
            let account = OwnAccount::Unchanged(&account);
            let commit =
                self.commit_header(&operation, header, account, subject, &decision).await?;
            Ok(commit.answer(|| Workspace::of(&decision.workspace)))
        })
        .await
    }

    /// Counts a workspace's credentials again, and corrects its counters if they are wrong.
    ///
    /// Only credentials that open are counted. It overwrites no other change, so it is never
    /// [conditional](Self::if_revision). Fails, and changes nothing, if this node cannot check one of them.
    pub async fn recount(&self, id: &WorkspaceId) -> Result<Workspace, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let scene = self.workspace_scene(id, Needs::ManageCredentials).await?;
            let counted = self.count(&scene.workspace).await?;
            let Some(decision) = rules::recount(&scene.workspace, counted) else {
                return Ok(Commit::Done(Workspace::of(&scene.workspace)));
            };
            let commit = self.commit(&operation, &scene, None, &decision).await?;
            Ok(commit.answer(|| Workspace::of(&decision.workspace)))
        })
        .await
    }

    /// Recounts after a corrupt credential was deleted. The deletion is done, so a failure is only logged.
    pub(super) async fn recount_after_deletion(&self, id: &WorkspaceId) {
        if let Err(error) = self.recount(id).await {
            tracing::warn!(workspace = %id, %error, "could not recount a workspace after a corrupt credential was deleted: call `Manager::recount`");
        }
    }

    /// Counts the credentials that open. A change of one of them raises the workspace's revision, so the count is of one
    /// moment if the commit that follows succeeds.
    async fn count(&self, workspace: &WorkspaceRecord) -> Result<Counted, ManageError> {
        let place = Place { workspace, minimum: self.parts.kinds.minimum() };
        let scope = Scope::Workspace(workspace.id.clone());
        let mut query = CredentialQuery::all(scope, self.now(), PageSize::MAX);
        let mut counted = Counted::default();
        loop {
            let page = self.parts.records.credentials(&query).await?;
            for record in page.items.into_iter().filter_map(PageItem::record) {
                if record.check().is_ok() && record.check_workspace(workspace).is_ok() {
                    counted.add(place, &record);
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(counted),
            }
        }
    }

    /// The account's record if it is corrupt; `None` if it opens or does not exist.
    async fn unmatched_account(&self) -> Result<Option<AccountRecord>, ManageError> {
        permit(self.actor, Needs::Operate, None)?;
        let records = &self.parts.records;
        let stored = records.unchecked_account(self.actor.account()).await?;
        let Some(stored) = stored else { return Ok(None) };
        Ok(records.is_corrupt(&stored)?.then_some(stored))
    }

    /// The account, and the workspace's record if it is corrupt.
    async fn unmatched_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<(AccountRecord, Option<WorkspaceRecord>), ManageError> {
        let account = self.permitted(Needs::Operate).await?;
        let records = &self.parts.records;
        let stored = records.unchecked_workspace(id).await?;
        let stored = stored
            .filter(|stored| stored.account == *self.actor.account())
            .ok_or(ManageError::NotFound(RecordType::Workspace))?;
        let account =
            account.ok_or(CorruptRecord::new("the account of a workspace does not exist"))?;
        let is_corrupt = records.is_corrupt(&stored)? || stored.check_account(&account).is_err();
        Ok((account, is_corrupt.then_some(stored)))
    }
}

/// Refuses a repair of something other than what was shown.
fn still_stored<R: PartialEq>(shown: &R, stored: Option<&R>) -> Result<(), ManageError> {
    if stored == Some(shown) { Ok(()) } else { Err(Refusal::NotAsShown.into()) }
}
