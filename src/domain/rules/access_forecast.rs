//! The dry run of an allowlist: which of the credentials that were used in the last 30 days would still pass.

use serde::{Deserialize, Serialize};

use crate::domain::account::UnlistedWorkspaces;
use crate::domain::allowlist::AllowlistEntry;
use crate::domain::credential::{CredentialRecord, CredentialStatus};
use crate::domain::network_use::NetworkUse;
use crate::values::{
    Coverage, CredentialId, Day, KindWord, Name, NetworkPrefix, NetworkSet, Timestamp, stored_name,
};

/// The days for which a network is remembered, with the day on which it was seen.
const REMEMBERED_DAYS: u32 = 30;

/// Returns the first day whose networks are remembered.
pub(crate) fn first_remembered_day(now: Timestamp) -> Day {
    Day::of(now).saturating_sub(REMEMBERED_DAYS - 1)
}

/// What an allowlist would mean for a credential or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// It keeps access: the list and its own networks, if it has some, contain all networks from which it passed.
    Keeps,
    /// It loses access, or its access from at least one network.
    Loses,
    /// This is unknown: a list has a part of a network, an address was not known, or there were too many networks.
    Unknown,
}

/// What an allowlist would mean for a credential that was used in the last 30 days. The networks of the credential itself count as well:
/// both lists must contain an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessForecast {
    /// The credential.
    pub credential: CredentialId,
    /// The word of its kind.
    pub kind: KindWord,
    /// Its name.
    #[serde(deserialize_with = "stored_name")]
    pub name: Name,
    /// Last recorded use of any of its secrets.
    pub last_used: Option<Timestamp>,
    /// What the list would mean.
    pub access: Access,
    /// The networks from which it passed, the latest day first.
    pub networks: Vec<NetworkForecast>,
}

/// What an allowlist would mean for a network from which a credential passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkForecast {
    /// The network.
    pub network: NetworkPrefix,
    /// The latest day on which the credential passed from it.
    pub day: Day,
    /// What the list would mean.
    pub access: Access,
}

/// An allowlist whose effect is forecast. It is not stored.
#[derive(Debug)]
pub(crate) struct ProposedAllowlist {
    networks: NetworkSet,
    unlisted: UnlistedWorkspaces,
    now: Timestamp,
    most: usize,
}

impl ProposedAllowlist {
    /// Compiles a list. A store keeps at most `most` networks of a credential.
    pub(crate) fn new(
        entries: &[AllowlistEntry],
        unlisted: UnlistedWorkspaces,
        now: Timestamp,
        most: usize,
    ) -> Self {
        let networks = NetworkSet::compile(entries.iter().map(|entry| entry.network));
        Self { networks, unlisted, now, most }
    }

    /// Returns the first day that counts.
    pub(crate) fn since(&self) -> Day {
        first_remembered_day(self.now)
    }

    /// Returns what the list would mean for a credential and the networks from which it passed. `None` if it was not used in the
    /// last 30 days, or cannot be used now.
    pub(crate) fn forecast(
        &self,
        record: &CredentialRecord,
        seen: &[NetworkUse],
    ) -> Option<AccessForecast> {
        if matches!(record.status(self.now), CredentialStatus::Suspended | CredentialStatus::Ended)
        {
            return None;
        }
        let last_used = record.generations().filter_map(|generation| generation.last_used).max();
        let own = record.grant.networks.as_ref();
        let own = own.map(|networks| NetworkSet::compile(networks.as_slice().iter().copied()));
        let networks: Vec<_> = seen
            .iter()
            .filter(|seen| seen.credential == record.id && seen.day >= self.since())
            .map(|seen| NetworkForecast {
                network: seen.network,
                day: seen.day,
                access: self.access_from(seen.network, own.as_ref()),
            })
            .collect();
        let last_day = last_used.map(Day::of).filter(|day| *day >= self.since());
        if last_day.is_none() && networks.is_empty() {
            return None;
        }
        // Without any list, the networks do not matter. A use on a later day was one whose address was not known.
        let are_all_known = (self.allows_everything() && own.is_none())
            || networks.len() < self.most && networks.iter().map(|seen| seen.day).max() >= last_day;
        Some(AccessForecast {
            credential: record.id,
            kind: record.kind,
            name: record.name.clone(),
            last_used,
            access: self.access(&networks, are_all_known),
            networks,
        })
    }

