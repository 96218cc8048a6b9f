//! Operations on the account itself.

#[cfg(feature = "page")]
use crate::domain::InactiveOwners;
use crate::domain::rules::{self, AccountRuling, Needs};
use crate::domain::{
    AccountRecord, LeakResponse, PolicyChange, Refusal, Subject, UnlistedWorkspaces,
};
use crate::shell::errors::ManageError;
use crate::shell::views::Account;
use crate::values::{ActorId, Timestamp};

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Suspends the account. All its credentials are denied, and only the operator can act in it. Only for the operator.
    pub async fn suspend_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, |account, now| Ok(rules::suspend_account(account, now)))
            .await
    }

    /// Resumes the account. Only for the operator.
    pub async fn resume_account(&self) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, |account, _| Ok(rules::resume_account(account))).await
    }

    /// Sets whether workspaces without allowlist entries are open, which is the default, or closed. Requires
    /// [`Actor::can_manage_account`](crate::Actor::can_manage_account).
    pub async fn set_unlisted_workspaces(&self, to: UnlistedWorkspaces) -> Result<(), ManageError> {
        self.change_account(Needs::ManageAccount, |account, _| {
            Ok(rules::set_unlisted_workspaces(account, to))
        })
        .await
    }

    /// Sets what is done about a leaked secret of the account: it is stopped, which is the default, or only reported. Only for an
    /// admin or the operator. `http::leaks` follows it. Pass it to [`respond_to_leak`](Self::respond_to_leak) for your own scanners.
    pub async fn set_leak_response(&self, to: LeakResponse) -> Result<(), ManageError> {
        self.change_account(Needs::Administer, |account, _| {
            Ok(rules::set_leak_response(account, to))
        })
        .await
    }

    /// Changes the [policy](crate::manage::AccountPolicy) of the account. Rules that the change does not set stay as they are,
    /// and no existing credential changes. Only for an admin or the operator.
    ///
    /// # Errors
    ///
    /// Refused with [`ContradictoryPolicy`](crate::Refusal::ContradictoryPolicy).
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// let ninety_days = 90 * 86_400;
    /// manager.set_policy(&PolicyChange::new().max_lifetime_seconds(ninety_days)).await?;
    ///
    /// let new = NewCredential::new(shop, Name::new("backend")?).no_expiry();
    /// let Err(ManageError::Refused(refusal)) = manager.issue_app_key(new).await else {
    ///     unreachable!("the policy refuses a key that lives forever")
    /// };
    /// assert_eq!(refusal.code(), "lifetime_too_long");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn set_policy(&self, change: &PolicyChange) -> Result<(), ManageError> {
        self.change_account(Needs::Administer, |account, _| rules::set_policy(account, change))
            .await
    }

    /// Stops all credentials that a member owns, in one commit. Nothing else can be issued to them or handed over to them. Only for
    /// an admin or the operator.
    ///
    /// The member need not own a credential. [`reactivate`](Self::reactivate) reverts it. At most 1,000 members of an account can be
    /// inactive.
    ///
    /// # Errors
    ///
    /// Refused with [`TooManyInactiveOwners`](crate::Refusal::TooManyInactiveOwners).
    pub async fn deactivate(&self, member: &ActorId) -> Result<(), ManageError> {
        self.change_account(Needs::Administer, |account, _| rules::deactivate(account, member))
            .await
    }

    /// Reverts [`deactivate`](Self::deactivate): the credentials of the member work again, unless something else stops them. Only
    /// for an admin or the operator.
    pub async fn reactivate(&self, member: &ActorId) -> Result<(), ManageError> {
        self.change_account(Needs::Administer, |account, _| Ok(rules::reactivate(account, member)))
            .await
    }

    /// Returns `true` if a member is inactive.
    pub async fn is_inactive(&self, member: &ActorId) -> Result<bool, ManageError> {
        let account = self.permitted(Needs::View).await?;
        Ok(account.is_some_and(|account| account.inactive_owners.includes(&account.id, member)))
    }

    /// Returns the members whose credentials are denied.
    #[cfg(feature = "page")]
    pub(crate) async fn inactive_owners(&self) -> Result<InactiveOwners, ManageError> {
        let account = self.permitted(Needs::View).await?;
        Ok(account.map_or(InactiveOwners::NONE, |account| account.inactive_owners))
    }

    /// Returns the account.
    pub async fn account(&self) -> Result<Account, ManageError> {
        let known = self.permitted(Needs::View).await?;
        let untouched = || Account::untouched(self.actor.account().clone());
        Ok(known.map_or_else(untouched, Account::of))
    }

    pub(super) async fn change_account(
        &self,
        needs: Needs,
        rule: impl Fn(&AccountRecord, Timestamp) -> Result<AccountRuling, Refusal> + Send + Sync,
    ) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let id = self.actor.account();
            let account = self.permitted(needs).await?;
            self.forget(id, &Subject::Account);
            // The first change to an account without a workspace creates its record.
            let account = account.unwrap_or_else(|| AccountRecord::new(id.clone(), operation.id));
            self.expect(account.revision)?;
            match rule(&account, operation.now)? {
                Some(ruling) => self.commit_account(&operation, &account, ruling).await,
                None => Ok(Commit::Done(())),
            }
        })
        .await
    }
}
