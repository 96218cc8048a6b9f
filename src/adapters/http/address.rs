//! The client's address: the peer's own, or the one that trusted proxies report.

mod forwarded;
mod lines;
mod node;
mod walk;

use std::net::IpAddr;

use http::HeaderMap;

use super::request_head::HeaderLines;

use crate::shell::NoAddress;
use crate::values::{Network, canonical_address};

pub use self::walk::{ForwardingHeader, TrustedProxies};

/// How a client's address is found.
///
/// ```
/// use http::HeaderMap;
/// use keyward::http::{ClientAddress, ForwardingHeader};
///
/// let proxies = ["10.0.0.0/8".parse()?];
/// let address = ClientAddress::forwarded(ForwardingHeader::XForwardedFor, proxies);
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-forwarded-for", "192.0.2.66, 203.0.113.9, 10.0.0.2".parse()?);
/// let client = address.find(&headers, "10.0.0.1".parse()?)?;
/// assert_eq!(client.to_string(), "203.0.113.9", "the client can forge all elements to the left of it");
///
/// let direct = address.find(&headers, "198.51.100.7".parse()?)?;
/// assert_eq!(direct.to_string(), "198.51.100.7", "this peer is not a trusted proxy");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum ClientAddress {
    /// Use the peer's address: there is no proxy, or it preserves the client's address.
    #[default]
    Peer,
    /// Use the address that trusted proxies write into a header.
    ///
    /// A header from a peer that is not trusted is ignored, and the peer is the client. Otherwise all lines of the header are
    /// read as one list. The list is walked from the right past trusted proxies, and the first other address is the client.
    /// There is no fallback to another header.
    Forwarded {
        /// The only header that is read. Every trusted proxy must write it.
        header: ForwardingHeader,
        /// The host's own proxies.
        trusted: TrustedProxies,
    },
}

impl ClientAddress {
    /// Reads this header from proxies in these networks.
    pub fn forwarded(header: ForwardingHeader, trusted: impl IntoIterator<Item = Network>) -> Self {
        Self::Forwarded { header, trusted: trusted.into_iter().collect() }
    }

    /// Returns the client's address, in canonical form, for a request with these headers from this peer.
    ///
    /// Fails if the peer is a trusted proxy and the header has no usable address. The cost is linear in the length of the
    /// header.
    pub fn find(&self, headers: &HeaderMap, peer: IpAddr) -> Result<IpAddr, NoAddress> {
        self.find_in(headers, peer)
    }

    /// Returns the client's address, for headers in the types of any framework.
    pub(super) fn find_in(
        &self,
        headers: &impl HeaderLines,
        peer: IpAddr,
    ) -> Result<IpAddr, NoAddress> {
        let address = match self {
            Self::Forwarded { header, trusted } if trusted.contains(peer) => {
                walk::walk(headers, header, trusted)?
            }
            Self::Peer | Self::Forwarded { .. } => canonical_address(peer),
        };
        if address.is_unspecified() { Err(NoAddress::Unspecified) } else { Ok(address) }
    }
}
