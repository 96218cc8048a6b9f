//! The networks from which credentials passed, if the host remembers them, and the dry run of an allowlist.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;
use std::time::Duration;

use keyward::manage::{Access, AllowlistChange, UnlistedWorkspaces};
use keyward::operate::NetworkViewers;
use keyward::store::CredentialStore;
use keyward::{Actor, App, Attempt, Builder, CredentialId, Keyward, Network, NewCredential};

use crate::support::{
    World, admin, block_on, cheap, cheap_under, guest, member, name, outlet, shop, stranger, viewer,
};

const DAY: Duration = Duration::from_hours(24);

fn remembering(shown_to: NetworkViewers) -> World {
    World::built(|store, clock| cheap(store, clock).remember_networks(shown_to))
}

/// Passes from this address, if it is known.
fn pass(keyward: &Keyward, key: &str, from: Option<&str>) {
    let address: Option<IpAddr> = from.map(|address| address.parse().unwrap());
    let attempt = Attempt::<App>::token(key).client_address(address);
    block_on(keyward.verify(&attempt)).unwrap();
}

fn networks(world: &World, actor: &Actor, id: CredentialId) -> Option<Vec<String>> {
    let networks = block_on(world.keyward.manager(actor).used_networks(id)).unwrap()?;
    Some(networks.iter().map(|seen| format!("{} {}", seen.network, seen.day)).collect())
}

/// The rows of the store, also those that the manager hides.
fn stored(world: &World, id: CredentialId) -> usize {
    block_on(world.store.networks_of(&[id])).unwrap().len()
}

fn flush(world: &World) {
    block_on(world.keyward.flush()).unwrap();
}

fn forecast(world: &World, change: &AllowlistChange) -> Vec<(String, Access)> {
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let preview = block_on(manager.preview_allowlist(&shop(), change)).unwrap();
    let dry_run = preview.dry_run.unwrap();
    assert!(dry_run.is_complete);
    dry_run.credentials.iter().map(|seen| (seen.name.to_string(), seen.access)).collect()
}

fn replace(networks: &[&str]) -> AllowlistChange {
    let networks = networks.iter().map(|network| network.parse::<Network>().unwrap());
    AllowlistChange::Replace(networks.collect())
}

#[test]
fn each_network_is_remembered_with_its_latest_day() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let issued = world.app_key("backend");
    let (id, key) = (issued.credential.id, issued.secret.expose());
    let seen = || networks(&world, &admin(), id).unwrap();
    pass(&world.keyward, key, Some("203.0.113.9"));
    pass(&world.keyward, key, Some("203.0.113.200"));
    pass(&world.keyward, key, Some("::ffff:203.0.113.7"));
    pass(&world.keyward, key, Some("2001:db8:7:1::9"));
    pass(&world.keyward, key, None);
    assert_eq!(seen(), Vec::<String>::new(), "they are written with the last use");
    flush(&world);
    assert_eq!(seen(), ["203.0.113.0/24 2030-01-01", "2001:db8:7::/48 2030-01-01"]);
    world.clock.advance(DAY);
    pass(&world.keyward, key, Some("2001:db8:7:2::1"));
    flush(&world);
    assert_eq!(seen(), ["2001:db8:7::/48 2030-01-02", "203.0.113.0/24 2030-01-01"]);
}

#[test]
fn only_attempts_that_pass_are_remembered() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let issued = world.app_key("backend");
    let id = issued.credential.id;
    let office: Network = "203.0.113.0/24".parse().unwrap();
    block_on(world.keyward.manager(&admin()).allow(&shop(), &[office])).unwrap();
    let elsewhere: IpAddr = "192.0.2.9".parse().unwrap();
    let attempt = Attempt::<App>::token(issued.secret.expose()).client_address(elsewhere);
    block_on(world.keyward.verify(&attempt)).unwrap_err();
    flush(&world);
    assert_eq!(stored(&world, id), 0);
}

