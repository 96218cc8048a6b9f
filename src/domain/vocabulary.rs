//! The scopes that a service declares.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::values::{ScopeName, ScopeNameError, ScopeSet, ScopeSetError, Scopes};

/// A vocabulary of scopes as a type. Declare it with [`vocabulary!`](crate::vocabulary).
pub trait ScopeVocabulary: Copy + Send + Sync + 'static {
    /// The name of each scope and a sentence for people, in the order of the variants.
    const SCOPES: &'static [(&'static str, &'static str)];

    /// The presets.
    const PRESETS: &'static [Preset];

    /// Returns the place of this scope in [`SCOPES`](Self::SCOPES).
    fn place(self) -> usize;
}

/// A scope as a type, for a handler that cannot be reached without it. [`vocabulary!`](crate::vocabulary) makes one for each scope.
pub trait ScopeMarker: Send + Sync + 'static {
    /// The vocabulary of the scope.
    type Vocabulary: ScopeVocabulary;

    /// The scope.
    const SCOPE: Self::Vocabulary;
}

/// Several scopes under one title, such as "Read only". A credential that is issued with a preset has its scopes at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    title: &'static str,
    scopes: &'static [&'static str],
}

impl Preset {
    /// Creates a preset. [`vocabulary!`](crate::vocabulary) calls this.
    #[must_use]
    pub const fn new(title: &'static str, scopes: &'static [&'static str]) -> Self {
        Self { title, scopes }
    }

    /// Returns the title for people.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns the names of the scopes.
    #[must_use]
    pub const fn scopes(&self) -> &'static [&'static str] {
        self.scopes
    }
}

impl From<Preset> for Scopes {
    /// Returns the scopes of the preset. A name that is not the name of a scope is left out: [`Builder::build`](crate::Builder::build)
    /// refuses a vocabulary with such a name.
    fn from(preset: Preset) -> Self {
        let names = preset.scopes.iter().filter_map(|name| ScopeName::new(name).ok());
        Self::only(names).unwrap_or_else(|_| Self::none())
    }
}

impl Scopes {
    /// Only these scopes of a vocabulary, of which there is at least one.
    ///
    /// ```
    /// use keyward::scope::Scopes;
    ///
    /// keyward::vocabulary! {
    ///     pub enum Scope { ReadPeople = "read:people" => "Read people" }
    /// }
    ///
    /// # fn main() {
    /// let scopes = Scopes::of([Scope::ReadPeople]).unwrap();
    /// assert_eq!(scopes.to_string(), "read:people");
    /// # }
    /// ```
    pub fn of<V: ScopeVocabulary>(
        scopes: impl IntoIterator<Item = V>,
    ) -> Result<Self, ScopeSetError> {
        let names = scopes.into_iter().filter_map(|scope| V::SCOPES.get(scope.place()));
        // `Builder::build` refuses a vocabulary with another text.
        Self::only(names.filter_map(|(name, _)| ScopeName::new(name).ok()))
    }
}

/// Why a vocabulary cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// There are more than 256 scopes.
    #[error("a vocabulary has at most 256 scopes: combine some")]
    TooMany,
    /// A name is not the name of a scope.
    #[error("the name of scope {place} of the vocabulary cannot be used: correct it")]
    Name {
        /// The place of the scope in the vocabulary, counted from 1.
        place: usize,
        /// The rule that the name breaks.
        source: ScopeNameError,
    },
    /// Two scopes have one name.
    #[error("scope {place} of the vocabulary has the name of another scope: remove one of the two")]
    Repeated {
        /// The place of the second of the two, counted from 1.
        place: usize,
    },
}

/// The scopes of one service: at most 256 names, each with a sentence for people.
///
/// [`Builder::scopes`](crate::Builder::scopes) takes a vocabulary that [`vocabulary!`](crate::vocabulary) has made. Use this type if the
/// scopes are known only at run time.
///
/// ```
/// use keyward::scope::Vocabulary;
///
/// let vocabulary = Vocabulary::new([("read:people", "Read people"), ("send:email", "Send email")])?;
/// assert!(vocabulary.scope("send:email").is_some());
/// assert!(vocabulary.scope("send:post").is_none());
/// # Ok::<(), keyward::error::VocabularyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Vocabulary(Arc<DeclaredScopes>);

#[derive(Debug)]
struct DeclaredScopes {
    id: VocabularyId,
    scopes: Vec<(ScopeName, Cow<'static, str>)>,
    presets: &'static [Preset],
    places: BTreeMap<ScopeName, u8>,
}

/// Tells vocabularies apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VocabularyId {
    None,
    Type(TypeId),
    Made(u64),
}

/// The vocabularies that were made at run time.
static MADE: AtomicU64 = AtomicU64::new(0);

