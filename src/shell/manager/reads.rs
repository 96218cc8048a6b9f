//! Reads of the records for a decision, in the safe order: headers before the records that depend on them.

use crate::domain::rules::{Namesake, Needs, WorkspaceWithMinimum, permit};
use crate::domain::{AccountRecord, CredentialRecord, Subject, WorkspaceRecord};
use crate::shell::errors::{ManageError, RecordType};
use crate::store::{
    CorruptRecord, CredentialQuery, NameFilter, Page, PageItem, PageSize, Scope, StatusFilter,
};
use crate::values::{CredentialId, KindWord, Look, Name, Timestamp, WorkspaceId};

use super::Manager;

/// A credential, its workspace and the account.
#[derive(Debug)]
pub(super) struct CredentialRead {
    pub(super) context: WorkspaceRead,
    pub(super) credential: CredentialRecord,
}

/// A workspace and the account.
#[derive(Debug)]
pub(super) struct WorkspaceRead {
    pub(super) account: AccountRecord,
    pub(super) workspace: WorkspaceRecord,
}

impl CredentialRead {
    /// The workspace, for the rules.
    pub(super) fn context<'a>(&'a self, manager: &'a Manager<'_>) -> WorkspaceWithMinimum<'a> {
        self.context.context(manager)
    }
}

impl WorkspaceRead {
    /// The workspace, for the rules.
    pub(super) fn context<'a>(&'a self, manager: &'a Manager<'_>) -> WorkspaceWithMinimum<'a> {
        WorkspaceWithMinimum {
            workspace: &self.workspace,
            minimum: manager.parts.kinds.minimum(),
            policy: self.account.policy,
            inactive_owners: &self.account.inactive_owners,
        }
    }
}

