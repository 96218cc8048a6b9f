//! The fields of a row, as CSV and JSON lines give them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use zeroize::Zeroizing;

/// The fields of a row.
const NAMES: [&str; 15] = [
    "account",
    "workspace",
    "name",
    "format",
    "kind",
    "hash",
    "matching",
    "created",
    "last_used",
    "expires",
    "disabled",
    "scopes",
    "networks",
    "labels",
    "owner",
];

/// Returns `true` if a row can have a field of this name.
pub(super) fn is_field(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Returns the name of an unknown field for a message. A long name is not shown: without a header, it can be a hash.
pub(super) fn shown(name: &str) -> String {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ');
    if name.len() <= 20 && name.bytes().all(is_plain) {
        format!("`{name}`")
    } else {
        "whose name is not shown, because it can be a hash".to_owned()
    }
}

/// Returns `true` if a part of the text reads as a hash or a key, as in a file whose columns were confused.
pub(super) fn reads_as_secret(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let is_in_base64 = |byte: char| byte.is_ascii_alphanumeric() || "+/=".contains(byte);
        let mut runs = word.split(|character| !is_in_base64(character));
        let is_salted = word.len() >= 16 && word.matches('$').count() > 1;
        // A dash or an underscore can be a digit of base64 too.
        let is_long = word.len() >= 40 && is_mixed(word);
        let is_hexadecimal = |run: &str| run.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_salted
            || is_long
            || runs.any(|run| run.len() >= 16 && (is_mixed(run) || is_hexadecimal(run)))
    })
}

fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A field as a row gives it. Absent and null are different.
pub(super) enum Given<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Given<T> {
    /// Returns the value. For a field in which absent and null mean the same.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// The fields that a row has. No message contains a value.
#[derive(Default)]
pub(super) struct Fields(BTreeMap<String, Value>);

impl Fields {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Adds a label of a CSV column.
    pub(super) fn set_label(&mut self, name: &str, value: &str) {
        let labels = self
            .0
            .entry("labels".to_owned())
            .or_insert_with(|| Value::Object([].into_iter().collect()));
        if let Value::Object(labels) = labels {
            labels.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }

    /// Fails if a row cannot have one of the fields.
    pub(super) fn check_names(&self) -> Result<(), String> {
        match self.0.keys().find(|name| !is_field(name)) {
            None => Ok(()),
            Some(name) => Err(format!("unknown field {}: correct or remove it", shown(name))),
        }
    }

    /// Takes a value. Returns `None` if the row does not have the field.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Returns `true` if a field has this text.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.0.get(name).and_then(Value::as_str) == Some(text)
    }

    /// Takes a text.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Given<Zeroizing<String>>, String> {
        match self.take(name) {
            None => Ok(Given::Absent),
            Some(Value::Null) => Ok(Given::Null),
            Some(Value::String(text)) => Ok(Given::Value(Zeroizing::new(text))),
            Some(_) => Err(format!("`{name}` is not a text")),
        }
    }

    /// Takes a text that every row has.
    pub(super) fn take_required(&mut self, name: &str) -> Result<Zeroizing<String>, String> {
        match self.take_text(name)? {
            Given::Absent => Err(format!("`{name}` is missing")),
            Given::Null => Err(format!("`{name}` is empty")),
            Given::Value(text) => Ok(text),
        }
    }
}

/// Reads a JSON object. A field that appears twice is an error.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.0.insert(name, value).is_some() {
                        return Err(A::Error::custom("a field appears twice"));
                    }
                }
                Ok(fields)
            }
        }

        from.deserialize_map(Object)
    }
}
