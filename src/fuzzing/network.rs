//! The parser of networks, and the addresses that a network contains.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::values::{Network, NetworkError, NetworkSet};

/// A text must parse if and only if `std` and arithmetic accept it. The printed form must parse to the same network. The network
/// must contain its first and its last address, and neither neighbour.
pub fn network(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let read: Result<Network, NetworkError> = text.parse();
    let expected = expected(text);
    assert_eq!(
        read.map(|network| (network.address(), network.length())).ok(),
        expected,
        "{text:?}"
    );
    let Ok(network) = read else { return };

    let printed = network.to_string();
    assert_eq!(printed.parse(), Ok(network));
    assert_eq!(printed, format!("{}/{}", network.address(), network.length()));
    // A text with only one form is printed unchanged.
    if text.contains('/') && !text.contains(':') {
        assert_eq!(printed, text);
    }
    if let Ok(other) = text.parse::<IpNet>()
        && matches!(
            (other, network.address()),
            (IpNet::V4(_), IpAddr::V4(_)) | (IpNet::V6(_), IpAddr::V6(_))
        )
    {
        assert_eq!((other.addr(), other.prefix_len()), (network.address(), network.length()));
    }
    holds_its_own(network);
}

/// Returns the first address and the prefix length, with the parsers of `std` and arithmetic.
fn expected(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let address: IpAddr = address.parse().ok()?;
    let length = match length {
        // `std` accepts a sign and leading zeros.
        Some(length) => length.parse::<u8>().ok().filter(|number| number.to_string() == length)?,
        None => bits(address).1,
    };
    let (number, most) = bits(address);
    if length > most || number & host_mask(length, most) != 0 {
        return None;
    }
    let (address, length) = match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() && length >= 96 => {
            (IpAddr::V4(v6.to_ipv4_mapped()?), length - 96)
        }
        // This network contains mapped addresses and others.
        IpAddr::V6(v6) if length < 96 => {
            let mapped = u128::from(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped());
            if mapped & !host_mask(length, 128) == u128::from(v6) {
                return None;
            }
            (address, length)
        }
        _ => (address, length),
    };
    (length > 0).then_some((address, length))
}

fn holds_its_own(network: Network) {
    let (first, most) = bits(network.address());
    let all = if most == 32 { u128::from(u32::MAX) } else { u128::MAX };
    let last = first | host_mask(network.length(), most);
    let set = NetworkSet::compile([network]);
    let holds = |number: u128| {
        let address = address(number, most);
        assert_eq!(network.contains(address), set.contains(&address), "{network} and {address}");
        // An IPv6 neighbour can be a mapped address, which is an IPv4 address.
        network.contains(address)
    };
    assert!(holds(first) && holds(last), "{network}");
    if first > 0 {
        assert!(!holds(first - 1), "{network}");
    }
    if last < all {
        assert!(!holds(last + 1), "{network}");
    }
}

/// Returns the mask of the bits after a prefix length.
fn host_mask(length: u8, most: u8) -> u128 {
    1_u128.checked_shl(u32::from(most - length)).map_or(u128::MAX, |next| next - 1)
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u32::from(v4).into(), 32),
        IpAddr::V6(v6) => (v6.into(), 128),
    }
}

fn address(number: u128, most: u8) -> IpAddr {
    match u32::try_from(number) {
        Ok(v4) if most == 32 => Ipv4Addr::from(v4).into(),
        _ => Ipv6Addr::from(number).into(),
    }
}