    /// Returns what the networks from which a credential passed say about it.
    fn access(&self, networks: &[NetworkForecast], are_all_known: bool) -> Access {
        let is_any = |access| networks.iter().any(|seen| seen.access == access);
        if self.allows_nothing() || is_any(Access::Loses) {
            Access::Loses
        } else if are_all_known && !is_any(Access::Unknown) {
            Access::Keeps
        } else {
            Access::Unknown
        }
    }

    fn access_from(&self, network: NetworkPrefix, own: Option<&NetworkSet>) -> Access {
        let own = own.map_or(Coverage::All, |own| own.coverage(network));
        match (self.coverage(network), own) {
            (Coverage::None, _) | (_, Coverage::None) => Access::Loses,
            (Coverage::All, Coverage::All) => Access::Keeps,
            (Coverage::All | Coverage::Part, Coverage::All | Coverage::Part) => Access::Unknown,
        }
    }

    fn coverage(&self, network: NetworkPrefix) -> Coverage {
        if self.allows_everything() { Coverage::All } else { self.networks.coverage(network) }
    }

    fn allows_everything(&self) -> bool {
        self.networks.is_empty() && self.unlisted == UnlistedWorkspaces::Open
    }

    fn allows_nothing(&self) -> bool {
        self.networks.is_empty() && self.unlisted == UnlistedWorkspaces::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, ProposedAllowlist};
    use crate::domain::{AllowlistEntry, CredentialRecord, NetworkUse, UnlistedWorkspaces, sample};
    use crate::values::{CredentialNetworks, Day, Timestamp};

    fn now() -> Timestamp {
        "2030-01-31T12:00:00Z".parse().unwrap()
    }

    fn tried(networks: &[&str], unlisted: UnlistedWorkspaces) -> ProposedAllowlist {
        let entry = |text: &&str| AllowlistEntry { network: text.parse().unwrap(), added: now() };
        let entries: Vec<_> = networks.iter().map(entry).collect();
        ProposedAllowlist::new(&entries, unlisted, now(), 4)
    }

    fn seen(networks: &[(&str, &str)]) -> Vec<NetworkUse> {
        let seen = |(network, day): &(&str, &str)| NetworkUse {
            credential: sample::credential().id,
            network: network.parse().unwrap(),
            day: day.parse().unwrap(),
        };
        networks.iter().map(seen).collect()
    }

    fn used(time: &str) -> CredentialRecord {
        let mut record = sample::credential();
        record.current.last_used = Some(time.parse().unwrap());
        record
    }

    fn access(networks: &[&str], last: &str, seen_in: &[(&str, &str)]) -> Option<Access> {
        let tried = tried(networks, UnlistedWorkspaces::Open);
        tried.forecast(&used(last), &seen(seen_in)).map(|forecast| forecast.access)
    }

    const TODAY: &str = "2030-01-31T09:00:00Z";
    const OFFICE: &str = "203.0.113.0/24";

    #[test]
    fn it_keeps_access_if_every_network_is_listed() {
        let both = [(OFFICE, "2030-01-31"), ("2001:db8:7::/48", "2030-01-02")];
        assert_eq!(access(&[OFFICE, "2001:db8::/32"], TODAY, &both), Some(Access::Keeps));
        assert_eq!(access(&[OFFICE], TODAY, &both), Some(Access::Loses));
    }

    #[test]
    fn a_part_of_a_network_cannot_be_told() {
        let office = [(OFFICE, "2030-01-31")];
        assert_eq!(access(&["203.0.113.7"], TODAY, &office), Some(Access::Unknown));
        let both = [(OFFICE, "2030-01-31"), ("192.0.2.0/24", "2030-01-31")];
        assert_eq!(access(&["203.0.113.7"], TODAY, &both), Some(Access::Loses));
    }

    #[test]
    fn a_use_without_an_address_cannot_be_told() {
        assert_eq!(access(&[OFFICE], TODAY, &[]), Some(Access::Unknown));
        let before = [(OFFICE, "2030-01-30")];
        assert_eq!(access(&[OFFICE], TODAY, &before), Some(Access::Unknown));
        assert_eq!(access(&[OFFICE], "2030-01-30T23:59:59Z", &before), Some(Access::Keeps));
    }

