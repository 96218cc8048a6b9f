//! The contract between Keyward and a store.

use std::fmt::Debug;

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::values::{AccountId, CredentialId, GenerationNumber, Timestamp, WorkspaceId};

use super::change::{Change, Changes, Position, Refresh, Refreshed, Use};
use super::error::StoreError;
use super::query::{
    CredentialCursor, CredentialQuery, EventQuery, Page, WorkspaceCursor, WorkspaceQuery,
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
/// revisions and the numbers of events below 2⁶³, all other numbers below 2³². Ids and names' keys are compared and ordered by their bytes.
///
/// Each read is one snapshot: a header with its lists, a credential with its secrets, a page, a position
/// with its changes. A read sees every write that was acknowledged before the read began, on whatever node.
///
/// A credential's name is found by [`Name::key`](crate::Name::key): a store that searches by name keeps the
/// key beside the name.
///
/// # Atomicity
///
/// [`commit`](Self::commit) writes the whole change or nothing. It compares first: the header's stored
/// revision with the one it was read at, and every account in `unchanged` with its revision
/// ([`Revision::NONE`](super::Revision::NONE): not stored). If one differs, the answer is
/// [`Conflict`](super::StoreErrorKind::Conflict) and nothing is written. Comparing and writing are one
/// step: of two commits that were made for the same revision of a header, at most one succeeds; and a commit
/// that wants an account unchanged never succeeds after one that writes it.
///
/// An inserted credential's id must not exist, and an updated or deleted one's must: otherwise `Conflict`,
/// and nothing is written. The same for a workspace id that exists under
/// [`Revision::NONE`](super::Revision::NONE).
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
/// # Secrets at rest
///
/// Digests, slow hashes and seals are opaque. [`refresh`](Self::refresh) replaces one only if the stored one
/// is still the expected one, byte for byte. An update never writes the digest and the seal of a generation
/// whose number stays, nor any last-used time: what stands in the change may be older than what is stored.
/// A generation that becomes the previous one keeps what is stored of it; a generation whose number is new is
/// written as given; one that the update does not hold is gone.
///
/// # Uses
///
/// [`record_uses`](Self::record_uses) moves each last-used time forward, and never back. Uses of what does not
/// exist, or no longer, are no error.
///
/// # Errors
///
/// The kind of a [`StoreError`] says what was written: nothing, but for
/// [`Unknown`](super::StoreErrorKind::Unknown), which is for a write whose outcome was lost. A row that cannot
/// be read as a record is [`StoreError::corrupt`] with its id where it alone was asked for, and an item
/// [`Corrupt`](super::PageItem::Corrupt) on a page: never a panic, and no hindrance to the others.
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

    /// A page of an account's history, the newest event first. The cursor is the number of the last.
    fn events(
        &self,
        query: &EventQuery,
    ) -> impl Future<Output = Result<Page<Event, u64>, StoreError>> + Send;

    /// Writes a change and its event, all or nothing, and answers the event's position.
    fn commit(&self, change: &Change) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Replaces a digest or a seal, if the stored one is still the expected one. No revision, no event.
    fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Moves last-used times forward. The uses are sorted, and no secret comes twice. No revision, no
    /// event. It may be written in parts: what was written stays.
    fn record_uses(&self, uses: &[Use]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets the events that happened before `before`, up to the first that did not; what stays has no
    /// gaps. Numbers and position go on as if nothing had happened.
    fn prune_events(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How far the history has come.
    fn position(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// What has changed since a position: the subjects of at most `limit` events.
    fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> impl Future<Output = Result<Changes, StoreError>> + Send;
}
