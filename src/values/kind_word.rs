//! The word of a kind of credential, such as `track`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::short_word::ShortWord;
use super::text_form::text_form;

/// The word of a kind of credential, such as `track` or `app`: 2 to 16 characters of `a-z0-9`.
///
/// Every key text and every stored credential contains it, and it is part of every secret's identity. The other properties
/// of a kind are in its [`KindSpec`](crate::kind::KindSpec).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KindWord(ShortWord);

/// The error for a text that is not the word of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the word of a kind is 2 to 16 characters of a-z and 0-9: choose a short one, such as `live`"
)]
#[non_exhaustive]
pub struct KindWordError;

impl KindWord {
    /// Creates a word from a text.
    pub const fn new(text: &str) -> Result<Self, KindWordError> {
        match ShortWord::new(text) {
            Some(word) => Ok(Self(word)),
            None => Err(KindWordError),
        }
    }

    /// Creates the word of a constant. An invalid text is a compile error there.
    pub(crate) const fn constant(text: &str) -> Self {
        Self(ShortWord::constant(text))
    }

    /// Returns the word, as it is in key texts and as stores keep it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the word, padded with zeros to 16 bytes.
    pub(crate) const fn padded(&self) -> &[u8; 16] {
        self.0.padded()
    }
}

impl FromStr for KindWord {
    type Err = KindWordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

text_form!(KindWord);

impl fmt::Display for KindWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{KindWord, KindWordError};

    #[test]
    fn a_kind_round_trips_and_other_texts_are_refused() {
        for text in ["track", "app", "live", "a1"] {
            let kind = KindWord::new(text).unwrap();
            assert_eq!((kind.as_str(), kind.to_string().as_str()), (text, text));
            assert_eq!(text.parse(), Ok(kind));
            assert_eq!(kind, KindWord::constant(text));
            assert_eq!(format!("{kind:?}"), format!("KindWord({text})"));
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, text);
            assert_eq!(serde_json::from_value::<KindWord>(json).unwrap(), kind);
            assert_eq!(&kind.padded()[..text.len()], text.as_bytes());
        }
        for bad in ["", "a", "Track", "app ", "a_b"] {
            assert_eq!(bad.parse::<KindWord>(), Err(KindWordError), "{bad:?}");
            assert!(serde_json::from_value::<KindWord>(bad.into()).is_err(), "{bad:?}");
        }
    }
}
