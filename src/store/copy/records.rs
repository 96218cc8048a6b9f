//! The traits that a copy requires: reading all records of one type in the order of their keys, and adding records.

use std::fmt::Display;

use crate::domain::{AccountRecord, CorruptRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::store::{PageSize, Position, StoreError};
use crate::values::{AccountId, CredentialId, WorkspaceId};

/// A store that [`copy`](crate::store::copy()) can read and write. Only the stores of this crate implement it.
///
/// A copy needs operations that the contract of a store does not have, such as writing an event with a given number.
pub trait Copyable: RawRecords {}

/// Access to the records of a store without the rules of the contract.
pub trait RawRecords:
    Holds<AccountRecord> + Holds<WorkspaceRecord> + Holds<CredentialRecord> + Holds<Event>
{
    /// Returns the same store with a longer time limit, for calls that no request waits for.
    fn unhurried(&self) -> Self;

    /// Fails if a newer release can have stored what this release does not know, and would not copy.
    fn expect_known(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Claims an empty store for a copy. If the store can represent it, the store has no position until the copy is finished.
    fn claim(&self) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Writes the position of a claimed store, and the key of its ids.
    fn finish(
        &self,
        position: &Position,
        id_key: &IdKey,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the position of the newest event.
    fn newest(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Returns the key of the ids.
    fn ids_made_with(&self) -> impl Future<Output = Result<IdKey, StoreError>> + Send;
}

/// The result of [`RawRecords::claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The store was empty and is now claimed.
    Empty,
    /// The store contains data or is claimed by another copy. Nothing was written.
    Taken,
}

/// Access to the records of one type.
pub trait Holds<R: Record>: Sync {
    /// Returns the records after a key, in the order of their keys. Fails with the id of the row if a row cannot be read as a
    /// record.
    fn after(
        &self,
        place: Option<&R::Place>,
        size: PageSize,
    ) -> impl Future<Output = Result<Vec<R>, StoreError>> + Send;

    /// Adds records that do not exist yet, all or none.
    fn add(&self, records: &[R]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A record that can be copied.
pub trait Record: PartialEq + Send + Sync {
    /// The key of a record.
    type Place: Display + Ord + Send + Sync;

    /// The name of the record type in error messages.
    const NOUN: &'static str;

    /// Returns the key of the record.
    fn place(&self) -> Self::Place;

    /// Checks the rules that the types do not enforce.
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
