//! Reading of bodies and queries. Every wrong field is named, and an unknown one is refused.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::str::FromStr;

use http::header::CONTENT_TYPE;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::adapters::web::Received;

use super::json_value::ValueSeed;
use super::problem::{Place, Problem, Wrong};

/// The maximum number of wrong fields that an answer names.
const MOST_NAMED: usize = 20;

/// The fields of a body or the parameters of a query.
pub(super) struct Input {
    fields: Vec<InputField>,
    place: fn(String) -> Place,
    wrong: Vec<Wrong>,
}

/// A field of a body or a parameter of a query.
struct InputField {
    name: String,
    value: Value,
    /// `true` if an object in the value has two fields with the same name.
    has_duplicates: bool,
}

/// Reads the fields of a JSON body. An empty body has no fields.
pub(super) fn body<T>(
    request: &Received,
    read: impl FnOnce(&mut Input) -> Option<T>,
) -> Result<T, Problem> {
    no_query(request)?;
    check_type(request)?;
    let Object(fields) = if request.body.is_empty() {
        Object(Vec::new())
    } else {
        serde_json::from_slice(&request.body).map_err(|error| malformed(&error))?
    };
    Input::new(fields, Place::Field).finish(read).map_err(Problem::invalid_fields)
}

/// Checks that the body has no fields.
pub(super) fn no_fields(request: &Received) -> Result<(), Problem> {
    body(request, |_| Some(()))
}

/// Reads the parameters of the query.
pub(super) fn query<T>(
    request: &Received,
    read: impl FnOnce(&mut Input) -> Option<T>,
) -> Result<T, Problem> {
    let pairs = request.query().split('&').filter(|pair| !pair.is_empty());
    let fields = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name, true)?, Value::String(decoded(value, true)?));
            Some(InputField { name, value, has_duplicates: false })
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(Problem::malformed_query)?;
    Input::new(fields, Place::Parameter).finish(read).map_err(Problem::invalid_parameters)
}

/// Checks that the query has no parameters.
pub(super) fn no_query(request: &Received) -> Result<(), Problem> {
    query(request, |_| Some(()))
}

/// A form cannot send this type, and a script of another origin needs the permission of that origin's server.
fn check_type(request: &Received) -> Result<(), Problem> {
    let mut types = request.parts.headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (types.next(), types.next());
    let text = first.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") && second.is_none() {
        Ok(())
    } else {
        Err(Problem::not_json())
    }
}

/// The error's own text can contain what was sent.
fn malformed(error: &serde_json::Error) -> Problem {
    if error.is_data() {
        return Problem::invalid_fields(vec![Wrong {
            place: Place::Body,
            code: "wrong_type",
            detail: "the body must be a JSON object".to_owned(),
        }]);
    }
    Problem::malformed_body(error.line(), error.column())
}

impl Input {
    fn new(fields: Vec<InputField>, place: fn(String) -> Place) -> Self {
        Self { fields, place, wrong: Vec::new() }
    }

    fn finish<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Vec<Wrong>> {
        let value = read(&mut self);
        let unread: Vec<_> = self.fields.drain(..).map(|field| field.name).collect();
        for name in unread {
            // The parts of a pointer are separated by slashes (RFC 6901).
            let name = match (self.place)(name) {
                Place::Field(name) => name.replace('~', "~0").replace('/', "~1"),
                Place::Parameter(name) => name,
                Place::Body | Place::Header(_) => String::new(),
            };
            self.refuse(name, "unknown", "there is no such field: check its spelling");
        }
        match value {
            Some(value) if self.wrong.is_empty() => Ok(value),
            _ => Err(self.wrong),
        }
    }

    /// Reads a field that must be there.
    pub(super) fn required<T: Field>(&mut self, name: &str) -> Option<T> {
        if let Some(value) = self.take(name) {
            return self.read(name, value);
        }
        self.refuse(name.to_owned(), "required", "this field is required");
        None
    }

    /// Reads a field that can be absent. It cannot be null: use [`Nullable`] for that.
    #[expect(clippy::option_option, reason = "an absent field is not a wrong one")]
    pub(super) fn optional<T: Field>(&mut self, name: &str) -> Option<Option<T>> {
        match self.take(name) {
            None => Some(None),
            Some(value) => self.read(name, value).map(Some),
        }
    }

    fn read<T: Field>(&mut self, name: &str, value: Value) -> Option<T> {
        match T::read(value) {
            Ok(value) => Some(value),
            Err(Unread { below, code, detail }) => {
                self.refuse(format!("{name}{below}"), code, detail);
                None
            }
        }
    }

