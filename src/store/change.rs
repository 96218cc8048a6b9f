//! The types that a store writes: changes, refreshed secrets and uses. Also positions in the history.

use std::fmt;
use std::time::Duration;

use crate::domain::{
    AccountRecord, Action, ActorRef, CredentialEdit, Event, EventOutline, EventTags, Revision,
    Subject, WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, OperationId, Timestamp, WorkspaceId,
};

use super::promises::promise;

/// One management change, which a store writes completely or not at all.
///
/// The store makes no decisions. In a [`CredentialEdit::Update`], the last-used times of generations that are already stored
/// can be out of date. The store ignores them, because only [`record_uses`](crate::store::CredentialStore::record_uses)
/// writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must carry out every part")]
pub struct Change {
    /// The header to write.
    pub header: HeaderChange,
    /// The account that this change creates. The first workspace of an account creates the account. It must not exist yet.
    pub created_account: Option<AccountRecord>,
    /// Accounts that must exist at these revisions. The change does not write them.
    pub unchanged: Vec<(AccountId, Revision)>,
    /// Credentials that must exist with these tags.
    pub read_credentials: Vec<(CredentialId, RecordTag)>,
    /// The edits of credentials, at most one for each credential. All of these credentials are in the workspace of the header.
    /// An update keeps the id, the account, the workspace, the kind and the creation times.
    pub credentials: Vec<CredentialEdit>,
    /// The time of the decision, by the clock of the node that made it.
    pub at: Timestamp,
    /// The subject of the event.
    pub subject: Subject,
    /// The actor who made the change.
    pub by: ActorRef,
    /// The action that the event records.
    pub action: Action,
    /// The operation id, which finds a change whose outcome is unknown.
    pub operation: OperationId,
    /// The tags of the event.
    pub tags: EventTags,
}

/// The header that a change writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must carry out each")]
pub enum HeaderChange {
    /// The header of an account.
    Account {
        /// The revision at which it was read. [`Revision::NONE`] means that it must not have been written.
        read_at: Revision,
        /// The new record, at its new revision.
        record: AccountRecord,
    },
    /// The header of a workspace.
    Workspace {
        /// The revision at which it was read. [`Revision::NONE`] means that it must not exist.
        read_at: Revision,
        /// The new record, at its new revision.
        record: WorkspaceRecord,
        /// Whether the integrations changed. A store can write them in either case.
        integrations: ListChange,
        /// Whether the allowlist changed. A store can write it in either case.
        allowlist: ListChange,
    },
    /// The header of a workspace that this change removes. No later change writes the workspace.
    ///
    #[doc = promise!(REMOVED)]
    RemovedWorkspace {
        /// The revision at which it was read.
        read_at: Revision,
        /// The new record, at its new revision. Its lists are empty, and the change edits no credentials.
        record: WorkspaceRecord,
    },
}

/// Whether a change replaces a list of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a list changed or did not")]
pub enum ListChange {
    /// The list is the same as at the `read_at` revision, or empty if the header is new. A store need not write it.
    Same,
    /// The list is new.
    ///
    #[doc = promise!(LISTS)]
    Replaced,
}

impl Change {
    /// Returns the account whose history contains the event.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        match &self.header {
            HeaderChange::Account { record, .. } => &record.id,
            HeaderChange::Workspace { record, .. }
            | HeaderChange::RemovedWorkspace { record, .. } => &record.account,
        }
    }

    /// Returns the event of this change, with its number in the history.
    #[must_use]
    pub fn event(&self, number: u64) -> Event {
        Event {
            number,
            operation: self.operation,
            at: self.at,
            account: self.account().clone(),
            subject: self.subject.clone(),
            by: self.by.clone(),
            action: self.action.clone(),
            tags: self.tags,
        }
    }
}

/// A position in the history: the number and the operation id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Position(Option<(u64, OperationId)>);

impl Position {
    /// The position of a store without events.
    pub const START: Self = Self(None);

    /// Returns the position of the event with this number and operation id.
    #[must_use]
    pub const fn new(number: u64, operation: OperationId) -> Self {
        Self(Some((number, operation)))
    }

