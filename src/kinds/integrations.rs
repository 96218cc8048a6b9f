//! The integrations of a service, which are checked once.

use crate::values::{CredentialId, IntegrationWord, KindWord};

use super::integration_spec::IntegrationSpec;
use super::registry::Kinds;
use super::spec::{KeyShape, KindSpec};

/// The error for integrations that contradict each other or the kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrationsError {
    /// Two integrations have the same word.
    #[error("two integrations have the word `{0}`: use a different word for each")]
    Duplicate(IntegrationWord),
    /// An integration uses a kind that is not registered.
    #[error(
        "the integration `{integration}` uses the kind `{kind}`, which is not registered: register it with \
         `Builder::kind`"
    )]
    UnregisteredKind {
        /// The word of the integration.
        integration: IntegrationWord,
        /// The word of the kind.
        kind: KindWord,
    },
    /// Custom integrations use a kind that is not registered.
    #[error(
        "custom integrations use the kind `{0}`, which is not registered: register it with \
         `Builder::kind`"
    )]
    UnregisteredCustomKind(KindWord),
    /// An integration has a snippet, but its kind has no public id.
    #[error(
        "the integration `{integration}` has a snippet, but a credential of the kind `{kind}` has no public id: \
         remove the snippet, or use a kind that is a pair"
    )]
    NoPublicId {
        /// The word of the integration.
        integration: IntegrationWord,
        /// The word of the kind.
        kind: KindWord,
    },
    /// A snippet does not contain the public id.
    #[error("the snippet of the integration `{0}` has no `{{{{public_id}}}}`: add it")]
    NoPlaceholder(IntegrationWord),
    /// A snippet contains another placeholder.
    #[error(
        "the snippet of the integration `{0}` has a placeholder other than `{{{{public_id}}}}`: a snippet can \
         contain nothing else"
    )]
    OtherPlaceholder(IntegrationWord),
}

/// The integrations of a service.
#[derive(Debug, Clone)]
pub(crate) struct Integrations {
    declared: Vec<Declared>,
    custom: Option<KindSpec>,
}

#[derive(Debug, Clone)]
struct Declared {
    spec: IntegrationSpec,
    kind: KindSpec,
    template: Option<SnippetTemplate>,
}

impl Integrations {
    /// Creates the integrations from these specifications. Custom integrations, which customers name, use the kind `custom`.
    pub(crate) fn new(
        specs: Vec<IntegrationSpec>,
        custom: Option<KindWord>,
        kinds: &Kinds,
    ) -> Result<Self, IntegrationsError> {
        let mut declared: Vec<Declared> = Vec::with_capacity(specs.len());
        for spec in specs {
            let (integration, kind) = (spec.word(), spec.kind());
            if declared.iter().any(|other| other.spec.word() == integration) {
                return Err(IntegrationsError::Duplicate(integration));
            }
            let kind = *kinds
                .get(kind)
                .ok_or(IntegrationsError::UnregisteredKind { integration, kind })?;
            let template = match spec.template() {
                Some(_) if kind.shape() != KeyShape::Pair => {
                    return Err(IntegrationsError::NoPublicId { integration, kind: kind.word() });
                }
                Some(text) => Some(SnippetTemplate::parse(text, integration)?),
                None => None,
            };
            declared.push(Declared { spec, kind, template });
        }
        let unregistered = |kind| IntegrationsError::UnregisteredCustomKind(kind);
        let custom = match custom {
            Some(kind) => Some(*kinds.get(kind).ok_or_else(|| unregistered(kind))?),
            None => None,
        };
        Ok(Self { declared, custom })
    }

    /// Returns the specifications, in the order of their declaration.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &IntegrationSpec> {
        self.declared.iter().map(|declared| &declared.spec)
    }

    /// Returns the kind of an integration, or `None` if the integration is not declared.
    pub(crate) fn kind(&self, word: IntegrationWord) -> Option<&KindSpec> {
        self.get(word).map(|declared| &declared.kind)
    }

    /// Returns the kind of custom integrations, or `None` if the service has none.
    pub(crate) const fn custom(&self) -> Option<&KindSpec> {
        self.custom.as_ref()
    }

    /// Returns the snippet template of an integration, if it has one.
    pub(crate) fn template(&self, word: IntegrationWord) -> Option<&SnippetTemplate> {
        self.get(word).and_then(|declared| declared.template.as_ref())
    }

    fn get(&self, word: IntegrationWord) -> Option<&Declared> {
        self.declared.iter().find(|declared| declared.spec.word() == word)
    }
}

/// A snippet template, which can contain only a public id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnippetTemplate {
    /// The text before the first placeholder.
    first: &'static str,
    /// The text after each placeholder.
    others: Vec<&'static str>,
}

