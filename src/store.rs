//! Layer 5: the interface between Keyward and a database, with everything that the author of a store needs.
//!
//! A store implements [`CredentialStore`], whose documentation is the contract. The suite of the feature `conformance`
//! tests an implementation against the contract. [`LONGEST_ACTION`], [`LONGEST_NAME_KEY`] and [`LONGEST_SLOW_HASH`] are the
//! sizes that a store must have room for. [`copy`](fn@copy) moves a service from one of the crate's own stores to another.

mod change;
mod contract;
mod copy;
mod erased;
mod error;
mod finding;
pub(crate) mod promises;
mod query;
mod sizes;

pub use self::change::{
    Change, Changes, HeaderChange, ListChange, Position, Purged, RecordId, Refresh, Refreshed,
    TagChange, Use,
};
pub use self::contract::CredentialStore;
pub(crate) use self::copy::{Claim, Holds, RawRecords};
pub use self::copy::{Copied, CopyError, Copyable, copy, copy_watched};
pub use self::erased::AnyStore;
pub use self::error::{StoreError, StoreErrorKind};
pub use self::finding::StoreFinding;
pub use self::query::{
    CorruptRow, CredentialCursor, CredentialQuery, CursorError, EventQuery, NameFilter, Page,
    PageItem, PageSize, PageSizeError, Scope, StatusFilter, WorkspaceCursor, WorkspaceQuery,
};
pub use self::sizes::{LONGEST_ACTION, LONGEST_NAME_KEY, LONGEST_SLOW_HASH, MOST_NETWORKS};
pub use crate::domain::{
    AccountRecord, AllowlistEntry, Connection, CorruptRecord, CredentialEdit, CredentialRecord,
    Deprecation, EventOutline, EventTags, GenerationRecord, Grant, InactiveOwners, NetworkUse,
    PreviousGeneration, Restriction, WorkspaceRecord,
};
pub use crate::secrets::{CorruptSecret, IdKey, KeyedDigest, RecordTag, Seal, SlowHash};
