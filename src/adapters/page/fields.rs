//! The fields of a form or a query.

use crate::values::CredentialId;

/// A run of this many letters and digits can be the secret of a key: see `key_text`.
const LOOKS_SECRET: usize = 43;

/// The fields of a form or a query, in their order.
#[derive(Default)]
pub(super) struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(super) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Returns a field without white space at its ends; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// Returns each value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Returns a field to show it again. A value that may contain a key is not shown.
    pub(super) fn kept(&self, name: &str) -> String {
        let value = self.get(name);
        if may_hold_key(value) { String::new() } else { value.to_owned() }
    }

    /// Returns all fields to send them again, without values that may contain a key.
    pub(super) fn kept_fields(&self) -> Vec<(String, String)> {
        let fields = self.0.iter().filter(|(_, value)| !may_hold_key(value));
        fields.cloned().collect()
    }

    pub(super) fn id(&self, name: &str) -> Option<CredentialId> {
        self.get(name).parse().ok()
    }
}

/// Returns `true` if a text may contain a key. A key ends in 61 letters and digits.
pub(super) fn may_hold_key(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= LOOKS_SECRET)
}

/// Returns a query for a link, with a question mark. Pairs without a value are left out.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

#[cfg(test)]
mod tests {
    use super::{FormFields, may_hold_key, query};

    #[test]
    fn fields_are_decoded() {
        let fields = FormFields::read(b"a=1&b=%C3%A4+%26&a=2&c");
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), ("1", "ä &", ""));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(fields.has("c") && !fields.has("d"));
    }

    #[test]
    fn a_value_that_may_hold_a_key_is_not_kept() {
        let key = format!("kw_app_{}", "a".repeat(61));
        assert!(may_hold_key(&key) && may_hold_key(&format!("see {key}!")));
        assert!(!may_hold_key("a name of ordinary length, with several words in it, and more"));
        let fields = FormFields::read(format!("name={key}").as_bytes());
        assert_eq!(fields.kept("name"), "");
        let fields = FormFields::read(format!("a=1&name={key}&a=2").as_bytes());
        let pair = |value: &str| ("a".to_owned(), value.to_owned());
        assert_eq!(fields.kept_fields(), [pair("1"), pair("2")]);
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(query(&[("workspace", "a/b&c"), ("kind", "")]), "?workspace=a%2Fb%26c");
        assert_eq!(query(&[("kind", "")]), "");
    }
}