impl SnippetTemplate {
    fn parse(text: &'static str, of: IntegrationWord) -> Result<Self, IntegrationsError> {
        let (first, rest) = text.split_once("{{").ok_or(IntegrationsError::NoPlaceholder(of))?;
        let after = |part: &'static str| part.strip_prefix("public_id}}");
        let others: Option<_> = rest.split("{{").map(after).collect();
        Ok(Self { first, others: others.ok_or(IntegrationsError::OtherPlaceholder(of))? })
    }

    /// Returns the snippet for the credential with this id.
    pub(crate) fn render(&self, public_id: CredentialId) -> String {
        let mut text = self.first.to_owned();
        for other in &self.others {
            text.push_str(public_id.as_str());
            text.push_str(other);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{IntegrationSpec, Integrations, IntegrationsError, SnippetTemplate};
    use crate::kinds::{App, DEFAULT, Kind, KindSpec, Kinds, Track};
    use crate::values::{CredentialId, IntegrationWord};

    const SHOP: IntegrationSpec = IntegrationSpec::new::<Track>("shop", "Shop");

    fn word(text: &str) -> IntegrationWord {
        IntegrationWord::new(text).unwrap()
    }

    fn kinds() -> Kinds {
        Kinds::new(DEFAULT.to_vec()).unwrap()
    }

    fn refused(specs: &[IntegrationSpec]) -> Option<IntegrationsError> {
        Integrations::new(specs.to_vec(), None, &kinds()).err()
    }

    #[test]
    fn integrations_are_found_by_their_words() {
        const APP: IntegrationSpec = IntegrationSpec::new::<App>("back_end", "Back end");
        const SNIPPET: IntegrationSpec = SHOP.snippet("<{{public_id}}>");
        let all = Integrations::new(vec![SNIPPET, APP], Some(App::WORD), &kinds()).unwrap();
        assert_eq!(all.specs().collect::<Vec<_>>(), [&SNIPPET, &APP]);
        assert_eq!(all.kind(word("shop")).map(KindSpec::word), Some(Track::WORD));
        assert_eq!(all.kind(word("back_end")).map(KindSpec::word), Some(App::WORD));
        assert!(all.kind(word("other")).is_none());
        assert!(all.template(word("shop")).is_some());
        assert!(all.template(word("back_end")).is_none());
        assert!(all.template(word("other")).is_none());
        assert_eq!(all.custom().map(KindSpec::word), Some(App::WORD));
        assert!(Integrations::new(vec![], None, &kinds()).unwrap().custom().is_none());
        assert!(SNIPPET.has_snippet() && !APP.has_snippet());
    }

    #[test]
    fn integrations_that_do_not_fit_are_refused() {
        enum Live {}
        impl Kind for Live {
            const SPEC: KindSpec = KindSpec::pair("live", "live pair", "live pairs");
        }
        let live = IntegrationSpec::new::<Live>("live", "Live");
        let app = IntegrationSpec::new::<App>("app", "App").snippet("{{public_id}}");
        assert_eq!(refused(&[SHOP, SHOP]), Some(IntegrationsError::Duplicate(word("shop"))));
        let (integration, kind) = (word("live"), Live::WORD);
        let unregistered = IntegrationsError::UnregisteredKind { integration, kind };
        assert_eq!(refused(&[SHOP, live]), Some(unregistered));
        let (integration, kind) = (word("app"), App::WORD);
        assert_eq!(refused(&[app]), Some(IntegrationsError::NoPublicId { integration, kind }));
        let custom = Integrations::new(vec![], Some(Live::WORD), &kinds()).err();
        assert_eq!(custom, Some(IntegrationsError::UnregisteredCustomKind(Live::WORD)));
    }

    #[test]
    fn a_template_names_the_public_id_and_nothing_else() {
        for text in ["", "public_id", "{public_id}", "}}", "{ {public_id}}"] {
            let error = IntegrationsError::NoPlaceholder(word("shop"));
            assert_eq!(refused(&[SHOP.snippet(text)]), Some(error), "{text}");
        }
        for text in [
            "{{",
            "{{}}",
            "{{secret}}",
            "{{api_key}}",
            "{{ public_id }}",
            "{{public_id}",
            "{{public_ids}}",
            "{{PUBLIC_ID}}",
            "{{{public_id}}}",
            "{{public_id}} and {{secret}}",
            "{{secret}} and {{public_id}}",
            "{{public_id{{public_id}}}}",
        ] {
            let error = IntegrationsError::OtherPlaceholder(word("shop"));
            assert_eq!(refused(&[SHOP.snippet(text)]), Some(error), "{text}");
        }
    }

    #[test]
    fn a_snippet_is_the_template_with_the_id_in_each_gap() {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        for (text, snippet) in [
            ("{{public_id}}", "abcdefghijkl"),
            ("a{{public_id}}b{{public_id}}", "aabcdefghijklbabcdefghijkl"),
            ("f(){if(x){y}};'{{public_id}}'}}", "f(){if(x){y}};'abcdefghijkl'}}"),
        ] {
            let template = SnippetTemplate::parse(text, word("shop")).unwrap();
            assert_eq!(template.render(id), snippet);
        }
    }
}