    #[test]
    fn as_many_networks_as_are_kept_cannot_be_told() {
        let many: Vec<_> = (1..=4).map(|number| format!("10.0.{number}.0/24")).collect();
        let many: Vec<_> = many.iter().map(|network| (network.as_str(), "2030-01-31")).collect();
        assert_eq!(access(&["10.0.0.0/8"], TODAY, &many), Some(Access::Unknown));
        assert_eq!(access(&["10.0.0.0/8"], TODAY, &many[1..]), Some(Access::Keeps));
    }

    /// A network from more than 30 days ago counts no more, even if it is still stored.
    #[test]
    fn only_the_last_thirty_days_count() {
        let first = [(OFFICE, "2030-01-02")];
        assert_eq!(access(&[OFFICE], "2030-01-02T00:00:00Z", &first), Some(Access::Keeps));
        let older = [(OFFICE, "2030-01-01")];
        assert_eq!(access(&[OFFICE], "2030-01-01T23:59:59Z", &older), None);
        assert_eq!(access(&["192.0.2.0/24"], TODAY, &older), Some(Access::Unknown));
        let tried = tried(&[OFFICE], UnlistedWorkspaces::Open);
        assert_eq!(tried.since(), "2030-01-02".parse::<Day>().unwrap());
        assert_eq!(tried.forecast(&sample::credential(), &[]), None, "never used");
    }

    #[test]
    fn without_entries_the_accounts_setting_decides() {
        for (unlisted, expected) in
            [(UnlistedWorkspaces::Open, Access::Keeps), (UnlistedWorkspaces::Closed, Access::Loses)]
        {
            let tried = tried(&[], unlisted);
            for networks in [&[][..], &[(OFFICE, "2030-01-31")]] {
                let forecast = tried.forecast(&used(TODAY), &seen(networks)).unwrap();
                assert_eq!(forecast.access, expected);
                assert!(forecast.networks.iter().all(|seen| seen.access == expected));
            }
        }
    }

    fn own(networks: &[&str]) -> CredentialRecord {
        let networks = networks.iter().map(|text| text.parse().unwrap());
        let mut record = used(TODAY);
        record.grant.networks = Some(CredentialNetworks::new(networks).unwrap());
        record
    }

    /// The list and the credential's own networks must both contain a network.
    #[test]
    fn the_networks_of_the_credential_count_as_well() {
        let office = seen(&[(OFFICE, "2030-01-31")]);
        let half = "203.0.113.0/25";
        for (list, of_key, expected) in [
            (OFFICE, OFFICE, Access::Keeps),
            (OFFICE, "192.0.2.0/24", Access::Loses),
            ("192.0.2.0/24", OFFICE, Access::Loses),
            (OFFICE, half, Access::Unknown),
            (half, OFFICE, Access::Unknown),
            (half, half, Access::Unknown),
            (half, "192.0.2.0/24", Access::Loses),
        ] {
            let tried = tried(&[list], UnlistedWorkspaces::Open);
            let told = tried.forecast(&own(&[of_key]), &office).unwrap();
            assert_eq!(told.access, expected, "list {list}, own {of_key}");
            assert_eq!(told.networks[0].access, expected, "list {list}, own {of_key}");
        }
    }

    #[test]
    fn without_entries_the_networks_of_the_credential_decide() {
        let office = seen(&[(OFFICE, "2030-01-31")]);
        for (unlisted, of_key, expected) in [
            (UnlistedWorkspaces::Open, OFFICE, Access::Keeps),
            (UnlistedWorkspaces::Open, "192.0.2.0/24", Access::Loses),
            (UnlistedWorkspaces::Closed, OFFICE, Access::Loses),
        ] {
            let told = tried(&[], unlisted).forecast(&own(&[of_key]), &office).unwrap();
            assert_eq!(told.access, expected, "{unlisted:?}, own {of_key}");
        }
        let open = tried(&[], UnlistedWorkspaces::Open);
        let told = open.forecast(&own(&[OFFICE]), &[]).unwrap();
        assert_eq!(told.access, Access::Unknown, "its address was not known");
    }

    #[test]
    fn a_credential_that_cannot_be_used_has_no_access_to_lose() {
        let tried = tried(&[OFFICE], UnlistedWorkspaces::Open);
        let suspended = CredentialRecord { suspended: Some(now()), ..used(TODAY) };
        let ended = CredentialRecord { expires: Some(now()), ..used(TODAY) };
        for record in [suspended, ended] {
            assert_eq!(tried.forecast(&record, &seen(&[(OFFICE, "2030-01-31")])), None);
        }
    }
}
