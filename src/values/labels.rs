//! The labels of a credential: pairs of texts for the host and its customers.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::contains_key;

/// Why texts are not a label, or why labels are not the labels of a credential. The error does not contain the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The name of the label is not 1 to 64 characters of `A-Z a-z 0-9 _ . : / -`.
    #[error("the name of a label is 1 to 64 characters of `A-Z a-z 0-9 _ . : / -`: change it")]
    Name,
    /// The value contains a control character, such as a line break.
    #[error("the value of a label must not contain control characters: remove them")]
    ControlCharacter,
    /// The value is longer than 256 bytes.
    #[error("the value of a label has at most 256 bytes: shorten it")]
    TooLong,
    /// The name or the value contains a key of any brand and kind, or a master key.
    #[error(
        "a label must not contain a key: enter another text, and rotate the key if it is in use"
    )]
    Key,
    /// Two labels have the same name.
    #[error("two labels have the same name: remove one of them")]
    Duplicate,
    /// There are more than 16 labels.
    #[error("a credential has at most 16 labels: remove some")]
    TooMany,
    /// The names and values have more than 1,024 bytes together.
    #[error("the labels of a credential have at most 1,024 bytes together: shorten them")]
    TooLongTogether,
}

/// One label: a name and a value. The value can be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    name: Arc<str>,
    value: Arc<str>,
}

impl Label {
    /// The maximum length of a name, in bytes.
    pub const LONGEST_NAME: usize = 64;

    /// The maximum length of a value, in bytes.
    pub const LONGEST_VALUE: usize = 256;

    /// Creates a label.
    pub fn new(name: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self, LabelError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        if !(1..=Self::LONGEST_NAME).contains(&name.len()) || !name.bytes().all(is_allowed) {
            return Err(LabelError::Name);
        }
        if value.chars().any(char::is_control) {
            return Err(LabelError::ControlCharacter);
        }
        if value.len() > Self::LONGEST_VALUE {
            return Err(LabelError::TooLong);
        }
        if contains_key(name) || contains_key(value) {
            return Err(LabelError::Key);
        }
        Ok(Self { name: name.into(), value: value.into() })
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

const fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'/' | b'-')
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({:?}, {:?})", self.name(), self.value())
    }
}

/// The labels of a credential: at most 16, sorted by name, with at most 1,024 bytes together. No decision depends on them.
///
/// In serde it is an object of texts.
///
/// ```
/// use keyward::manage::{Label, Labels};
///
/// let labels = Labels::new([Label::new("env", "production")?, Label::new("team", "billing")?])?;
/// assert_eq!(labels.get("env"), Some("production"));
/// assert_eq!(labels.get("region"), None);
/// # Ok::<(), keyward::error::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Labels(Arc<[Label]>);

impl Labels {
    /// The maximum number of labels.
    pub const MOST: usize = 16;

    /// The maximum number of bytes of all names and values.
    pub const MOST_BYTES: usize = 1_024;

    /// Creates labels. Their names must differ.
    pub fn new(labels: impl IntoIterator<Item = Label>) -> Result<Self, LabelError> {
        let mut labels: Vec<_> = labels.into_iter().collect();
        labels.sort_unstable();
        if labels.windows(2).any(|pair| matches!(pair, [one, other] if one.name == other.name)) {
            return Err(LabelError::Duplicate);
        }
        if labels.len() > Self::MOST {
            return Err(LabelError::TooMany);
        }
        let bytes: usize = labels.iter().map(|label| label.name.len() + label.value.len()).sum();
        if bytes > Self::MOST_BYTES {
            return Err(LabelError::TooLongTogether);
        }
        Ok(Self(labels.into()))
    }

    /// Returns the value of the label with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.0.binary_search_by(|label| label.name().cmp(name)).ok()?;
        self.0.get(place).map(Label::value)
    }

    /// Returns `true` if this label is one of them.
    #[must_use]
    pub fn contains(&self, label: &Label) -> bool {
        self.0.contains(label)
    }

    /// Returns the labels, sorted by name.
    #[must_use]
    pub fn as_slice(&self) -> &[Label] {
        &self.0
    }

    /// Returns `true` if there are no labels.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Labels {
    /// Returns no labels.
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&shown.join(", "))
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for label in self.as_slice() {
            map.serialize_entry(label.name(), label.value())?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Entries)
    }
}

/// Reads an object, and refuses a repeated name.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            labels.push(Label::new(name, value).map_err(A::Error::custom)?);
        }
        Labels::new(labels).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Label, LabelError, Labels};

    fn label(name: &str, value: &str) -> Label {
        Label::new(name, value).unwrap()
    }

    #[test]
    fn each_bad_label_gets_the_rule_it_breaks() {
        let (long_name, long_value) = ("a".repeat(65), "a".repeat(257));
        for (name, value, error) in [
            ("", "x", LabelError::Name),
            (long_name.as_str(), "x", LabelError::Name),
            ("a b", "x", LabelError::Name),
            ("a\"b", "x", LabelError::Name),
            ("ä", "x", LabelError::Name),
            ("a", "line\nbreak", LabelError::ControlCharacter),
            ("a", "\0", LabelError::ControlCharacter),
            ("a", long_value.as_str(), LabelError::TooLong),
        ] {
            assert_eq!(Label::new(name, value), Err(error), "{name:?} {value:?}");
        }
        assert_eq!(label(&long_name[1..], &long_value[1..]).value().len(), 256);
        assert_eq!(label("a", "").value(), "");
    }

    #[test]
    fn labels_are_few_short_and_of_different_names() {
        let numbered = |count: usize, value: &str| {
            Labels::new((0..count).map(|place| label(&format!("{place:02}"), value)))
        };
        assert_eq!(numbered(16, "").unwrap().as_slice().len(), 16);
        assert_eq!(numbered(17, ""), Err(LabelError::TooMany));
        assert!(numbered(16, &"v".repeat(62)).is_ok(), "16 times 64 is 1,024");
        assert_eq!(numbered(16, &"v".repeat(63)), Err(LabelError::TooLongTogether));
        let twice = Labels::new([label("a", "1"), label("a", "2")]);
        assert_eq!(twice, Err(LabelError::Duplicate));
    }

    #[test]
    fn labels_read_back_and_a_repeated_name_is_refused() {
        let labels = Labels::new([label("team", "ünï \"q\""), label("env", "prod")]).unwrap();
        let json = r#"{"env":"prod","team":"ünï \"q\""}"#;
        assert_eq!(serde_json::to_string(&labels).unwrap(), json);
        assert_eq!(serde_json::from_str::<Labels>(json).unwrap(), labels);
        assert_eq!(labels.get("team"), Some("ünï \"q\""));
        assert_eq!(serde_json::from_str::<Labels>("{}").unwrap(), Labels::default());
        for bad in
            [r#"{"a":"1","a":"1"}"#, r#"{"a":1}"#, r#"{"a":null}"#, "null", "[]", r#"{"":""}"#]
        {
            assert!(serde_json::from_str::<Labels>(bad).is_err(), "{bad}");
        }
    }
}
