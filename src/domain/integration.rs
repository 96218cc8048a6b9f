//! Named consumers in a workspace, each with the Track set chosen for it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{CredentialId, Name, NameError, Timestamp};

/// A named consumer in a workspace.
///
/// As text (and in serde) it is `javascript_snippet`, `segment`, `api`, or `custom:` and its name:
/// this is also what stores keep. Custom names are compared like all names, trimmed and lower-cased.
///
/// ```
/// use keyward::Integration;
///
/// let shop: Integration = "custom:Shop export".parse()?;
/// assert_eq!(shop.to_string(), "custom:Shop export");
/// assert!(shop.is_same_as(&"custom:SHOP EXPORT".parse()?));
/// # Ok::<(), keyward::IntegrationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Integration {
    /// The snippet on the customer's pages. It needs the site id only.
    JavaScriptSnippet,
    /// Segment.
    Segment,
    /// The customer's own back end, through the Track API.
    Api,
    /// Any other, by the name that the customer gave it.
    Custom(Name),
}

/// Not an integration's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrationError {
    /// None of the known words.
    #[error("an integration is `javascript_snippet`, `segment`, `api`, or `custom:` and a name")]
    Unknown,
    /// What follows `custom:` is not a name.
    #[error(transparent)]
    Name(NameError),
}

impl Integration {
    /// Whether both mean the same consumer.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(one), Self::Custom(another)) => one.key() == another.key(),
            _ => self == other,
        }
    }
}

impl fmt::Display for Integration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JavaScriptSnippet => f.write_str("javascript_snippet"),
            Self::Segment => f.write_str("segment"),
            Self::Api => f.write_str("api"),
            Self::Custom(name) => write!(f, "custom:{name}"),
        }
    }
}

impl FromStr for Integration {
    type Err = IntegrationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "javascript_snippet" => Ok(Self::JavaScriptSnippet),
            "segment" => Ok(Self::Segment),
            "api" => Ok(Self::Api),
            _ => match text.strip_prefix("custom:") {
                Some(name) => Name::new(name).map(Self::Custom).map_err(IntegrationError::Name),
                None => Err(IntegrationError::Unknown),
            },
        }
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

/// An integration and the Track set that it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct Connection {
    /// The consumer.
    pub integration: Integration,
    /// The Track set chosen for it.
    pub credential: CredentialId,
    /// When it was chosen.
    pub connected: Timestamp,
}
