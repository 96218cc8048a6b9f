//! The contract between Keyward and a store.

use std::fmt::Debug;
use std::time::Duration;

use crate::domain::{AccountRecord, CredentialRecord, Event, NetworkUse, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::values::{
    AccountId, CredentialId, Day, GenerationNumber, OperationId, Timestamp, WorkspaceId,
};

use super::change::{
    Change, Changes, Position, Purged, RecordId, Refresh, Refreshed, TagChange, Use,
};
use super::error::StoreError;
use super::finding::StoreFinding;
use super::promises::promise;
use super::query::{
    CredentialCursor, CredentialQuery, EventQuery, Page, PageItem, PageSize, WorkspaceCursor,
    WorkspaceQuery,
};

/// A database for the records of Keyward.
///
/// Implement each method as a plain `async fn` whose future is [`Send`]. Only [`check`](Self::check) has a default
/// implementation: weak defaults make stores unsafe. Then run the suite of the feature `conformance`, which checks the
/// contract. `examples/custom_store.rs` is a complete small store.
///
/// # Contract
///
/// A store compares and writes. It makes no decisions, reads no clock and draws no random numbers. The [`Change`] contains
/// everything that the store writes.
#[doc = promise!(BYTE_FOR_BYTE)]
///
#[doc = promise!(BOUNDS)]
#[doc = promise!(SIZES)]
/// The three constants are in the module [`store`](super); the JSON text is the one that serde writes.
///
#[doc = promise!(BY_BYTES)]
#[doc = promise!(NAME_KEY)]
/// A store that searches by name therefore stores the key beside the name. A row is corrupt if its name is not trimmed, not in
/// NFC, or not a valid [`Name`](crate::Name).
///
/// # Reads
///
#[doc = promise!(SNAPSHOT)]
#[doc = promise!(ACKNOWLEDGED)]
///
/// The methods [`credentials_by_id`](Self::credentials_by_id), [`workspaces_by_id`](Self::workspaces_by_id) and
/// [`accounts_by_id`](Self::accounts_by_id) take at most 1,000 ids, in any order, and an id can occur twice.
#[doc = promise!(BY_ID)]
#[doc = promise!(ABSENT_BY_ID)]
///
/// # Atomicity
///
#[doc = promise!(WHOLE)]
///
/// [`commit`](Self::commit) first compares the stored revision of the header with `read_at`, the revision of each account in
/// `unchanged`, and the tag of each credential in `read_credentials`.
#[doc = promise!(CONFLICT)]
#[doc = promise!(EXISTENCE)]
#[doc = promise!(TAKEN)]
/// `Conflict` is [`StoreErrorKind::Conflict`](super::StoreErrorKind::Conflict).
///
/// The comparison and the write are one atomic step.
#[doc = promise!(ONE_STEP)]
#[doc = promise!(ACCOUNT_FIRST)]
///
/// # Updates
///
#[doc = promise!(NOT_BY_UPDATE)]
#[doc = promise!(GENERATIONS)]
///
/// # History
///
#[doc = promise!(NUMBERED)]
#[doc = promise!(WITHOUT_GAPS)]
/// A database sequence or a timestamp is not enough. With these, an early number can become visible late, and a reader that
/// has already read a later number misses the change, such as a revocation. Instead, end each commit by updating one row that
/// contains the position.
///
#[doc = promise!(TOO_FAR_BEHIND)]
/// The operation id is compared because a store that was restored from a backup assigns the same numbers again.
#[doc = promise!(NEWEST_STAYS_KNOWN)]
#[doc = promise!(START_IS_KNOWN)]
/// The store may forget the position of any other pruned event.
///
/// # Age
///
/// [`Changes`] have an `age`: how old the answer is at most.
#[doc = promise!(AGE)]
/// The age is zero if the store knows that no acknowledged change is missing. Otherwise the store returns an age that is
/// certainly long enough. A node treats the answer as current at the time of its call minus the age.
///
/// # Outcomes
///
/// A caller that does not learn the outcome of a commit looks up the operation id of the change.
#[doc = promise!(OPERATION)]
#[doc = promise!(FINAL)]
/// [`operation`](Self::operation) therefore waits for all running commits. Take the lock that every commit takes: without it,
/// the look-up can miss a commit that is about to succeed.
///
#[doc = promise!(ONE_OPERATION)]
/// So at most one of two commits with the same operation id succeeds, on any nodes and for any records.
///
/// # Secrets at rest
///
/// Digests, slow hashes, seals and tags are opaque to the store.
#[doc = promise!(REFRESHED)]
#[doc = promise!(RETAGGED)]
#[doc = promise!(OUTDATED)]
///
/// # Uses
///
#[doc = promise!(FORWARD)]
#[doc = promise!(GRAIN)]
#[doc = promise!(UNKNOWN_USES)]
///
/// # Networks
///
/// A host can let Keyward remember the networks from which a credential passed. They decide nothing, have no tags, and are
/// deleted after 30 days.
#[doc = promise!(ONE_DAY_A_NETWORK)]
#[doc = promise!(FEW_NETWORKS)]
#[doc = promise!(UNKNOWN_NETWORKS)]
#[doc = promise!(NETWORKS_END)]
///
/// # Revisions and events
///
/// Only [`commit`](Self::commit) changes revisions and writes events.
#[doc = promise!(NO_EVENT)]
///
/// # Removed workspaces
///
/// A workspace can have a hundred thousand credentials, and deleting all of them takes longer than a commit may take. The
/// commit that removes a workspace therefore writes only the header and the event. The store can leave the rows of the
/// credentials to [`purge_removed`](Self::purge_removed).
#[doc = promise!(FREE)]
///
/// # Errors
///
/// Every error except [`Unknown`](super::StoreErrorKind::Unknown) means that nothing was written. `Unknown` is for a write
/// whose outcome was lost.
///
/// A corrupt row is a row that cannot be read as a record.
#[doc = promise!(CORRUPT_ROW)]
#[doc = promise!(CORRUPT_IS_DELETED)]
///
/// An error that lasts until the set-up is changed is [`Misconfigured`](super::StoreErrorKind::Misconfigured), never
/// [`Unavailable`](super::StoreErrorKind::Unavailable).
///
/// # Time
///
/// Keyward has no timer, so every call must end within the time limit of the store. The limit is 1 s unless the service sets
/// another one. A call that would take longer fails with [`Unavailable`](super::StoreErrorKind::Unavailable).
/// [`time_limit`](Self::time_limit) returns the limit. A read that waits for its turn in Keyward waits no longer than that.
///
/// # Cancellation
///
/// A future can be dropped at any await.
#[doc = promise!(NEVER_HALF)]
///
/// # Clones
///
/// Keyward holds one value of the store and calls it from many threads at the same time.
#[doc = promise!(CLONES)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store for Keyward",
    note = "implement every method of `keyward::store::CredentialStore` as an `async fn`, \
            and run the suite of the feature `conformance` on it"
)]
pub trait CredentialStore: Debug + Send + Sync + 'static {
    /// Returns the time limit of every call.
    fn time_limit(&self) -> Duration;

    /// Returns the key that distinguishes ids of this store from invented ones.
    ///
    #[doc = promise!(ID_KEY)]
    /// All handles of a store return the same key. A copy of a store keeps it: with another key, the credentials keep working, but
    /// in a flood their ids are read as late as invented ones.
    fn id_key(&self) -> impl Future<Output = Result<IdKey, StoreError>> + Send;

    /// Returns the credential with this id.
    fn credential(
        &self,
        id: CredentialId,
    ) -> impl Future<Output = Result<Option<CredentialRecord>, StoreError>> + Send;

    /// Returns the workspace with this id and its lists, even if the workspace is removed.
    fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<WorkspaceRecord>, StoreError>> + Send;

    /// Returns the account with this id, or `None` if it was never written.
    fn account(
        &self,
        id: &AccountId,
    ) -> impl Future<Output = Result<Option<AccountRecord>, StoreError>> + Send;

    /// Returns a page of credentials. The [`Scope`](super::Scope) of the query decides the order.
    fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> impl Future<Output = Result<Page<CredentialRecord, CredentialCursor>, StoreError>> + Send;

    /// Returns a page of the workspaces of an account.
    ///
    #[doc = promise!(NO_REMOVED)]
    fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> impl Future<Output = Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError>> + Send;

    /// Returns the credentials with these ids.
    fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError>> + Send;

    /// Returns the workspaces with these ids and their lists, including removed ones.
    fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError>> + Send;

    /// Returns the accounts with these ids.
    fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<AccountRecord>>>, StoreError>> + Send;

    /// Returns a page of the workspaces of the store. The cursor is the id of the last one on the page.
    ///
    #[doc = promise!(EVERY_WORKSPACE)]
    fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> impl Future<Output = Result<Page<WorkspaceRecord, WorkspaceId>, StoreError>> + Send;

    /// Returns a page of the accounts of the store. The cursor is the id of the last one on the page.
    ///
    #[doc = promise!(EVERY_ACCOUNT)]
    fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> impl Future<Output = Result<Page<AccountRecord, AccountId>, StoreError>> + Send;

    /// Returns a page of the history of an account.
    ///
    #[doc = promise!(NEWEST_FIRST)]
    fn events(
        &self,
        query: &EventQuery,
    ) -> impl Future<Output = Result<Page<Event, u64>, StoreError>> + Send;

    /// Writes a change and its event atomically.
    fn commit(&self, change: &Change) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the event of the change with this operation id. Waits for all running commits.
    fn operation(
        &self,
        id: OperationId,
    ) -> impl Future<Output = Result<Option<Event>, StoreError>> + Send;

    /// Replaces a digest or a seal and the tag of the credential if the stored values equal the expected ones.
    fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Replaces the tag of one record if the stored tag equals the expected one.
    fn retag(
        &self,
        record: &RecordId,
        tags: &TagChange,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Moves last-used times forward.
    ///
    /// The uses are sorted, and each secret occurs once. A store can write them in several transactions: if a later one fails,
    /// the earlier ones remain written.
    fn record_uses(&self, uses: &[Use]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the networks from which credentials passed.
    ///
    /// The networks are sorted, and each network of a credential occurs once. A store can write them in several transactions.
    fn record_networks(
        &self,
        seen: &[NetworkUse],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the networks of these credentials: at most 1,000 ids, in any order.
    ///
    #[doc = promise!(NETWORKS_SORTED)]
    fn networks_of(
        &self,
        ids: &[CredentialId],
    ) -> impl Future<Output = Result<Vec<NetworkUse>, StoreError>> + Send;

    /// Deletes the networks whose day is before `before`, or all networks if there is no such day.
    ///
    #[doc = promise!(NETWORKS_FORGOTTEN)]
    /// `limit` is at least 1, and bounds the work of one call: the networks of that many credentials can be deleted. Several
    /// nodes can call this method at the same time.
    fn forget_networks(
        &self,
        before: Option<Day>,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Deletes old events.
    ///
    #[doc = promise!(PRUNED)]
    #[doc = promise!(NUMBERS_GO_ON)]
    #[doc = promise!(PURGE_ENDS)]
    /// `limit` is at least 1. Several nodes can call this method at the same time.
    fn prune_events(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Deletes rows of credentials whose workspaces are removed, at most `limit` of them.
    ///
    #[doc = promise!(PURGED)]
    /// `limit` is at least 1. Several nodes can call this method at the same time. Repeated calls eventually return
    /// [`Purged::All`].
    fn purge_removed(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Returns the position of the newest event.
    fn position(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Returns the problems that would make later calls fail although the store answers: a missing database privilege, or a
    /// read-only database. Writes nothing. Fails if the store does not answer or its schema is not the newest one.
    ///
    /// The default implementation reads the position and returns no findings. This is enough for a store that has neither
    /// privileges nor a read-only mode.
    fn check(&self) -> impl Future<Output = Result<Vec<StoreFinding>, StoreError>> + Send {
        async { self.position().await.map(|_| Vec::new()) }
    }

    /// Returns the changes since a position.
    ///
    #[doc = promise!(AT_MOST)]
    fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> impl Future<Output = Result<Changes, StoreError>> + Send;
}
