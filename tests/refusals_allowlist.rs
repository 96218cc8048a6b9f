//! Networks that are refused, and lists that are refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use keyward::{
    Limits, Network, Refusal,
    error::NetworkError,
    history::{Action, HistoryFilter},
    manage::{AllowlistChange, NetworkSummary},
};

use crate::support::{World, admin, assert_advises, block_on, cheap, no_secret, shop};

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

#[test]
fn a_bad_network_is_refused_with_the_rule_that_it_breaks() {
    for (text, rule) in [
        ("", NetworkError::Address),
        ("example.test", NetworkError::Address),
        ("010.0.0.1/8", NetworkError::Address),
        ("fe80::1%eth0", NetworkError::Address),
        ("fe80::1%eth0/64", NetworkError::Address),
        ("10.0.0.0/", NetworkError::Length),
        ("10.0.0.0/33", NetworkError::Length),
        ("2001:db8::/129", NetworkError::Length),
        ("10.0.0.0/ 8", NetworkError::Length),
        ("10.0.0.0/255.0.0.0", NetworkError::Length),
        ("10.1.2.3/8", NetworkError::HostBits),
        ("::ffff:10.1.2.3/104", NetworkError::HostBits),
        ("0.0.0.0/0", NetworkError::Everything),
        ("::/0", NetworkError::Everything),
        ("::ffff:0.0.0.0/96", NetworkError::Everything),
        ("::ffff:0:0/95", NetworkError::HostBits),
        ("::fffe:0:0/95", NetworkError::Mapped),
        ("::/1", NetworkError::Mapped),
    ] {
        let error = text.parse::<Network>().unwrap_err();
        assert_eq!(error, rule, "{text:?}");
        assert_advises(&error);
        no_secret::assert_no_secret(&error, &[text]);
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Network>(&json).is_err(), "{text:?} as JSON");
    }
}

#[test]
fn a_zero_length_is_refused_from_parts_as_well() {
    for address in ["0.0.0.0", "::"] {
        let error = Network::new(address.parse().unwrap(), 0).unwrap_err();
        assert_eq!(error, NetworkError::Everything);
        assert_advises(&error);
    }
}

#[test]
fn a_second_identical_entry_is_refused_in_every_spelling() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let (office, home) = (network("192.0.2.0/24"), network("2001:db8::7"));
    block_on(manager.allow(&shop(), &[office, home])).unwrap();
    for (again, known) in [
        ("192.0.2.0/24", office),
        ("::ffff:192.0.2.0/120", office),
        ("2001:db8::7/128", home),
        ("2001:0DB8:0:0::7", home),
    ] {
        let rule = Refusal::DuplicateNetwork { network: known };
        let sentence = world.refuses(&rule, manager.allow(&shop(), &[network(again)]));
        assert!(sentence.contains(&known.to_string()), "{sentence}");
        let with_a_new_one = [network("198.51.100.0/24"), network(again)];
        world.refuses(&rule, manager.allow(&shop(), &with_a_new_one));
    }
    let twice = [network("198.51.100.0/24"), network("198.51.100.0/24")];
    let rule = Refusal::DuplicateNetwork { network: network("198.51.100.0/24") };
    world.refuses(&rule, manager.allow(&shop(), &twice));
    let rule = Refusal::DuplicateNetwork { network: office };
    world.refuses(&rule, manager.disallow(&shop(), &[office, office]));
}

#[test]
fn the_last_entry_is_taken_off_by_lift_only() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let (one, other) = (network("192.0.2.0/24"), network("198.51.100.0/24"));
    block_on(manager.allow(&shop(), &[one, other])).unwrap();
    world.refuses(&Refusal::LastEntry, manager.disallow(&shop(), &[one, other]));
    block_on(manager.disallow(&shop(), &[one])).unwrap();
    let sentence = world.refuses(&Refusal::LastEntry, manager.disallow(&shop(), &[other]));
    assert!(sentence.contains("lift the allowlist"), "{sentence}");
    block_on(manager.lift(&shop())).unwrap();
    assert_eq!(block_on(manager.allowlist(&shop())).unwrap(), []);
}

#[test]
fn an_unlisted_network_cannot_be_removed_even_if_a_listed_one_contains_it() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let (one, other) = (network("192.0.2.0/24"), network("198.51.100.0/24"));
    for unlisted in ["192.0.2.0/25", "192.0.2.7", "192.0.0.0/16"].map(network) {
        let rule = Refusal::NotListed { network: unlisted };
        world.refuses(&rule, manager.disallow(&shop(), &[unlisted]));
    }
    block_on(manager.allow(&shop(), &[one, other])).unwrap();
    for unlisted in ["192.0.2.0/25", "192.0.2.7", "192.0.0.0/16"].map(network) {
        let rule = Refusal::NotListed { network: unlisted };
        let sentence = world.refuses(&rule, manager.disallow(&shop(), &[one, unlisted]));
        assert!(sentence.contains(&unlisted.to_string()), "{sentence}");
    }
}

#[test]
fn an_empty_call_is_refused() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    world.refuses(&Refusal::NoNetworks, manager.allow(&shop(), &[]));
    world.refuses(&Refusal::NoNetworks, manager.disallow(&shop(), &[]));
}

#[test]
fn more_entries_than_the_host_allows_are_refused_whole() {
    let world = World::built(|store, clock| {
        cheap(store, clock).limits(Limits::default().allowlist_entries(2))
    });
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].map(network);
    let rule = Refusal::TooMany { what: "allowlist entries", limit: 2 };
    world.refuses(&rule, manager.allow(&shop(), &networks));
    block_on(manager.allow(&shop(), &networks[..2])).unwrap();
    world.refuses(&rule, manager.allow(&shop(), &networks[2..]));
}

