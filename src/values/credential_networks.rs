//! The networks of one credential.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::network::Network;

/// Why a list of networks is refused as the networks of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialNetworksError {
    /// There is no network.
    #[error(
        "a credential with networks of its own has at least one: add one, or remove the restriction"
    )]
    Empty,
    /// There are more than 50 networks.
    #[error("a credential has at most 50 networks: combine some, or use the workspace's allowlist")]
    TooMany,
}

/// The networks from which one credential can be used, in addition to the workspace's allowlist. Both must contain the address.
///
/// There are 1 to 50 networks, sorted, each once.
///
/// ```
/// use keyward::manage::CredentialNetworks;
///
/// let office = CredentialNetworks::new(["203.0.113.0/24".parse()?])?;
/// assert_eq!(office.to_string(), "203.0.113.0/24");
/// assert!(CredentialNetworks::new([]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Network>", into = "Vec<Network>")]
pub struct CredentialNetworks(Arc<[Network]>);

impl CredentialNetworks {
    /// The maximum number of networks.
    pub const MOST: usize = 50;

    /// Creates the networks of a credential. A network that is repeated counts once.
    pub fn new(
        networks: impl IntoIterator<Item = Network>,
    ) -> Result<Self, CredentialNetworksError> {
        let mut networks: Vec<_> = networks.into_iter().collect();
        networks.sort_unstable();
        networks.dedup();
        match networks.len() {
            0 => Err(CredentialNetworksError::Empty),
            1..=Self::MOST => Ok(Self(networks.into())),
            _ => Err(CredentialNetworksError::TooMany),
        }
    }

    /// Returns the networks in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Network] {
        &self.0
    }
}

impl fmt::Display for CredentialNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&named.join(", "))
    }
}

impl TryFrom<Vec<Network>> for CredentialNetworks {
    type Error = CredentialNetworksError;

    fn try_from(networks: Vec<Network>) -> Result<Self, Self::Error> {
        Self::new(networks)
    }
}

impl From<CredentialNetworks> for Vec<Network> {
    fn from(networks: CredentialNetworks) -> Self {
        networks.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::{CredentialNetworks, CredentialNetworksError, Network};

    fn networks(count: u8) -> Vec<Network> {
        (0..count).rev().map(|place| Network::of([10, 0, 0, place].into())).collect()
    }

    #[test]
    fn a_credential_has_one_to_fifty_networks() {
        assert_eq!(CredentialNetworks::new([]), Err(CredentialNetworksError::Empty));
        let fifty = CredentialNetworks::new(networks(50)).unwrap();
        assert!(fifty.as_slice().is_sorted());
        assert_eq!(CredentialNetworks::new(networks(51)), Err(CredentialNetworksError::TooMany));
        let repeated = [networks(50), networks(50)].concat();
        assert_eq!(CredentialNetworks::new(repeated), Ok(fifty));
    }

    #[test]
    fn networks_read_back_and_bad_ones_are_refused() {
        let json = r#"["10.0.0.0/8","2001:db8::/32"]"#;
        let networks: CredentialNetworks = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&networks).unwrap(), json);
        for bad in ["[]", "null", r#"["0.0.0.0/0"]"#, r#"["10.0.0.1/8"]"#, r#""10.0.0.0/8""#] {
            assert!(serde_json::from_str::<CredentialNetworks>(bad).is_err(), "{bad}");
        }
    }
}
