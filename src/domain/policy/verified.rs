//! The proof that an attempt passed.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::credential::CredentialRecord;
use crate::kinds::{AnyKind, Kind};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, KindWord, Name, Timestamp, WorkspaceId,
};

use super::secret_check::Matched;
use super::views::{CredentialView, Known};

/// What a proof says of its credential.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) id: CredentialId,
    pub(crate) account: AccountId,
    pub(crate) workspace: WorkspaceId,
    name: Name,
}

impl Facts {
    pub(super) fn of(record: &CredentialRecord) -> Self {
        Self {
            id: record.id,
            account: record.account.clone(),
            workspace: record.workspace.clone(),
            name: record.name.clone(),
        }
    }
}

/// The proof that an attempt passed with a credential of the kind `K`, such as [`Track`](crate::Track) or
/// [`App`](crate::App). Nothing but [`Keyward::verify`](crate::Keyward::verify) makes one, and
/// [`Keyward::recheck`](crate::Keyward::recheck) tells later whether it still stands:
///
/// ```compile_fail
/// fn forge() -> keyward::Verified<keyward::App> {
///     keyward::Verified { credential: todo!(), matched: todo!(), address: todo!(), kind: todo!() }
/// }
/// ```
pub struct Verified<K> {
    credential: Arc<dyn Known>,
    matched: Matched,
    address: Option<IpAddr>,
    kind: PhantomData<fn() -> K>,
}

/// A proof, for those who know what keeps the credential's view.
#[derive(Debug)]
pub(crate) struct Proof<K, C> {
    credential: Arc<C>,
    matched: Matched,
    address: Option<IpAddr>,
    kind: PhantomData<fn() -> K>,
}

impl<K, C: Known> Proof<K, C> {
    pub(super) const fn new(credential: Arc<C>, matched: Matched, address: Option<IpAddr>) -> Self {
        Self { credential, matched, address, kind: PhantomData }
    }

    /// What keeps the credential's view.
    pub(crate) fn credential(&self) -> &C {
        &self.credential
    }

    /// Which of the credential's secrets was presented.
    pub(crate) const fn generation(&self) -> GenerationNumber {
        self.matched.generation()
    }

    /// Whether the key is ending.
    pub(crate) fn is_on_its_way_out(&self) -> bool {
        let view = self.credential.view();
        self.matched.is_previous() || view.deprecation.is_some()
    }
}

impl<K, C: Known> From<Proof<K, C>> for Verified<K> {
    fn from(Proof { credential, matched, address, kind }: Proof<K, C>) -> Self {
        Self { credential, matched, address, kind }
    }
}

impl<K> Clone for Verified<K> {
    fn clone(&self) -> Self {
        Self { credential: Arc::clone(&self.credential), ..*self }
    }
}

impl<K> Verified<K> {
    fn facts(&self) -> &Facts {
        &self.credential.view().facts
    }

    /// What was known of the credential when the proof was made.
    pub(crate) fn view(&self) -> &CredentialView {
        self.credential.view()
    }

    pub(crate) const fn matched(&self) -> Matched {
        self.matched
    }

    /// The word of its kind.
    #[must_use]
    pub fn kind(&self) -> KindWord {
        self.credential.view().kind
    }

    /// The credential whose secret was presented. For a Track set, the site id.
    #[must_use]
    pub fn credential(&self) -> CredentialId {
        self.facts().id
    }

    /// The workspace that it opens.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.facts().workspace
    }

    /// The account that owns the workspace.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.facts().account
    }

    /// The credential's name, as it was when the node last read it.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.facts().name
    }

    /// Which of the credential's secrets was presented.
    #[must_use]
    pub const fn generation(&self) -> GenerationNumber {
        self.matched.generation()
    }

    /// Returns the address that the attempt came from, if it was known.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Set if the key is ending: tell its holder.
    #[must_use]
    pub fn notice(&self) -> Option<EndingNotice> {
        EndingNotice::of(self.credential.view(), self.matched)
    }
}

impl<K> fmt::Debug for Verified<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("kind", &self.kind())
            .field("credential", &self.facts().id)
            .field("workspace", &self.facts().workspace)
            .field("account", &self.facts().account)
            .field("generation", &self.generation())
            .field("address", &self.address())
            .field("notice", &self.notice())
            .finish()
    }
}

/// The proof that an attempt passed with a credential of any registered kind: for routes that accept several.
///
/// [`as_kind`](Verified::as_kind) asks it for one kind.
pub type VerifiedAny = Verified<AnyKind>;

impl VerifiedAny {
    /// The proof for the kind `K`, if the credential is of this kind.
    #[must_use]
    pub fn as_kind<K: Kind>(&self) -> Option<Verified<K>> {
        let Self { credential, matched, address, .. } = self;
        let proof = || Verified {
            credential: Arc::clone(credential),
            matched: *matched,
            address: *address,
            kind: PhantomData,
        };
        (self.kind() == K::WORD).then(proof)
    }
}

/// The notice that a key works but is ending: its credential is deprecated, or a rotation has replaced
/// it and the overlap runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndingNotice {
    /// Since when the credential is deprecated; absent where only its secret was replaced.
    pub deprecated: Option<Timestamp>,
    /// Since when a rotation has put a newer secret in the place of this one, if it has.
    pub replaced: Option<Timestamp>,
    /// When this key stops working, as far as is known.
    pub sunset: Option<Timestamp>,
}

impl EndingNotice {
    fn of(view: &CredentialView, matched: Matched) -> Option<Self> {
        let CredentialView { deprecation, ends, replaced, .. } = view;
        let until = matched.until(view);
        let replaced = until.map(|_| *replaced);
        if deprecation.is_none() && replaced.is_none() {
            return None;
        }
        Some(Self {
            deprecated: deprecation.map(|deprecation| deprecation.since),
            replaced,
            // A credential that was given an end after its rotation takes the previous secret with it.
            sunset: until.into_iter().chain(*ends).min(),
        })
    }
}
