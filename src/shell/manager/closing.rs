//! Closing the account, and removing what is in a closed one.

use crate::domain::rules::{self, Needs};
use crate::shell::errors::{ManageError, RecordType, Unavailable, UnavailableReason};
use crate::store::{PageItem, PageSize, WorkspaceCursor, WorkspaceQuery};
use crate::values::WorkspaceId;

use super::Manager;
use super::commit::until_committed;

/// What the removal of a page of workspaces did.
#[derive(Debug, Default)]
pub(in crate::shell) struct RemovedPage {
    pub(in crate::shell) removed: usize,
    /// The first failure. The other workspaces of the page are removed all the same.
    pub(in crate::shell) failed: Option<ManageError>,
    /// Position of the next page; `None` at the end.
    pub(in crate::shell) next: Option<WorkspaceCursor>,
}

impl Manager<'_> {
    /// Closes the account if `typed_id` is its id, to prevent accidental closing. All its credentials stop working at once, in one
    /// commit. This cannot be undone: the id of the account is never free again. Only for the operator.
    ///
    /// After it, only the operator can read the account and its history, and every change fails with
    /// [`AccountClosed`](crate::ManageError::AccountClosed). [`maintain`](crate::Keyward::maintain) deletes its content in the
    /// background; [`remove_closed`](Self::remove_closed) does so at once. An account that was never written is closed too.
    ///
    /// # Errors
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName) if the typed id differs.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let shop = NewWorkspace::new(WorkspaceId::new("acme/shop")?, Name::new("Shop")?);
    /// # let primary = keyward.manager(&actor).create_workspace(shop).await?.first;
    /// let operator = Operator::new(ActorId::new("ops")?).acting_for(AccountId::new("acme")?);
    /// keyward.manager(&operator).close_account("acme").await?;
    ///
    /// let attempt = Attempt::track(primary.credential.id.as_str(), primary.secret.expose());
    /// assert!(matches!(keyward.verify(&attempt).await, Err(NotVerified::Denied(_))));
    ///
    /// keyward.manager(&operator).remove_closed().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn close_account(&self, typed_id: &str) -> Result<(), ManageError> {
        self.change_account(Needs::Operate, |account, now| {
            rules::close_account(account, typed_id, now)
        })
        .await
    }

    /// Removes each workspace of a closed account with its allowlist and integrations, as ordinary changes with an event each.
    /// Returns how many it removed. [`maintain`](crate::Keyward::maintain) then deletes the credentials in batches. Only for the
    /// operator.
    ///
    /// You need not call it if you run `maintain`, which also removes the workspaces of closed accounts, within about an hour. Does
    /// nothing if the account is not closed. The call can be interrupted; another call removes the rest. What remains of a
    /// closed account works no more than what is removed. This is not a [conditional](Self::if_revision) change.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ManageError::Unavailable) if a workspace cannot be read. The others are removed all the same.
    pub async fn remove_closed(&self) -> Result<usize, ManageError> {
        let (mut removed, mut failed, mut after) = (0, None, None);
        loop {
            let page = self.remove_closed_after(after.as_ref(), PageSize::MAX).await?;
            removed += page.removed;
            failed = failed.or(page.failed);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    /// Removes a page of the workspaces of a closed account.
    pub(in crate::shell) async fn remove_closed_after(
        &self,
        after: Option<&WorkspaceCursor>,
        size: PageSize,
    ) -> Result<RemovedPage, ManageError> {
        let mut done = RemovedPage::default();
        let account = self.permitted(Needs::Operate).await?;
        if account.is_none_or(|account| account.closed.is_none()) {
            return Ok(done);
        }
        let query = WorkspaceQuery::all(self.actor.account().clone(), size);
        let query = WorkspaceQuery { after: after.cloned(), ..query };
        let page = self.parts.records.workspaces(&query).await?;
        for item in page.items {
            match self.remove_if_readable(item.map(|record| record.id)).await {
                Ok(()) => done.removed += 1,
                // Another node has removed it in the meantime.
                Err(ManageError::NotFound(RecordType::Workspace)) => {}
                Err(error) => done.failed = done.failed.or(Some(error)),
            }
        }
        done.next = page.next;
        Ok(done)
    }

    async fn remove_if_readable(&self, item: PageItem<WorkspaceId>) -> Result<(), ManageError> {
        match item {
            PageItem::Record(id) => self.remove_workspace_of_closed(&id).await,
            PageItem::Corrupt(_) => Err(Unavailable::new(UnavailableReason::CorruptRow).into()),
            PageItem::Newer { .. } => Err(Unavailable::new(UnavailableReason::NewerRelease).into()),
        }
    }

    async fn remove_workspace_of_closed(&self, id: &WorkspaceId) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_workspace(id, Needs::Operate).await?;
            self.commit_removal(&operation, &read, read.workspace.name.as_str()).await
        })
        .await
    }
}
