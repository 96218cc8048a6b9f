//! The specification of a kind of credential.

use crate::values::KindWord;

/// The specification of a kind of credential, which contains all differences between kinds.
///
/// Define it as a constant:
///
/// ```
/// use keyward::kind::KindSpec;
///
/// const LIVE: KindSpec = KindSpec::token("live", "live key", "live keys").header("X-API-Key");
/// assert_eq!(LIVE.word().as_str(), "live");
/// ```
///
/// An invalid word does not compile:
///
/// ```compile_fail
/// const LIVE: keyward::kind::KindSpec = keyward::kind::KindSpec::token("Live", "live key", "live keys");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSpec {
    word: KindWord,
    noun: Noun,
    shape: KeyShape,
    presented: KeyLocation,
    is_shown_again: bool,
    first: Option<&'static str>,
}

/// The nouns of a kind in messages and on pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noun {
    singular: &'static str,
    plural: &'static str,
}

/// The parts of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a page must show each")]
pub enum KeyShape {
    /// A public id and a secret key.
    Pair,
    /// One secret token.
    Token,
}

/// The part of a request that contains the key. Query parameters are not supported, because URLs end up in logs, histories and
/// `Referer` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a transport must handle each")]
pub enum KeyLocation {
    /// `Authorization: Basic` (RFC 7617). The public id is the user name and the key is the password.
    Basic {
        /// The realm of the challenge.
        realm: &'static str,
    },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The realm of the challenge.
        realm: &'static str,
    },
    /// A header of this name, such as `X-API-Key`, that contains only the key.
    Header {
        /// The name of the header.
        name: &'static str,
    },
}

impl KeyLocation {
    /// Returns `true` if both are in the same part of a request. Kinds in the same part can have different realms.
    #[cfg(feature = "tower")]
    pub(crate) fn is_same_place_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::Basic { .. }, Self::Basic { .. })
            | (Self::Bearer { .. }, Self::Bearer { .. }) => true,
            (Self::Header { name }, Self::Header { name: other }) => {
                name.eq_ignore_ascii_case(other)
            }
            _ => false,
        }
    }
}

impl KindSpec {
    /// Creates a kind with a public id and a secret key. It is sent as HTTP Basic, in a realm with the name of the kind, and is
    /// shown once.
    ///
    /// `word` is part of each key text, and has 2 to 16 characters of `a-z0-9`. Messages and pages use the nouns, such as `"Track
    /// set"` and `"Track sets"`.
    ///
    /// # Panics
    ///
    /// Panics if `word` is invalid. In a constant, this is a compile error.
    #[must_use]
    pub const fn pair(word: &str, singular: &'static str, plural: &'static str) -> Self {
        Self {
            word: KindWord::constant(word),
            noun: Noun { singular, plural },
            shape: KeyShape::Pair,
            presented: KeyLocation::Basic { realm: singular },
            is_shown_again: false,
            first: None,
        }
    }

    /// Creates a kind with one token. It is sent as Bearer, in a realm with the name of the kind, and is shown once.
    ///
    /// `word` and the nouns are as for [`pair`](Self::pair).
    ///
    /// # Panics
    ///
    /// Panics if `word` is invalid. In a constant, this is a compile error.
    #[must_use]
    pub const fn token(word: &str, singular: &'static str, plural: &'static str) -> Self {
        Self {
            shape: KeyShape::Token,
            presented: KeyLocation::Bearer { realm: singular },
            ..Self::pair(word, singular, plural)
        }
    }

    /// Sets the realm of the challenge, for a kind that is sent in `Authorization`.
    #[must_use]
    pub const fn realm(mut self, realm: &'static str) -> Self {
        self.presented = match self.presented {
            KeyLocation::Basic { .. } => KeyLocation::Basic { realm },
            KeyLocation::Bearer { .. } => KeyLocation::Bearer { realm },
            KeyLocation::Header { name } => KeyLocation::Header { name },
        };
        self
    }

    /// Sends the key as Bearer in this realm. A pair is then sent without its public id, which is also part of the key.
    #[must_use]
    pub const fn bearer(mut self, realm: &'static str) -> Self {
        self.presented = KeyLocation::Bearer { realm };
        self
    }

    /// Sends the key alone in a header, such as `X-API-Key`. A pair is then sent without its public id, which is also part of the
    /// key.
    #[must_use]
    pub const fn header(mut self, name: &'static str) -> Self {
        self.presented = KeyLocation::Header { name };
        self
    }

    /// Lets authorised actors reveal a secret again. The secret is then stored encrypted.
    #[must_use]
    pub const fn shown_again(mut self) -> Self {
        self.is_shown_again = true;
        self
    }

    /// Requires each workspace to keep at least one permanent credential of this kind. The first one is created with the
    /// workspace, under this name.
    #[must_use]
    pub const fn keep_one(mut self, first: &'static str) -> Self {
        self.first = Some(first);
        self
    }

    /// Returns the word, which is part of key texts and stored in databases.
    #[must_use]
    pub const fn word(&self) -> KindWord {
        self.word
    }

    /// Returns the singular noun.
    #[must_use]
    pub const fn singular(&self) -> &'static str {
        self.noun.singular
    }

    /// Returns the plural noun.
    #[must_use]
    pub const fn plural(&self) -> &'static str {
        self.noun.plural
    }

    /// Returns the parts of a key.
    #[must_use]
    pub const fn shape(&self) -> KeyShape {
        self.shape
    }

    /// Returns the part of a request that contains the key.
    #[must_use]
    pub const fn presented(&self) -> KeyLocation {
        self.presented
    }

    /// Returns `true` if an authorised actor can reveal a secret again, because it is stored encrypted. Otherwise only the
    /// answer of the operation that made the secret contains it.
    #[must_use]
    pub const fn is_shown_again(&self) -> bool {
        self.is_shown_again
    }

    /// Returns the name of the credential that is created with each workspace, if the kind has a minimum.
    #[must_use]
    pub const fn first(&self) -> Option<&'static str> {
        self.first
    }
}
