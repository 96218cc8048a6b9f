//! The one door through which the shell reads records and events: it checks their tags.

use std::sync::Arc;

use crate::domain::rules::TagState;
use crate::domain::{
    AccountRecord, CredentialRecord, Event, EventOutline, EventTags, Sealed, WorkspaceRecord,
};
use crate::secrets::{RecordKeys, Unopened};
use crate::store::{
    AnyStore, Change, Changes, CorruptRow, CredentialCursor, CredentialQuery, CredentialStore,
    EventQuery, Page, PageItem, PageSize, Position, StoreError, StoreErrorKind, WorkspaceCursor,
    WorkspaceQuery,
};
use crate::values::{AccountId, Clock, CredentialId, OperationId, WorkspaceId};

use super::log_limit::LogLimit;
use super::stats::Counters;

/// The records of a store. Those that do not match their tags are errors, or corrupt items of a page.
#[derive(Debug)]
pub(crate) struct Records {
    store: AnyStore,
    keys: RecordKeys,
    clock: Arc<dyn Clock>,
    stats: Counters,
    /// By the type of the record, and why it does not open.
    log_limit: LogLimit<(&'static str, Unopened)>,
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
    pub(crate) fn new(
        store: AnyStore,
        keys: RecordKeys,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        Self { store, keys, clock, stats, log_limit: LogLimit::default() }
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

    /// How far the history has come.
    pub(crate) async fn position(&self) -> Result<Position, StoreError> {
        self.store.position().await
    }

    /// What has happened since `known`. The tags are for the caller to [check](Self::check_outline).
    pub(crate) async fn changes_since(
        &self,
        known: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.store.changes_since(known, limit).await
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

    /// Checks a record that was read from the store itself. Counts and logs each that does not open, for the walks, which
    /// name all of them.
    pub(crate) fn check<R: Sealed>(&self, record: &R) -> TagState {
        match record.check_tag(&self.keys) {
            Ok(()) if self.keys.is_outdated(record.tag()) => TagState::Outdated,
            Ok(()) => TagState::UpToDate,
            Err(Unopened::LostMasterKey(key)) => TagState::Lost(key),
            Err(unopened) => {
                self.stats.count_unopened();
                log::<R>(&record.id_text(), unopened);
                match unopened {
                    Unopened::Corrupt => TagState::Corrupt,
                    _ => TagState::Unknown,
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

    /// Counts a record that does not open, and logs it: loudly once a minute for each type of record and reason, since
    /// a stranger can make a corrupt record be read at any rate.
    fn report<R: Sealed>(&self, id: &str, unopened: Unopened) {
        self.stats.count_unopened();
        if self.log_limit.is_due((R::NOUN, unopened), self.clock.now().monotonic) {
            log::<R>(id, unopened);
        } else {
            tracing::debug!(record = R::NOUN, id, error = %unopened, "a stored record failed its tag check");
        }
    }
}

/// The error of a record that this node cannot check.
fn unchecked(unopened: Unopened) -> StoreError {
    StoreError::new(StoreErrorKind::Other).because(unopened)
}

fn log<R: Sealed>(id: &str, unopened: Unopened) {
    tracing::error!(record = R::NOUN, id, error = %unopened, "a stored record failed its tag check");
}

fn record_is(id: CredentialId) -> impl Fn(&CredentialRecord) -> bool {
    move |record| record.id == id
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Records;
    use crate::adapters::MemoryStore;
    use crate::domain::AccountRecord;
    use crate::domain::rules::TagState;
    use crate::secrets::{MasterKey, MasterKeys, RecordEpochs, RecordKeys, Unopened};
    use crate::shell::stats::Counters;
    use crate::store::AnyStore;
    use crate::values::{AccountId, ManualClock, OperationId, Timestamp};

    fn records(stats: &Counters) -> Records {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let keys = RecordKeys::new(&keys, &RecordEpochs::default());
        let clock = Arc::new(ManualClock::at(Timestamp::MIN));
        Records::new(AnyStore::new(MemoryStore::new()), keys, clock, stats.clone())
    }

    #[test]
    fn a_sealed_record_opens_and_a_changed_one_is_counted_each_time() {
        let stats = Counters::default();
        let records = records(&stats);
        let id = AccountId::new("acme").unwrap();
        let sealed = records.seal(AccountRecord::new(id, OperationId::from_bytes([1; 16])));
        assert_eq!(records.check(&sealed), TagState::UpToDate);
        let changed = AccountRecord { suspended: Some(Timestamp::MIN), ..sealed };
        assert_eq!(records.check(&changed), TagState::Corrupt);
        for _ in 0..3 {
            assert_eq!(records.check_tag(&changed), Err(Unopened::Corrupt));
        }
        assert_eq!(stats.snapshot().unopened_records, 4);
    }
}
