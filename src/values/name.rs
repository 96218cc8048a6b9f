//! The names that people give to credentials, workspaces and integrations.

mod characters;
mod error;
mod look;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;

pub use self::error::NameError;
pub(crate) use self::look::{Look, Looks};
use super::key_text::is_any_key;

/// The longest name, in characters (Unicode scalar values), after trimming and in NFC.
const NAME_MAX: usize = 100;

/// A name: 1 to 100 visible characters and spaces.
///
/// White space at both ends is trimmed, and the name is kept in Unicode Normalization Form C (NFC): `e` followed by a
/// combining acute accent becomes `é`. The 100 characters are Unicode scalar values in that form.
///
/// These characters are refused, and the error names the first one:
///
/// - control characters, line separators and bidirectional overrides;
/// - every `Default_Ignorable_Code_Point`, such as the zero-width space and joiners (U+200B to U+200D), the soft hyphen
///   (U+00AD), the left-to-right and right-to-left marks (U+200E, U+200F) and the Hangul fillers (U+3164). This includes
///   emoji that use a joiner (U+200D) or a variation selector (U+FE0F), and words that need a joiner in scripts such
///   as Persian;
/// - symbols that show nothing, such as the blank Braille pattern (U+2800);
/// - characters that Unicode has not assigned or has left to private use. Fonts show the same box for each, and a later
///   version of Unicode could give one another normalization form or lower case;
/// - white space other than the space (U+0020), such as the no-break space (U+00A0) and the ideographic space
///   (U+3000). They look like a space, so two names that differ only in them would look the same.
///
/// A text that contains a key of any brand and kind, or a master key, is refused: it was pasted into the wrong field, and names are
/// in lists, the history and logs.
///
/// A name that looks like another credential's is refused when it is given to a credential: see
/// [`Refusal::LooksAlike`](crate::Refusal::LooksAlike).
///
/// ```
/// use keyward::Name;
///
/// let name: Name = "  Production site ".parse()?;
/// assert_eq!(name.as_str(), "Production site");
/// assert_eq!(name.key(), "PRODUCTION SITE".parse::<Name>()?.key());
/// assert!("Produc\u{200B}tion site".parse::<Name>().is_err());
/// # Ok::<(), keyward::error::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// Creates a name from a text. Trims white space at both ends, and converts the rest to NFC.
    pub fn new(text: impl AsRef<str>) -> Result<Self, NameError> {
        let text = text.as_ref().trim();
        match text.chars().find_map(characters::refused) {
            Some(error) => Err(error),
            None if contains_key(text) => Err(NameError::Key),
            None => Self::measured(text),
        }
    }

    /// Creates a name from a text that a store has kept.
    ///
    /// The name was checked when it was given, perhaps by a release with a newer version of Unicode. Characters that are
    /// unassigned in the version of this release are therefore accepted.
    pub fn stored(text: impl AsRef<str>) -> Result<Self, NameError> {
        let text = text.as_ref().trim();
        let is_known = |error: &NameError| !matches!(error, NameError::Unassigned { .. });
        match text.chars().filter_map(characters::refused).find(is_known) {
            Some(error) => Err(error),
            None => Self::measured(text),
        }
    }

    /// Returns `true` if the name has a character that is unassigned in the Unicode version of this release. Another version
    /// of Unicode can give such a name another key.
    #[must_use]
    pub fn has_unknown_characters(&self) -> bool {
        let is_unknown = |error| matches!(error, NameError::Unassigned { .. });
        self.as_str().chars().filter_map(characters::refused).any(is_unknown)
    }

    fn measured(text: &str) -> Result<Self, NameError> {
        let text = composed(text);
        match text.chars().count() {
            0 => Err(NameError::Empty),
            1..=NAME_MAX => Ok(Self(text.into())),
            _ => Err(NameError::TooLong),
        }
    }

    /// Returns the name as it was given, trimmed and in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if every character is ASCII. This is the case exactly if every character of the key is ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.as_str().is_ascii()
    }

    /// Returns the form in which the name is compared.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey::of(self.as_str())
    }
}

