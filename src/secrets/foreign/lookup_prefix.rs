//! The part of a key by which a salted hash is found.

use serde::{Deserialize, Serialize};

/// The part of a key by which the row of a salted hash is found, and the part of the key that is hashed.
///
/// The other system stores the prefix in the clear. No two imported keys of a format have the same prefix.
///
/// ```
/// use keyward::imports::LookupPrefix;
///
/// // `WyNVC68S.Q6nR8cfi3GvYcx8f`: found by `WyNVC68S`, and the whole key is hashed.
/// let dotted = LookupPrefix::until('.');
/// // `acme_live_WyNVC68S_Q6nR8cfi3GvYcx8f`: found by `acme_live_WyNVC68S`, and only the rest is hashed.
/// let rest_only = LookupPrefix::until_last('_').not_hashed();
/// // `WyNVC68SQ6nR8cfi3GvYcx8f`: found by its first eight characters.
/// let fixed = LookupPrefix::first(8);
/// # let _ = (dotted, rest_only, fixed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupPrefix {
    end: PrefixEnd,
    is_hashed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PrefixEnd {
    First(char),
    Last(char),
    Length(usize),
}

impl LookupPrefix {
    /// The prefix is what precedes the first `separator`.
    #[must_use]
    pub const fn until(separator: char) -> Self {
        Self { end: PrefixEnd::First(separator), is_hashed: true }
    }

    /// The prefix is what precedes the last `separator`.
    #[must_use]
    pub const fn until_last(separator: char) -> Self {
        Self { end: PrefixEnd::Last(separator), is_hashed: true }
    }

    /// The prefix is the first `bytes` bytes of the key.
    #[must_use]
    pub const fn first(bytes: usize) -> Self {
        Self { end: PrefixEnd::Length(bytes), is_hashed: true }
    }

    /// Only what follows the prefix and the separator is hashed. By default, the whole key is.
    #[must_use]
    pub const fn not_hashed(mut self) -> Self {
        self.is_hashed = false;
        self
    }

    /// Returns `true` if this is the prefix of a key.
    pub(super) fn can_be(self, text: &str) -> bool {
        match self.end {
            PrefixEnd::First(separator) => !text.contains(separator),
            PrefixEnd::Last(_) => true,
            PrefixEnd::Length(bytes) => text.len() == bytes,
        }
    }

    /// Returns the prefix and the part that is hashed. Returns `None` if the prefix or the rest is empty.
    pub(super) fn of(self, text: &str) -> Option<(&str, &str)> {
        let (prefix, rest) = match self.end {
            PrefixEnd::First(separator) => text.split_once(separator)?,
            PrefixEnd::Last(separator) => text.rsplit_once(separator)?,
            PrefixEnd::Length(bytes) => text.split_at_checked(bytes)?,
        };
        let hashed = if self.is_hashed { text } else { rest };
        (!prefix.is_empty() && !rest.is_empty()).then_some((prefix, hashed))
    }
}

#[cfg(test)]
mod tests {
    use super::LookupPrefix;

    #[test]
    fn a_key_is_split_into_its_prefix_and_what_is_hashed() {
        let key = "a.b.c";
        for (prefix, whole, rest) in [
            (LookupPrefix::until('.'), ("a", key), ("a", "b.c")),
            (LookupPrefix::until_last('.'), ("a.b", key), ("a.b", "c")),
            (LookupPrefix::first(2), ("a.", key), ("a.", "b.c")),
        ] {
            assert_eq!(prefix.of(key), Some(whole));
            assert!(prefix.can_be(whole.0) && prefix.not_hashed().can_be(rest.0));
            assert_eq!(prefix.not_hashed().of(key), Some(rest));
        }
        for (prefix, key) in [
            (LookupPrefix::until('.'), ".b"),
            (LookupPrefix::until('.'), "b."),
            (LookupPrefix::until('.'), "b"),
            (LookupPrefix::until_last('.'), "b."),
            (LookupPrefix::first(0), "b"),
            (LookupPrefix::first(1), "b"),
            (LookupPrefix::first(2), "b"),
        ] {
            assert_eq!(prefix.of(key), None, "{prefix:?} {key}");
        }
        assert!(
            !LookupPrefix::until('.').can_be("a.b") && LookupPrefix::until_last('.').can_be("a.b")
        );
        assert!(!LookupPrefix::first(2).can_be("a") && !LookupPrefix::first(2).can_be("abc"));
    }
}
