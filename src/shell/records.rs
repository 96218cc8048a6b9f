//! The one door through which the shell reads records and events: it checks their tags.

use std::sync::Arc;

use crate::domain::{
    AccountRecord, CredentialRecord, Event, EventOutline, EventTags, Sealed, WorkspaceRecord,
};
use crate::secrets::{MasterKeyId, RecordKeys, Unopened};
use crate::store::{
    AnyStore, Change, CorruptRow, CredentialCursor, CredentialQuery, CredentialStore, EventQuery,
    Page, PageItem, PageSize, StoreError, StoreErrorKind, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, OperationId, WorkspaceId};

use super::stats::Counters;

/// The records of a store. Those that do not match their tags are errors, or corrupt items of a page.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    store: AnyStore,
    keys: Arc<RecordKeys>,
    stats: Counters,
}

/// A stored record, and what its tag says of it.
pub(crate) enum Checked<R> {
    /// It opens, and its tag is under the current master key and record epoch, or newer ones.
    UpToDate(R),
    /// It opens, and its tag is under an older master key or record epoch.
    Outdated(R),
    /// Its tag is under a master key that is declared lost, so nobody can tell whether it is genuine.
    Lost(R, MasterKeyId),
    /// It does not match its tag.
    Corrupt,
    /// This node cannot tell: it does not accept the master key, the record epoch or the encoding.
    Unknown,
}

/// A stored event that is not corrupt, as far as this node can tell.
pub(crate) enum CheckedEvent {
    /// It matches its tag.
    Genuine(Event),
    /// This node cannot check its tag: it does not hold the master key, or a newer release made the tag.
    Unchecked(Event),
}

impl CheckedEvent {
    /// Returns the event, checked or not.
    pub(crate) const fn event(&self) -> &Event {
        match self {
            Self::Genuine(event) | Self::Unchecked(event) => event,
        }
    }
}

impl Records {
    pub(crate) const fn new(store: AnyStore, keys: Arc<RecordKeys>, stats: Counters) -> Self {
        Self { store, keys, stats }
    }

    /// The credential with this id.
    pub(crate) async fn credential(
        &self,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        let record = self.store.credential(id).await?;
        record.map(|record| self.expect(record, record_is(id))).transpose()
    }

    /// The workspace with this id, removed or not.
    pub(crate) async fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<WorkspaceRecord>, StoreError> {
        let record = self.store.workspace(id).await?;
        record.map(|record| self.expect(record, |record| record.id == *id)).transpose()
    }

    /// The account with this id.
    pub(crate) async fn account(
        &self,
        id: &AccountId,
    ) -> Result<Option<AccountRecord>, StoreError> {
        let record = self.store.account(id).await?;
        record.map(|record| self.expect(record, |record| record.id == *id)).transpose()
    }

