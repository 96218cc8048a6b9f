//! The scopes of a credential: names that the host declares.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::contains_key;
use super::text_form::text_form;

/// Why a text is not the name of a scope. The error does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeNameError {
    /// The text is empty.
    #[error("the name of a scope has at least one character: enter one")]
    Empty,
    /// The text is longer than 64 bytes.
    #[error("the name of a scope has at most 64 characters: shorten it")]
    TooLong,
    /// The text contains a character that RFC 6749 does not allow in a scope, or a `*`.
    #[error(
        "the name of a scope may contain only visible ASCII characters other than `\"`, `\\` and `*`: remove the others"
    )]
    Character,
    /// The text contains a key of any brand and kind, or a master key.
    #[error(
        "the name of a scope must not contain a key: enter another name, and rotate the key if it is in use"
    )]
    Key,
}

/// The name of a scope, such as `read:people`.
///
/// It has 1 to 64 of the characters that RFC 6749 allows in a scope: visible ASCII characters other than `"` and `\`. A `*` is
/// refused too, because there are no wildcards. Names are compared byte by byte.
///
/// ```
/// use keyward::scope::ScopeName;
///
/// let name: ScopeName = "read:people".parse()?;
/// assert_eq!(name.as_str(), "read:people");
/// assert!("read people".parse::<ScopeName>().is_err());
/// assert!("read:*".parse::<ScopeName>().is_err());
/// # Ok::<(), keyward::error::ScopeNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeName(Arc<str>);

impl ScopeName {
    /// The maximum length of a name, in bytes.
    pub const LONGEST: usize = 64;

    /// Creates the name of a scope.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ScopeNameError> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(ScopeNameError::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(ScopeNameError::TooLong);
        }
        if !text.bytes().all(is_allowed) {
            return Err(ScopeNameError::Character);
        }
        if contains_key(text) {
            return Err(ScopeNameError::Key);
        }
        Ok(Self(text.into()))
    }

    /// Returns the text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'*')
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ScopeName {
    type Err = ScopeNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

text_form!(ScopeName);

/// Why names are not a set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeSetError {
    /// There is no name.
    #[error(
        "a set of scopes has at least one name: use `Scopes::none()` for a credential without scopes"
    )]
    Empty,
    /// There are more than 256 names.
    #[error("a set of scopes has at most 256 names: leave some out")]
    TooMany,
}

/// Some scopes: at most 256 names, sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeSet(Arc<[ScopeName]>);

impl ScopeSet {
    /// The maximum number of names.
    pub const MOST: usize = 256;

    /// Creates a set of at least one scope. A name that is repeated counts once.
    pub fn new(names: impl IntoIterator<Item = ScopeName>) -> Result<Self, ScopeSetError> {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        match names.len() {
            0 => Err(ScopeSetError::Empty),
            1..=Self::MOST => Ok(Self(names.into())),
            _ => Err(ScopeSetError::TooMany),
        }
    }

    /// Creates a set without scopes.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::from([]))
    }

    /// Returns the names, sorted by their bytes.
    #[must_use]
    pub fn names(&self) -> &[ScopeName] {
        &self.0
    }

    /// Returns `true` if the scope is in the set.
    #[must_use]
    pub fn contains(&self, name: &ScopeName) -> bool {
        self.0.binary_search(name).is_ok()
    }
}

/// The scopes of a credential. All of them by default.
///
/// In serde it is `"all"`, `"none"`, or an array of at least one name.
///
/// ```
/// use keyward::scope::{ScopeName, Scopes};
///
/// let read: ScopeName = "read:people".parse()?;
/// let only = Scopes::only([read.clone()])?;
/// assert!(only.contains(&read));
/// assert!(Scopes::All.contains(&read));
/// assert!(!Scopes::none().contains(&read));
/// assert!(Scopes::only([]).is_err(), "an empty set is asked for by name");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "every store and page must handle a third variant")]
pub enum Scopes {
    /// Everything, including scopes that are added to the vocabulary later.
    #[default]
    All,
    /// Only these scopes. An empty set grants nothing.
    Only(ScopeSet),
}

impl Scopes {
    /// Only these scopes, of which there is at least one.
    pub fn only(names: impl IntoIterator<Item = ScopeName>) -> Result<Self, ScopeSetError> {
        ScopeSet::new(names).map(Self::Only)
    }

    /// No scope: the credential is verified, and a route that requires a scope refuses it.
    #[must_use]
    pub fn none() -> Self {
        Self::Only(ScopeSet::none())
    }

    /// Returns `true` if all scopes are granted, including later ones.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Returns `true` if the scope is granted. A name that the vocabulary lacks still grants nothing: see
    /// [`Verified::require`](crate::Verified::require).
    #[must_use]
    pub fn contains(&self, name: &ScopeName) -> bool {
        match self {
            Self::All => true,
            Self::Only(set) => set.contains(name),
        }
    }

