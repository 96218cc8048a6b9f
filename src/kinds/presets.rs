//! The two kinds of this crate, which are the default, and their integrations.

use crate::values::KindWord;

use super::integration_spec::IntegrationSpec;
use super::kind::Kind;
use super::spec::KindSpec;

/// The Track API: a public site id and a secret API key, sent as HTTP Basic. An authorised actor can reveal it again.
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

#[expect(non_upper_case_globals, reason = "each constant has the name of its type")]
impl KindWord {
    /// The word of [`Track`](crate::Track).
    pub const Track: Self = Track::WORD;
    /// The word of [`App`](crate::App).
    pub const App: Self = App::WORD;
}

impl IntegrationSpec {
    /// A snippet for the customer's pages, which contains only the site id. Set its template with [`snippet`](Self::snippet).
    pub const JAVASCRIPT_SNIPPET: Self =
        Self::new::<Track>("javascript_snippet", "JavaScript snippet");
    /// Segment.
    pub const SEGMENT: Self = Self::new::<Track>("segment", "Segment");
    /// The customer's own back end, with the Track API.
    pub const API: Self = Self::new::<Track>("api", "API");
}

/// The integrations of a service with the default kinds that declares no integrations.
pub(crate) const INTEGRATIONS: [IntegrationSpec; 3] =
    [IntegrationSpec::JAVASCRIPT_SNIPPET, IntegrationSpec::SEGMENT, IntegrationSpec::API];