impl Vocabulary {
    /// The maximum number of scopes.
    pub const MOST: usize = 256;

    /// Creates a vocabulary from names and sentences that are known at run time.
    pub fn new<N: AsRef<str>, S: Into<String>>(
        scopes: impl IntoIterator<Item = (N, S)>,
    ) -> Result<Self, VocabularyError> {
        let scopes: Vec<_> = scopes
            .into_iter()
            .map(|(name, sentence)| (name, Cow::Owned(sentence.into())))
            .collect();
        let id = VocabularyId::Made(MADE.fetch_add(1, Ordering::Relaxed));
        Self::declared(id, scopes, &[])
    }

    /// Creates the vocabulary of a type.
    pub fn of<V: ScopeVocabulary>() -> Result<Self, VocabularyError> {
        let scopes = V::SCOPES.iter().map(|(name, sentence)| (name, Cow::Borrowed(*sentence)));
        Self::declared(VocabularyId::Type(TypeId::of::<V>()), scopes.collect(), V::PRESETS)
    }

    /// Returns the vocabulary of a service that declares no scopes.
    pub(crate) fn none() -> Self {
        let (scopes, places) = (Vec::new(), BTreeMap::new());
        Self(Arc::new(DeclaredScopes { id: VocabularyId::None, scopes, presets: &[], places }))
    }

    fn declared<N: AsRef<str>>(
        id: VocabularyId,
        named: Vec<(N, Cow<'static, str>)>,
        presets: &'static [Preset],
    ) -> Result<Self, VocabularyError> {
        let (mut scopes, mut places) = (Vec::with_capacity(named.len()), BTreeMap::new());
        for (at, (name, sentence)) in named.into_iter().enumerate() {
            let place = u8::try_from(at).map_err(|_| VocabularyError::TooMany)?;
            let name = ScopeName::new(name)
                .map_err(|source| VocabularyError::Name { place: at + 1, source })?;
            if places.insert(name.clone(), place).is_some() {
                return Err(VocabularyError::Repeated { place: at + 1 });
            }
            scopes.push((name, sentence));
        }
        Ok(Self(Arc::new(DeclaredScopes { id, scopes, presets, places })))
    }

    /// Returns the name of each scope and its sentence, in the order of their declaration.
    #[must_use]
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = (&ScopeName, &str)> {
        self.0.scopes.iter().map(|(name, sentence)| (name, &**sentence))
    }

    /// Returns the presets.
    #[must_use]
    pub fn presets(&self) -> &'static [Preset] {
        self.0.presets
    }

    /// Returns the scope with this name, to require it.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<RequiredScope> {
        let place = self.place(&ScopeName::new(name).ok()?)?;
        Some(RequiredScope { vocabulary: self.0.id, place: place.into() })
    }

    /// Returns the scope at a place, to require it again.
    pub(crate) fn at(&self, place: u16) -> RequiredScope {
        RequiredScope { vocabulary: self.0.id, place: place.into() }
    }

    /// Returns `true` if a scope has this name.
    #[must_use]
    pub fn contains(&self, name: &ScopeName) -> bool {
        self.place(name).is_some()
    }

    /// Returns the name of a scope of this vocabulary.
    pub(crate) fn name(&self, scope: RequiredScope) -> Option<&ScopeName> {
        let is_own = scope.vocabulary == self.0.id;
        self.0.scopes.get(scope.place).filter(|_| is_own).map(|(name, _)| name)
    }

    fn place(&self, name: &ScopeName) -> Option<u8> {
        self.0.places.get(name).copied()
    }

    /// Compiles a set for many requests. A name that is not in the vocabulary grants nothing.
    pub(crate) fn compile(&self, set: &ScopeSet) -> CompiledScopes {
        let mut bits = [0_u64; 4];
        let mut unknown = 0;
        for name in set.names() {
            match self.place(name) {
                Some(place) => {
                    if let Some(word) = bits.get_mut(usize::from(place >> 6)) {
                        *word |= 1 << (place & 63);
                    }
                }
                None => unknown += 1,
            }
        }
        CompiledScopes { vocabulary: self.0.id, bits, unknown }
    }
}

/// A set of scopes, compiled for one vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompiledScopes {
    vocabulary: VocabularyId,
    bits: [u64; 4],
    /// The number of names that are not in the vocabulary.
    unknown: u64,
}

impl CompiledScopes {
    /// Returns `true` if the scope is in the set.
    #[inline]
    pub(crate) fn grant(&self, required: RequiredScope) -> bool {
        let RequiredScope { vocabulary, place } = required;
        let word = self.bits.get(place >> 6).copied().unwrap_or(0);
        vocabulary == self.vocabulary && word >> (place & 63) & 1 == 1
    }

