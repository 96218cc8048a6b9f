//! The proof that an attempt passed.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::domain::credential::{CredentialRecord, Deprecation};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, Kind, Name, OfKind, Timestamp, WorkspaceId,
};

/// What a proof says of its credential; shared by all proofs of one reading of it.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) id: CredentialId,
    pub(crate) kind: Kind,
    pub(crate) account: AccountId,
    pub(crate) workspace: WorkspaceId,
    name: Name,
}

impl Facts {
    pub(super) fn of(record: &CredentialRecord) -> Self {
        Self {
            id: record.id,
            kind: record.kind,
            account: record.account.clone(),
            workspace: record.workspace.clone(),
            name: record.name.clone(),
        }
    }
}

/// The proof that an attempt passed, for [`Track`](crate::Track) or [`App`](crate::App). Nothing but
/// [`Keyward::verify`](crate::Keyward::verify) makes one:
///
/// ```compile_fail
/// fn forge() -> keyward::Verified<keyward::App> {
///     keyward::Verified { facts: todo!(), generation: todo!(), notice: None, kind: todo!() }
/// }
/// ```
pub struct Verified<K> {
    facts: Arc<Facts>,
    generation: GenerationNumber,
    notice: Option<Notice>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Verified<K> {
    fn clone(&self) -> Self {
        Self { facts: Arc::clone(&self.facts), kind: PhantomData, ..*self }
    }
}

impl<K: OfKind> Verified<K> {
    pub(super) const fn new(
        facts: Arc<Facts>,
        generation: GenerationNumber,
        notice: Option<Notice>,
    ) -> Self {
        Self { facts, generation, notice, kind: PhantomData }
    }

    /// The credential whose secret was presented. For a Track set, the site id.
    #[must_use]
    pub fn credential(&self) -> CredentialId {
        self.facts.id
    }

    /// The workspace that it opens.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.facts.workspace
    }

    /// The account that owns the workspace.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.facts.account
    }

    /// The credential's name, as it was when the node last read it.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.facts.name
    }

    /// Which of the credential's secrets was presented.
    #[must_use]
    pub const fn generation(&self) -> GenerationNumber {
        self.generation
    }

    /// That the key is on its way out, if it is: tell its holder.
    #[must_use]
    pub const fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }
}

impl<K: OfKind> fmt::Debug for Verified<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("kind", &K::KIND)
            .field("credential", &self.facts.id)
            .field("workspace", &self.facts.workspace)
            .field("account", &self.facts.account)
            .field("generation", &self.generation)
            .field("notice", &self.notice)
            .finish()
    }
}

/// That a key works, and is on its way out: its credential is deprecated, or a rotation has replaced
/// it and the overlap runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// Since when the credential is deprecated; absent where only its secret was replaced.
    pub deprecated: Option<Timestamp>,
    /// Since when a rotation has put a newer secret in the place of this one, if it has.
    pub replaced: Option<Timestamp>,
    /// When this key stops working, as far as is known.
    pub sunset: Option<Timestamp>,
}

impl Notice {
    pub(super) fn of(
        deprecation: Option<Deprecation>,
        replaced: Option<Timestamp>,
        ends: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Option<Self> {
        if deprecation.is_none() && replaced.is_none() {
            return None;
        }
        Some(Self {
            deprecated: deprecation.map(|deprecation| deprecation.since),
            replaced,
            // A credential that was given an end after its rotation takes the previous secret with it.
            sunset: until.into_iter().chain(ends).min(),
        })
    }
}
