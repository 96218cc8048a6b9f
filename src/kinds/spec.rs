//! What differs between kinds of credentials, as data.

use crate::values::KindWord;

/// Everything that differs between one kind of credential and another. It is made in a constant:
///
/// ```
/// use keyward::kind::KindSpec;
///
/// const LIVE: KindSpec = KindSpec::token("live", "live key", "live keys").header("X-API-Key");
/// assert_eq!(LIVE.word().as_str(), "live");
/// ```
///
/// A word that is none does not compile:
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

/// What a kind is called in messages and on pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noun {
    singular: &'static str,
    plural: &'static str,
}

/// Which parts a caller is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a page must show each")]
pub enum KeyShape {
    /// A public id and a secret key.
    Pair,
    /// One token, which is secret.
    Token,
}

/// Where a request presents the key. A query parameter is none of these: URLs end up in logs, histories and
/// `Referer` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a transport must read each")]
pub enum KeyLocation {
    /// `Authorization: Basic` (RFC 7617): the public id is the user name and the key the password.
    Basic {
        /// The realm of the challenge.
        realm: &'static str,
    },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The realm of the challenge.
        realm: &'static str,
    },
    /// A header of this name that holds the key and nothing else, such as `X-API-Key`.
    Header {
        /// The header's name.
        name: &'static str,
    },
}

impl KeyLocation {
    /// Whether both are the same part of a request. Kinds in one place can have realms of their own.
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
    /// A pair of a public id and a secret key, sent as HTTP Basic in the realm named like the kind, and shown
    /// once.
    ///
    /// `word` is part of each key text, and has 2 to 16 characters of `a-z0-9`. The nouns are for messages and
    /// pages, such as `"Track set"` and `"Track sets"`.
    ///
    /// # Panics
    ///
    /// Where `word` is no word; in a constant, it does not compile.
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

    /// One token, sent as Bearer in the realm named like the kind, and shown once.
    ///
    /// `word` and the nouns are as for [`pair`](Self::pair).
    ///
    /// # Panics
    ///
    /// Where `word` is no word; in a constant, it does not compile.
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

    /// Sends the key as Bearer in this realm. A pair is then sent without its public id, which is also in the
    /// key.
    #[must_use]
    pub const fn bearer(mut self, realm: &'static str) -> Self {
        self.presented = KeyLocation::Bearer { realm };
        self
    }

    /// Sends the key in a header of its own, such as `X-API-Key`, and nothing else in it. A pair is then sent
    /// without its public id, which is also in the key.
    #[must_use]
    pub const fn header(mut self, name: &'static str) -> Self {
        self.presented = KeyLocation::Header { name };
        self
    }

    /// Lets an authorised actor reveal a secret again: it is stored encrypted.
    #[must_use]
    pub const fn shown_again(mut self) -> Self {
        self.is_shown_again = true;
        self
    }

    /// Keeps at least one permanent credential of this kind in each workspace. The first one is made with the
    /// workspace, under this name.
    #[must_use]
    pub const fn keep_one(mut self, first: &'static str) -> Self {
        self.first = Some(first);
        self
    }

    /// The word, which key texts and stores hold.
    #[must_use]
    pub const fn word(&self) -> KindWord {
        self.word
    }

    /// What one of the kind is called.
    #[must_use]
    pub const fn singular(&self) -> &'static str {
        self.noun.singular
    }

    /// What several of the kind are called.
    #[must_use]
    pub const fn plural(&self) -> &'static str {
        self.noun.plural
    }

    /// Which parts a caller is given.
    #[must_use]
    pub const fn shape(&self) -> KeyShape {
        self.shape
    }

    /// Where a request presents the key.
    #[must_use]
    pub const fn presented(&self) -> KeyLocation {
        self.presented
    }

    /// Returns `true` if an authorised actor can reveal a secret again, because it is stored encrypted. Otherwise a secret is
    /// in the answer that made it, and nowhere else.
    #[must_use]
    pub const fn is_shown_again(&self) -> bool {
        self.is_shown_again
    }

    /// The name of the credential that is made with each workspace, where each workspace keeps at least one.
    #[must_use]
    pub const fn first(&self) -> Option<&'static str> {
        self.first
    }
}
