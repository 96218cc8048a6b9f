//! The specification of an integration.

use crate::values::{IntegrationWord, KindWord};

use super::kind::Kind;

/// An integration that your service offers to its customers. A customer connects a credential to it.
///
/// Define it as a constant:
///
/// ```
/// use keyward::{kind::IntegrationSpec, Track};
///
/// const SHOP: IntegrationSpec = IntegrationSpec::new::<Track>("shop_plugin", "Shop plug-in")
///     .snippet(r#"<script src="https://acme.test/s.js" data-site="{{public_id}}"></script>"#);
/// assert_eq!((SHOP.word().as_str(), SHOP.title()), ("shop_plugin", "Shop plug-in"));
/// ```
///
/// An invalid word does not compile:
///
/// ```compile_fail
/// use keyward::{kind::IntegrationSpec, Track};
///
/// const SHOP: IntegrationSpec = IntegrationSpec::new::<Track>("Shop", "Shop");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegrationSpec {
    word: IntegrationWord,
    title: &'static str,
    kind: KindWord,
    snippet: Option<&'static str>,
}

impl IntegrationSpec {
    /// Creates an integration that uses credentials of the kind `K`.
    ///
    /// `word` has 2 to 32 characters of `a-z0-9_`, and stores contain it. Pages show `title`.
    #[must_use]
    pub const fn new<K: Kind>(word: &str, title: &'static str) -> Self {
        Self { word: IntegrationWord::constant(word), title, kind: K::WORD, snippet: None }
    }

    /// Sets the template of the snippet that a customer puts on their pages.
    ///
    /// `{{public_id}}` is replaced with the public id of the credential wherever it occurs. The id consists of 12 letters and
    /// digits, so it needs no escaping. There are no other placeholders, so a snippet can never contain a secret.
    /// [`Builder::build`](crate::Builder::build) fails if the template has another placeholder or none, or if the kind is not a
    /// [pair](super::KeyShape::Pair).
    #[must_use]
    pub const fn snippet(mut self, template: &'static str) -> Self {
        self.snippet = Some(template);
        self
    }

    /// Returns the word, which stores contain.
    #[must_use]
    pub const fn word(&self) -> IntegrationWord {
        self.word
    }

    /// Returns the title, which pages show.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns the word of the kind whose credentials it uses.
    #[must_use]
    pub const fn kind(&self) -> KindWord {
        self.kind
    }

    pub(super) const fn template(&self) -> Option<&'static str> {
        self.snippet
    }

    /// Returns `true` if it has a snippet.
    #[must_use]
    pub const fn has_snippet(&self) -> bool {
        self.snippet.is_some()
    }
}
