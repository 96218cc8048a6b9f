//! Kinds as types, so that the type of a proof names its kind.

use crate::values::KindWord;

use super::spec::KindSpec;

/// A kind of credential, as a type. A [`Verified<K>`](crate::Verified) proves that a request presented a credential of the kind
/// `K`.
///
/// Implement it for a type without values:
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
    /// The specification of the kind.
    const SPEC: KindSpec;

    /// The word of the kind.
    const WORD: KindWord = Self::SPEC.word();
}

/// Any registered kind. [`VerifiedAny`](crate::VerifiedAny) is the proof of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum AnyKind {}

/// The kinds that an attempt accepts: one kind, or any registered kind. It is implemented for both.
pub trait AcceptedKind: Send + Sync + 'static {
    /// The kind, or `None` for any kind.
    #[doc(hidden)]
    const SPEC: Option<KindSpec>;
}

impl<K: Kind> AcceptedKind for K {
    const SPEC: Option<KindSpec> = Some(<K as Kind>::SPEC);
}

impl AcceptedKind for AnyKind {
    const SPEC: Option<KindSpec> = None;
}

/// Returns `true` if an attempt accepts credentials of this kind.
#[inline]
pub(crate) fn is_accepted<W: AcceptedKind>(kind: KindWord) -> bool {
    W::SPEC.is_none_or(|spec| spec.word() == kind)
}