    /// Returns the number of the event, or 0 at the start.
    #[must_use]
    pub const fn number(&self) -> u64 {
        match self.0 {
            Some((number, _)) => number,
            None => 0,
        }
    }

    /// Returns the operation id of the event, or `None` at the start.
    #[must_use]
    pub const fn operation(&self) -> Option<OperationId> {
        match self.0 {
            Some((_, operation)) => Some(operation),
            None => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((number, operation)) => write!(f, "{number}:{operation}"),
            None => f.write_str("0"),
        }
    }
}

/// The changes since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a node must handle each")]
pub enum Changes {
    /// The events after the position.
    ///
    #[doc = promise!(OUTLINES)]
    /// The store reads the positions from the database and does not derive them from the outlines: a caller compares the two
    /// to detect a gap.
    Since {
        /// The outlines, with their tags.
        events: Vec<EventOutline>,
        /// The position of the last of these events, or the position of the query if there are none.
        position: Position,
        /// The position of the newest event of the store.
        ///
        #[doc = promise!(NEWEST_IS_RETURNED)]
        newest: Position,
        /// The maximum age of the answer.
        age: Duration,
    },
    /// The store does not know the position, or has pruned an event after it. The caller must read everything again.
    TooFarBehind {
        /// The position of the newest event.
        position: Position,
        /// The maximum age of the answer.
        age: Duration,
    },
}

impl Changes {
    /// Returns the maximum age of the answer. It reflects every change that was acknowledged this long, or longer, before the
    /// call began.
    #[must_use]
    pub const fn age(&self) -> Duration {
        match self {
            Self::Since { age, .. } | Self::TooFarBehind { age, .. } => *age,
        }
    }
}

/// A replacement of the stored form of a secret, made under a new master key. The secret itself stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must carry out each")]
pub enum Refresh {
    /// A digest.
    Digest {
        /// The value that must be stored.
        old: KeyedDigest,
        /// The value that replaces it.
        new: KeyedDigest,
        /// The tags of the credential.
        tags: TagChange,
    },
    /// A seal.
    Seal {
        /// The value that must be stored.
        old: Seal,
        /// The value that replaces it.
        new: Seal,
        /// The tags of the credential.
        tags: TagChange,
    },
}

/// A replacement of the tag of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must compare and write both")]
pub struct TagChange {
    /// The tag that must be stored.
    pub old: RecordTag,
    /// The tag that replaces it.
    pub new: RecordTag,
}

/// The id of a record that has a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must find each")]
pub enum RecordId {
    /// An account.
    Account(AccountId),
    /// A workspace, removed or not.
    Workspace(WorkspaceId),
    /// A credential.
    Credential(CredentialId),
}

/// The result of [`refresh`](crate::store::CredentialStore::refresh) or [`retag`](crate::store::CredentialStore::retag).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a value was replaced or was not")]
pub enum Refreshed {
    /// The old value was stored, and the new value replaced it.
    Replaced,
    /// The stored value is different or missing. Nothing was written.
    Outdated,
}

/// The result of [`purge_removed`](crate::store::CredentialStore::purge_removed) or
/// [`prune_events`](crate::store::CredentialStore::prune_events).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "rows are left or none are")]
pub enum Purged {
    /// There may be more rows to delete.
    Some,
    /// No rows are left that the call could delete.
    All,
}

/// A successful verification of one secret of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Use {
    /// The credential.
    pub credential: CredentialId,
    /// The generation of the secret.
    pub generation: GenerationNumber,
    /// The time of the verification, in whole seconds.
    pub at: Timestamp,
    /// The use is written only if the stored time is older than this. Not later than `at`.
    pub older_than: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::values::OperationId;

    /// After a restore, an event of the new history can have the same number as an event of the old one.
    #[test]
    fn a_position_is_shown_with_its_operation() {
        let [one, other] = [1, 2].map(|operation| {
            Position::new(7, OperationId::from_bytes([operation; 16])).to_string()
        });
        assert!(one.starts_with("7:") && other.starts_with("7:"), "{one}, {other}");
        assert_ne!(one, other);
        assert_eq!(Position::START.to_string(), "0");
    }
}
