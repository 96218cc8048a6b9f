//! The client's address: the peer's own, or what trusted proxies say of it.

mod forwarded;
mod lines;
mod node;
mod walk;

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

use crate::shell::NoAddress;
use crate::values::{Network, canonical_address};

pub use self::walk::TrustedProxies;

/// Where a client's address is found.
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
/// assert_eq!(client.to_string(), "203.0.113.9", "what stands before it, the client wrote himself");
///
/// let direct = address.find(&headers, "198.51.100.7".parse()?)?;
/// assert_eq!(direct.to_string(), "198.51.100.7", "this peer is no proxy of ours");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum ClientAddress {
    /// The peer is the client: nothing stands between, or what does hands on the client's address itself.
    #[default]
    Peer,
    /// Proxies stand between, and write the address into a header.
    ///
    /// The peer is looked at first: a header from a peer that is not trusted is ignored, and the peer is
    /// the client. All lines of the header are one list, which is walked from the right past trusted
    /// proxies; the first other address is the client. There is no fallback to another header.
    Forwarded {
        /// The one header that is read. Every trusted proxy must write this one.
        header: ForwardingHeader,
        /// The host's own proxies.
        trusted: TrustedProxies,
    },
}

/// The header in which the host's proxies write the client's address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`: a list to which each proxy adds its peer.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): the same as a standard, in its parameter `for`.
    Forwarded,
    /// A header that holds one address, such as `X-Real-IP`. The proxy must replace what the client sent.
    SingleAddress(HeaderName),
}

impl ClientAddress {
    /// Behind proxies in these networks, which write this header.
    pub fn forwarded(header: ForwardingHeader, trusted: impl IntoIterator<Item = Network>) -> Self {
        Self::Forwarded { header, trusted: trusted.into_iter().collect() }
    }

    /// The client's address in its canonical form, of a request with these headers from this peer.
    ///
    /// Fails where the peer is a trusted proxy that does not say. What it costs grows with the length of
    /// the header and no faster.
    pub fn find(&self, headers: &HeaderMap, peer: IpAddr) -> Result<IpAddr, NoAddress> {
        let address = match self {
            Self::Forwarded { header, trusted } if trusted.contains(peer) => {
                walk::walk(headers, header, trusted)?
            }
            Self::Peer | Self::Forwarded { .. } => canonical_address(peer),
        };
        if address.is_unspecified() { Err(NoAddress::Unspecified) } else { Ok(address) }
    }
}
