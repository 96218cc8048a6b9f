//! IP networks, which are parsed strictly, and the canonical form of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// Why a text is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The address is not an IPv4 or IPv6 address. Leading zeros, zones and host names are not accepted.
    #[error(
        "a network is an IPv4 or IPv6 address with an optional /length: write it without leading zeros and without a \
         zone, such as 203.0.113.0/24 or 2001:db8::/32"
    )]
    Address,
    /// The part after the `/` is not a valid length for the address.
    #[error(
        "the length after `/` is not valid: write a number from 1 to 32 for IPv4, or from 1 to 128 for IPv6, without leading zeros"
    )]
    Length,
    /// Bits after the length are set, so the intended network is not clear.
    #[error("the address has bits set after the /length: write the first address of the network")]
    HostBits,
    /// The network contains every address.
    #[error(
        "a /0 network contains every address and restricts nothing: lift the allowlist instead"
    )]
    Everything,
    /// The network contains both IPv4-mapped addresses and other addresses.
    #[error(
        "a network that contains IPv4-mapped addresses has a length of 96 or more: \
         write the IPv4 network itself"
    )]
    Mapped,
}

/// A network of IPv4 or IPv6 addresses.
///
/// It never contains all addresses, and has no bits set after its length. It has one canonical form: `::ffff:192.0.2.0/120`
/// becomes `192.0.2.0/24`.
///
/// ```
/// use keyward::Network;
///
/// let office: Network = "203.0.113.0/24".parse()?;
/// assert!(office.contains("203.0.113.9".parse().unwrap()));
/// assert!(office.contains("::ffff:203.0.113.9".parse().unwrap()));
/// assert!("203.0.113.9/24".parse::<Network>().is_err(), "host bits");
/// # Ok::<(), keyward::error::NetworkError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

impl Network {
    /// Creates the network of the addresses that share their first `length` bits with `address`.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, NetworkError> {
        let net = IpNet::new(address, length).map_err(|_| NetworkError::Length)?;
        if net.trunc() != net {
            return Err(NetworkError::HostBits);
        }
        if length == 0 {
            return Err(NetworkError::Everything);
        }
        let IpAddr::V6(v6) = address else {
            return Ok(Self(net));
        };
        match (v6.to_ipv4_mapped(), length.checked_sub(96)) {
            (Some(v4), Some(length)) => Self::new(IpAddr::V4(v4), length),
            _ if net.contains(&IpAddr::V6(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped())) => {
                Err(NetworkError::Mapped)
            }
            _ => Ok(Self(net)),
        }
    }

    /// Creates the network that contains only `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(IpNet::from(canonical_address(address)))
    }

    /// Returns `true` if this network contains `address`. An IPv4-mapped address counts as its IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&canonical_address(address))
    }

    /// Returns the first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.0.network()
    }

    /// Returns the number of leading bits that the addresses share: 1 to 32 for IPv4, 1 to 128 for IPv6.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.0.prefix_len()
    }
}

/// Returns the form of an address that Keyward compares: an IPv4-mapped address becomes IPv4.
#[must_use]
pub(crate) fn canonical_address(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let Some(length) = length else {
            return Ok(Self::of(address));
        };
        let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || (length.starts_with('0') && length != "0") {
            return Err(NetworkError::Length);
        }
        Self::new(address, length.parse().map_err(|_| NetworkError::Length)?)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_form!(Network);

impl From<Ipv4Addr> for Network {
    fn from(address: Ipv4Addr) -> Self {
        Self::of(address.into())
    }
}

impl From<Ipv6Addr> for Network {
    fn from(address: Ipv6Addr) -> Self {
        Self::of(address.into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, NetworkError};
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use std::net::{IpAddr, Ipv6Addr};

    #[test]
    fn each_bad_network_gets_the_rule_it_breaks() {
        let cases = [
            ("", NetworkError::Address),
            ("office", NetworkError::Address),
            ("010.0.0.1/8", NetworkError::Address),
            ("fe80::1%eth0", NetworkError::Address),
            (" 10.0.0.0/8", NetworkError::Address),
            ("10.0.0.0/8 ", NetworkError::Length),
            ("10.0.0.0/", NetworkError::Length),
            ("10.0.0.0/+8", NetworkError::Length),
            ("10.0.0.0/08", NetworkError::Length),
            ("10.0.0.0/33", NetworkError::Length),
            ("10.0.0.0/8/8", NetworkError::Length),
            ("10.0.0.0/256", NetworkError::Length),
            ("10.1.2.3/8", NetworkError::HostBits),
            ("2001:db8::1/32", NetworkError::HostBits),
            ("0.0.0.0/0", NetworkError::Everything),
            ("::/0", NetworkError::Everything),
            ("::ffff:0:0/96", NetworkError::Everything),
            ("::ffff:0:0/95", NetworkError::HostBits),
            ("::fffe:0:0/95", NetworkError::Mapped),
            ("::/8", NetworkError::Mapped),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Network>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_network_has_one_form() {
        for (text, form) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ] {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), form);
            assert_eq!(format!("{network:?}"), format!("Network({form})"));
            assert_eq!(serde_json::to_string(&network).unwrap(), format!("\"{form}\""));
            assert_eq!(form.parse(), Ok(network));
        }
    }

    proptest! {
        #[test]
        fn membership_is_equality_of_the_leading_bits(
            address in any::<u128>(), probe in any::<u128>(), keep in 0_u32..=128, length in 1_u8..=128,
        ) {
            let bits = |length: u32| u128::MAX.checked_shl(128 - length).unwrap_or(0);
            let start = address & bits(u32::from(length));
            let probe = (start & bits(keep)) | (probe & !bits(keep));
            let Ok(network) = Network::new(Ipv6Addr::from(start).into(), length) else { return Ok(()) };
            let probe_address = IpAddr::from(Ipv6Addr::from(probe));
            if probe_address.to_canonical().is_ipv6() && network.address().is_ipv6() {
                prop_assert_eq!(network.contains(probe_address), probe & bits(u32::from(length)) == start);
            }
        }

        #[test]
        fn membership_in_ipv4_is_equality_of_the_leading_bits(
            address in any::<u32>(), probe in any::<u32>(), keep in 0_u32..=32, length in 1_u8..=32,
        ) {
            let bits = |length: u32| u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let start = address & bits(u32::from(length));
            let probe = (start & bits(keep)) | (probe & !bits(keep));
            let network = Network::new(IpAddr::from(start.to_be_bytes()), length).unwrap();
            let inside = probe & bits(u32::from(length)) == start;
            prop_assert_eq!(network.contains(IpAddr::from(probe.to_be_bytes())), inside);
            prop_assert_eq!(network.to_string().parse(), Ok(network));
        }
    }
}