    /// Takes a field. A field that occurs twice is refused, because readers differ in which one they use.
    fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.fields.iter().position(|field| field.name == name)?;
        let InputField { value, has_duplicates, .. } = self.fields.remove(place);
        let others = self.fields.len();
        self.fields.retain(|field| field.name != name);
        if self.fields.len() < others {
            self.refuse(name.to_owned(), "duplicate", "this field occurs more than once");
        }
        if has_duplicates {
            let detail = "a name occurs more than once in this field";
            self.refuse(name.to_owned(), "duplicate", detail);
        }
        Some(value)
    }

    fn refuse(&mut self, name: String, code: &'static str, detail: impl Into<String>) {
        if self.wrong.len() == MOST_NAMED {
            return;
        }
        self.wrong.push(Wrong { place: (self.place)(name), code, detail: detail.into() });
    }
}

/// A value of a field.
pub(super) trait Field: Sized {
    fn read(value: Value) -> Result<Self, Unread>;
}

/// The reason why a value was not read.
pub(super) struct Unread {
    /// The place within the value, as the rest of a JSON pointer.
    below: String,
    code: &'static str,
    detail: String,
}

impl Unread {
    pub(super) fn wrong_type(expected: &str) -> Self {
        Self { below: String::new(), code: "wrong_type", detail: format!("expected {expected}") }
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self { below: String::new(), code: "invalid", detail: detail.into() }
    }
}

/// A value with a text form.
pub(super) struct Text<T>(pub(super) T);

impl<T: FromStr<Err: Display>> Field for Text<T> {
    fn read(value: Value) -> Result<Self, Unread> {
        let Value::String(text) = value else { return Err(Unread::wrong_type("a string")) };
        text.parse().map(Self).map_err(|error: T::Err| Unread::invalid(error.to_string()))
    }
}

impl Field for String {
    fn read(value: Value) -> Result<Self, Unread> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(Unread::wrong_type("a string")),
        }
    }
}

impl Field for u64 {
    fn read(value: Value) -> Result<Self, Unread> {
        value.as_u64().ok_or_else(|| Unread::wrong_type("a whole number that is not negative"))
    }
}

impl Field for u32 {
    fn read(value: Value) -> Result<Self, Unread> {
        let number = u64::read(value)?;
        Self::try_from(number).map_err(|_| Unread::invalid("expected at most 4294967295"))
    }
}

impl Field for bool {
    fn read(value: Value) -> Result<Self, Unread> {
        value.as_bool().ok_or_else(|| Unread::wrong_type("true or false"))
    }
}

/// A value that can be null.
pub(super) struct Nullable<T>(pub(super) Option<T>);

impl<T: Field> Field for Nullable<T> {
    fn read(value: Value) -> Result<Self, Unread> {
        if value.is_null() { Ok(Self(None)) } else { T::read(value).map(Some).map(Self) }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: Value) -> Result<Self, Unread> {
        let Value::Array(values) = value else { return Err(Unread::wrong_type("an array")) };
        let read = |(place, value)| {
            T::read(value).map_err(|unread: Unread| Unread {
                below: format!("/{place}{}", unread.below),
                ..unread
            })
        };
        values.into_iter().enumerate().map(read).collect()
    }
}

/// A JSON object whose fields are in their order. `serde_json`'s own map would keep the last of two fields with the same name.
struct Object(Vec<InputField>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut fields = Vec::new();
                while let Some(name) = map.next_key()? {
                    let found = Cell::new(false);
                    let value = map.next_value_seed(ValueSeed { has_duplicates: &found })?;
                    fields.push(InputField { name, value, has_duplicates: found.get() });
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

/// Decodes percent-encoded text (RFC 3986, 2.1). Returns `None` if it is malformed or not UTF-8. In a query a plus is a space.
pub(super) fn decoded(text: &str, is_query: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if is_query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn percent_encoded_text_is_decoded_strictly() {
        assert_eq!(decoded("acme%2Fshop", false).as_deref(), Some("acme/shop"));
        assert_eq!(decoded("a+b", false).as_deref(), Some("a+b"));
        assert_eq!(decoded("a+%2B", true).as_deref(), Some("a +"));
        assert_eq!(decoded("%C3%A4", false).as_deref(), Some("\u{e4}"));
        for malformed in ["%", "%2", "%2x", "%+1", "%FF"] {
            assert_eq!(decoded(malformed, true), None, "{malformed}");
        }
    }
}
