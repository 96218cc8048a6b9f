//! Repair of corrupt records by the operator: recounting the credentials of a workspace, and accepting a header that does not
//! match its tag.

use crate::domain::rules::{self, CredentialCounts, Needs, WorkspaceWithMinimum, permit};
use crate::domain::{
    AccountPolicy, AccountRecord, InactiveOwners, Refusal, Subject, WorkspaceRecord,
};
use crate::shell::errors::{ManageError, RecordType};
use crate::shell::views::{Account, Workspace};
use crate::store::{
    CorruptRecord, CredentialQuery, HeaderChange, ListChange, PageItem, PageSize, Scope,
};
use crate::values::WorkspaceId;

use super::Manager;
use super::commit::{Commit, OwnAccount, until_committed};
use super::corrupt::{CorruptAccount, CorruptWorkspace};

impl Manager<'_> {
    /// Returns the stored record of the account if it is corrupt. Only for the operator.
    ///
    /// Review the record. If you know the earlier value of a field, write it back to the database: the record then matches its tag
    /// again and needs no repair. Otherwise, [`repair_account`](Self::repair_account) accepts the stored record.
    ///
    /// # Errors
    ///
    /// [`CorruptRow`](crate::UnavailableReason::CorruptRow) if the row cannot be read as a record, for example because of an
    /// unknown word in a column. The error source names the column. Correct it in the database first.
    pub async fn corrupt_account(&self) -> Result<Option<CorruptAccount>, ManageError> {
        Ok(self.unmatched_account().await?.map(CorruptAccount))
    }

    /// Accepts a corrupt account and tags its record. Only for the operator.
    ///
    /// The call writes `shown`, and the audit event names the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`NotAsShown`](Refusal::NotAsShown) if the stored record has changed since it was read.
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

    /// Returns the stored record of a workspace if it is corrupt. Only for the operator.
    ///
    /// A workspace is also corrupt if it was created in an earlier account with the same id, whose record was deleted. The account
    /// itself must not be corrupt: repair it first. If its record is missing, create it with
    /// [`suspend_account`](Self::suspend_account).
    ///
    /// Review the record as described for [`corrupt_account`](Self::corrupt_account). Also look for a
    /// [`WorkspaceRemoved`](crate::history::Action::WorkspaceRemoved) event in the history: the repair of a removed workspace
    /// restores it if its row is no longer marked as removed. If the incarnation was changed, write the incarnation that the
    /// credentials name back to the database. A repaired workspace with another incarnation has no credentials.
    pub async fn corrupt_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<CorruptWorkspace>, ManageError> {
        let (_, corrupt) = self.unmatched_workspace(id).await?;
        Ok(corrupt.map(CorruptWorkspace))
    }

    /// Accepts a corrupt workspace and tags its record. Only for the operator.
    ///
    /// The call writes `shown` with two exceptions: it counts the credentials that are not corrupt, and it assigns the workspace to
    /// the current record of the account. The audit event names the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`NotAsShown`](Refusal::NotAsShown) if the stored record has changed since it was read.
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

    /// Counts the credentials of a workspace, and corrects its counters if they are wrong.
    ///
    /// Corrupt credentials are not counted. The call overwrites no other change, so it is never
    /// [conditional](Self::if_revision).
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ManageError::Unavailable) if this node cannot check one of the credentials. Nothing was changed.
    pub async fn recount(&self, id: &WorkspaceId) -> Result<Workspace, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_workspace(id, Needs::ManageCredentials).await?;
            let counted = self.count(&read.workspace).await?;
            let Some(decision) = rules::recount(&read.workspace, counted) else {
                return Ok(Commit::Done(self.shown(&read.workspace)));
            };
            let commit = self.commit(&operation, &read, None, &decision).await?;
            Ok(commit.answer(|| self.shown(&decision.workspace)))
        })
        .await
    }

    /// Recounts after the deletion of a corrupt credential. A failure is only logged, because the deletion has succeeded.
    pub(super) async fn recount_after_deletion(&self, id: &WorkspaceId) {
        if let Err(error) = self.recount(id).await {
            tracing::warn!(workspace = %id, %error, "could not recount a workspace after a corrupt credential was deleted: call `Manager::recount`");
        }
    }

    /// Counts the credentials that are not corrupt. A change to one of them raises the revision of the workspace, so the count is
    /// consistent if the commit succeeds.
    async fn count(&self, workspace: &WorkspaceRecord) -> Result<CredentialCounts, ManageError> {
        let (minimum, policy) = (self.parts.kinds.minimum(), AccountPolicy::NONE);
        let context = WorkspaceWithMinimum {
            workspace,
            minimum,
            policy,
            inactive_owners: &InactiveOwners::NONE,
        };
        let scope = Scope::Workspace(workspace.id.clone());
        let mut query = CredentialQuery::all(scope, self.now(), PageSize::MAX);
        let mut counted = CredentialCounts::default();
        loop {
            let page = self.parts.records.credentials(&query).await?;
            for record in page.items.into_iter().filter_map(PageItem::record) {
                if record.check().is_ok() && record.check_workspace(workspace).is_ok() {
                    counted.add(context, &record);
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(counted),
            }
        }
    }

    /// Returns the record of the account if it is corrupt, and `None` if it is not or does not exist.
    async fn unmatched_account(&self) -> Result<Option<AccountRecord>, ManageError> {
        permit(self.actor, Needs::Operate, None)?;
        let records = &self.parts.records;
        let stored = records.unchecked_account(self.actor.account()).await?;
        let Some(stored) = stored else { return Ok(None) };
        Ok(records.is_corrupt(&stored)?.then_some(stored))
    }

    /// Returns the account, and the record of the workspace if it is corrupt.
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

/// Refuses a repair if the stored record is not the one that was shown.
fn still_stored<R: PartialEq>(shown: &R, stored: Option<&R>) -> Result<(), ManageError> {
    if stored == Some(shown) { Ok(()) } else { Err(Refusal::NotAsShown.into()) }
}
