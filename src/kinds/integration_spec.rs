//! What a host declares about one integration.

use crate::values::{IntegrationWord, KindWord};

use super::kind::Kind;

/// An integration that a host offers to its customers: what a customer connects a credential to.
///
/// It is made in a constant:
///
/// ```
/// use keyward::{kind::IntegrationSpec, Track};
///
/// const SHOP: IntegrationSpec = IntegrationSpec::new::<Track>("shop_plugin", "Shop plug-in")
///     .snippet(r#"<script src="https://acme.test/s.js" data-site="{{public_id}}"></script>"#);
/// assert_eq!((SHOP.word().as_str(), SHOP.title()), ("shop_plugin", "Shop plug-in"));
/// ```
///
/// A word that is none does not compile:
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
    /// An integration that uses credentials of the kind `K`. Stores keep the word, 2 to 32 characters of
    /// `a-z0-9_`; pages show the title.
    #[must_use]
    pub const fn new<K: Kind>(word: &str, title: &'static str) -> Self {
        Self { word: IntegrationWord::constant(word), title, kind: K::WORD, snippet: None }
    }

    /// Sets the template of the snippet that a customer puts on their pages.
    ///
    /// `{{public_id}}` stands for the public id of the credential, as often as it is written. The id is 12 letters
    /// and digits, so it needs no escaping. There are no other placeholders: a secret can never get into a snippet.
    /// [`Builder::build`](crate::Builder::build) refuses a template with another placeholder or with none, and a
    /// kind whose shape is not a [pair](super::KeyShape::Pair).
    #[must_use]
    pub const fn snippet(mut self, template: &'static str) -> Self {
        self.snippet = Some(template);
        self
    }

    /// Returns the word, which stores hold.
    #[must_use]
    pub const fn word(&self) -> IntegrationWord {
        self.word
    }

    /// Returns the title, which pages show.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns the word of the kind of credential that it uses.
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