/// A caller that changes its address all the time fills no table, and causes no write each time.
#[test]
fn at_most_sixteen_networks_are_remembered() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let issued = world.app_key("backend");
    for day in 0..3 {
        for number in 0..100 {
            pass(&world.keyward, issued.secret.expose(), Some(&format!("10.{day}.{number}.1")));
        }
        flush(&world);
        let seen = networks(&world, &admin(), issued.credential.id).unwrap();
        assert_eq!(seen.len(), 16);
        assert!(seen.iter().all(|seen| seen.starts_with(&format!("10.{day}."))), "{seen:?}");
        world.clock.advance(DAY);
    }
}

#[test]
fn nothing_is_remembered_unless_the_host_says_so() {
    let world = World::new();
    world.shop();
    let issued = world.app_key("backend");
    pass(&world.keyward, issued.secret.expose(), Some("203.0.113.9"));
    flush(&world);
    assert_eq!(stored(&world, issued.credential.id), 0);
    assert_eq!(networks(&world, &admin(), issued.credential.id), None);
    let admin = admin();
    let change = replace(&["203.0.113.0/24"]);
    let manager = world.keyward.manager(&admin);
    let preview = block_on(manager.preview_allowlist(&shop(), &change)).unwrap();
    assert_eq!(preview.dry_run, None);
}

#[test]
fn viewers_see_networks_only_if_the_host_shows_them() {
    for (shown_to, is_shown) in [(NetworkViewers::Managers, false), (NetworkViewers::Viewers, true)]
    {
        let world = remembering(shown_to);
        world.shop();
        let issued = world.app_key("backend");
        let id = issued.credential.id;
        pass(&world.keyward, issued.secret.expose(), Some("203.0.113.9"));
        flush(&world);
        for actor in [admin(), member()] {
            assert_eq!(networks(&world, &actor, id).unwrap().len(), 1, "{actor:?}");
        }
        assert_eq!(networks(&world, &viewer(), id).is_some(), is_shown);
        for actor in [guest(), stranger(), member().only_workspaces([outlet()])] {
            block_on(world.keyward.manager(&actor).used_networks(id)).unwrap_err();
        }
    }
}

#[test]
fn networks_are_forgotten_after_thirty_days() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let issued = world.app_key("backend");
    let id = issued.credential.id;
    pass(&world.keyward, issued.secret.expose(), Some("203.0.113.9"));
    flush(&world);
    world.clock.advance(29 * DAY);
    block_on(world.keyward.forget_networks()).unwrap();
    assert_eq!(networks(&world, &admin(), id).unwrap().len(), 1);
    world.clock.advance(DAY);
    assert_eq!(networks(&world, &admin(), id).unwrap().len(), 0, "it is shown no more");
    assert_eq!(stored(&world, id), 1, "and still stored");
    block_on(world.keyward.forget_networks()).unwrap();
    assert_eq!(stored(&world, id), 0);
}

/// A handle of the same store that `build` makes.
fn another(world: &World, build: impl FnOnce(Builder) -> Builder) -> Keyward {
    let keys = keyward::MasterKeys::new(keyward::MasterKey::generate().unwrap());
    build(cheap_under(world.store.clone(), world.clock.clone(), keys)).build().unwrap()
}

#[test]
fn all_networks_are_forgotten_when_it_is_turned_off() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let issued = world.app_key("backend");
    pass(&world.keyward, issued.secret.expose(), Some("203.0.113.9"));
    flush(&world);
    let still_on = another(&world, |builder| builder.remember_networks(NetworkViewers::Viewers));
    block_on(still_on.forget_networks()).unwrap();
    assert_eq!(stored(&world, issued.credential.id), 1);
    block_on(another(&world, |builder| builder).forget_networks()).unwrap();
    assert_eq!(stored(&world, issued.credential.id), 0);
}

