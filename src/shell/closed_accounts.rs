//! Background removal of what is in closed accounts.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::Operator;
use crate::store::{PageItem, PageSize, StoreError, WorkspaceCursor};
use crate::values::{AccountId, Clock};

use super::errors::ManageError;
use super::failure_log::FailureLog;
use super::manager::{Manager, ManagerParts, RemovedPage};
use super::records::Records;

/// The pause after a walk through all accounts. Everything in a closed account stopped when it was closed.
const REST: Duration = Duration::from_hours(1);

/// The pause after a failure.
const RETRY: Duration = Duration::from_mins(1);

/// Accounts that one step reads.
const ACCOUNTS: PageSize = PageSize::MAX;

/// Workspaces that one step removes at most, each in a transaction of its own.
const WORKSPACES: usize = 20;

/// Workspaces that are listed at once. A step that has used its time still removes these.
const LISTED: PageSize = match PageSize::new(4) {
    Ok(size) => size,
    Err(_) => PageSize::MAX,
};

/// Closed accounts whose workspaces one step lists at most. Those of long ago have none.
const LISTS: usize = 100;

/// The position of `maintain` in its walk through all accounts. It is lost with the process: the next walk finds what is left.
#[derive(Debug, Default)]
pub(super) struct ClosedAccounts {
    /// When the next step is due, by the monotonic clock.
    due: Duration,
    /// The next page of accounts.
    page: NextPage,
    /// Closed accounts that were found and may still have workspaces.
    found: VecDeque<AccountId>,
    /// The position in the first of them.
    within: Option<WorkspaceCursor>,
}

#[derive(Debug, Default)]
enum NextPage {
    #[default]
    First,
    After(AccountId),
    /// Every account was read.
    End,
}

impl ClosedAccounts {
    /// Reads a page of accounts, or removes some workspaces of closed ones, if that is due. Begins nothing new after `patience`, because
    /// the other duties of `maintain` wait meanwhile.
    pub(super) async fn remove_due(
        &mut self,
        records: &Records,
        parts: &ManagerParts,
        clock: &dyn Clock,
        patience: Duration,
        failure_log: &FailureLog,
    ) {
        let now = clock.now();
        if self.due > now.monotonic {
            return;
        }
        let until = now.monotonic.saturating_add(patience);
        let done = self.step(records, parts, &|| clock.now().monotonic >= until).await;
        let message = "could not remove workspaces of closed accounts; `maintain` tries again";
        match done {
            Ok(()) => {}
            Err(ManageError::Unavailable(unavailable)) => {
                failure_log.unavailable(message, &unavailable, now.monotonic);
                self.due = now.monotonic.saturating_add(RETRY);
            }
            Err(error) => {
                tracing::warn!(%error, "{message}");
                self.due = now.monotonic.saturating_add(RETRY);
            }
        }
        if self.found.is_empty() && matches!(self.page, NextPage::End) {
            *self = Self { due: now.monotonic.saturating_add(REST), ..Self::default() };
        }
    }

    async fn step(
        &mut self,
        records: &Records,
        parts: &ManagerParts,
        is_late: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), ManageError> {
        if self.found.is_empty() {
            return Ok(self.find_more(records).await?);
        }
        let mut removed = 0;
        for _ in 0..LISTS {
            let Some(account) = self.found.front().cloned() else { break };
            removed += self.remove_some(parts, account).await?;
            if removed >= WORKSPACES || is_late() {
                break;
            }
        }
        Ok(())
    }

    async fn find_more(&mut self, records: &Records) -> Result<(), StoreError> {
        let after = match &self.page {
            NextPage::First => None,
            NextPage::After(account) => Some(account),
            NextPage::End => return Ok(()),
        };
        let page = records.unchecked_accounts(after, ACCOUNTS).await?;
        // The tag of an account is checked before its workspaces are removed.
        let found = page.items.into_iter().filter_map(PageItem::record);
        self.found.extend(found.filter(|account| account.closed.is_some()).map(|it| it.id));
        self.page = page.next.map_or(NextPage::End, NextPage::After);
        Ok(())
    }

    /// Removes some workspaces of the first account that was found. Returns how many. A failure of the store leaves the position as it is. A record that
    /// an operator must repair is left to the next walk, so that it does not hold up the others.
    async fn remove_some(
        &mut self,
        parts: &ManagerParts,
        account: AccountId,
    ) -> Result<usize, ManageError> {
        let actor = Operator::maintain().acting_for(account);
        let manager = Manager::new(parts, &actor);
        let removed = match manager.remove_closed_after(self.within.as_ref(), LISTED).await {
            Err(error) if is_transient(&error) => return Err(error),
            Err(error) => RemovedPage { failed: Some(error), ..RemovedPage::default() },
            Ok(RemovedPage { failed: Some(error), .. }) if is_transient(&error) => {
                return Err(error);
            }
            Ok(removed) => removed,
        };
        self.within = removed.next;
        if self.within.is_none() {
            self.found.pop_front();
        }
        removed.failed.map_or(Ok(removed.removed), Err)
    }
}

fn is_transient(error: &ManageError) -> bool {
    match error {
        ManageError::Unavailable(unavailable) => !unavailable.reason().needs_an_operator(),
        ManageError::Busy | ManageError::Unknown { .. } => true,
        _ => false,
    }
}
