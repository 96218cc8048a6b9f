//! The longest values that a store must accept, and the most rows that it keeps.

/// The length in bytes of the longest [`Action`](crate::history::Action), as the JSON text that `serde_json` writes.
///
/// It is the issue of a credential with 256 scopes, 50 networks and the longest labels and owner. A database that stores JSON in
/// another format may need more space.
pub const LONGEST_ACTION: usize = 22_394;

/// The length in bytes of the longest [`NameKey`](crate::manage::NameKey): 100 characters of four bytes.
///
/// The conversion to lower case never exceeds this length. The longest [`Name`](crate::Name) has the same length.
pub const LONGEST_NAME_KEY: usize = 400;

/// The length in bytes of the longest [`SlowHash`](crate::store::SlowHash): a PHC string with the largest parameters and a
/// salt of 32 bytes, followed by the longest algorithm of an imported key with a salt of 48 bytes.
pub const LONGEST_SLOW_HASH: usize = 242;

/// The most networks that a store keeps of one credential.
pub const MOST_NETWORKS: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv6Addr;

    use super::{LONGEST_ACTION, LONGEST_NAME_KEY, LONGEST_SLOW_HASH};
    use crate::domain::{
        AccountPolicy, Action, Grant, Integration, LeakResponse, PolicyFields, UnlistedWorkspaces,
    };
    use crate::secrets::SlowHash;
    use crate::values::{
        ActorId, CredentialId, CredentialNetworks, GenerationNumber, IntegrationWord, KindWord,
        Label, Labels, LeakPlace, Name, Network, NetworkSummary, ScopeName, Scopes, Timestamp,
    };

    /// A character that has four bytes in a name, in a name key and in JSON.
    const WIDE: &str = "\u{1f5dd}";

    fn longest_name() -> Name {
        Name::new(WIDE.repeat(100)).unwrap()
    }

    fn longest_networks() -> NetworkSummary {
        let addresses = (0..20).map(|place| Ipv6Addr::from([0xfd00 + place; 8]));
        let networks: Vec<_> = addresses.map(|address| Network::of(address.into())).collect();
        NetworkSummary::from_parts(networks, u32::MAX).unwrap()
    }

    fn longest_actor() -> ActorId {
        ActorId::new("\"".repeat(128)).unwrap()
    }

    fn longest_policy() -> AccountPolicy {
        AccountPolicy::try_from(PolicyFields {
            max_lifetime_seconds: Some(u32::MAX),
            expiry_required: false,
            default_expiry_seconds: Some(u32::MAX),
            max_overlap_seconds: Some(u32::MAX),
            max_secret_age_seconds: Some(u32::MAX),
        })
        .unwrap()
    }

    fn longest_grant() -> Grant {
        let networks = (0..50).map(|place| Network::of(Ipv6Addr::from([0xfd00 + place; 8]).into()));
        let label = |place| Label::new(format!("{place:x}"), "\"".repeat(63)).unwrap();
        let scopes = (0..256).map(|place| ScopeName::new(format!("{place:>064}")).unwrap());
        Grant {
            scopes: Scopes::only(scopes).unwrap(),
            networks: Some(CredentialNetworks::new(networks).unwrap()),
            labels: Labels::new((0..16).map(label)).unwrap(),
            owner: Some(ActorId::new("\"".repeat(128)).unwrap()).into(),
        }
    }

    /// Returns each action, with the longest value of each field.
    fn longest_actions() -> Vec<Action> {
        let name = longest_name;
        let kind = KindWord::new("abcdefghijklmnop").unwrap();
        let credential = CredentialId::new("abcdefghijkl").unwrap();
        let generation = GenerationNumber::new(u32::MAX).unwrap();
        let at = Timestamp::MAX;
        let custom = || Integration::Custom(name());
        let declared = Integration::Declared(IntegrationWord::new(&"a".repeat(32)).unwrap());
        let mut actions = vec![
            Action::WorkspaceCreated { name: name(), first: Some(credential) },
            Action::WorkspaceRemoved { name: name(), credentials: u32::MAX },
            Action::Issued { kind, name: name(), expires: Some(at), grant: longest_grant() },
            Action::ScopesSet { to: longest_grant().scopes },
            Action::NetworksSet { to: longest_grant().networks },
            Action::LabelsSet { to: longest_grant().labels },
            Action::HandedOver { from: longest_grant().owner, to: longest_grant().owner },
            Action::Revealed,
            Action::Renamed { from: name(), to: name() },
            Action::Deprecated { sunset: Some(at) },
            Action::Undeprecated,
            Action::Suspended,
            Action::Resumed,
            Action::ExpirySet { at },
            Action::ExpiryCleared,
            Action::Rotated { generation, overlap_until: Some(at), asked_until: Some(at) },
            Action::Replaced { unused: generation, generation },
            Action::OverlapEnded { generation },
            Action::Deleted { kind, name: name() },
            Action::Connected { integration: declared.clone(), credential },
            Action::Connected { integration: custom(), credential },
            Action::Disconnected { integration: declared },
            Action::Disconnected { integration: custom() },
            Action::Allowed { networks: longest_networks() },
            Action::Disallowed { networks: longest_networks() },
            Action::AllowlistReplaced { added: longest_networks(), removed: longest_networks() },
            Action::Lifted { entries: u32::MAX },
            Action::PolicySet { to: longest_policy() },
            Action::MemberDeactivated { member: longest_actor() },
            Action::MemberReactivated { member: longest_actor() },
            Action::AccountSuspended,
            Action::AccountClosed,
            Action::LeakResponseSet { to: LeakResponse::Report },
            Action::AccountResumed,
            Action::Imported { credentials: u32::MAX },
            Action::Recounted { credentials: u32::MAX, permanent: u32::MAX },
            Action::Leaked {
                generation,
                place: LeakPlace::new(&"\"".repeat(100), &"\"".repeat(2_048)),
            },
            Action::Repaired,
        ];
        let settings = [UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed];
        actions.extend(settings.map(|to| Action::UnlistedWorkspacesSet { to }));
        actions
    }

    /// Returns the serialized names of all actions, which serde lists in its error for an unknown one.
    fn words() -> BTreeSet<String> {
        let error = serde_json::from_str::<Action>(r#"{"is":""}"#).unwrap_err().to_string();
        error
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| !word.is_empty())
            .map(Into::into)
            .collect()
    }

    #[test]
    fn the_longest_action_is_the_longest_of_all() {
        let actions = longest_actions();
        let as_json = |action: &Action| serde_json::to_value(action).unwrap();
        let tried: BTreeSet<_> =
            actions.iter().map(|action| as_json(action)["is"].as_str().unwrap().into()).collect();
        assert_eq!(tried, words());
        let length = |action: &Action| serde_json::to_string(action).unwrap().len();
        assert_eq!(actions.iter().map(length).max(), Some(LONGEST_ACTION));
    }

    /// No character of a name has more than four bytes, in JSON or in a name key. The test tries each character alone, because
    /// its neighbours cannot make it longer. They decide between two forms of the Greek sigma, which have the same length,
    /// and they can compose with it, which makes both shorter.
    #[test]
    fn the_longest_name_key_is_a_hundred_characters_of_four_bytes() {
        assert_eq!(longest_name().key().as_str().len(), LONGEST_NAME_KEY);
        for character in '\0'..=char::MAX {
            let text = format!("a{character}a");
            let Ok(name) = Name::new(&text) else { continue };
            if name.as_str() != text {
                continue; // `Name::new` normalises it to other characters
            }
            let json = serde_json::to_string(&name).unwrap();
            assert!(json.len() <= "\"aa\"".len() + 4, "{character:?} as JSON");
            let alone = character.to_lowercase().map(char::len_utf8).sum::<usize>();
            let within = name.key().as_str().len() - "aa".len();
            assert!(alone <= 4 && within <= 4, "{character:?} in lower case");
        }
    }

    #[test]
    fn the_longest_slow_hash_has_the_largest_parameters_and_the_longest_salt() {
        let longest = |memory: &str, passes: &str, lanes: &str, salt: usize| {
            let (salt, output) = ("A".repeat(salt), "A".repeat(43));
            format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}")
        };
        let own = longest("262144", "16", "4", 43);
        let salt = "ab".repeat(48);
        let of = |scheme: &str| format!("{own}${scheme}${salt}");
        let text = of("pbkdf2-sha512$2000000$64");
        assert_eq!(SlowHash::parse(&text).unwrap().as_str().len(), LONGEST_SLOW_HASH);
        for shorter in ["argon2id$262144,4,16$64", "scrypt$14,8,16$64", "pbkdf2-sha256$2000000$64"]
        {
            assert!(SlowHash::parse(&of(shorter)).unwrap().as_str().len() <= LONGEST_SLOW_HASH);
        }
        assert!(SlowHash::parse(&format!("{text}ab")).is_err());
        for longer in [
            longest("1000000", "16", "4", 43),
            longest("262144", "100", "4", 43),
            longest("262144", "16", "10", 43),
            longest("262144", "16", "4", 44),
        ] {
            assert!(longer.len() > own.len() && SlowHash::parse(&longer).is_err());
        }
    }
}
