//! Many networks, compiled for one question: is this address in any of them?

use std::net::IpAddr;

use super::network::{Network, canonical_address};

/// Networks as sorted ranges that do not touch, IPv4 and IPv6 apart: a binary search each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NetworkSet {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl NetworkSet {
    pub(crate) fn compile(networks: impl IntoIterator<Item = Network>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network.address() {
                IpAddr::V4(first) => {
                    let rest = u32::MAX.checked_shr(network.length().into()).unwrap_or(0);
                    v4.push((u32::from(first), u32::from(first) + rest));
                }
                IpAddr::V6(first) => {
                    let rest = u128::MAX.checked_shr(network.length().into()).unwrap_or(0);
                    v6.push((u128::from(first), u128::from(first) + rest));
                }
            }
        }
        Self { v4: merge(v4, |end| end.checked_add(1)), v6: merge(v6, |end| end.checked_add(1)) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match canonical_address(address) {
            IpAddr::V4(address) => within(&self.v4, u32::from(address)),
            IpAddr::V6(address) => within(&self.v6, u128::from(address)),
        }
    }
}

fn merge<T: Ord + Copy>(mut ranges: Vec<(T, T)>, after: impl Fn(T) -> Option<T>) -> Box<[(T, T)]> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if after(*end).is_none_or(|next| first <= next) => {
                *end = last.max(*end);
            }
            _ => merged.push((first, last)),
        }
    }
    merged.into_boxed_slice()
}

fn within<T: Ord + Copy>(ranges: &[(T, T)], address: T) -> bool {
    let later = ranges.partition_point(|(first, _)| *first <= address);
    later
        .checked_sub(1)
        .and_then(|place| ranges.get(place))
        .is_some_and(|(_, last)| address <= *last)
}

#[cfg(test)]
mod tests {
    use super::NetworkSet;
    use crate::values::Network;
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    /// Networks and addresses crowded at both ends of the space, so that they touch and overlap.
    fn address() -> impl Strategy<Value = IpAddr> {
        let near = |width: u32| prop_oneof![0..width, (u32::MAX - width)..=u32::MAX];
        prop_oneof![
            near(300).prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
            near(300).prop_map(|bits| IpAddr::from(Ipv6Addr::from(
                u128::from(bits) << 96 | u128::from(bits)
            ))),
            any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits))),
        ]
    }

    fn network() -> impl Strategy<Value = Network> {
        (address(), 0_u8..12).prop_filter_map("not a network", |(address, host_bits)| {
            let width = if address.is_ipv4() { 32 } else { 128 };
            let net = ipnet::IpNet::new(address, width - host_bits).ok()?.trunc();
            Network::new(net.addr(), net.prefix_len()).ok()
        })
    }

    #[test]
    fn a_set_of_no_networks_is_empty_and_holds_no_address() {
        let none = NetworkSet::compile([]);
        assert!(none.is_empty());
        for address in ["0.0.0.0", "255.255.255.255", "::"] {
            assert!(!none.contains(address.parse().unwrap()), "{address}");
        }
        for network in ["192.0.2.1", "2001:db8::/32"] {
            assert!(!NetworkSet::compile([network.parse().unwrap()]).is_empty(), "{network}");
        }
    }

    proptest! {
        #[test]
        fn a_set_answers_as_its_networks_do(
            networks in prop::collection::vec(network(), 0..40), probes in prop::collection::vec(address(), 60),
        ) {
            let set = NetworkSet::compile(networks.iter().copied());
            prop_assert_eq!(set.is_empty(), networks.is_empty());
            let edges = networks.iter().map(Network::address);
            for probe in probes.iter().copied().chain(edges) {
                let naive = networks.iter().any(|network| network.contains(probe));
                prop_assert_eq!(set.contains(probe), naive, "{}", probe);
            }
        }
    }
}
