//! What a copy asks of the crate's own stores: every record of a kind, in the order of their ids.

use std::fmt::Display;

use crate::domain::{AccountRecord, CorruptRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::store::{PageSize, Position, StoreError};
use crate::values::{AccountId, CredentialId, WorkspaceId};

/// A store that [`copy`](crate::store::copy()) reads and writes: the crate's own, and no other.
///
/// A copy needs what the contract of a store withholds, such as writing an event with its number.
pub trait Copyable: Records {}

/// A store's records, read and written as they are.
pub trait Records:
    Holds<AccountRecord> + Holds<WorkspaceRecord> + Holds<CredentialRecord> + Holds<Event>
{
    /// The same store, for calls that nobody's request waits for.
    fn unhurried(&self) -> Self;

    /// Takes an empty store for a copy: until that is finished it has no position, where the store can say so.
    fn claim(&self) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Writes the position of a store that was claimed.
    fn finish(&self, position: &Position) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How far the history has come.
    fn newest(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;
}

/// Whether a store was empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It was, and is the copy's.
    Empty,
    /// It holds something, or is another copy's; nothing was written.
    Taken,
}

/// The records of one kind.
pub trait Holds<R: Record>: Sync {
    /// The records after a place, in the order of their places. A row that is no record is an error that
    /// names it.
    fn after(
        &self,
        place: Option<&R::Place>,
        size: PageSize,
    ) -> impl Future<Output = Result<Vec<R>, StoreError>> + Send;

    /// Adds records that are not there, all or none.
    fn add(&self, records: &[R]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A record of one kind.
pub trait Record: PartialEq + Send + Sync {
    /// What it is found by.
    type Place: Display + Ord + Send + Sync;

    /// What it is, in a sentence.
    const NOUN: &'static str;

    /// What it is found by.
    fn place(&self) -> Self::Place;

    /// Checks what the types cannot.
    fn check(&self) -> Result<(), CorruptRecord> {
        Ok(())
    }
}

impl Record for AccountRecord {
    type Place = AccountId;

    const NOUN: &'static str = "account";

    fn place(&self) -> AccountId {
        self.id.clone()
    }
}

impl Record for WorkspaceRecord {
    type Place = WorkspaceId;

    const NOUN: &'static str = "workspace";

    fn place(&self) -> WorkspaceId {
        self.id.clone()
    }
}

impl Record for CredentialRecord {
    type Place = CredentialId;

    const NOUN: &'static str = "credential";

    fn place(&self) -> CredentialId {
        self.id
    }

    fn check(&self) -> Result<(), CorruptRecord> {
        Self::check(self)
    }
}

impl Record for Event {
    type Place = u64;

    const NOUN: &'static str = "event";

    fn place(&self) -> u64 {
        self.number
    }
}
