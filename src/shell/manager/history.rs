//! The history of an account.

use crate::domain::Event;
use crate::domain::rules::Needs;
use crate::shell::errors::ManageError;
use crate::shell::records::CheckedEvent;
use crate::shell::views::HistoryEvent;
use crate::store::{CorruptRow, EventQuery, Page, PageItem, StoreError, StoreErrorKind};
use crate::values::OperationId;

use super::Manager;
use super::inputs::HistoryFilter;

impl Manager<'_> {
    /// Returns a page of the history of the account, newest event first. The history includes deleted credentials and removed
    /// workspaces.
    ///
    /// The cursor of a page is the operation id of its last event. The next page is empty if that event was pruned in the meantime,
    /// because all earlier events were pruned too. It is also empty for an operation id that is not in the history.
    ///
    /// An event that does not match its tag is a corrupt item with its operation id. For an event that this node cannot check,
    /// [`HistoryEvent::is_checked`] is `false`.
    pub async fn history(
        &self,
        filter: HistoryFilter,
    ) -> Result<Page<HistoryEvent, OperationId>, ManageError> {
        self.permitted(Needs::View).await?;
        let before = match filter.one_before() {
            None => None,
            Some(operation) => {
                let account = self.actor.account();
                match self.parts.records.event_number(account, operation).await? {
                    Some(number) => Some(number),
                    None => return Ok(Page { items: Vec::new(), next: None }),
                }
            }
        };
        let query = EventQuery { before, ..filter.query(self.actor) };
        let page = self.parts.records.events(&query).await?;
        // The cursor of the store is the number of the last event. It is not public.
        let next = match page.next {
            Some(_) => Some(page.items.last().and_then(operation_of).ok_or_else(no_cursor)?),
            None => None,
        };
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(event) => PageItem::Record(HistoryEvent::of(event)),
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
            PageItem::Newer { id } => PageItem::Newer { id },
        });
        Ok(Page { items: items.collect(), next })
    }

    /// Returns the event of an operation, to look up a change with an [unknown](ManageError::Unknown) outcome.
    ///
    /// The call waits for all running commits, so `None` is final: either the change was not made and will not be made, or its event
    /// was pruned.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ManageError::Unavailable) if the event does not match its tag, or if this node cannot check it.
    ///
    /// ```no_run
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # async fn rename(manager: &Manager<'_>, id: CredentialId, name: Name) -> Result<(), ManageError> {
    /// match manager.rename(id, name.clone()).await {
    ///     Err(ManageError::Unknown { operation, .. }) => match manager.outcome(operation).await? {
    ///         Some(event) => println!("{} {}", event.by.id, event.action),
    ///         None => drop(manager.rename(id, name).await?),
    ///     },
    ///     other => drop(other?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn outcome(
        &self,
        operation: OperationId,
    ) -> Result<Option<HistoryEvent>, ManageError> {
        self.permitted(Needs::View).await?;
        let event = match self.own_event(operation).await? {
            Some(event) if self.shows(&event).await? => Some(event),
            _ => None,
        };
        Ok(event.map(|event| HistoryEvent::of(CheckedEvent::Genuine(event))))
    }

    /// Returns `true` if the event is within the limits of the actor. An actor limited to kinds also sees their own changes to
    /// credentials that were deleted since.
    async fn shows(&self, event: &Event) -> Result<bool, ManageError> {
        let limits = self.actor.limits();
        if limits.is_none() {
            return Ok(true);
        }
        let Some(workspace) = event.subject.workspace() else { return Ok(false) };
        if !limits.admits_workspace(workspace) {
            return Ok(false);
        }
        if limits.kinds.is_none() {
            return Ok(true);
        }
        let Some(id) = event.subject.credential() else { return Ok(false) };
        Ok(match self.own_credential(*id).await {
            Ok(_) => true,
            Err(ManageError::NotFound(_)) => {
                event.by == *self.actor.by() && self.parts.records.credential(*id).await?.is_none()
            }
            Err(error) => return Err(error),
        })
    }

    /// Returns the event of an operation of the account. Fails if the event cannot be checked, because a repeat that relied on a
    /// forged event would return another credential.
    pub(super) async fn own_event(
        &self,
        operation: OperationId,
    ) -> Result<Option<Event>, ManageError> {
        let event = self.parts.records.operation(operation).await?;
        Ok(event.filter(|event| event.account == *self.actor.account()))
    }
}

/// Returns the operation id of an item. The id of a corrupt item is its operation id too.
fn operation_of(item: &PageItem<CheckedEvent>) -> Option<OperationId> {
    match item {
        PageItem::Record(event) => Some(event.event().operation),
        PageItem::Corrupt(CorruptRow { id }) | PageItem::Newer { id } => id.parse().ok(),
    }
}

fn no_cursor() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt)
}
