//! The word of an integration, such as `segment`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::short_word::ShortWord;
use super::text_form::text_form;

/// The word of an integration, such as `segment`: 2 to 32 characters of `a-z0-9_`.
///
/// Stores keep the word, and hosts use it in their code. The other properties of an integration are in its
/// [`IntegrationSpec`](crate::kind::IntegrationSpec).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IntegrationWord(ShortWord<32>);

/// The error for a text that is not the word of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the word of an integration is 2 to 32 characters of a-z, 0-9 and _: choose a short one, such as `segment`"
)]
#[non_exhaustive]
pub struct IntegrationWordError;

impl IntegrationWord {
    /// Creates a word from a text.
    pub const fn new(text: &str) -> Result<Self, IntegrationWordError> {
        match ShortWord::with_underscores(text) {
            Some(word) => Ok(Self(word)),
            None => Err(IntegrationWordError),
        }
    }

    /// Creates the word of a constant. An invalid text is a compile error there.
    ///
    /// # Panics
    ///
    /// Panics at run time, outside a constant, if the text is not a word.
    #[expect(clippy::panic, reason = "only constants call it, so it is a compile error")]
    pub(crate) const fn constant(text: &str) -> Self {
        match Self::new(text) {
            Ok(word) => word,
            Err(_) => panic!("the word of an integration is 2 to 32 characters of a-z, 0-9 and _"),
        }
    }

    /// Returns the word, as stores keep it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for IntegrationWord {
    type Err = IntegrationWordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

text_form!(IntegrationWord);

impl fmt::Display for IntegrationWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{IntegrationWord, IntegrationWordError};

    #[test]
    fn a_word_round_trips_and_other_texts_are_refused() {
        for text in ["api", "javascript_snippet", "a1", "abcdefghijklmnopqrstuvwxyz_12345"] {
            let word = IntegrationWord::new(text).unwrap();
            assert_eq!((word.as_str(), word.to_string().as_str()), (text, text));
            assert_eq!(text.parse(), Ok(word));
            assert_eq!(word, IntegrationWord::constant(text));
            assert_eq!(format!("{word:?}"), format!("IntegrationWord({text})"));
            let json = serde_json::to_value(word).unwrap();
            assert_eq!(json, text);
            assert_eq!(serde_json::from_value::<IntegrationWord>(json).unwrap(), word);
        }
        for bad in ["", "a", "Segment", "segment ", "custom:x", "abcdefghijklmnopqrstuvwxyz_123456"]
        {
            assert_eq!(bad.parse::<IntegrationWord>(), Err(IntegrationWordError), "{bad:?}");
            assert!(serde_json::from_value::<IntegrationWord>(bad.into()).is_err(), "{bad:?}");
        }
    }

    #[test]
    #[should_panic(expected = "2 to 32 characters")]
    fn a_constant_that_is_no_word_stops_the_compiler() {
        IntegrationWord::constant("no word");
    }
}
