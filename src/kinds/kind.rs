//! Kinds as types, so that a proof names its kind.

use crate::values::KindWord;

use super::spec::KindSpec;

/// A kind of credential, as a type: [`Verified<K>`](crate::Verified) is the proof that a request presented a
/// credential of the kind `K`.
///
/// A type without values is enough:
///
/// ```
/// use keyward::{kind::KindSpec, Kind};
///
/// enum Live {}
///
/// impl Kind for Live {
///     const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys").header("X-API-Key");
/// }
///
/// assert_eq!(Live::WORD.as_str(), "live");
/// ```
pub trait Kind: Send + Sync + 'static {
    /// What is special about the kind.
    const SPEC: KindSpec;

    /// The word of the kind.
    const WORD: KindWord = Self::SPEC.word();
}

/// Any registered kind: [`VerifiedAny`](crate::VerifiedAny) is the proof of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum AnyKind {}

/// What an attempt is for: one kind, or any that is registered. It is implemented for all that can be asked for.
pub trait AcceptedKind: Send + Sync + 'static {
    /// The one kind, where it is one.
    #[doc(hidden)]
    const SPEC: Option<KindSpec>;
}

impl<K: Kind> AcceptedKind for K {
    const SPEC: Option<KindSpec> = Some(<K as Kind>::SPEC);
}

impl AcceptedKind for AnyKind {
    const SPEC: Option<KindSpec> = None;
}

/// Whether a credential of this kind is what an attempt is for.
#[inline]
pub(crate) fn is_accepted<W: AcceptedKind>(kind: KindWord) -> bool {
    W::SPEC.is_none_or(|spec| spec.word() == kind)
}
