//! The proof that an attempt passed.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::grant::{Grant, Owner};
use crate::domain::vocabulary::{InsufficientScope, RequiredScope};
use crate::kinds::{AnyKind, Kind};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, KindWord, Label, Name, Scopes, Timestamp,
    WorkspaceId,
};

use super::secret_check::Matched;
use super::views::{CredentialView, Facts, ViewOwner};

/// The proof that an attempt passed with a credential of the kind `K`, such as [`Track`](crate::Track) or
/// [`App`](crate::App).
///
/// Only [`Keyward::verify`](crate::Keyward::verify) makes a proof. [`Keyward::recheck`](crate::Keyward::recheck) checks
/// later whether it is still valid. Code outside the crate cannot make one:
///
/// ```compile_fail
/// fn forge() -> keyward::Verified<keyward::App> {
///     keyward::Verified { credential: todo!(), matched: todo!(), address: todo!(), required: None, kind: todo!() }
/// }
/// ```
pub struct Verified<K> {
    credential: Arc<dyn ViewOwner>,
    matched: Matched,
    address: Option<IpAddr>,
    /// The place of the scope that the attempt required. A recheck requires it again.
    required: Option<u16>,
    kind: PhantomData<fn() -> K>,
}

/// A proof with the concrete type of the view's owner, `C`.
#[derive(Debug)]
pub(crate) struct Proof<K, C> {
    credential: Arc<C>,
    matched: Matched,
    address: Option<IpAddr>,
    /// The place of the scope that the attempt required. A recheck requires it again.
    required: Option<u16>,
    kind: PhantomData<fn() -> K>,
}

impl<K, C: ViewOwner> Proof<K, C> {
    pub(super) fn new(
        credential: Arc<C>,
        matched: Matched,
        address: Option<IpAddr>,
        required: Option<&RequiredScope>,
    ) -> Self {
        let required = required.map(RequiredScope::short_place);
        Self { credential, matched, address, required, kind: PhantomData }
    }

    /// Returns the owner of the credential's view.
    pub(crate) fn credential(&self) -> &C {
        &self.credential
    }

    /// Returns the number of the presented secret.
    pub(crate) const fn generation(&self) -> GenerationNumber {
        self.matched.generation()
    }

    /// Returns the address of the attempt.
    pub(crate) const fn address(&self) -> Option<&IpAddr> {
        self.address.as_ref()
    }

    /// Returns `true` if the key is ending.
    pub(crate) fn is_ending(&self) -> bool {
        let view = self.credential.view();
        self.matched.is_previous() || view.deprecation.is_some()
    }
}

impl<K, C: ViewOwner> From<Proof<K, C>> for Verified<K> {
    fn from(Proof { credential, matched, address, required, kind }: Proof<K, C>) -> Self {
        Self { credential, matched, address, required, kind }
    }
}

impl<K> Clone for Verified<K> {
    fn clone(&self) -> Self {
        Self { credential: Arc::clone(&self.credential), ..*self }
    }
}

/// The scopes and the owner of a credential for which nothing is set.
static ALL: Scopes = Scopes::All;
static ACCOUNT: Owner = Owner::Account;

impl<K> Verified<K> {
    fn facts(&self) -> &Facts {
        &self.credential.view().facts
    }

    /// Returns the view of the credential from which the proof was made.
    pub(crate) fn view(&self) -> &CredentialView {
        self.credential.view()
    }

    pub(crate) const fn matched(&self) -> Matched {
        self.matched
    }

    /// Returns the place of the scope that the attempt required.
    pub(crate) const fn required(&self) -> Option<u16> {
        self.required
    }

    /// Returns the word of the credential's kind.
    #[must_use]
    pub fn kind(&self) -> KindWord {
        self.credential.view().kind
    }

    /// Returns the id of the credential whose secret was presented. For a Track set, it is the site id.
    #[must_use]
    pub fn credential(&self) -> CredentialId {
        self.facts().id
    }

    /// Returns the workspace that the credential gives access to.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.facts().workspace
    }

    /// Returns the account that owns the workspace.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.facts().account
    }

    /// Returns the name of the credential, as this node last read it.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.facts().name
    }

    /// Returns the number of the presented secret.
    #[must_use]
    pub const fn generation(&self) -> GenerationNumber {
        self.matched.generation()
    }

    /// Returns the address that the attempt came from, if it was known.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Checks that the credential has a scope. A credential with all scopes has it.
    ///
    /// An attempt that [requires](crate::Attempt::requiring) a scope is checked before its use is recorded.
    ///
    /// # Errors
    ///
    /// Fails if the credential lacks the scope. Answer 403.
    pub fn require(&self, scope: impl Into<RequiredScope>) -> Result<(), InsufficientScope> {
        let Some(grant) = &self.credential.view().grant else { return Ok(()) };
        let required = scope.into();
        if grant.grants(required) {
            return Ok(());
        }
        Err(InsufficientScope { scope: grant.vocabulary.name(required).cloned() })
    }

    /// Returns the scopes of the credential, as this node last read them.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        self.grant().map_or(&ALL, |grant| &grant.scopes)
    }

    /// Returns the labels of the credential, as this node last read them.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        self.grant().map_or(&[], |grant| grant.labels.as_slice())
    }

    /// Returns the value of the label with this name, as this node last read it.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.grant()?.labels.get(name)
    }

    /// Returns the owner of the credential, as this node last read it.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        self.grant().map_or(&ACCOUNT, |grant| &grant.owner)
    }

    fn grant(&self) -> Option<&Grant> {
        self.credential.view().grant.as_ref().map(|view| &view.grant)
    }

    /// Returns a notice if the key is ending. Tell the holder of the key.
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

/// The proof that an attempt passed with a credential of any registered kind. Use it in routes that accept several kinds.
///
/// [`as_kind`](Verified::as_kind) converts it to the proof for one kind.
pub type VerifiedAny = Verified<AnyKind>;

impl VerifiedAny {
    /// Returns the proof for the kind `K`, if the credential is of this kind.
    #[must_use]
    pub fn as_kind<K: Kind>(&self) -> Option<Verified<K>> {
        let Self { credential, matched, address, required, .. } = self;
        let proof = || Verified {
            credential: Arc::clone(credential),
            matched: *matched,
            address: *address,
            required: *required,
            kind: PhantomData,
        };
        (self.kind() == K::WORD).then(proof)
    }
}

/// The notice that a key works but is ending: its credential is deprecated, or a rotation has replaced the key and the
/// overlap has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndingNotice {
    /// When the credential was deprecated. `None` if only its secret was replaced.
    pub deprecated: Option<Timestamp>,
    /// When a rotation replaced this key with a newer one, if it did.
    pub replaced: Option<Timestamp>,
    /// When this key stops working, if an end is set.
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
            // The previous secret ends with its credential, whose end can have been set after the rotation.
            sunset: until.into_iter().chain(*ends).min(),
        })
    }
}