impl Manager<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now().wall
    }

    /// Returns the header of the account if the actor has the permission `needs`. Returns `None` for an account without a record.
    pub(super) async fn permitted(
        &self,
        needs: Needs,
    ) -> Result<Option<AccountRecord>, ManageError> {
        let account = self.parts.records.account(self.actor.account()).await?;
        permit(self.actor, needs, account.as_ref())?;
        Ok(account)
    }

    /// Returns the account of the records on a page. If it did not exist before the page was read, another node may have created
    /// it since.
    pub(super) async fn account_behind<T, C>(
        &self,
        known: Option<AccountRecord>,
        page: &Page<T, C>,
    ) -> Result<Option<AccountRecord>, ManageError> {
        match known {
            None if !page.items.is_empty() => self.permitted(Needs::View).await,
            known => Ok(known),
        }
    }

    /// Returns a workspace of the account that is not removed.
    pub(super) async fn read_workspace(
        &self,
        id: &WorkspaceId,
        needs: Needs,
    ) -> Result<WorkspaceRead, ManageError> {
        let account = self.permitted(needs).await?;
        self.context(account, id, needs).await
    }

    /// Returns the same for an account that was read before.
    async fn context(
        &self,
        account: Option<AccountRecord>,
        id: &WorkspaceId,
        needs: Needs,
    ) -> Result<WorkspaceRead, ManageError> {
        let workspace = self.own_workspace(id).await?;
        let account = match account {
            Some(account) => account,
            // Another node may have created the account with the workspace after the first read.
            None => self
                .permitted(needs)
                .await?
                .ok_or(CorruptRecord::new("the account of a workspace does not exist"))?,
        };
        workspace.check_account(&account)?;
        Ok(WorkspaceRead { account, workspace })
    }

    /// Returns a credential of the account.
    pub(super) async fn read_credential(
        &self,
        id: CredentialId,
        needs: Needs,
    ) -> Result<CredentialRead, ManageError> {
        let account = self.permitted(needs).await?;
        // Read twice: once for its workspace, which never changes, and again after the header.
        let workspace = self.own_credential(id).await?.workspace;
        let context = self.context(account, &workspace, needs).await;
        let context = context.map_err(|error| match error {
            ManageError::NotFound(_) => ManageError::NotFound(RecordType::Credential),
            other => other,
        })?;
        let credential = self.own_credential(id).await?;
        credential.check_workspace(&context.workspace)?;
        Ok(CredentialRead { context, credential })
    }

    /// Returns a credential of the account as it is now. The caller compares its workspace.
    pub(super) async fn own_credential(
        &self,
        id: CredentialId,
    ) -> Result<CredentialRecord, ManageError> {
        let record = self.parts.records.credential(id).await?;
        if record.is_none() {
            // After "not found", the key must not be accepted any more.
            self.parts.knowledge.forget(id);
        }
        let record = record
            .filter(|record| self.is_own(record))
            .ok_or(ManageError::NotFound(RecordType::Credential))?;
        record.check()?;
        Ok(record)
    }

    /// Returns a corrupt credential as stored, if the stored workspace belongs to the account and is not corrupt.
    pub(super) async fn read_corrupt(
        &self,
        id: CredentialId,
    ) -> Result<Option<(WorkspaceRead, CredentialRecord)>, ManageError> {
        let record = self.parts.records.unchecked_credential(id).await?;
        let own = record.filter(|record| self.is_own(record));
        let Some(record) = own else { return Ok(None) };
        let context = self.read_workspace(&record.workspace, Needs::ManageCredentials).await?;
        let is_corrupt = self.parts.records.is_corrupt(&record)?
            || record.check().is_err()
            || record.check_workspace(&context.workspace).is_err();
        Ok(is_corrupt.then_some((context, record)))
    }

    /// Returns `true` if the credential belongs to the account and is within the limits of the actor.
    fn is_own(&self, record: &CredentialRecord) -> bool {
        record.account == *self.actor.account()
            && self.actor.includes_workspace(&record.workspace)
            && self.actor.includes_kind(record.kind)
    }

    async fn own_workspace(&self, id: &WorkspaceId) -> Result<WorkspaceRecord, ManageError> {
        let account = self.actor.account();
        if !self.actor.includes_workspace(id) {
            return Err(ManageError::NotFound(RecordType::Workspace));
        }
        let workspace = self.parts.records.workspace(id).await?;
        let own = workspace.filter(|record| record.account == *account);
        if own.as_ref().is_some_and(|record| record.removed.is_some()) {
            // After "not found", its keys must not be accepted any more.
            self.forget(account, &Subject::Workspace(id.clone()));
        }
        own.filter(|record| record.removed.is_none())
            .ok_or(ManageError::NotFound(RecordType::Workspace))
    }

    /// Finds another credential of the workspace and kind that has this name or one that looks like it. `itself` is the credential
    /// that is renamed. The header must be read before, because the commit compares its revision.
    ///
    /// An ASCII name is compared only with the names that are not ASCII, because two ASCII names never look alike. Any other
    /// name is compared with every name of the workspace and kind, in pages of 1,000;
    /// [`Limits::credentials`](crate::Limits::credentials) bounds how many there are.
    pub(super) async fn namesake(
        &self,
        workspace: &WorkspaceId,
        kind: KindWord,
        name: &Name,
        itself: Option<CredentialId>,
        now: Timestamp,
    ) -> Result<Option<Namesake>, ManageError> {
        let noun = self.parts.kinds.noun(kind);
        let scope = Scope::Workspace(workspace.clone());
        let all =
            CredentialQuery { kind: Some(kind), ..CredentialQuery::all(scope, now, PageSize::MAX) };
        let same = CredentialQuery { name: Some(NameFilter::Is(name.key())), ..all.clone() };
        if self.other_name(same, itself, |_| true).await?.is_some() {
            return Ok(Some(Namesake { noun, alike: None }));
        }
        let look = Look::of(name);
        let compared = name.is_ascii().then_some(NameFilter::BeyondAscii);
        let alike = CredentialQuery { name: compared, ..all };
        let alike = self.other_name(alike, itself, |other| look.is_like(other)).await?;
        Ok(alike.map(|name| Namesake { noun, alike: Some(name) }))
    }

    /// Returns the first name in all pages of a query that satisfies `is_accepted` and is not the name of `itself`.
    async fn other_name(
        &self,
        mut query: CredentialQuery,
        itself: Option<CredentialId>,
        is_accepted: impl Fn(&Name) -> bool,
    ) -> Result<Option<Name>, ManageError> {
        loop {
            let page = self.parts.records.credentials(&query).await?;
            let others = page.items.into_iter().filter_map(PageItem::record);
            let mut names =
                others.filter(|record| Some(record.id) != itself).map(|record| record.name);
            let found = names.find(&is_accepted);
            query.after = page.next;
            if found.is_some() || query.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns at most a page of the permanent credentials of a workspace and kind.
    pub(super) async fn permanent(
        &self,
        workspace: &WorkspaceRecord,
        kind: KindWord,
        now: Timestamp,
    ) -> Result<Vec<CredentialRecord>, ManageError> {
        let query = CredentialQuery {
            kind: Some(kind),
            status: Some(StatusFilter::Permanent),
            ..CredentialQuery::all(Scope::Workspace(workspace.id.clone()), now, PageSize::MAX)
        };
        let page = self.parts.records.credentials(&query).await?;
        let records = page.items.into_iter().filter_map(PageItem::record);
        Ok(records.filter(|record| record.check_workspace(workspace).is_ok()).collect())
    }
}
