//! Names that people give to credentials, workspaces and integrations.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest name, in characters (Unicode scalar values), after trimming.
const NAME_MAX: usize = 100;

/// Why a text is not a name. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("a name has at least one character that is not a space: type one")]
    Empty,
    /// More than 100 characters are left after trimming.
    #[error("a name has at most 100 characters: shorten it")]
    TooLong,
    /// The text holds a control character or a line separator.
    #[error("a name holds no control characters or line breaks: remove them")]
    ControlCharacter,
    /// The text holds a bidirectional override, which can make it read as another name.
    #[error("a name holds no characters that change the direction of text: remove them")]
    BidirectionalOverride,
}

/// A name: 1 to 100 characters after trimming, no control characters, no bidirectional overrides.
///
/// ```
/// use keyward::Name;
///
/// let name: Name = "  Production site ".parse()?;
/// assert_eq!(name.as_str(), "Production site");
/// assert_eq!(name.key(), "PRODUCTION SITE".parse::<Name>()?.key());
/// # Ok::<(), keyward::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// Takes a text as a name, trimmed of white space at both ends.
    pub fn new(text: impl AsRef<str>) -> Result<Self, NameError> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > NAME_MAX {
            return Err(NameError::TooLong);
        }
        for character in text.chars() {
            match character {
                '\u{2028}' | '\u{2029}' => return Err(NameError::ControlCharacter),
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                    return Err(NameError::BidirectionalOverride);
                }
                _ if character.is_control() => return Err(NameError::ControlCharacter),
                _ => {}
            }
        }
        Ok(Self(text.into()))
    }

    /// The name of a workspace's first Track set.
    pub(crate) fn primary() -> Self {
        Self("primary".into())
    }

    /// The name as it was given, trimmed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are compared by.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey::of(self.as_str())
    }
}

/// What names are compared by: trimmed and lower-cased, so that a typed name means one thing.
/// Stores keep it beside the name, and order by its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameKey(Arc<str>);

impl NameKey {
    /// The key of any text, a name or not: for what a person typed, and for what a store kept.
    /// `NameKey::of(key.as_str())` is `key`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.trim().to_lowercase().into())
    }

    /// The trimmed, lower-cased text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", self.as_str())
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, NameError, NameKey};

    #[test]
    fn bad_names_say_which_rule() {
        let refused = |text: &str| Name::new(text).unwrap_err();
        assert_eq!(refused(""), NameError::Empty);
        assert_eq!(refused(" \t "), NameError::Empty);
        assert_eq!(refused(&"é".repeat(101)), NameError::TooLong);
        assert_eq!(refused("a\u{0}b"), NameError::ControlCharacter);
        assert_eq!(refused("a\u{2028}b"), NameError::ControlCharacter);
        assert_eq!(refused("a\u{202E}b"), NameError::BidirectionalOverride);
        assert_eq!(refused("a\u{2067}b"), NameError::BidirectionalOverride);
        assert!(Name::new(format!("  {}\n", "é".repeat(100))).is_ok());
    }

    #[test]
    fn a_name_is_shown_and_kept_as_it_was_typed() {
        let name: Name = " Shop \"1\" ".parse().unwrap();
        assert_eq!((name.to_string().as_str(), name.key().as_str()), ("Shop \"1\"", "shop \"1\""));
        assert_eq!(format!("{name:?}"), r#"Name("Shop \"1\"")"#);
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(json, r#""Shop \"1\"""#);
        assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), name);
        assert_eq!(Name::primary().as_str(), "primary");
    }

    proptest::proptest! {
        #[test]
        fn a_name_and_its_key_read_back(text in ".{1,120}") {
            if let Ok(name) = Name::new(&text) {
                proptest::prop_assert_eq!(Name::new(name.as_str()), Ok(name.clone()));
                proptest::prop_assert_eq!(NameKey::of(name.key().as_str()), name.key());
            }
        }
    }
}