/// The form in which names are compared. A name that a person types to confirm a deletion is compared in this form too.
///
/// The key of a text is made in these steps:
///
/// 1. White space at both ends is removed, and each run of white space within the text becomes one space (U+0020). White
///    space means the characters with the Unicode property `White_Space`.
/// 2. The text is lower-cased by [`str::to_lowercase`], which is the same for every language.
/// 3. It is brought into Unicode Normalization Form C (NFC), in which canonically equivalent texts are the same.
///
/// Two texts are the same name if their keys are equal, byte for byte. Nothing else is removed or replaced: an accent, a
/// zero-width space or a letter of another alphabet makes another name.
///
/// ```
/// use keyward::manage::NameKey;
///
/// let key = NameKey::of("Caf\u{E9} Bar");
/// assert_eq!(key, NameKey::of(" CAFE\u{301}  bar"));
/// assert_ne!(key, NameKey::of("Cafe Bar"));
/// ```
///
/// Stores keep the key beside the name, and order by its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct NameKey(Arc<str>);

impl NameKey {
    /// Returns the key of a text, which need not be a valid name: a person may have typed it, or a store may have kept it.
    /// `NameKey::of(key.as_str())` is `key`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let words: Vec<_> = text.split_whitespace().collect();
        Self(composed(&words.join(" ").to_lowercase()).into())
    }

    /// Returns the text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the lowest text that is above every text that begins with this key, in the order of bytes. Returns `None` if there
    /// is none. A store can then search a range of an index.
    ///
    /// ```
    /// use keyward::manage::NameKey;
    ///
    /// assert_eq!(NameKey::of("prod").above().as_deref(), Some("proe"));
    /// assert_eq!(NameKey::of("").above(), None);
    /// ```
    #[must_use]
    pub fn above(&self) -> Option<String> {
        let mut rest = self.as_str().chars();
        while let Some(last) = rest.next_back() {
            // The characters are ordered like their bytes in UTF-8.
            if let Some(next) = (last..=char::MAX).nth(1) {
                let mut above = rest.as_str().to_owned();
                above.push(next);
                return Some(above);
            }
        }
        None
    }
}

impl<'de> Deserialize<'de> for NameKey {
    /// Deserialises any text, and makes the key of it.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(from)?))
    }
}

/// Deserialises a name that was accepted before, with [`Name::stored`]. Views and stored records use this.
pub(crate) fn stored_name<'de, D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    Name::stored(String::deserialize(from)?).map_err(D::Error::custom)
}

/// Returns `true` if one of the words of the text is a key. Words end at every character that no key contains.
pub(crate) fn contains_key(text: &str) -> bool {
    keys_in(text).next().is_some()
}

/// Returns the words of the text that are keys.
pub(crate) fn keys_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| is_any_key(word))
}

