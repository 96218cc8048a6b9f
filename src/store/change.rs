//! What is written: changes, refreshed secrets, uses; and how far the history has come.

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

/// One management change: written whole or not at all.
///
/// A store makes it so and decides nothing. In an [`CredentialEdit::Update`] it writes every field except the
/// last-used times of a generation that stays (same number): those belong to
/// [`record_uses`](crate::store::CredentialStore::record_uses), and what the change holds of them may be old.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must carry out every part")]
pub struct Change {
    /// The header that is written.
    pub header: HeaderChange,
    /// The account's record, if this change creates it, as the first workspace of an account does. It must
    /// not exist.
    pub created_account: Option<AccountRecord>,
    /// Accounts that must exist and still be at these revisions, and are not written themselves.
    pub unchanged: Vec<(AccountId, Revision)>,
    /// Credentials that must exist and still have these tags.
    pub read_credentials: Vec<(CredentialId, RecordTag)>,
    /// What happens to single credentials: at most one edit for each, all of the header's workspace. An
    /// update leaves id, account, workspace, kind and times of creation as they were.
    pub credentials: Vec<CredentialEdit>,
    /// When it was decided, by the clock of the node that did.
    pub at: Timestamp,
    /// What the event is about.
    pub subject: Subject,
    /// Who did it.
    pub by: ActorRef,
    /// What was done.
    pub action: Action,
    /// The operation's id, under which a change of unknown outcome can be looked for.
    pub operation: OperationId,
    /// The tags of the event.
    pub tags: EventTags,
}

/// The header that a change writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must carry out each")]
pub enum HeaderChange {
    /// An account's.
    Account {
        /// The revision that it was read at; [`Revision::NONE`]: it must not have been written.
        read_at: Revision,
        /// The new state, at its new revision.
        record: AccountRecord,
    },
    /// A workspace's.
    Workspace {
        /// The revision that it was read at; [`Revision::NONE`]: it must not exist.
        read_at: Revision,
        /// The new state, at its new revision.
        record: WorkspaceRecord,
        /// Whether its integrations are other than before. A store may write them anyway.
        integrations: ListChange,
        /// Whether its allowlist is other than before. A store may write it anyway.
        allowlist: ListChange,
    },
    /// The header of a workspace that is removed. All its credentials are gone with the commit: no read answers
    /// them, and no write finds them, whether or not their rows are deleted yet. The workspace is written no more.
    RemovedWorkspace {
        /// The revision that it was read at.
        read_at: Revision,
        /// The new state, at its new revision. Its lists are empty, and the change edits no credential.
        record: WorkspaceRecord,
    },
}

/// Whether a list of a header is other than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is the same or not")]
pub enum ListChange {
    /// As it was at the revision that the change was made from, and empty where there was none: a store need not
    /// write it.
    Same,
    /// Other: the record holds the whole new list.
    Replaced,
}

impl Change {
    /// The account whose history the event is part of.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        match &self.header {
            HeaderChange::Account { record, .. } => &record.id,
            HeaderChange::Workspace { record, .. }
            | HeaderChange::RemovedWorkspace { record, .. } => &record.account,
        }
    }

    /// The event of this change, at its place in the history.
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

/// How far the history has come: the number and the operation id of the newest event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Position(Option<(u64, OperationId)>);

impl Position {
    /// The position of a store without events.
    pub const START: Self = Self(None);

    /// The position of the event with this number.
    #[must_use]
    pub const fn new(number: u64, operation: OperationId) -> Self {
        Self(Some((number, operation)))
    }

    /// The newest event's number; 0 where there is none.
    #[must_use]
    pub const fn number(&self) -> u64 {
        match self.0 {
            Some((number, _)) => number,
            None => 0,
        }
    }

    /// The newest event's operation, where there is one.
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

/// What has changed since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a node must meet each")]
pub enum Changes {
    /// The outlines of the events after the position, in their order. A caller finds a gap by the positions, so they are
    /// those that are stored, and not what the outlines come to.
    Since {
        /// The outlines, with their tags.
        events: Vec<EventOutline>,
        /// The position of the last of them, or the one that was asked about.
        position: Position,
        /// The newest event's position, whether or not it is among these events.
        newest: Position,
        /// How old the answer may be.
        age: Duration,
    },
    /// The store does not have the position, number and operation id together, or has pruned events
    /// after it: the caller must read everything again.
    TooFarBehind {
        /// Where the history is now.
        position: Position,
        /// How old the answer may be.
        age: Duration,
    },
}

impl Changes {
    /// Returns how old the answer may be: it shows at least every change that was acknowledged this long before the
    /// call began.
    #[must_use]
    pub const fn age(&self) -> Duration {
        match self {
            Self::Since { age, .. } | Self::TooFarBehind { age, .. } => *age,
        }
    }
}

/// A secret at rest that takes the place of an equal one: under a new master key, never another secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must carry out each")]
pub enum Refresh {
    /// A digest.
    Digest {
        /// What must still be stored.
        old: KeyedDigest,
        /// What takes its place.
        new: KeyedDigest,
        /// The tags of the credential.
        tags: TagChange,
    },
    /// A seal.
    Seal {
        /// What must still be stored.
        old: Seal,
        /// What takes its place.
        new: Seal,
        /// The tags of the credential.
        tags: TagChange,
    },
}

/// The tag of a record that is replaced together with what it was computed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must compare and write both")]
pub struct TagChange {
    /// What must still be stored.
    pub old: RecordTag,
    /// What takes its place.
    pub new: RecordTag,
}

/// A record that carries a tag.
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

/// What came of a [`Refresh`], or of a new tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it was replaced or not")]
pub enum Refreshed {
    /// The old one was stored, and the new one took its place.
    Replaced,
    /// Something else is stored, or nothing: nothing was written.
    Outdated,
}

/// What came of a call of [`purge_removed`](crate::store::CredentialStore::purge_removed) or
/// [`prune_events`](crate::store::CredentialStore::prune_events).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is more to delete or there is not")]
pub enum Purged {
    /// There may be more to delete.
    Some,
    /// Nothing is left that the call could delete.
    All,
}

/// That one secret of a credential passed, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Use {
    /// The credential.
    pub credential: CredentialId,
    /// Which of its secrets.
    pub generation: GenerationNumber,
    /// When, to the second.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::values::OperationId;

    /// Two histories can have an event with the same number: a restored store's, and the one before.
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
