//! A statement and its values, independent of a driver.

use std::borrow::Cow;

use crate::secrets::RecordTag;
use crate::values::{OperationId, Timestamp};

/// One statement. Its table names have no schema.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Statement<'v> {
    pub(in crate::adapters) text: Cow<'static, str>,
    pub(in crate::adapters) values: Vec<Value<'v>>,
}

/// The value of `$1`, `$2` and so on. `None` is NULL.
#[derive(Debug, Clone)]
pub(in crate::adapters) enum Value<'v> {
    Text(Option<Cow<'v, str>>),
    /// Several texts as one value.
    Texts(Vec<&'v str>),
    Number(Option<i64>),
    Bytes(Option<Cow<'v, [u8]>>),
    Time(Option<Timestamp>),
    Network(String),
    Json(String),
}

/// The texts before and after a value that a database does not accept as text.
pub(in crate::adapters) struct Casts {
    pub(in crate::adapters) network: [&'static str; 2],
    pub(in crate::adapters) json: [&'static str; 2],
}

impl Casts {
    /// The casts of a database that accepts all values as text.
    pub(in crate::adapters) const NONE: Self = Self { network: ["", ""], json: ["", ""] };
}

impl<'v> Statement<'v> {
    pub(in crate::adapters) fn new(
        text: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> Self {
        Self { text: text.into(), values: values.into_iter().collect() }
    }

    /// Appends text. Each `{}` in it is replaced by the parameter of the next value.
    pub(in crate::adapters) fn push(
        &mut self,
        text: &str,
        values: impl IntoIterator<Item = Value<'v>>,
    ) {
        let mut parts = text.split("{}");
        self.text.to_mut().push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.push_value(&Casts::NONE, value);
            self.text.to_mut().push_str(part);
        }
    }

    /// Appends the parameters of these values, separated by commas.
    pub(super) fn push_list(&mut self, casts: &Casts, values: impl IntoIterator<Item = Value<'v>>) {
        for (at, value) in values.into_iter().enumerate() {
            self.text.to_mut().push_str(if at == 0 { "" } else { ", " });
            self.push_value(casts, value);
        }
    }

    fn push_value(&mut self, casts: &Casts, value: Value<'v>) {
        let [before, after] = match &value {
            Value::Network(_) => casts.network,
            Value::Json(_) => casts.json,
            _ => ["", ""],
        };
        self.values.push(value);
        let text = self.text.to_mut();
        text.push_str(before);
        text.push('$');
        text.push_str(&self.values.len().to_string());
        text.push_str(after);
    }
}

/// Returns a limit as a value.
pub(super) fn limit(rows: usize) -> Value<'static> {
    i64::try_from(rows).unwrap_or(i64::MAX).into()
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(text: Option<&'v str>) -> Self {
        Self::Text(text.map(Into::into))
    }
}

impl<'v> From<&'v [&'v str]> for Value<'v> {
    fn from(texts: &'v [&'v str]) -> Self {
        Self::Texts(texts.to_vec())
    }
}

impl<'v> FromIterator<&'v str> for Value<'v> {
    fn from_iter<I: IntoIterator<Item = &'v str>>(texts: I) -> Self {
        Self::Texts(texts.into_iter().collect())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Into::into))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<Option<u32>> for Value<'_> {
    fn from(number: Option<u32>) -> Self {
        Self::Number(number.map(Into::into))
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(bytes: &'v [u8]) -> Self {
        Self::Bytes(Some(bytes.into()))
    }
}

impl<'v> From<Option<&'v [u8]>> for Value<'v> {
    fn from(bytes: Option<&'v [u8]>) -> Self {
        Self::Bytes(bytes.map(Into::into))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes.into()))
    }
}

impl<'v> From<&'v OperationId> for Value<'v> {
    fn from(operation: &'v OperationId) -> Self {
        operation.as_bytes().as_slice().into()
    }
}

impl From<&RecordTag> for Value<'_> {
    fn from(tag: &RecordTag) -> Self {
        tag.to_bytes().to_vec().into()
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(Some(time))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Time(time)
    }
}
