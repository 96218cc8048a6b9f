//! Parses one node of a forwarding header: an address and an optional port, which is ignored.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::values::canonical_address;

/// Parses a node of `X-Forwarded-For`: `v4`, `v4:port`, `v6`, `[v6]` or `[v6]:port`.
pub(super) fn bare(text: &[u8]) -> Option<IpAddr> {
    let text = super::lines::trim(text);
    let address = address::<Ipv6Addr>(text).map(IpAddr::V6);
    address.map(canonical_address).or_else(|| node(text))
}

/// Parses a node of RFC 7239, 6: `v4` or `[v6]`, and an optional port, which can be obfuscated.
pub(super) fn node(text: &[u8]) -> Option<IpAddr> {
    let (address, port) = if let Some(rest) = text.strip_prefix(b"[") {
        let end = rest.iter().position(|byte| *byte == b']')?;
        let (inside, port) = rest.split_at_checked(end)?;
        (IpAddr::V6(address::<Ipv6Addr>(inside)?), port.strip_prefix(b"]")?)
    } else {
        let end = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
        let (before, port) = text.split_at_checked(end)?;
        (IpAddr::V4(address::<Ipv4Addr>(before)?), port)
    };
    is_port(port).then(|| canonical_address(address))
}

/// Returns `true` if the text is empty, or a colon and a port.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', b'_', rest @ ..] => {
            let plain =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            !rest.is_empty() && rest.iter().all(plain)
        }
        [b':', digits @ ..] => {
            (1..=5).contains(&digits.len())
                && digits.iter().all(u8::is_ascii_digit)
                && std::str::from_utf8(digits).is_ok_and(|digits| digits.parse::<u16>().is_ok())
        }
        _ => false,
    }
}

/// Parses strictly, as `std` does: no leading zeros, no zone, no name.
fn address<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
