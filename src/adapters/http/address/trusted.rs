//! The host's own proxies.

use std::net::IpAddr;

use crate::values::{Network, NetworkSet};

/// The networks of the host's own proxies. List the proxies and nothing else: hosts in this list
/// can spoof any client address.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(NetworkSet);

impl TrustedProxies {
    /// Whether an address, in its canonical form, is a proxy's.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromIterator<Network> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(NetworkSet::compile(networks))
    }
}
