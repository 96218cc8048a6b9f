//! The only place where the shell reads records and events. It checks their tags.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::domain::rules::TagState;
use crate::domain::{
    AccountRecord, CredentialRecord, Event, EventOutline, EventTags, Sealed, WorkspaceRecord,
};
use crate::secrets::{IdKey, RecordKeys, Unopened};
use crate::store::{
    AnyStore, Change, Changes, CorruptRow, CredentialCursor, CredentialQuery, CredentialStore,
    EventQuery, Page, PageItem, PageSize, Position, StoreError, StoreErrorKind, WorkspaceCursor,
    WorkspaceQuery,
};
use crate::values::{AccountId, Clock, CredentialId, OperationId, WorkspaceId};

use super::log_limit::LogLimit;
use super::read_gate::{Permit, Rank, ReadGate};
use super::stats::Counters;

/// Maximum number of concurrent reads for attempts.
const FOR_ATTEMPTS: usize = 64;

/// Maximum number of concurrent reads for the management operations. Each list can be large.
const FOR_MANAGEMENT: usize = 16;

/// The records of a store. A record that does not match its tag is an error, or a corrupt item of a page.
///
/// Every read passes a gate, so that no flood of calls takes the store away from the others. Only the polls of the change feed
/// pass none, because attempts with cached keys wait for them.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    /// Only for the polls of the change feed: every other read waits for its [turn](Self::turn).
    ungated: AnyStore,
    keys: Arc<RecordKeys>,
    clock: Arc<dyn Clock>,
    stats: Counters,
    gate: ReadGate,
    /// Keyed by record type and reason.
    log_limit: Arc<LogLimit<(&'static str, Unopened)>>,
    /// The key of the ids, after it was read once.
    id_key: Arc<OnceLock<IdKey>>,
}

/// The store, for one read that has its turn.
pub(crate) struct StoreTurn<'a> {
    store: &'a AnyStore,
    /// Until it is dropped, the read counts as running.
    _permit: Permit,
}

impl Deref for StoreTurn<'_> {
    type Target = AnyStore;

    fn deref(&self) -> &AnyStore {
        self.store
    }
}

/// A stored event that this node did not find corrupt.
pub(crate) enum CheckedEvent {
    /// The event matches its tag.
    Genuine(Event),
    /// This node cannot check the tag: it does not know the master key, or a newer release made the tag.
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
    /// Creates the records for management operations.
    pub(crate) fn new(
        store: AnyStore,
        keys: RecordKeys,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        let gate = ReadGate::new(FOR_MANAGEMENT, store.time_limit(), Arc::clone(&clock));
        Self {
            ungated: store,
            keys: Arc::new(keys),
            clock,
            stats,
            gate,
            log_limit: Arc::default(),
            id_key: Arc::default(),
        }
    }

    /// Returns the same records for attempts, with a gate of their own.
    pub(crate) fn for_attempts(&self) -> Self {
        let gate = ReadGate::new(FOR_ATTEMPTS, self.ungated.time_limit(), Arc::clone(&self.clock));
        Self { gate, ..self.clone() }
    }

