//! Walks the header's list from the right past trusted proxies. The nearest proxy wrote the last element. Elements that a
//! client forged are to the left of those that proxies wrote, and the walk never reaches them.

use std::net::IpAddr;

use http::HeaderName;
use http::header::FORWARDED;

use crate::shell::NoAddress;
use crate::values::{Network, NetworkSet};

use super::{forwarded, lines, node};
use crate::adapters::http::request_head::HeaderLines;

/// The header in which the host's proxies write the client's address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`: a list to which each proxy appends its peer.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): the standardised form of the same list, in the parameter `for`.
    Forwarded,
    /// A header with one address, such as `X-Real-IP`. The proxy must replace the value that the client sent.
    SingleAddress(HeaderName),
}

/// The networks of the host's own proxies. List only proxies: hosts in these networks can spoof any client address.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(NetworkSet);

impl TrustedProxies {
    /// Returns `true` if the address, in canonical form, belongs to a proxy.
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

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

pub(super) fn walk(
    headers: &impl HeaderLines,
    header: &ForwardingHeader,
    trusted: &TrustedProxies,
) -> Result<IpAddr, NoAddress> {
    let name = match header {
        ForwardingHeader::XForwardedFor => &X_FORWARDED_FOR,
        ForwardingHeader::Forwarded => &FORWARDED,
        ForwardingHeader::SingleAddress(name) => name,
    };
    if headers.lines(name).next().is_none() {
        return Err(NoAddress::NoHeader);
    }
    // The lines are one list in their order, so the last line is the right end.
    let mut lines = headers.lines(name).rev();
    match header {
        ForwardingHeader::XForwardedFor => {
            first_other(lines.flat_map(lines::elements).map(node::bare), trusted)
        }
        ForwardingHeader::Forwarded => {
            first_other(lines.flat_map(lines::quoting_elements).map(forwarded::client), trusted)
        }
        ForwardingHeader::SingleAddress(_) => match (lines.next(), lines.next()) {
            (_, Some(_)) => Err(NoAddress::SentTwice),
            (line, None) => first_other(line.into_iter().map(node::bare), trusted),
        },
    }
}

fn first_other(
    elements: impl Iterator<Item = Option<IpAddr>>,
    trusted: &TrustedProxies,
) -> Result<IpAddr, NoAddress> {
    for element in elements {
        let address = element.ok_or(NoAddress::NotAnAddress)?;
        if !trusted.contains(address) {
            return Ok(address);
        }
    }
    Err(NoAddress::AllTrusted)
}
