//! What goes wrong in the shell.

mod for_programs;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::rules::NotPermitted;
use crate::domain::{Denial, Refusal};
use crate::secrets::{MasterKeyId, Unopened};
use crate::store::{CorruptRecord, StoreError, StoreErrorKind};
use crate::values::{OperationId, RandomnessError};

use super::answers::Repeated;
use super::question::SharedFailure;

pub(crate) use self::for_programs::with_sources;

/// Why there was no answer. It never means "no": try again.
#[derive(Debug, thiserror::Error)]
#[error("{reason}{}", Named(.master_key))]
pub struct Unavailable {
    reason: UnavailableReason,
    master_key: Option<MasterKeyId>,
    /// Shared by all attempts that waited for the same answer.
    #[source]
    source: Option<Arc<StoreError>>,
}

/// What could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnavailableReason {
    /// The store did not answer, or failed.
    #[error("the store gave no answer: try again later")]
    Store,
    /// The store is set up wrongly, or the service lacks a right to it: trying again does not help.
    #[error(
        "the store is set up wrongly, or the service lacks a right to it: the error's source and the log name what to change"
    )]
    StoreMisconfigured,
    /// The store answered, but could not show the newest changes. See [`Changes::age`](crate::store::Changes::age).
    #[error(
        "the store cannot tell whether it shows the newest changes: try again later, and check its replication"
    )]
    OldAnswer,
    /// A stored row is corrupt.
    #[error("a stored row is corrupt, so there is no answer: restore it from a backup")]
    CorruptRow,
    /// A digest or seal stands under a master key that this node has never heard of.
    #[error(
        "a master key is not known to this node: make a new key known on every node before it is \
         made current, or declare it lost"
    )]
    UnknownMasterKey,
    /// A key is of a kind that this node does not have.
    #[error(
        "a key is of a kind that is not registered on this node: deploy the registration of a kind on \
         every node before keys of it are issued"
    )]
    UnregisteredKind,
    /// A record was tagged under a master key that is declared lost.
    #[error(
        "a stored record was tagged under a lost master key: review what is stored, then rekey with \
         `adopt_lost`"
    )]
    LostMasterKey,
    /// A record was tagged in a record epoch that this node does not accept.
    #[error(
        "a stored record is of a record epoch that this node does not accept: name it, or restore the record"
    )]
    OtherRecordEpoch,
    /// A newer release wrote the record.
    #[error("a stored record was written by a newer release: upgrade this node")]
    NewerRelease,
    /// More Argon2id work waits than its queue holds.
    #[error("too much Argon2id work is waiting: try again later")]
    HashingQueueFull,
    /// Argon2id is at work on this credential, or waits after wrong secrets for it.
    #[error("this credential's secret is being checked by Argon2id: try again later")]
    HashingBusy,
    /// Argon2id found no memory.
    #[error("there was no memory for Argon2id: give the process more")]
    HashingFailed,
}

impl Unavailable {
    pub(crate) const fn new(reason: UnavailableReason) -> Self {
        Self { reason, master_key: None, source: None }
    }

    /// Something stands under a master key that this node has never heard of.
    pub(crate) const fn unknown_master_key(id: Option<MasterKeyId>) -> Self {
        Self { reason: UnavailableReason::UnknownMasterKey, master_key: id, source: None }
    }

    /// What could not be asked.
    #[must_use]
    pub const fn reason(&self) -> UnavailableReason {
        self.reason
    }

    /// Returns the id of the master key that is unknown to this node or lost: give the node that key, or its id to
    /// [`MasterKeys::lost`](crate::MasterKeys::lost).
    #[must_use]
    pub const fn master_key(&self) -> Option<MasterKeyId> {
        self.master_key
    }

    /// How long to wait before trying again: what HTTP calls `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// The end of a sentence, which names a master key.
struct Named<'a>(&'a Option<MasterKeyId>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, " (master key {id})"),
            None => Ok(()),
        }
    }
}

impl UnavailableReason {
    /// Returns `true` if it stays until an operator changes the set-up or repairs the store: trying again does not help.
    #[must_use]
    pub const fn needs_an_operator(self) -> bool {
        match self {
            Self::StoreMisconfigured
            | Self::CorruptRow
            | Self::UnknownMasterKey
            | Self::LostMasterKey
            | Self::OtherRecordEpoch
            | Self::NewerRelease => true,
            // Anyone can present a text of an unregistered kind.
            Self::UnregisteredKind
            | Self::Store
            | Self::OldAnswer
            | Self::HashingQueueFull
            | Self::HashingBusy
            | Self::HashingFailed => false,
        }
    }
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        SharedFailure::from(error).into()
    }
}