    /// Returns the scopes that both have.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        match (self, others) {
            (Self::All, others) => others.clone(),
            (own, Self::All) => own.clone(),
            (Self::Only(own), Self::Only(others)) => {
                let both = own.names().iter().filter(|name| others.contains(name));
                Self::only(both.cloned()).unwrap_or_else(|_| Self::none())
            }
        }
    }

    /// Returns `true` if these scopes contain all of the others. Only `All` contains `All`.
    #[must_use]
    pub fn contain(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(set), Self::Only(others)) => {
                others.names().iter().all(|name| set.contains(name))
            }
        }
    }
}

impl fmt::Display for Scopes {
    /// Writes `everything, including scopes added later`, `nothing`, or the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Only(set) = self else {
            return f.write_str("everything, including scopes added later");
        };
        let Some((first, rest)) = set.names().split_first() else {
            return f.write_str("nothing");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|name| write!(f, ", {name}"))
    }
}

const ALL: &str = "all";
const NONE: &str = "none";

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => to.serialize_str(ALL),
            Self::Only(set) if set.names().is_empty() => to.serialize_str(NONE),
            Self::Only(set) => to.collect_seq(set.names()),
        }
    }
}

/// The serialized form of scopes.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScopesForm {
    Word(String),
    Names(Vec<ScopeName>),
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match ScopesForm::deserialize(from) {
            Ok(ScopesForm::Word(word)) if word == ALL => Ok(Self::All),
            Ok(ScopesForm::Word(word)) if word == NONE => Ok(Self::none()),
            Ok(ScopesForm::Names(names)) => Self::only(names).map_err(D::Error::custom),
            Ok(ScopesForm::Word(_)) | Err(_) => {
                Err(D::Error::custom("expected `all`, `none`, or an array of names of scopes"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ScopeName, ScopeNameError, ScopeSet, ScopeSetError, Scopes};

    fn name(text: &str) -> ScopeName {
        text.parse().unwrap()
    }

    #[test]
    fn each_bad_name_of_a_scope_gets_the_rule_it_breaks() {
        let long = "a".repeat(65);
        for (text, error) in [
            ("", ScopeNameError::Empty),
            (long.as_str(), ScopeNameError::TooLong),
            ("read people", ScopeNameError::Character),
            ("read\"people", ScopeNameError::Character),
            ("read\\people", ScopeNameError::Character),
            ("read:*", ScopeNameError::Character),
            ("lesen:häuser", ScopeNameError::Character),
            ("read\n", ScopeNameError::Character),
            ("read\u{7F}", ScopeNameError::Character),
        ] {
            assert_eq!(ScopeName::new(text), Err(error), "{text:?}");
        }
        for text in ["a", "read:people", "https://api.test/auth/mail.send", "!#[]~"] {
            assert_eq!(ScopeName::new(text).unwrap().as_str(), text);
        }
        assert!(ScopeName::new(&long[1..]).is_ok());
    }

    #[test]
    fn a_set_is_sorted_without_repeats_and_neither_empty_nor_too_large() {
        let set = ScopeSet::new([name("b"), name("a"), name("b")]).unwrap();
        assert_eq!(set.names(), [name("a"), name("b")]);
        assert_eq!(ScopeSet::new([]), Err(ScopeSetError::Empty));
        let many = |count: usize| ScopeSet::new((0..count).map(|at| name(&at.to_string())));
        assert_eq!(many(256).unwrap().names().len(), 256);
        assert_eq!(many(257), Err(ScopeSetError::TooMany));
    }

    #[test]
    fn scopes_read_back_and_an_empty_array_is_refused() {
        for (scopes, json) in [
            (Scopes::All, r#""all""#),
            (Scopes::none(), r#""none""#),
            (Scopes::only([name("b"), name("a")]).unwrap(), r#"["a","b"]"#),
            (Scopes::only([name("all")]).unwrap(), r#"["all"]"#),
        ] {
            assert_eq!(serde_json::to_string(&scopes).unwrap(), json);
            assert_eq!(serde_json::from_str::<Scopes>(json).unwrap(), scopes);
        }
        for json in ["[]", "null", r#""""#, r#""All""#, "{}", "0", r#"["a b"]"#, "[null]"] {
            assert!(serde_json::from_str::<Scopes>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn only_all_contains_all() {
        let (a, ab) =
            (Scopes::only([name("a")]).unwrap(), Scopes::only([name("a"), name("b")]).unwrap());
        for (wide, narrow) in [(&Scopes::All, &ab), (&ab, &a), (&a, &Scopes::none())] {
            assert!(wide.contain(narrow) && wide.contain(wide), "{wide} {narrow}");
            assert!(!narrow.contain(wide), "{narrow} {wide}");
            assert_eq!((wide.and(narrow), narrow.and(wide)), (narrow.clone(), narrow.clone()));
        }
    }
}
