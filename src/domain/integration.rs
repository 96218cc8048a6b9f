//! The integrations of a workspace, each with the credential that it uses.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kinds::IntegrationSpec;
use crate::values::{
    CredentialId, IntegrationWord, IntegrationWordError, Name, NameError, Timestamp,
};

/// An integration of a workspace.
///
/// The text, also in serde, is the word of an integration that the host declares, such as `segment`, or `custom:` and a name
/// that the customer chose. Stores keep this text. Custom names are compared like all names, by their
/// [key](crate::manage::NameKey).
///
/// ```
/// use keyward::manage::Integration;
///
/// let shop: Integration = "custom:Shop export".parse()?;
/// assert_eq!(shop.to_string(), "custom:Shop export");
/// assert!(shop.is_same_as(&"custom:SHOP EXPORT".parse()?));
/// assert_eq!("segment".parse(), Ok(Integration::Segment));
/// # Ok::<(), keyward::error::IntegrationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Integration {
    /// An integration that the host declares or declared in the past: see
    /// [`Builder::integrations`](crate::Builder::integrations).
    Declared(IntegrationWord),
    /// An integration that the customer named: see
    /// [`Builder::custom_integrations`](crate::Builder::custom_integrations).
    Custom(Name),
}

#[expect(non_upper_case_globals, reason = "written like the variants")]
impl Integration {
    /// [`IntegrationSpec::JAVASCRIPT_SNIPPET`](crate::kind::IntegrationSpec::JAVASCRIPT_SNIPPET).
    pub const JavaScriptSnippet: Self = Self::Declared(IntegrationSpec::JAVASCRIPT_SNIPPET.word());
    /// [`IntegrationSpec::SEGMENT`](crate::kind::IntegrationSpec::SEGMENT).
    pub const Segment: Self = Self::Declared(IntegrationSpec::SEGMENT.word());
    /// [`IntegrationSpec::API`](crate::kind::IntegrationSpec::API).
    pub const Api: Self = Self::Declared(IntegrationSpec::API.word());
}

/// Why a text is not an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrationError {
    /// The text is not a word, and does not begin with `custom:`.
    #[error(transparent)]
    Word(IntegrationWordError),
    /// The part after `custom:` is not a name.
    #[error(transparent)]
    Name(NameError),
}

impl Integration {
    /// Creates an integration from a text that a store has kept. Custom names are read by [`Name::stored`].
    pub fn stored(text: &str) -> Result<Self, IntegrationError> {
        Self::read(text, |name| Name::stored(name))
    }

    fn read(
        text: &str,
        name: impl FnOnce(&str) -> Result<Name, NameError>,
    ) -> Result<Self, IntegrationError> {
        match text.strip_prefix("custom:") {
            Some(custom) => name(custom).map(Self::Custom).map_err(IntegrationError::Name),
            None => text.parse().map(Self::Declared).map_err(IntegrationError::Word),
        }
    }

    /// Returns `true` if both are the same integration.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(one), Self::Custom(another)) => one.key() == another.key(),
            _ => self == other,
        }
    }
}

impl From<IntegrationWord> for Integration {
    fn from(word: IntegrationWord) -> Self {
        Self::Declared(word)
    }
}

impl fmt::Display for Integration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(word) => write!(f, "{word}"),
            Self::Custom(name) => write!(f, "custom:{name}"),
        }
    }
}

impl FromStr for Integration {
    type Err = IntegrationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text, |name| Name::new(name))
    }
}

impl TryFrom<String> for Integration {
    type Error = IntegrationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Integration> for String {
    fn from(integration: Integration) -> Self {
        integration.to_string()
    }
}

/// Deserialises an integration that was accepted before, with [`Integration::stored`].
pub(crate) fn stored_integration<'de, D>(from: D) -> Result<Integration, D::Error>
where
    D: Deserializer<'de>,
{
    Integration::stored(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Deserialises a list of integrations that were accepted before.
pub(crate) fn stored_integrations<'de, D>(from: D) -> Result<Vec<Integration>, D::Error>
where
    D: Deserializer<'de>,
{
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| Integration::stored(text).map_err(D::Error::custom)).collect()
}

/// An integration and the credential that it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Connection {
    /// The integration.
    #[serde(deserialize_with = "stored_integration")]
    pub integration: Integration,
    /// The credential that it uses.
    pub credential: CredentialId,
    /// When the credential was chosen for it.
    pub connected: Timestamp,
}
