//! The contract between Keyward and a store.

use std::fmt::Debug;

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, OperationId, Timestamp, WorkspaceId,
};

use super::change::{
    Change, Changes, Position, Purged, RecordId, Refresh, Refreshed, TagChange, Use,
};
use super::error::StoreError;
use super::finding::StoreFinding;
use super::query::{
    CredentialCursor, CredentialQuery, EventQuery, Page, PageItem, PageSize, WorkspaceCursor,
    WorkspaceQuery,
};

/// A place where Keyward keeps its records.
///
/// Implement each method as a plain `async fn`; the futures must be [`Send`]. Every method must be
/// written: there are no defaults, since a weak default is how stores become unsafe. Run the suite of
/// the feature `conformance` on the result. `examples/custom_store.rs` is a complete small store.
///
/// # Contract
///
/// A store compares and writes. It never decides, reads no clock and draws no randomness: what it writes
/// is in the [`Change`], to the byte. What it is given fits these bounds: host ids 1 to 128 bytes without
/// control characters; names 1 to 100 characters; timestamps in the years 1 to 9999, in microseconds;
/// revisions and the numbers of events below 2⁶³, all other numbers below 2³². Three sizes are given in bytes: a slow
/// hash has at most [`LONGEST_SLOW_HASH`](super::LONGEST_SLOW_HASH), a name's key at most
/// [`LONGEST_NAME_KEY`](super::LONGEST_NAME_KEY), and an action, as the JSON text that serde gives, at most
/// [`LONGEST_ACTION`](super::LONGEST_ACTION). Ids and names' keys are compared and ordered by their bytes.
///
/// Each read is one snapshot: a header with its lists, a credential with its secrets, a page, a position
/// with its changes. A read sees every write that was acknowledged before the read began, on whatever node.
///
/// A credential's name is found by [`Name::key`](crate::Name::key): a store that searches by name keeps the
/// key beside the name. A stored name that is not trimmed, not in NFC or not a [`Name`](crate::Name) makes the row corrupt.
///
/// # Atomicity
///
/// [`commit`](Self::commit) writes the whole change or nothing. It compares first: the header's stored
/// revision with the one it was read at, and every account in `unchanged` with its revision, and every
/// credential in `read_credentials` with its tag. If one differs or is not there, the answer is
/// [`Conflict`](super::StoreErrorKind::Conflict) and nothing is written. Comparing and writing are one
/// step: of two commits that were made for the same revision of a header, at most one succeeds; and a commit
/// that wants an account unchanged never succeeds after one that writes it.
///
/// An inserted credential's id must not exist, and an updated or deleted one's must: otherwise `Conflict`,
/// and nothing is written. The same for a workspace id that exists under
/// [`Revision::NONE`](crate::manage::Revision::NONE), and for a created account that exists.
///
/// # History
///
/// Each commit writes one event and gives it the number after the newest event's, starting with 1: the order
/// of the numbers is the order in which commits become visible, without gaps. A sequence or a timestamp will
/// not do: a reader could step over a commit that was numbered early and became visible late, and so miss a
/// revocation. Let the commit end by updating one row that holds the position.
///
/// [`changes_since`](Self::changes_since) answers
/// [`TooFarBehind`](super::Changes::TooFarBehind) to a position whose number and operation id it does not
/// have together, since after a restored backup the numbers may come again; the newest event's operation id
/// is kept even when the event is pruned. [`Position::START`] is known to every store, as long as
/// nothing is pruned. A pruned event that is no longer the newest may be known or not, as long as none after
/// it is pruned.
///
/// # Age
///
/// [`Changes`](super::Changes) have an age: the answer shows at least every change that was acknowledged `age` before the call
/// began. The age is zero where the store knows that no acknowledged change is missing. Otherwise the store answers an
/// age that is certainly long enough. A node relies on the answer as of the time of its call minus the age.
///
/// # Outcomes
///
/// A caller that does not learn the outcome of a commit looks it up by its operation id.
/// [`operation`](Self::operation) waits for the commits that are running, so its answer is final: a change that it
/// does not find was not written and will not be written by a commit that began before. Let it take the lock that
/// every commit takes; a look-up without the lock can miss a commit that is about to succeed. An operation id
/// is found as long as its event is not pruned.
///
/// A change whose operation id is that of a stored event is a `Conflict`, and nothing is written. So of two commits
/// with one operation id, on any nodes and about any records, at most one succeeds.
///
/// # Reads by id
///
/// [`credentials_by_id`](Self::credentials_by_id), [`workspaces_by_id`](Self::workspaces_by_id) and
/// [`accounts_by_id`](Self::accounts_by_id) are given at most 1,000 ids, in any order, and may be given an id twice.
/// The answer for an id that is not stored is `None`, and for a row that is not a record
/// [`Corrupt`](super::PageItem::Corrupt) with its id.
///
/// # Secrets at rest
///
/// Digests, slow hashes, seals and tags are opaque. [`refresh`](Self::refresh) replaces a digest or a seal together
/// with the credential's tag, and only if both stored ones are still the expected ones, byte for byte.
/// [`retag`](Self::retag) replaces the tag of one record, and only if the stored tag is still the expected one.
///
/// An update writes every field except the last-used times of a generation whose number stays. A generation that becomes the previous
/// one keeps its last-used time; a generation whose number is new is written as given; one that the update does not
/// hold is gone.
///
/// # Uses
///
/// [`record_uses`](Self::record_uses) moves each last-used time forward, and never back. Uses of what does not
/// exist, or no longer, are no error.
///
/// # Removed workspaces
///
/// A workspace can have a hundred thousand credentials, and deleting them all takes longer than a commit may. So the commit that
/// removes a workspace writes the header and the event, and the store may leave the rows of the credentials to
/// [`purge_removed`](Self::purge_removed). A credential that is left counts as deleted for every other method, and its id and its
/// name are free.
///
/// # Errors
///
/// The kind of a [`StoreError`] says what was written: nothing, but for
/// [`Unknown`](super::StoreErrorKind::Unknown), which is for a write whose outcome was lost. A row that cannot
/// be read as a record is [`StoreError::corrupt`] with its id where it alone was asked for, and an item
/// [`Corrupt`](super::PageItem::Corrupt) on a page: never a panic, and no hindrance to the others.
/// A commit that deletes a credential need not be able to read it. What stays until somebody changes the set-up is
/// [`Misconfigured`](super::StoreErrorKind::Misconfigured), and never [`Unavailable`](super::StoreErrorKind::Unavailable).
///
/// # Time
///
/// Every call ends within the time that the store was built with (1 s unless the host says otherwise),
/// with [`Unavailable`](super::StoreErrorKind::Unavailable) if need be: Keyward has no timer.
///
/// # Cancellation
///
/// A future may be dropped at any await. What was not acknowledged may then have been done or not, but never
/// half; the next call works as if nothing had happened.
///
/// # Clones
///
/// Keyward holds one value of the store and calls it from many threads at once. If the type is `Clone`, its
/// clones must be one store.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store for Keyward",
    note = "implement every method of `keyward::store::CredentialStore` as an `async fn`, \
            and run the suite of the feature `conformance` on it"
)]
pub trait CredentialStore: Debug + Send + Sync + 'static {
    /// The credential with this id.
    fn credential(
        &self,
        id: CredentialId,
    ) -> impl Future<Output = Result<Option<CredentialRecord>, StoreError>> + Send;

    /// The workspace with this id, with its lists, removed or not.
    fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<WorkspaceRecord>, StoreError>> + Send;

    /// The account with this id, if it was ever written.
    fn account(
        &self,
        id: &AccountId,
    ) -> impl Future<Output = Result<Option<AccountRecord>, StoreError>> + Send;

    /// A page of credentials, in the order that the query's scope says.
    fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> impl Future<Output = Result<Page<CredentialRecord, CredentialCursor>, StoreError>> + Send;

    /// A page of an account's workspaces, without the removed ones.
    fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> impl Future<Output = Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError>> + Send;

    /// The credentials with these ids: one answer for each id, in the order of the ids.
    fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError>> + Send;

    /// The workspaces with these ids, with their lists, removed or not: one answer for each id, in the order of
    /// the ids.
    fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError>> + Send;

    /// The accounts with these ids: one answer for each id, in the order of the ids.
    fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> impl Future<Output = Result<Vec<Option<PageItem<AccountRecord>>>, StoreError>> + Send;

    /// A page of all workspaces of the store, removed ones too, in the order of their ids. The cursor is the
    /// id of the last.
    fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> impl Future<Output = Result<Page<WorkspaceRecord, WorkspaceId>, StoreError>> + Send;

    /// A page of all accounts of the store that were ever written, in the order of their ids. The cursor is the
    /// id of the last.
    fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> impl Future<Output = Result<Page<AccountRecord, AccountId>, StoreError>> + Send;

    /// A page of an account's history, the newest event first. The cursor is the number of the last.
    fn events(
        &self,
        query: &EventQuery,
    ) -> impl Future<Output = Result<Page<Event, u64>, StoreError>> + Send;

    /// Writes a change and its event, all or nothing.
    fn commit(&self, change: &Change) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The event of the change with this operation id, if the change was written and its event is not pruned.
    /// Waits for every commit that is running.
    fn operation(
        &self,
        id: OperationId,
    ) -> impl Future<Output = Result<Option<Event>, StoreError>> + Send;

    /// Replaces a digest or a seal, and the credential's tag with it, if the stored ones are still the expected ones.
    /// No revision, no event.
    fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Replaces the tag of one record, and nothing else of it, if the stored tag is still the expected one.
    /// No revision, no event.
    fn retag(
        &self,
        record: &RecordId,
        tags: &TagChange,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Moves last-used times forward. The uses are sorted, and no secret comes twice. No revision, no
    /// event. It may be written in parts: what was written stays.
    fn record_uses(&self, uses: &[Use]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets the oldest events, as far as they happened before `before`: at most `limit` of them, which is at least 1, and up to
    /// the first that did not; what stays has no gaps. Numbers and position go on as if nothing had happened. Several
    /// nodes may call it at once, and calls that follow each other come to [`Purged::All`].
    fn prune_events(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Deletes credentials that removed workspaces have left, at most `limit` of them, which is at least 1. No revision, no
    /// event. Nothing that a read answers changes. Several nodes may call it at once, and calls that follow each other come to
    /// [`Purged::All`].
    fn purge_removed(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// How far the history has come.
    fn position(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Finds what would make later calls fail although the store answers: a right that is missing, or a store that can
    /// only be read. It writes nothing, and fails if the store does not answer or is not at the newest schema.
    ///
    /// By default it asks for the position and finds nothing: enough for a store that has neither rights nor a read-only
    /// mode.
    fn check(&self) -> impl Future<Output = Result<Vec<StoreFinding>, StoreError>> + Send {
        async { self.position().await.map(|_| Vec::new()) }
    }

    /// What has changed since a position: the outlines of at most `limit` events.
    fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> impl Future<Output = Result<Changes, StoreError>> + Send;
}
