//! The kinds of a service, which are checked once.

use crate::values::{KindWord, Name};

use super::kind::Kind;
use super::presets::{App, Track};
use super::spec::KindSpec;

/// The maximum number of kinds of a service.
const MOST: usize = 8;

/// The kinds of a service: one to eight. At most one has a minimum.
#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    specs: Vec<KindSpec>,
    minimum: Option<Minimum>,
}

/// The rule that each workspace keeps at least one permanent credential of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) kind: KindWord,
    /// The singular noun of the kind.
    pub(crate) noun: &'static str,
    /// The name of the first credential, which is created with the workspace.
    pub(crate) first: Name,
}

/// The error for kinds that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KindsError {
    /// There are too many.
    #[error("a service has at most 8 kinds: register fewer")]
    TooMany,
    /// Two kinds have the same word.
    #[error("two kinds have the word `{0}`: use a different word for each")]
    Duplicate(KindWord),
    /// Two kinds have a minimum.
    #[error(
        "the kinds `{0}` and `{1}` both require a permanent credential: remove the minimum of one"
    )]
    TwoMinimums(KindWord, KindWord),
    /// The name of the first credential is invalid.
    #[error("the name of the first credential of the kind `{0}` is invalid: use another name")]
    FirstName(KindWord),
}

impl Kinds {
    /// Creates the kinds from these specifications.
    pub(crate) fn new(specs: Vec<KindSpec>) -> Result<Self, KindsError> {
        if specs.len() > MOST {
            return Err(KindsError::TooMany);
        }
        let mut minimum: Option<Minimum> = None;
        for (place, spec) in specs.iter().enumerate() {
            let kind = spec.word();
            if specs.iter().take(place).any(|other| other.word() == kind) {
                return Err(KindsError::Duplicate(kind));
            }
            let Some(first) = spec.first() else { continue };
            if let Some(other) = &minimum {
                return Err(KindsError::TwoMinimums(other.kind, kind));
            }
            let first = Name::new(first).map_err(|_| KindsError::FirstName(kind))?;
            minimum = Some(Minimum { kind, noun: spec.singular(), first });
        }
        Ok(Self { specs, minimum })
    }

    /// Returns the specification of a kind, or `None` if the service does not have it.
    pub(crate) fn get(&self, kind: KindWord) -> Option<&KindSpec> {
        self.specs.iter().find(|spec| spec.word() == kind)
    }

    /// Returns what one credential of a kind is called, or "credential" if the kind is not registered.
    pub(crate) fn noun(&self, kind: KindWord) -> &'static str {
        self.get(kind).map_or("credential", KindSpec::singular)
    }

    /// Returns the specifications, in the order of registration.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &KindSpec> + Clone {
        self.specs.iter()
    }

    /// Returns the words, in the order of registration.
    pub(crate) fn words(&self) -> impl Iterator<Item = KindWord> {
        self.specs.iter().map(KindSpec::word)
    }

    /// Returns `true` if these are the default kinds, in their order.
    pub(crate) fn are_default(&self) -> bool {
        self.specs == DEFAULT
    }

    /// Returns the rule of the kind that has a minimum, if there is one.
    pub(crate) const fn minimum(&self) -> Option<&Minimum> {
        self.minimum.as_ref()
    }
}

/// Returns the default kinds, [`Track`] and [`App`].
pub(crate) const DEFAULT: [KindSpec; 2] = [Track::SPEC, App::SPEC];

#[cfg(test)]
mod tests {
    use super::{DEFAULT, Kinds, KindsError};
    use crate::kinds::KindSpec;
    use crate::values::KindWord;

    fn token(word: &str) -> KindSpec {
        KindSpec::token(word, "key", "keys")
    }

    #[test]
    fn kinds_are_found_by_their_words() {
        let kinds = Kinds::new(DEFAULT.to_vec()).unwrap();
        assert_eq!(kinds.words().collect::<Vec<_>>(), [KindWord::Track, KindWord::App]);
        assert_eq!(kinds.get(KindWord::App).unwrap().singular(), "App key");
        let live = KindWord::new("live").unwrap();
        assert!(kinds.get(live).is_none());
        assert_eq!((kinds.noun(KindWord::App), kinds.noun(live)), ("App key", "credential"));
        let minimum = kinds.minimum().unwrap();
        assert_eq!((minimum.kind, minimum.noun), (KindWord::Track, "Track set"));
        assert_eq!(minimum.first.as_str(), "primary");
        assert!(kinds.are_default());
        let live = Kinds::new(vec![token("live")]).unwrap();
        assert!(live.minimum().is_none() && !live.are_default());
    }

    #[test]
    fn kinds_that_do_not_fit_together_are_refused() {
        let [live, test] = ["live", "test"].map(|word| KindWord::new(word).unwrap());
        let words = ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9"];
        let specs: Vec<_> = words.map(token).to_vec();
        let refused = |specs: &[KindSpec]| Kinds::new(specs.to_vec()).err();
        assert_eq!(refused(&specs), Some(KindsError::TooMany));
        assert_eq!(refused(&specs[..8]), None);
        let twice = [token("live"), token("test"), token("live")];
        assert_eq!(refused(&twice), Some(KindsError::Duplicate(live)));
        let kept = [token("live").keep_one("first"), token("test").keep_one("first")];
        assert_eq!(refused(&kept), Some(KindsError::TwoMinimums(live, test)));
        let unnamed = [token("live"), token("test").keep_one(" ")];
        assert_eq!(refused(&unnamed), Some(KindsError::FirstName(test)));
    }
}