#[test]
fn networks_end_with_their_credential_or_workspace() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let deleted = world.app_key("backend");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let left = block_on(manager.issue_app_key(NewCredential::new(outlet(), name("left")))).unwrap();
    for issued in [&deleted, &left] {
        pass(&world.keyward, issued.secret.expose(), Some("203.0.113.9"));
    }
    flush(&world);
    block_on(manager.delete(deleted.credential.id, "backend")).unwrap();
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    for issued in [&deleted, &left] {
        assert_eq!(stored(&world, issued.credential.id), 0);
    }
}

#[test]
fn a_dry_run_says_who_keeps_access_who_loses_it_and_who_cannot_be_told() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let uses: [(&str, &[Option<&str>]); 5] = [
        ("behind a proxy", &[None]),
        ("home and office", &[Some("203.0.113.9"), Some("192.0.2.9")]),
        ("office", &[Some("203.0.113.9")]),
        ("part of the office", &[Some("198.51.100.9")]),
        ("unused", &[]),
    ];
    for (called, addresses) in uses {
        let issued = world.app_key(called);
        for address in addresses {
            pass(&world.keyward, issued.secret.expose(), *address);
        }
    }
    flush(&world);
    let change = replace(&["203.0.113.0/24", "198.51.100.0/25"]);
    let expected = [
        ("behind a proxy", Access::Unknown),
        ("home and office", Access::Loses),
        ("office", Access::Keeps),
        ("part of the office", Access::Unknown),
    ];
    let before = world.dump();
    assert_eq!(forecast(&world, &change), expected.map(|(name, access)| (name.to_owned(), access)));
    world.dump().assert_is(&before, "a dry run changes nothing");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let preview = block_on(manager.preview_allowlist(&shop(), &change)).unwrap().dry_run.unwrap();
    assert_eq!(preview.since.to_string(), "2029-12-03");
    let lost: Vec<_> = preview.credentials[1]
        .networks
        .iter()
        .map(|seen| (seen.network.to_string(), seen.access))
        .collect();
    assert_eq!(
        lost,
        [("192.0.2.0/24".to_owned(), Access::Loses), ("203.0.113.0/24".to_owned(), Access::Keeps)]
    );

    // Without a list, the account's setting decides.
    block_on(manager.allow(&shop(), &["192.0.2.0/24".parse().unwrap()])).unwrap();
    for (setting, access) in
        [(UnlistedWorkspaces::Open, Access::Keeps), (UnlistedWorkspaces::Closed, Access::Loses)]
    {
        block_on(manager.set_unlisted_workspaces(setting)).unwrap();
        let forecast = forecast(&world, &AllowlistChange::Lift);
        assert!(forecast.iter().all(|(_, told)| *told == access), "{forecast:?}");
        assert_eq!(forecast.len(), 4);
    }
}

/// What the dry run says is what happens.
#[test]
fn a_dry_run_agrees_with_the_policy() {
    let world = remembering(NetworkViewers::Managers);
    world.shop();
    let addresses = ["203.0.113.9", "192.0.2.9", "2001:db8:7::1"];
    let keys = addresses.map(|address| {
        let issued = world.app_key(&format!("from {address}"));
        pass(&world.keyward, issued.secret.expose(), Some(address));
        (issued, address.parse::<IpAddr>().unwrap())
    });
    flush(&world);
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for list in [&["203.0.113.0/24"][..], &["192.0.0.0/16", "2001:db8::/32"], &["198.51.100.1"]] {
        let told = forecast(&world, &replace(list));
        let networks: Vec<Network> = list.iter().map(|network| network.parse().unwrap()).collect();
        block_on(manager.replace_allowlist(&shop(), &networks)).unwrap();
        for (issued, address) in &keys {
            let attempt = Attempt::<App>::token(issued.secret.expose()).client_address(*address);
            let passes = block_on(world.keyward.verify(&attempt)).is_ok();
            let called = issued.credential.name.to_string();
            let (_, access) = told.iter().find(|(name, _)| *name == called).unwrap();
            assert_eq!(*access == Access::Keeps, passes, "{called} with {list:?}");
        }
        block_on(manager.lift(&shop())).unwrap();
    }
}