/// The history summarises the networks of a call: it names 20, however many a host allows in one call.
#[test]
fn the_history_names_twenty_networks_and_counts_all() {
    let world = World::built(|store, clock| {
        cheap(store, clock).limits(Limits::default().allowlist_entries(2_000))
    });
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let addresses = (0..1_000_u16).map(u16::to_be_bytes);
    let networks: Vec<_> =
        addresses.map(|[high, low]| Network::of([10, 0, high, low].into())).collect();
    block_on(manager.allow(&shop(), &networks)).unwrap();
    block_on(manager.disallow(&shop(), &networks[1..])).unwrap();

    let history = block_on(manager.history(HistoryFilter::new())).unwrap();
    let actions: Vec<_> =
        history.items.into_iter().map(|item| item.record().unwrap().action).collect();
    let named = |networks: &[Network]| NetworkSummary::of(networks);
    assert_eq!(actions[0], Action::Disallowed { networks: named(&networks[1..]) });
    assert_eq!(actions[1], Action::Allowed { networks: named(&networks) });
    let line = actions[1].to_string();
    assert!(line.starts_with("allowed 10.0.0.0/32, 10.0.0.1/32"), "{line}");
    assert!(line.ends_with(", 10.0.0.19/32 and 980 more"), "{line}");
}

#[test]
fn a_list_is_replaced_in_one_event_and_what_stays_keeps_its_time() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let [one, two, three, four] =
        ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"].map(network);
    block_on(manager.allow(&shop(), &[one, two, three])).unwrap();
    let before = block_on(manager.allowlist(&shop())).unwrap();
    world.clock.advance(std::time::Duration::from_hours(1));
    let events = || block_on(manager.history(HistoryFilter::new())).unwrap().items;
    let count = events().len();

    let wanted = [four, three, one];
    let change = AllowlistChange::Replace(wanted.to_vec());
    let preview = block_on(manager.preview_allowlist(&shop(), &change)).unwrap();
    assert_eq!((preview.added.as_slice(), preview.removed.as_slice()), (&[four][..], &[two][..]));
    assert_eq!(events().len(), count, "a preview changes nothing");
    assert_eq!(block_on(manager.allowlist(&shop())).unwrap(), before);

    let seen = manager.if_revision(preview.revision);
    block_on(seen.replace_allowlist(&shop(), &wanted)).unwrap();
    let after = block_on(manager.allowlist(&shop())).unwrap();
    assert_eq!(after, preview.entries);
    assert_eq!(after[..2], [before[0], before[2]]);
    assert_eq!((after[2].network, after[2].added > before[0].added), (four, true));
    let newest = events()[0].clone().record().unwrap().action;
    let [added, removed] = [[four], [two]].map(|networks| NetworkSummary::of(&networks));
    assert_eq!(newest, Action::AllowlistReplaced { added, removed });
    assert_eq!(events().len(), count + 1);

    // The same list in another order changes nothing.
    block_on(manager.replace_allowlist(&shop(), &[three, one, four])).unwrap();
    assert_eq!(events().len(), count + 1);
    // A change that was previewed before is refused now.
    let stale = block_on(seen.replace_allowlist(&shop(), &[one])).unwrap_err();
    assert_eq!(stale.code(), "changed");
}

#[test]
fn a_preview_is_refused_like_the_change() {
    let world = World::built(|store, clock| {
        cheap(store, clock).limits(Limits::default().allowlist_entries(2))
    });
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].map(network);
    let [one, two, three] = networks;
    block_on(manager.allow(&shop(), &[one, two])).unwrap();
    let too_many = Refusal::TooMany { what: "allowlist entries", limit: 2 };
    let twice = Refusal::DuplicateNetwork { network: one };
    for (change, rule) in [
        (AllowlistChange::Add(vec![three]), &too_many),
        (AllowlistChange::Replace(networks.to_vec()), &too_many),
        (AllowlistChange::Add(vec![one]), &twice),
        (AllowlistChange::Replace(vec![one, one]), &twice),
        (AllowlistChange::Add(vec![]), &Refusal::NoNetworks),
        (AllowlistChange::Replace(vec![]), &Refusal::NoNetworks),
        (AllowlistChange::Remove(vec![one, two]), &Refusal::LastEntry),
        (AllowlistChange::Remove(vec![three]), &Refusal::NotListed { network: three }),
    ] {
        world.refuses(rule, manager.preview_allowlist(&shop(), &change));
        match change {
            AllowlistChange::Add(networks) => {
                world.refuses(rule, manager.allow(&shop(), &networks))
            }
            AllowlistChange::Remove(networks) => {
                world.refuses(rule, manager.disallow(&shop(), &networks))
            }
            AllowlistChange::Replace(networks) => {
                world.refuses(rule, manager.replace_allowlist(&shop(), &networks))
            }
            _ => unreachable!("it is not in the table"),
        };
    }
    let lifted = block_on(manager.preview_allowlist(&shop(), &AllowlistChange::Lift)).unwrap();
    assert_eq!((lifted.entries.len(), lifted.removed.as_slice()), (0, &[one, two][..]));
    block_on(manager.lift(&shop())).unwrap();
    let again = block_on(manager.preview_allowlist(&shop(), &AllowlistChange::Lift)).unwrap();
    assert_eq!((again.added.len(), again.removed.len()), (0, 0));
}
