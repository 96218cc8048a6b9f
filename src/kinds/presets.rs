//! The two kinds that come with the crate, which are the default, and their integrations.

use crate::values::KindWord;

use super::integrations::IntegrationSpec;
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

/// The Track API: a public site id and a secret API key, sent as HTTP Basic. It can be shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum Track {}

/// The App API: one token, sent as Bearer, shown once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum App {}

impl Kind for Track {
    const SPEC: KindSpec = KindSpec::pair("track", "Track set", "Track sets")
        .realm("Track API")
        .shown_again()
        .keep_one("primary");
}

impl Kind for App {
    const SPEC: KindSpec = KindSpec::token("app", "App key", "App keys").realm("App API");
}

#[expect(non_upper_case_globals, reason = "written like the types that they belong to")]
impl KindWord {
    /// The word of [`Track`](crate::Track).
    pub const Track: Self = Track::WORD;
    /// The word of [`App`](crate::App).
    pub const App: Self = App::WORD;
}

impl IntegrationSpec {
    /// A snippet on the customer's pages, which needs the site id only. The host gives it its template with
    /// [`snippet`](Self::snippet).
    pub const JAVASCRIPT_SNIPPET: Self =
        Self::new::<Track>("javascript_snippet", "JavaScript snippet");
    /// Segment.
    pub const SEGMENT: Self = Self::new::<Track>("segment", "Segment");
    /// The customer's own back end, through the Track API.
    pub const API: Self = Self::new::<Track>("api", "API");
}

/// The integrations of a service with the default kinds that declares none.
pub(crate) const INTEGRATIONS: [IntegrationSpec; 3] =
    [IntegrationSpec::JAVASCRIPT_SNIPPET, IntegrationSpec::SEGMENT, IntegrationSpec::API];
