//! A statement and its values, before either driver has seen them.

use std::borrow::Cow;

use crate::values::Timestamp;

/// One statement. Its tables are named without a schema.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Statement<'v> {
    pub(in crate::adapters) text: Cow<'static, str>,
    pub(in crate::adapters) values: Vec<Value<'v>>,
}

/// What stands for `$1`, `$2` and so on.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) enum Value<'v> {
    Text(&'v str),
    /// Several texts as one value.
    Texts(&'v [&'v str]),
    Number(i64),
    Bytes(&'v [u8]),
    Time(Timestamp),
}

impl<'v> Statement<'v> {
    pub(super) fn new(
        text: impl Into<Cow<'static, str>>,
        values: impl Into<Vec<Value<'v>>>,
    ) -> Self {
        Self { text: text.into(), values: values.into() }
    }

    /// Adds text; each `{}` in it becomes the place of the next value.
    pub(super) fn push(&mut self, text: &str, values: impl IntoIterator<Item = Value<'v>>) {
        let all = self.text.to_mut();
        let mut parts = text.split("{}");
        all.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.values.push(value);
            all.push('$');
            all.push_str(&self.values.len().to_string());
            all.push_str(part);
        }
    }
}
