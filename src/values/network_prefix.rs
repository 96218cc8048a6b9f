//! The prefix of an address: its /24 or /48 network.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::network::canonical_address;
use super::text_form::text_form;

/// The error for a text that is not the prefix of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a prefix is the /24 network of an IPv4 address or the /48 network of an IPv6 address: \
     write it as 203.0.113.0/24 or 2001:db8:7::/48"
)]
#[non_exhaustive]
pub struct NetworkPrefixError;

/// The /24 network of an IPv4 address, or the /48 network of an IPv6 address.
///
/// It is coarse on purpose: it names an office or a provider, and not one machine. IPv4-mapped addresses count as their IPv4
/// addresses and belong to no /48 network.
///
/// ```
/// use keyward::manage::NetworkPrefix;
///
/// let of = |address: &str| NetworkPrefix::of(address.parse().unwrap()).to_string();
/// assert_eq!(of("203.0.113.9"), "203.0.113.0/24");
/// assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.0/24");
/// assert_eq!(of("2001:db8:7:1::9"), "2001:db8:7::/48");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetworkPrefix(u64);

/// The bit that marks an IPv6 prefix, above its 48 bits.
const V6: u64 = 1 << 48;

impl NetworkPrefix {
    /// The number of bits that [`bits`](Self::bits) uses.
    pub(crate) const BITS: u32 = 49;

    /// Returns the prefix of an address.
    #[inline]
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match canonical_address(address) {
            IpAddr::V4(address) => Self(u64::from(u32::from(address) >> 8)),
            IpAddr::V6(address) => {
                let [first, second, third, ..] = address.segments().map(u64::from);
                Self(V6 | first << 32 | second << 16 | third)
            }
        }
    }

    /// Returns the first and the last address.
    pub(crate) fn range(self) -> (IpAddr, IpAddr) {
        let bits = self.0 & (V6 - 1);
        if self.0 & V6 == 0 {
            let first = u32::try_from(bits << 8).unwrap_or(u32::MAX);
            (Ipv4Addr::from(first).into(), Ipv4Addr::from(first | 0xff).into())
        } else {
            let first = u128::from(bits) << 80;
            let last = first | u128::MAX >> 48;
            (Ipv6Addr::from(first).into(), Ipv6Addr::from(last).into())
        }
    }

    /// Returns the prefix as a number of [`BITS`](Self::BITS) bits.
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Returns the prefix with this number, which [`bits`](Self::bits) has returned.
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }
}

impl fmt::Display for NetworkPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, _) = self.range();
        write!(f, "{first}/{}", if first.is_ipv4() { 24 } else { 48 })
    }
}

impl FromStr for NetworkPrefix {
    type Err = NetworkPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, _) = text.split_once('/').ok_or(NetworkPrefixError)?;
        let prefix = Self::of(address.parse().map_err(|_| NetworkPrefixError)?);
        if prefix.to_string() == text { Ok(prefix) } else { Err(NetworkPrefixError) }
    }
}

text_form!(NetworkPrefix);

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{NetworkPrefix, NetworkPrefixError};

    #[test]
    fn a_text_is_read_only_in_its_one_form() {
        for text in ["203.0.113.0/24", "0.0.0.0/24", "2001:db8:7::/48", "::/48", "ffff::/48"] {
            let prefix: NetworkPrefix = text.parse().unwrap();
            assert_eq!(prefix.to_string(), text);
            assert_eq!(serde_json::to_string(&prefix).unwrap(), format!("\"{text}\""));
            assert_eq!(NetworkPrefix::from_bits(prefix.bits()), prefix);
        }
        for text in [
            "",
            "203.0.113.0",
            "203.0.113.0/25",
            "203.0.113.9/24",
            "2001:db8:7:1::/48",
            "2001:DB8:7::/48",
            "2001:db8::/32",
            "::ffff:203.0.113.0/24",
            "office/24",
        ] {
            assert_eq!(text.parse::<NetworkPrefix>(), Err(NetworkPrefixError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_prefix_contains_the_addresses_that_have_it(bits in any::<u128>(), is_v4 in any::<bool>()) {
            let [.., a, b, c, d] = bits.to_be_bytes();
            let address = if is_v4 {
                IpAddr::from([a, b, c, d])
            } else {
                IpAddr::from(bits.to_be_bytes()).to_canonical()
            };
            let prefix = NetworkPrefix::of(address);
            let (first, last) = prefix.range();
            prop_assert!(first <= address && address <= last);
            prop_assert_eq!(NetworkPrefix::of(last), prefix);
            prop_assert_eq!(NetworkPrefix::from_bits(prefix.bits()), prefix);
            prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
        }
    }
}