/// Returns a text in Normalization Form C (UAX 15).
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() }
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

    /// The character is assigned in a newer version of Unicode.
    #[test]
    fn a_stored_name_can_have_characters_that_this_release_does_not_know() {
        let name = Name::stored("Key \u{E000}").unwrap();
        assert!(name.has_unknown_characters());
        assert_eq!(name.as_str(), "Key \u{E000}");
        assert!(!Name::stored("Key").unwrap().has_unknown_characters());
        for text in ["a\u{200B}\u{E000}", "a\u{0}b", "", "\u{E000}\u{A0}b"] {
            assert!(Name::stored(text).is_err(), "{text:?}");
        }
        assert_eq!(Name::stored("\u{E000}".repeat(101)), Err(NameError::TooLong));
    }

    fn decomposed(text: &str) -> String {
        unicode_normalization::UnicodeNormalization::nfd(text).collect()
    }

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
        assert_eq!(refused("a\u{200B}b"), NameError::Invisible { character: '\u{200B}' });
        assert_eq!(refused("a\u{A0}b"), NameError::Space { character: '\u{A0}' });
        assert_eq!(refused("a\u{E000}b"), NameError::Unassigned { character: '\u{E000}' });
        assert!(Name::new(format!("  {}\n", "é".repeat(100))).is_ok());
    }

    #[test]
    fn a_key_is_composed_after_it_is_lower_cased() {
        let caron = Name::new("J\u{30C}").unwrap();
        assert_eq!(caron.as_str(), "J\u{30C}", "there is no such capital letter");
        assert_eq!(caron.key().as_str(), "\u{1F0}");
        assert_eq!(NameKey::of("\u{212A}elvin").as_str(), "kelvin");
        assert_eq!(NameKey::of(" Two\u{3000} \twords\n").as_str(), "two words");
    }

    /// Stores find the names beyond ASCII by their keys.
    #[test]
    fn each_character_is_kept_in_nfc_and_its_key_is_ascii_where_it_is() {
        // Beyond these planes no character has a case or composes.
        for character in ('\0'..'\u{20000}').chain('\u{2F800}'..'\u{2FA20}') {
            let Ok(name) = Name::new(character.to_string()) else { continue };
            assert!(unicode_normalization::is_nfc(name.as_str()), "{name:?}");
            assert!(unicode_normalization::is_nfc(name.key().as_str()), "{name:?}");
            assert_eq!(Name::new(name.as_str()), Ok(name.clone()));
            assert_eq!(NameKey::of(name.key().as_str()), name.key());
            assert_eq!(NameKey::of(&decomposed(name.as_str())), name.key());
            assert_eq!(name.as_str().is_ascii(), name.key().as_str().is_ascii(), "{name:?}");
        }
    }

    /// U+DFFF and its neighbours are no characters, and nothing follows the last character.
    #[test]
    fn a_range_ends_above_every_text_with_a_beginning() {
        for (beginning, above) in [
            ("a", Some("b")),
            ("a b%", Some("a b&")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("\u{7F}", Some("\u{80}")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{10FFFF}\u{10FFFF}", None),
            ("", None),
        ] {
            let key = NameKey::of(beginning);
            assert_eq!(key.above().as_deref(), above, "{beginning:?}");
            if let Some(above) = above {
                for rest in ["", "a", "\u{10FFFF}", "\u{10FFFF}\u{10FFFF}z"] {
                    assert!(*above > *[beginning, rest].concat(), "{beginning:?} {rest:?}");
                }
            }
        }
    }

    #[test]
    fn a_name_is_shown_and_kept_as_it_was_typed() {
        let name: Name = " Shop \"1\" ".parse().unwrap();
        assert_eq!((name.to_string().as_str(), name.key().as_str()), ("Shop \"1\"", "shop \"1\""));
        assert_eq!(format!("{name:?}"), r#"Name("Shop \"1\"")"#);
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(json, r#""Shop \"1\"""#);
        assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), name);
    }

    #[test]
    fn parsed_keys_render_to_the_same_text() {
        let key: NameKey = serde_json::from_str(r#"" PRIMARY  site""#).unwrap();
        assert_eq!(key, NameKey::of("primary site"));
        assert_eq!(serde_json::to_string(&key).unwrap(), r#""primary site""#);
    }

    proptest::proptest! {
        #[test]
        fn a_name_and_its_key_read_back(text in "(\\PC|\\p{M}|[A-Za-zΑ-Ωά-ώÀ-ÿ ]){1,120}") {
            proptest::prop_assert_eq!(NameKey::of(NameKey::of(&text).as_str()), NameKey::of(&text));
            if let Ok(name) = Name::new(&text) {
                proptest::prop_assert!(unicode_normalization::is_nfc(name.as_str()));
                let decomposed = decomposed(&text);
                proptest::prop_assert_eq!(Name::new(&decomposed).ok(), Some(name.clone()));
                proptest::prop_assert_eq!(NameKey::of(&decomposed), name.key());
                proptest::prop_assert_eq!(Name::new(name.as_str()), Ok(name.clone()));
                proptest::prop_assert_eq!(NameKey::of(name.key().as_str()), name.key());
            }
        }
    }
}
