//! Operations on the account itself.

use crate::domain::rules::{self, AccountRuling, Needs};
use crate::domain::{AccountRecord, Subject, UnlistedWorkspaces};
use crate::shell::errors::ManageError;
use crate::shell::views::Account;
use crate::values::Timestamp;

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Suspends the account. All its credentials are denied, and only the operator can act in it. Only for the operator.
    pub async fn suspend_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, rules::suspend_account).await
    }

    /// Resumes the account. Only for the operator.
    pub async fn resume_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, |account, _| rules::resume_account(account)).await
    }

    /// Sets whether workspaces without allowlist entries are open, which is the default, or closed.
    pub async fn set_unlisted_workspaces(&self, to: UnlistedWorkspaces) -> Result<(), ManageError> {
        self.change_account(Needs::ManageCredentials, |account, _| {
            rules::set_unlisted_workspaces(account, to)
        })
        .await
    }

    /// Returns the account.
    pub async fn account(&self) -> Result<Account, ManageError> {
        let known = self.permitted(Needs::ManageCredentials).await?;
        let untouched = || Account::untouched(self.actor.account().clone());
        Ok(known.map_or_else(untouched, Account::of))
    }

    async fn change_account(
        &self,
        needs: Needs,
        rule: impl Fn(&AccountRecord, Timestamp) -> AccountRuling + Send + Sync,
    ) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let id = self.actor.account();
            let account = self.permitted(needs).await?;
            self.forget(id, &Subject::Account);
            // The first change to an account without a workspace creates its record.
            let account = account.unwrap_or_else(|| AccountRecord::new(id.clone(), operation.id));
            self.expect(account.revision)?;
            match rule(&account, operation.now) {
                Some(ruling) => self.commit_account(&operation, &account, ruling).await,
                None => Ok(Commit::Done(())),
            }
        })
        .await
    }
}
