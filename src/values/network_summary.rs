//! The summary of many networks in an event.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::network::Network;

/// The first networks of a list, and the number of networks in the list. An event contains a summary, which limits the
/// length of its text.
///
/// ```
/// use keyward::{manage::NetworkSummary, Network};
///
/// let networks: Vec<Network> = (0..21).map(|place| [10, 0, place, 1].into()).map(Network::of).collect();
/// let summary = NetworkSummary::of(&networks);
/// assert_eq!((summary.first(), summary.count()), (&networks[..20], 21));
/// assert!(summary.to_string().ends_with("10.0.19.1/32 and 1 more"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedSummary")]
pub struct NetworkSummary {
    networks: Vec<Network>,
    count: u32,
}

/// The fields of a summary that is not checked yet.
#[derive(Deserialize)]
struct UncheckedSummary {
    networks: Vec<Network>,
    count: u32,
}

impl NetworkSummary {
    /// The maximum number of networks that a summary names.
    pub const MOST: usize = 20;

    /// Creates a summary that names the first 20 of these networks and counts all of them.
    #[must_use]
    pub fn of(networks: &[Network]) -> Self {
        Self {
            networks: networks.iter().take(Self::MOST).copied().collect(),
            count: u32::try_from(networks.len()).unwrap_or(u32::MAX),
        }
    }

    /// Creates a summary from its parts. Returns `None` if the number of named networks does not fit the count.
    pub(crate) fn from_parts(networks: Vec<Network>, count: u32) -> Option<Self> {
        let named = (count as usize).min(Self::MOST);
        (networks.len() == named).then_some(Self { networks, count })
    }

    /// Returns the named networks, in their order.
    #[must_use]
    pub fn first(&self) -> &[Network] {
        &self.networks
    }

    /// Returns the number of all networks, named or not.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }
}

impl TryFrom<UncheckedSummary> for NetworkSummary {
    type Error = &'static str;

    fn try_from(
        UncheckedSummary { networks, count }: UncheckedSummary,
    ) -> Result<Self, Self::Error> {
        Self::from_parts(networks, count)
            .ok_or("a summary names all networks that it counts, up to 20")
    }
}

impl fmt::Display for NetworkSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self.networks.iter().map(ToString::to_string).collect();
        f.write_str(&named.join(", "))?;
        match (self.count as usize).saturating_sub(named.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, NetworkSummary};

    fn networks(count: u8) -> Vec<Network> {
        (0..count).map(|place| Network::of([10, 0, 0, place].into())).collect()
    }

    #[test]
    fn the_first_twenty_are_named_and_all_are_counted() {
        for count in [0, 1, 19, 20, 21, 255] {
            let all = networks(count);
            let summary = NetworkSummary::of(&all);
            assert_eq!(summary.first(), &all[..all.len().min(20)]);
            assert_eq!(summary.count(), u32::from(count));
            let json = serde_json::to_string(&summary).unwrap();
            assert_eq!(serde_json::from_str::<NetworkSummary>(&json).unwrap(), summary);
        }
    }

    #[test]
    fn the_text_says_how_many_networks_are_left_out() {
        let shown = |count| NetworkSummary::of(&networks(count)).to_string();
        assert_eq!(shown(2), "10.0.0.0/32, 10.0.0.1/32");
        assert!(shown(20).ends_with(", 10.0.0.19/32"), "{}", shown(20));
        assert!(shown(120).ends_with(", 10.0.0.19/32 and 100 more"), "{}", shown(120));
    }

    #[test]
    fn a_summary_that_names_more_or_fewer_than_it_may_is_refused() {
        let read = |named: u8, count: u32| {
            let parts = serde_json::json!({ "networks": networks(named), "count": count });
            serde_json::from_value::<NetworkSummary>(parts).map(|summary| summary.count())
        };
        for (named, count) in [(0, 0), (1, 1), (19, 19), (20, 20), (20, 21), (20, u32::MAX)] {
            assert_eq!(read(named, count).unwrap(), count);
        }
        for (named, count) in [(1, 0), (0, 1), (2, 1), (19, 20), (21, 21), (21, 22), (21, 20)] {
            assert!(read(named, count).is_err(), "{named} of {count}");
        }
        assert!(serde_json::from_str::<NetworkSummary>(r#"{"networks":[]}"#).is_err());
    }
}
