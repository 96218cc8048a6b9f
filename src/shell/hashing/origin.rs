//! The origin of an attempt. Attempts from one origin share their failures.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::values::canonical_address;

/// An IPv4 address, or an IPv6 network of 64 bits, which is the least that a provider assigns to a customer. All attempts without an
/// address have the same origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Origin(Option<IpAddr>);

impl Origin {
    /// Returns the origin of an attempt from this address.
    pub(crate) fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match canonical_address(address) {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        }))
    }

    /// Returns the wide network, with many origins, that a provider can assign to one customer.
    pub(crate) fn wide_network(self) -> WideNetwork {
        WideNetwork(self.0.map(|address| match address {
            IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & !0xff)),
            IpAddr::V6(address) => {
                let host_bits = u128::MAX >> 48;
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !host_bits))
            }
        }))
    }
}

/// An IPv4 network of 24 bits, or an IPv6 network of 48 bits. All attempts without an address have the same network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WideNetwork(Option<IpAddr>);

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_origin() {
        let of = |text: &str| Origin::of(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), Origin::of(None));
        assert_eq!(Origin::of(None), Origin::default());
    }

    #[test]
    fn a_wide_network_has_24_bits_or_48() {
        let of = |text: &str| Origin::of(Some(text.parse().unwrap())).wide_network();
        assert_eq!(of("2001:db8:1::1"), of("2001:db8:1:ffff::1"));
        assert_ne!(of("2001:db8:1::1"), of("2001:db8:2::1"));
        assert_eq!(of("192.0.2.1"), of("192.0.2.255"));
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
        assert_ne!(of("192.0.2.1"), Origin::of(None).wide_network());
    }
}