impl From<SharedFailure> for Unavailable {
    fn from(SharedFailure(source): SharedFailure) -> Self {
        let unopened = source.source().and_then(|source| source.downcast_ref::<Unopened>());
        let reason = match (source.kind(), unopened) {
            (_, Some(Unopened::NewerEncoding)) => UnavailableReason::NewerRelease,
            (_, Some(Unopened::UnknownMasterKey(_))) => UnavailableReason::UnknownMasterKey,
            (_, Some(Unopened::LostMasterKey(_))) => UnavailableReason::LostMasterKey,
            (_, Some(Unopened::OtherEpoch(_))) => UnavailableReason::OtherRecordEpoch,
            (StoreErrorKind::Corrupt, _) => UnavailableReason::CorruptRow,
            (StoreErrorKind::Misconfigured, _) => UnavailableReason::StoreMisconfigured,
            _ => UnavailableReason::Store,
        };
        let master_key = match unopened {
            Some(Unopened::UnknownMasterKey(id) | Unopened::LostMasterKey(id)) => Some(*id),
            _ => None,
        };
        Self { reason, master_key, source: Some(source) }
    }
}

impl From<CorruptRecord> for Unavailable {
    fn from(error: CorruptRecord) -> Self {
        StoreError::new(StoreErrorKind::Corrupt).because(error).into()
    }
}

/// Why there is no proof. A missing answer never reads as a denial.
///
/// A later release can add a reason. Answer each with [`status`](Self::status), [`code`](Self::code) and
/// [`retry_after`](Self::retry_after), or 503 to one that you do not know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// The attempt does not pass: HTTP 401, or 403 if only the address was refused. The text says nothing more.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// There was no answer: HTTP 503, never 401.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RecordType {
    /// A credential.
    #[error("credential")]
    Credential,
    /// A workspace.
    #[error("workspace")]
    Workspace,
}

/// Why a management operation failed. Nothing was changed, except possibly after [`ManageError::Unknown`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManageError {
    /// The actor's role or permissions do not reach so far.
    #[error(
        "requires the permission \"Manage API credentials\"; only admins create and remove workspaces, and only \
         the operator suspends accounts and repairs records: ask one of them"
    )]
    Forbidden,
    /// The operator has the account suspended.
    #[error("the account is suspended, and only the operator may act in it: ask them to resume it")]
    AccountSuspended,
    /// It does not exist, or belongs to another account.
    #[error("the account has no such {0}: look it up in the list")]
    NotFound(RecordType),
    /// A rule refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The operation was carried out before, by an earlier call with the same operation id. Nothing is done again.
    ///
    /// The answer does not hold the secret that the earlier call made, and says how to get one: reveal it, or replace it
    /// if it was never used. If the credential was deleted since, the answer is [`NotFound`](Self::NotFound).
    #[error(
        "this operation was carried out before: reveal or replace the secret that it made, or choose a new \
         operation id"
    )]
    Repeated(Box<Repeated>),
    /// Others kept changing the same workspace or account.
    #[error(
        "other changes to the same workspace or account were written first, several times: try again"
    )]
    Busy,
    /// The store, or what else is needed, gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The connection was lost while the change was on its way: it may have been made or not.
    ///
    /// [`Manager::outcome`](crate::Manager::outcome) tells which, once the store answers again.
    #[error(
        "the change may have been made or not: look for operation {operation} in the history before you try again"
    )]
    Unknown {
        /// The operation's id.
        operation: OperationId,
        /// Why the outcome is not known.
        source: StoreError,
    },
    /// The randomness source failed.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// For reads: only a commit meets a conflict or an unknown outcome.
impl From<StoreError> for ManageError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<CorruptRecord> for ManageError {
    fn from(error: CorruptRecord) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<NotPermitted> for ManageError {
    fn from(refused: NotPermitted) -> Self {
        match refused {
            NotPermitted::Forbidden => Self::Forbidden,
            NotPermitted::AccountSuspended => Self::AccountSuspended,
        }
    }
}
