//! From where a credential was used, and who would lose access by a new allowlist.

use keyward::operate::NetworkViewers;
use keyward::{App, Attempt};

use crate::scene::Scene;
use crate::support::{World, block_on, cheap, viewer};

/// A service whose host remembers networks, with keys that were used from these addresses.
fn used(shown_to: NetworkViewers, keys: &[(&str, Option<&str>)]) -> Scene {
    let world = World::built(|store, clock| cheap(store, clock).remember_networks(shown_to));
    world.shop();
    for (called, address) in keys {
        let issued = world.app_key(called);
        let address: Option<std::net::IpAddr> = address.map(|address| address.parse().unwrap());
        let attempt = Attempt::<App>::token(issued.secret.expose()).client_address(address);
        block_on(world.keyward.verify(&attempt)).unwrap();
    }
    block_on(world.keyward.flush()).unwrap();
    Scene::over(world, |page| page)
}

fn preview(scene: &Scene, lines: &str) -> crate::scene::Reply {
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview").set("entries", lines);
    scene.submit(&form)
}

#[test]
fn a_preview_says_who_keeps_access_who_loses_it_and_who_cannot_be_told() {
    let keys = [
        ("home", Some("192.0.2.9")),
        ("office", Some("203.0.113.9")),
        ("proxy", None),
        ("part", Some("198.51.100.9")),
    ];
    let scene = used(NetworkViewers::Managers, &keys);
    let shown = preview(&scene, "203.0.113.0/24\n198.51.100.0/25");
    shown
        .is(200)
        .says("Credentials that were used in the last 30 days")
        .says("According to the networks that were recorded since 2029-12-03.")
        .says("Loses access: 1 credential home 192.0.2.0/24, last on 2030-01-01")
        .says("Unknown: 2 credentials")
        .says("part 198.51.100.0/24, last on 2030-01-01")
        .says("proxy")
        .says("Keeps access: 1 credential office 203.0.113.0/24, last on 2030-01-01");
    scene.change(&shown.form("/confirm")).says("Done: Replaced the allowlist");
}

#[test]
fn a_preview_has_no_dry_run_if_the_host_remembers_no_networks() {
    let scene = Scene::new();
    let shown = preview(&scene, "203.0.113.0/24");
    assert!(!shown.is(200).text().contains("30 days"), "{}", shown.text());
    let scene = used(NetworkViewers::Managers, &[]);
    preview(&scene, "203.0.113.0/24")
        .says("No credential of this workspace was used in the last 30 days.");
}

/// A long group is cut, and says so.
#[test]
fn fifty_credentials_of_a_group_are_shown() {
    let names: Vec<_> = (10..70).map(|number| format!("key {number}")).collect();
    let keys: Vec<_> = names.iter().map(|name| (name.as_str(), Some("192.0.2.9"))).collect();
    let scene = used(NetworkViewers::Managers, &keys);
    let shown = preview(&scene, "203.0.113.0/24");
    shown.says("Loses access: 60 credentials").says("key 59").says("And 10 credentials more.");
    assert!(!shown.text().contains("key 60"), "{}", shown.text());
}

#[test]
fn a_list_that_is_refused_is_told_at_its_field() {
    let scene = Scene::new();
    let lines: Vec<_> =
        (0..2_000).map(|number| format!("10.{}.{}.0/24", number / 250, number % 250)).collect();
    let refused = preview(&scene, &lines[..1_001].join("\n"));
    refused.is(409).says("There is a problem").says("allowlist entries");
    assert_eq!(refused.form("/preview").get("entries").lines().count(), 1_001);
}

#[test]
fn a_credential_says_from_where_it_was_used() {
    for (shown_to, is_shown) in [(NetworkViewers::Managers, false), (NetworkViewers::Viewers, true)]
    {
        let scene = used(shown_to, &[("backend", Some("203.0.113.9"))]);
        let path = format!("/credentials/{}", scene.app());
        scene.get(&path).says("Used from 203.0.113.0/24, last on 2030-01-01");
        let shown = scene.by(viewer()).get(&path);
        assert_eq!(shown.text().contains("Used from"), is_shown, "{}", shown.text());
        let unused = format!("/credentials/{}", scene.primary());
        scene.get(&unused).says("Used from No network recorded in the last 30 days");
    }
    let scene = Scene::new();
    let off = scene.get(&format!("/credentials/{}", scene.primary()));
    assert!(!off.is(200).text().contains("Used from"), "{}", off.text());
}