    /// Waits for the turn of a read.
    pub(crate) async fn turn(&self) -> Result<StoreTurn<'_>, StoreError> {
        self.turn_in(Rank::First).await
    }

    async fn turn_in(&self, rank: Rank) -> Result<StoreTurn<'_>, StoreError> {
        Ok(StoreTurn { _permit: self.gate.enter(rank).await?, store: &self.ungated })
    }

    /// Waits for the turn of a read of a credential that a caller has named. The id is almost always invented if it fails the check:
    /// then all other reads have precedence.
    pub(crate) async fn turn_of(&self, id: CredentialId) -> Result<StoreTurn<'_>, StoreError> {
        self.turn_in(if self.id_key().await?.passes(id) { Rank::First } else { Rank::Last }).await
    }

    /// Returns the key of the ids. It is read once.
    pub(crate) async fn id_key(&self) -> Result<IdKey, StoreError> {
        if let Some(known) = self.id_key.get() {
            return Ok(*known);
        }
        let turn = self.turn().await?;
        // Another caller may have read it in the meantime.
        if let Some(known) = self.id_key.get() {
            return Ok(*known);
        }
        let read = turn.id_key().await?;
        Ok(*self.id_key.get_or_init(|| read))
    }

    /// Refuses the reads that have waited for their turn too long.
    pub(crate) fn refuse_overdue(&self) {
        self.gate.refuse_overdue();
    }

    /// Returns the credential with this id.
    pub(crate) async fn credential(
        &self,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        let turn = self.turn().await?;
        self.credential_in_turn(turn, id).await
    }

    /// Returns the credential with this id, for a caller that has waited for its [turn](Self::turn).
    pub(crate) async fn credential_in_turn(
        &self,
        turn: StoreTurn<'_>,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        let record = turn.credential(id).await?;
        record.map(|record| self.expect(record, record_is(id))).transpose()
    }

    /// Returns the workspace with this id, even if it is removed.
    pub(crate) async fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<WorkspaceRecord>, StoreError> {
        let record = self.turn().await?.workspace(id).await?;
        record.map(|record| self.expect(record, |record| record.id == *id)).transpose()
    }

    /// Returns the account with this id.
    pub(crate) async fn account(
        &self,
        id: &AccountId,
    ) -> Result<Option<AccountRecord>, StoreError> {
        let record = self.turn().await?.account(id).await?;
        record.map(|record| self.expect(record, |record| record.id == *id)).transpose()
    }

    /// Returns a page of credentials for a decision. Fails if a newer release wrote one of them, because the decision would
    /// ignore it.
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

    /// Returns a page of credentials to show.
    pub(crate) async fn listed_credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.opened(self.turn().await?.credentials(query).await?)
    }

    /// Returns a page of the workspaces of an account, to show or count.
    pub(crate) async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        self.opened(self.turn().await?.workspaces(query).await?)
    }

    /// Returns the workspaces with these ids that exist, including removed ones, for a list of credentials. At most 1,000 ids.
    pub(crate) async fn listed_workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<PageItem<WorkspaceRecord>>, StoreError> {
        let found = self.turn().await?.workspaces_by_id(ids).await?;
        let items = found.into_iter().flatten().collect();
        Ok(self.opened(Page { items, next: None::<WorkspaceCursor> })?.items)
    }

    /// Returns a page of the history of an account. An event that does not match its tag is a corrupt item with its operation id.
    pub(crate) async fn events(
        &self,
        query: &EventQuery,
    ) -> Result<Page<CheckedEvent, u64>, StoreError> {
        let page = self.turn().await?.events(query).await?;
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

    /// Returns the event of an operation. An event that this node cannot check is an error, because it proves nothing.
    pub(crate) async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        let event = self.turn().await?.operation(id).await?;
        event.map(|event| self.expect(event, |event| event.operation == id)).transpose()
    }

    /// Returns the number of the event of an operation in an account. The tag is not checked: it does not cover the number, and a
    /// list must be able to continue after a corrupt event.
    pub(crate) async fn event_number(
        &self,
        account: &AccountId,
        operation: OperationId,
    ) -> Result<Option<u64>, StoreError> {
        let event = self.turn().await?.operation(operation).await?;
        Ok(event.filter(|event| event.account == *account).map(|event| event.number))
    }

    /// Returns the credential with this id without checking its tag, for the deletion of a corrupt one.
    pub(crate) async fn unchecked_credential(
        &self,
        id: CredentialId,
    ) -> Result<Option<CredentialRecord>, StoreError> {
        self.turn().await?.credential(id).await
    }

    /// Returns the credentials with these ids without checking their tags, for an import: each id is free or not. At most 1,000 ids.
    pub(crate) async fn unchecked_credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        self.turn().await?.credentials_by_id(ids).await
    }

    /// Returns the workspace with this id without checking its tag, for the repair of a corrupt one.
    pub(crate) async fn unchecked_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<WorkspaceRecord>, StoreError> {
        self.turn().await?.workspace(id).await
    }

    /// Returns the account with this id without checking its tag, for the repair of a corrupt one.
    pub(crate) async fn unchecked_account(
        &self,
        id: &AccountId,
    ) -> Result<Option<AccountRecord>, StoreError> {
        self.turn().await?.account(id).await
    }

    /// Returns a page of all accounts. The caller [checks](Self::check) the tags.
    pub(crate) async fn unchecked_accounts(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        self.turn().await?.every_account(after, size).await
    }

    /// Returns a page of all workspaces. The caller [checks](Self::check) the tags.
    pub(crate) async fn unchecked_workspaces(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        self.turn().await?.every_workspace(after, size).await
    }

    /// Returns a page of credentials. The caller [checks](Self::check) the tags.
    pub(crate) async fn unchecked_credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        self.turn().await?.credentials(query).await
    }

    /// Returns the position of the history.
    pub(crate) async fn position(&self) -> Result<Position, StoreError> {
        self.ungated.position().await
    }

    /// Returns the events since `known`. The caller [checks](Self::check_outline) the tags.
    pub(crate) async fn changes_since(
        &self,
        known: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.ungated.changes_since(known, limit).await
    }

    /// Returns the tags for the event of a change.
    pub(crate) fn event_tags(&self, change: &Change) -> EventTags {
        // The tags do not cover the number.
        change.event(0).tags_under(&self.keys)
    }

    /// Checks the tag of a polled event. The caller reports the result.
    pub(crate) fn check_outline(&self, event: &EventOutline) -> Result<(), Unopened> {
        event.check_tag(&self.keys)
    }

    /// Tags a record before it is written.
    pub(crate) fn seal<R: Sealed>(&self, record: R) -> R {
        record.seal(&self.keys)
    }

    /// Checks the records of a page. A record that does not match its tag becomes a corrupt item, and a record from a newer release
    /// becomes a newer item. The page fails if a record is under a master key or record epoch that this node does not accept.
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

    /// Checks a record that was requested by its id.
    fn expect<R: Sealed>(&self, record: R, is_it: impl Fn(&R) -> bool) -> Result<R, StoreError> {
        let corrupt = |record: &R| StoreError::corrupt(record.id_text());
        match self.check_tag(&record) {
            Ok(()) if is_it(&record) => Ok(record),
            Ok(()) => Err(corrupt(&record)),
            Err(Unopened::Corrupt) => Err(corrupt(&record).because(Unopened::Corrupt)),
            Err(other) => Err(unchecked(other)),
        }
    }

    /// Checks a record that was read directly from the store, for the walks. Counts and logs every record that fails the check.
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

    /// Returns `true` if a record that was read directly from the store does not match its tag. Fails if this node cannot check it.
    pub(crate) fn is_corrupt<R: Sealed>(&self, record: &R) -> Result<bool, StoreError> {
        match self.check_tag(record) {
            Ok(()) => Ok(false),
            Err(Unopened::Corrupt) => Ok(true),
            Err(other) => Err(unchecked(other)),
        }
    }

    /// Checks the tag of a record that was read directly from the store. The result is neither logged nor counted.
    pub(crate) fn tag_says<R: Sealed>(&self, record: &R) -> Result<(), Unopened> {
        record.check_tag(&self.keys)
    }

    /// Checks the tag of a record that was read directly from the store, and reports a failure.
    fn check_tag<R: Sealed>(&self, record: &R) -> Result<(), Unopened> {
        self.tag_says(record).inspect_err(|unopened| self.report::<R>(&record.id_text(), *unopened))
    }

    /// Counts and logs a record that failed the tag check. It is logged at `ERROR` once a minute for each record type and reason,
    /// because anyone can cause reads of a corrupt record at any rate.
    fn report<R: Sealed>(&self, id: &str, unopened: Unopened) {
        self.stats.count_unopened();
        if self.log_limit.is_due((R::NOUN, unopened), self.clock.now().monotonic) {
            log::<R>(id, unopened);
        } else {
            tracing::debug!(record = R::NOUN, id, error = %unopened, "a stored record failed its tag check");
        }
    }
}

/// Returns the error for a record that this node cannot check.
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
