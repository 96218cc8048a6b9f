//! A set of networks, compiled so that an address is found fast.

use std::array;
use std::net::IpAddr;

use super::network::{Network, canonical_address};
use super::network_prefix::NetworkPrefix;

/// A set of networks: sorted ranges that do not touch, IPv4 and IPv6 apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NetworkSet {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
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
        Self {
            v4: Ranges::of(&merge(v4, |end| end.checked_add(1))),
            v6: Ranges::of(&merge(v6, |end| end.checked_add(1))),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.v4.lasts.is_empty() && self.v6.lasts.is_empty()
    }

    /// Returns how much of the network with this prefix is in the set.
    pub(crate) fn coverage(&self, prefix: NetworkPrefix) -> Coverage {
        match prefix.range() {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                self.v4.coverage(u32::from(first), u32::from(last))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                self.v6.coverage(u128::from(first), u128::from(last))
            }
            _ => Coverage::None,
        }
    }

    #[inline]
    pub(crate) fn contains(&self, address: &IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contain(u32::from(*address)),
            IpAddr::V6(_) => match canonical_address(*address) {
                IpAddr::V4(address) => self.v4.contain(u32::from(address)),
                IpAddr::V6(address) => self.v6.contain(u128::from(address)),
            },
        }
    }
}

/// How much of a network is in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    All,
    Part,
    None,
}

fn merge<T: Ord + Copy>(mut ranges: Vec<(T, T)>, after: impl Fn(T) -> Option<T>) -> Vec<(T, T)> {
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
    merged
}

/// The first and last addresses of ranges, in order.
///
/// A search counts first addresses block by block. The compiler can compare many at once, while each step of a binary search
/// waits for the step before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Ranges<T> {
    /// The first address of each block.
    blocks: Box<[T]>,
    /// The first addresses of the ranges of each block. The last one is repeated to fill the last block.
    firsts: Box<[[T; BLOCK]]>,
    lasts: Box<[T]>,
}

const BLOCK: usize = 16;

impl<T: Ord + Copy> Ranges<T> {
    fn of(ranges: &[(T, T)]) -> Self {
        let firsts: Box<[[T; BLOCK]]> = ranges
            .chunks(BLOCK)
            .filter_map(|block| {
                let mut firsts = block.iter().map(|(first, _)| *first);
                let mut last = firsts.next()?;
                Some(array::from_fn(|place| {
                    if place > 0 {
                        last = firsts.next().unwrap_or(last);
                    }
                    last
                }))
            })
            .collect();
        Self {
            blocks: firsts.iter().map(|[first, ..]| *first).collect(),
            firsts,
            lasts: ranges.iter().map(|(_, last)| *last).collect(),
        }
    }

    fn coverage(&self, first: T, last: T) -> Coverage {
        let mut coverage = Coverage::None;
        for (start, end) in self.firsts.as_flattened().iter().zip(&self.lasts) {
            // The ranges do not touch, so one range contains all that the set contains.
            if *start <= first && last <= *end {
                return Coverage::All;
            }
            if *start <= last && first <= *end {
                coverage = Coverage::Part;
            }
        }
        coverage
    }

    #[inline]
    fn contain(&self, address: T) -> bool {
        let last = || {
            // Most lists have one block.
            let block = if let [_] = *self.firsts {
                0
            } else {
                count_until(&self.blocks, address).checked_sub(1)?
            };
            let within = count_until(self.firsts.get(block)?, address).checked_sub(1)?;
            self.lasts.get(block * BLOCK + within).or(self.lasts.last())
        };
        last().is_some_and(|last| address <= *last)
    }
}

/// Returns the number of first addresses that are at most `address`.
#[inline]
fn count_until<T: Ord + Copy>(firsts: &[T], address: T) -> usize {
    let count: u32 = firsts.iter().map(|first| u32::from(*first <= address)).sum();
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Coverage, NetworkSet};
    use crate::values::{Network, NetworkPrefix};
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    /// Addresses near both ends of the address space, so that networks touch and overlap.
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
    fn a_prefix_is_covered_by_neighbours_together() {
        let of = |list: &[&str], prefix: &str| {
            let set = NetworkSet::compile(list.iter().map(|text| text.parse().unwrap()));
            set.coverage(prefix.parse::<NetworkPrefix>().unwrap())
        };
        let v4 = "203.0.113.0/24";
        for (list, expected) in [
            (&["203.0.113.0/24"][..], Coverage::All),
            (&["203.0.0.0/16"], Coverage::All),
            (&["203.0.113.0/25", "203.0.113.128/25"], Coverage::All),
            (&["203.0.113.0/25", "203.0.113.129/32"], Coverage::Part),
            (&["203.0.113.255"], Coverage::Part),
            (&["203.0.112.0/24", "203.0.114.0/24", "2001:db8::/32"], Coverage::None),
            (&[], Coverage::None),
        ] {
            assert_eq!(of(list, v4), expected, "{list:?}");
        }
        let v6 = "2001:db8:7::/48";
        for (list, expected) in [
            (&["2001:db8::/32"][..], Coverage::All),
            (&["2001:db8:7::/49"], Coverage::Part),
            (&["2001:db8:7:ffff:ffff:ffff:ffff:ffff"], Coverage::Part),
            (&["2001:db8:8::/48", "203.0.113.0/24"], Coverage::None),
        ] {
            assert_eq!(of(list, v6), expected, "{list:?}");
        }
        assert_eq!(of(&["0.0.0.0/1", "128.0.0.0/1"], "::/48"), Coverage::None, "mapped is IPv4");
        // The last block is filled with repetitions, which are not ranges.
        let many: Vec<_> = (0..17).map(|place| format!("10.0.{}.0/24", 2 * place)).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(of(&many, "10.0.32.0/24"), Coverage::All);
        assert_eq!(of(&many, "10.0.31.0/24"), Coverage::None);
    }

    #[test]
    fn each_of_many_ranges_is_found_and_no_gap_between_them() {
        for count in [1_u32, 15, 16, 17, 31, 32, 33, 1_000] {
            let v4 = |place: u32| IpAddr::from(Ipv4Addr::from(0xC000_0000 + place));
            let v6 = |place: u32| IpAddr::from(Ipv6Addr::from(1_u128 << 127 | u128::from(place)));
            let odd = (0..count).map(|place| 2 * place + 1);
            let listed = odd.flat_map(|place| [(v4(place), 32), (v6(place), 128)]);
            let networks = listed.map(|(address, length)| Network::new(address, length).unwrap());
            let set = NetworkSet::compile(networks);
            for place in 0..=2 * count {
                let listed = place % 2 == 1;
                assert_eq!(set.contains(&v4(place)), listed, "{place} of {count}");
                assert_eq!(set.contains(&v6(place)), listed, "{place} of {count}");
            }
            assert!(!set.contains(&v4(0x3FFF_FFFF)), "{count}");
        }
    }

    #[test]
    fn a_set_of_no_networks_is_empty_and_holds_no_address() {
        let none = NetworkSet::compile([]);
        assert!(none.is_empty());
        for address in ["0.0.0.0", "255.255.255.255", "::"] {
            assert!(!none.contains(&address.parse().unwrap()), "{address}");
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
                prop_assert_eq!(set.contains(&probe), naive, "{}", probe);
            }
        }
    }
}