    /// Returns the number of names that are not in the vocabulary.
    pub(crate) const fn unknown(&self) -> u64 {
        self.unknown
    }
}

/// A scope that a request must have. Made from a variant of a vocabulary, or by [`Vocabulary::scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredScope {
    vocabulary: VocabularyId,
    place: usize,
}

impl RequiredScope {
    /// Returns the place in the vocabulary. No set has a scope at a place that is too high for it.
    pub(crate) fn short_place(&self) -> u16 {
        u16::try_from(self.place).unwrap_or(u16::MAX)
    }
}

impl<V: ScopeVocabulary> From<V> for RequiredScope {
    #[inline]
    fn from(scope: V) -> Self {
        Self { vocabulary: VocabularyId::Type(TypeId::of::<V>()), place: scope.place() }
    }
}

/// The error of [`Verified::require`](crate::Verified::require): the key is valid and lacks the scope. Answer 403.
///
/// With the feature `axum` it is a response: 403 with `error="insufficient_scope"` (RFC 6750).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InsufficientScope {
    /// The scope. `None` if it belongs to a vocabulary other than the service's.
    pub scope: Option<ScopeName>,
}

impl fmt::Display for InsufficientScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Some(scope) => write!(f, "the key lacks the scope {scope}: use a key that has it"),
            None => f.write_str(
                "the scope belongs to another vocabulary: require one that `Builder::scopes` declares",
            ),
        }
    }
}

impl std::error::Error for InsufficientScope {}

#[cfg(test)]
mod tests {
    use super::{RequiredScope, ScopeVocabulary, Vocabulary, VocabularyError};
    use crate::values::{ScopeName, ScopeNameError, ScopeSet};

    /// 256 scopes at most: the places are one byte.
    #[derive(Clone, Copy)]
    struct Letter(usize);

    impl ScopeVocabulary for Letter {
        const SCOPES: &'static [(&'static str, &'static str)] =
            &[("a", "A"), ("b", "B"), ("c", "C")];
        const PRESETS: &'static [super::Preset] = &[];

        fn place(self) -> usize {
            self.0
        }
    }

    fn set(names: &[&str]) -> ScopeSet {
        ScopeSet::new(names.iter().map(|name| ScopeName::new(name).unwrap())).unwrap()
    }

    #[test]
    fn a_compiled_set_grants_its_scopes_and_no_other() {
        let vocabulary = Vocabulary::of::<Letter>().unwrap();
        let compiled = vocabulary.compile(&set(&["a", "c", "old"]));
        for (place, granted) in [(0, true), (1, false), (2, true), (3, false), (usize::MAX, false)]
        {
            assert_eq!(compiled.grant(Letter(place).into()), granted, "{place}");
        }
        assert_eq!(compiled.unknown(), 1);
    }

    #[test]
    fn each_of_256_scopes_has_a_bit_of_its_own() {
        let names: Vec<_> = (0..256).map(|at| format!("scope:{at}")).collect();
        let vocabulary = Vocabulary::new(names.iter().map(|name| (name, "."))).unwrap();
        let scopes: Vec<RequiredScope> =
            names.iter().map(|name| vocabulary.scope(name).unwrap()).collect();
        for (at, name) in names.iter().enumerate() {
            let compiled = vocabulary.compile(&set(&[name]));
            for (other, scope) in scopes.iter().enumerate() {
                assert_eq!(compiled.grant(*scope), at == other, "{at} {other}");
            }
        }
    }

    #[test]
    fn a_scope_of_another_vocabulary_is_not_granted() {
        let [one, other] = [(); 2].map(|()| Vocabulary::new([("a", "A")]).unwrap());
        let compiled = one.compile(&set(&["a"]));
        assert!(compiled.grant(one.scope("a").unwrap()));
        assert!(!compiled.grant(other.scope("a").unwrap()));
        assert!(!compiled.grant(Letter(0).into()));
        assert_eq!(one.name(other.scope("a").unwrap()), None);
    }

    #[test]
    fn a_bad_vocabulary_gets_the_rule_it_breaks() {
        let made = |names: &[&str]| Vocabulary::new(names.iter().map(|name| (name, "."))).err();
        assert_eq!(made(&["a", "b", "a"]), Some(VocabularyError::Repeated { place: 3 }));
        let source = ScopeNameError::Character;
        assert_eq!(made(&["a", "b c"]), Some(VocabularyError::Name { place: 2, source }));
        let names: Vec<_> = (0..257).map(|at| at.to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(made(&names), Some(VocabularyError::TooMany));
        assert_eq!(made(&names[..256]), None);
        assert_eq!(made(&[]), None);
    }
}
