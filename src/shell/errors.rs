//! The errors of the shell.

mod codes;

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
use super::shared_call::SharedFailure;

pub(crate) use self::codes::with_sources;

/// Keyward could not decide. This never means "denied": answer 503, or retry.
#[derive(Debug, thiserror::Error)]
#[error("{reason}{}{}", Named(.master_key), if *.lacks_track_sets { NO_TRACK_SETS } else { "" })]
pub struct Unavailable {
    reason: UnavailableReason,
    master_key: Option<MasterKeyId>,
    lacks_track_sets: bool,
    /// Shared by all attempts that waited for the same read.
    #[source]
    source: Option<Arc<StoreError>>,
}

/// The end of the error text of a call that needs Track sets.
const NO_TRACK_SETS: &str = " (`create_workspace` issues a Track set, which is not the first credential of a workspace in this service: call `add_workspace`)";

/// The reason for an [`Unavailable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnavailableReason {
    /// The store did not answer, or failed.
    #[error("the store did not answer: try again later")]
    Store,
    /// The store is misconfigured, or the service lacks a privilege. A retry does not help.
    #[error(
        "the store is misconfigured, or the service lacks a privilege: correct what the error source names"
    )]
    StoreMisconfigured,
    /// The answer of the store may not contain the newest changes. See [`Changes::age`](crate::store::Changes::age).
    #[error(
        "the answer of the store may not contain the newest changes: try again later, and check its replication"
    )]
    OldAnswer,
    /// A stored row is corrupt.
    #[error("a stored row is corrupt: restore it from a backup")]
    CorruptRow,
    /// A digest, a seal or a tag was made under a master key that this node does not know.
    #[error(
        "this node does not know a master key: add a new key on every node before you make it \
         current, or declare the key lost"
    )]
    UnknownMasterKey,
    /// The kind of the key is not registered on this node.
    #[error(
        "the kind of the key is not registered on this node: register a kind on every node before you \
         issue keys of it"
    )]
    UnregisteredKind,
    /// A record was tagged under a master key that is declared lost.
    #[error(
        "a stored record was tagged under a lost master key: review it, then rekey with `adopt_lost`"
    )]
    LostMasterKey,
    /// A record was tagged under a record epoch that this node does not accept.
    #[error(
        "a stored record has a record epoch that this node does not accept: name the epoch in the builder, or restore the record"
    )]
    OtherRecordEpoch,
    /// A newer release wrote the record.
    #[error("a stored record was written by a newer release: upgrade this node")]
    NewerRelease,
    /// The queue of Argon2id is full.
    #[error("the Argon2id queue is full: try again later")]
    HashingQueueFull,
    /// Argon2id already runs for this credential, or pauses after wrong secrets.
    #[error(
        "Argon2id already runs for this credential, or pauses after wrong secrets: try again later"
    )]
    HashingBusy,
    /// There was not enough memory for Argon2id or the slow hash of an imported key.
    #[error(
        "not enough memory for Argon2id or the slow hash of an imported key: give the process more"
    )]
    HashingFailed,
}

impl Unavailable {
    pub(crate) const fn new(reason: UnavailableReason) -> Self {
        Self { reason, master_key: None, lacks_track_sets: false, source: None }
    }

    /// Creates the error for a call that needs Track sets.
    pub(crate) const fn no_track_sets() -> Self {
        let reason = UnavailableReason::UnregisteredKind;
        Self { reason, master_key: None, lacks_track_sets: true, source: None }
    }

    /// Creates the error for data under a master key that this node does not know.
    pub(crate) const fn unknown_master_key(id: Option<MasterKeyId>) -> Self {
        let reason = UnavailableReason::UnknownMasterKey;
        Self { reason, master_key: id, lacks_track_sets: false, source: None }
    }

    /// Returns the reason.
    #[must_use]
    pub const fn reason(&self) -> UnavailableReason {
        self.reason
    }

    /// Returns the id of the master key, if the reason is a master key that is unknown to this node or lost. Give the node that
    /// key, or declare it lost with [`MasterKeys::lost`](crate::MasterKeys::lost).
    #[must_use]
    pub const fn master_key(&self) -> Option<MasterKeyId> {
        self.master_key
    }

    /// Returns how long to wait before a retry, for the HTTP header `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// The end of the error text, which names the master key.
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
    /// Returns `true` if an operator must change the configuration or repair the store. A retry does not help.
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
        Self { master_key, source: Some(source), ..Self::new(reason) }
    }
}

impl From<CorruptRecord> for Unavailable {
    fn from(error: CorruptRecord) -> Self {
        StoreError::new(StoreErrorKind::Corrupt).because(error).into()
    }
}

/// The error of a verification: a denial, or the lack of a decision. The two are separate, so that a store that does not answer
/// never reads as a wrong key.
///
/// A later release can add a variant. Answer with [`status`](Self::status), [`code`](Self::code) and
/// [`retry_after`](Self::retry_after), or with 503 to a variant that you do not know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// The attempt was denied: answer 401, or 403 if only the address was refused. The text says nothing more.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// Keyward could not decide: answer 503, never 401.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The type of a record that was not found.
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

/// The error of a management operation. Nothing was changed, except possibly after [`ManageError::Unknown`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManageError {
    /// The actor lacks the role or the permission.
    #[error(
        "a change requires the permission \"Manage API credentials\" and a read \"View API credentials\"; only \
         admins create, rename and remove workspaces, set the policy and deactivate members, and only the operator suspends accounts and repairs records; an \
         actor with limits changes nothing outside them: ask an authorised actor"
    )]
    Forbidden,
    /// The operator has suspended the account.
    #[error("the account is suspended, and only the operator can act in it: ask them to resume it")]
    AccountSuspended,
    /// The operator has closed the account.
    #[error("the account is closed for good: use another account")]
    AccountClosed,
    /// The record does not exist, or belongs to another account.
    #[error("the account has no such {0}: look it up in the list")]
    NotFound(RecordType),
    /// A rule refused the operation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An earlier call with the same operation id carried out the operation. Nothing was done again.
    ///
    /// The error does not contain the secret that the earlier call made. It says how to get one: reveal the secret, or replace
    /// it if it was never used. If the credential was deleted since, the error is [`NotFound`](Self::NotFound).
    #[error(
        "this operation was carried out before: reveal or replace the secret that it made, or choose a new \
         operation id"
    )]
    Repeated(Box<Repeated>),
    /// Concurrent changes to the same workspace or account were written first, in every retry.
    #[error(
        "concurrent changes to the same workspace or account were written first, several times: try again"
    )]
    Busy,
    /// The store did not answer, or Keyward could not decide for another [reason](UnavailableReason).
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The connection was lost during the write. The change was either written or not.
    ///
    /// Call [`Manager::outcome`](crate::Manager::outcome) once the store answers again.
    #[error(
        "the outcome of the change is unknown: look for operation {operation} in the history before you try again"
    )]
    Unknown {
        /// The id of the operation.
        operation: OperationId,
        /// The error of the store.
        source: StoreError,
    },
    /// The randomness source failed.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// The error of a read. Only a commit can fail with a conflict or an unknown outcome.
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
            NotPermitted::AccountClosed => Self::AccountClosed,
        }
    }
}
