//! The account itself.

use crate::domain::rules::{self, AccountRuling, Needs};
use crate::domain::{AccountRecord, Subject, UnlistedWorkspaces};
use crate::shell::errors::ManageError;
use crate::shell::views::Account;
use crate::values::Timestamp;

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Switches the account off: every credential of it is refused, and only the operator may do anything in
    /// it. For the operator alone.
    pub async fn suspend_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, rules::suspend_account).await
    }

    /// Switches the account on again. For the operator alone.
    pub async fn resume_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, |account, _| rules::resume_account(account)).await
    }

    /// Says what holds for workspaces without allowlist entries: open, as at first, or closed.
    pub async fn set_unlisted_workspaces(&self, to: UnlistedWorkspaces) -> Result<(), ManageError> {
        self.change_account(Needs::ManageCredentials, |account, _| {
            rules::set_unlisted_workspaces(account, to)
        })
        .await
    }

    /// The account, as a page shows it.
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
            // The first change of an account that has no workspace yet creates its record.
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