    /// A page of credentials for a decision: one that a newer release wrote makes it fail, so that nothing is decided
    /// without it.
    pub(crate) async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        let page = self.listed_credentials(query).await?;
        if page.items.iter().any(|item| matches!(item, PageItem::Newer { .. })) {
            return Err(unchecked(Unopened::NewerEncoding));
        }
        Ok(page)
    }

    /// A page of credentials to be shown.
    pub(crate) async fn listed_credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.opened(self.store.credentials(query).await?)
    }

    /// A page of an account's workspaces, to be shown or counted.
    pub(crate) async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.opened(self.store.workspaces(query).await?)
    }

    /// The workspaces with these ids that exist, removed or not, for a list of credentials; at most 1,000 ids.
    pub(crate) async fn listed_workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<PageItem<WorkspaceRecord>>, StoreError> {
        let found = self.store.workspaces_by_id(ids).await?;
        let items = found.into_iter().flatten().collect();
        Ok(self.opened(Page { items, next: None::<WorkspaceCursor> })?.items)
    }

    /// A page of an account's history. An event that does not match its tag is a corrupt item, named by its
    /// operation.
    pub(crate) async fn events(
        &self,
        query: &EventQuery,
    ) -> Result<Page<CheckedEvent, u64>, StoreError> {
        let page = self.store.events(query).await?;
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(event) => match event.check_tag(&self.keys) {
                Ok(()) => PageItem::Record(CheckedEvent::Genuine(event)),
                Err(Unopened::Corrupt) => {
                    let id = event.id_text();
                    self.report::<Event>(&id, Unopened::Corrupt);
                    PageItem::Corrupt(CorruptRow { id })
                }
                Err(_) => PageItem::Record(CheckedEvent::Unchecked(event)),
            },
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
            PageItem::Newer { id } => PageItem::Newer { id },
        });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// The event of an operation. An event that this node cannot check is an error: what was done must not be
    /// concluded from it.
    pub(crate) async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        let event = self.store.operation(id).await?;
        event.map(|event| self.expect(event, |event| event.operation == id)).transpose()
    }

    /// The number of an account's event with this operation. The tag is not checked: a number is not covered by it,
    /// and a page of the history must go on after a corrupt event.
    pub(crate) async fn event_number(
        &self,
        account: &AccountId,
        operation: OperationId,
    ) -> Result<Option<u64>, StoreError> {
        let event = self.store.operation(operation).await?;
        Ok(event.filter(|event| event.account == *account).map(|event| event.number))
    }

    /// The credential with this id, without a check of its tag: for an operator who deletes a corrupt one.
    pub(crate) async fn unchecked_credential(
        &self,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        self.store.credential(id).await
    }

    /// The workspace with this id, without a check of its tag: for an operator who repairs a corrupt one.
    pub(crate) async fn unchecked_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.store.workspace(id).await
    }

    /// The account with this id, without a check of its tag: for an operator who repairs a corrupt one.
    pub(crate) async fn unchecked_account(
        &self,
        id: &AccountId,
    ) -> Result<Option<AccountRecord>, StoreError> {
        self.store.account(id).await
    }

    /// A page of all accounts. The tags are for the caller to [check](Self::check).
    pub(crate) async fn unchecked_accounts(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.store.every_account(after, size).await
    }

    /// A page of all workspaces. The tags are for the caller to [check](Self::check).
    pub(crate) async fn unchecked_workspaces(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.store.every_workspace(after, size).await
    }

    /// A page of credentials. The tags are for the caller to [check](Self::check).
    pub(crate) async fn unchecked_credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.store.credentials(query).await
    }

    /// Returns the tags of a change's event.
    pub(crate) fn event_tags(&self, change: &Change) -> EventTags {
        // No tag covers the number.
        change.event(0).tags_under(&self.keys)
    }

    /// Checks the tag of a polled event. The caller reports the result.
    pub(crate) fn check_outline(&self, event: &EventOutline) -> Result<(), Unopened> {
        event.check_tag(&self.keys)
    }

    /// Tags a record that is about to be written.
    pub(crate) fn seal<R: Sealed>(&self, record: R) -> R {
        record.seal(&self.keys)
    }

    /// A record that does not match its tag is a corrupt item, and one that a newer release wrote a newer item. One under a
    /// master key or record epoch that this node does not accept makes the page fail.
    fn opened<R: Sealed, C>(&self, page: Page<R, C>) -> Result<Page<R, C>, StoreError> {
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(record) => match self.check_tag(&record) {
                Ok(()) => Ok(PageItem::Record(record)),
                Err(Unopened::Corrupt) => {
                    Ok(PageItem::Corrupt(CorruptRow { id: record.id_text() }))
                }
                Err(Unopened::NewerEncoding) => Ok(PageItem::Newer { id: record.id_text() }),
                Err(other) => Err(unchecked(other)),
            },
            PageItem::Corrupt(row) => Ok(PageItem::Corrupt(row)),
            PageItem::Newer { id } => Ok(PageItem::Newer { id }),
        });
        Ok(Page { items: items.collect::<Result<_, _>>()?, next: page.next })
    }

    /// Opens a record that was asked for by its id.
    fn expect<R: Sealed>(&self, record: R, is_it: impl Fn(&R) -> bool) -> Result<R, StoreError> {
        let corrupt = |record: &R| StoreError::corrupt(record.id_text());
        match self.check_tag(&record) {
            Ok(()) if is_it(&record) => Ok(record),
            Ok(()) => Err(corrupt(&record)),
            Err(Unopened::Corrupt) => Err(corrupt(&record).because(Unopened::Corrupt)),
            Err(other) => Err(unchecked(other)),
        }
    }

    /// Checks a record that was read from the store itself.
    pub(crate) fn check<R: Sealed>(&self, record: R) -> Checked<R> {
        match record.check_tag(&self.keys) {
            Ok(()) if self.keys.is_outdated(record.tag()) => Checked::Outdated(record),
            Ok(()) => Checked::UpToDate(record),
            Err(Unopened::LostMasterKey(key)) => Checked::Lost(record, key),
            Err(unopened) => {
                self.report::<R>(&record.id_text(), unopened);
                match unopened {
                    Unopened::Corrupt => Checked::Corrupt,
                    _ => Checked::Unknown,
                }
            }
        }
    }

    /// Returns `true` if a record that was read from the store itself does not match its tag. Fails if this node cannot
    /// check it.
    pub(crate) fn is_corrupt<R: Sealed>(&self, record: &R) -> Result<bool, StoreError> {
        match self.check_tag(record) {
            Ok(()) => Ok(false),
            Err(Unopened::Corrupt) => Ok(true),
            Err(other) => Err(unchecked(other)),
        }
    }

    /// Returns what the tag says of a record that was read from the store itself. It is neither logged nor counted.
    pub(crate) fn tag_says<R: Sealed>(&self, record: &R) -> Result<(), Unopened> {
        record.check_tag(&self.keys)
    }

    /// Checks the tag of a record that was read from the store itself, and reports one that does not open.
    fn check_tag<R: Sealed>(&self, record: &R) -> Result<(), Unopened> {
        self.tag_says(record).inspect_err(|unopened| self.report::<R>(&record.id_text(), *unopened))
    }

    fn report<R: Sealed>(&self, id: &str, unopened: Unopened) {
        self.stats.count_unopened();
        tracing::error!(record = R::NOUN, id, error = %unopened, "a stored record does not open");
    }
}

/// The error of a record that this node cannot check.
fn unchecked(unopened: Unopened) -> StoreError {
    StoreError::new(StoreErrorKind::Other).because(unopened)
}

fn record_is(id: CredentialId) -> impl Fn(&CredentialRecord) -> bool {
    move |record| record.id == id
}
