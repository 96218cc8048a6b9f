//! The allowlists: a preview that changes nothing, and then one commit for each list.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::Request;
use keyward::http::PeerAddress;
use keyward::manage::UnlistedWorkspaces;

use crate::scene::{PREFIX, Scene};
use crate::support::{admin, block_on, member, name, outlet, shop};

fn networks(scene: &Scene) -> Vec<String> {
    let actor = admin();
    let entries = block_on(scene.world.keyward.manager(&actor).allowlist(&shop())).unwrap();
    entries.iter().map(|entry| entry.network.to_string()).collect()
}

fn set(scene: &Scene, lines: &str) -> crate::scene::Reply {
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview").set("entries", lines);
    let preview = scene.submit(&form);
    preview.is(200).says("Nothing is changed yet.");
    scene.change(&preview.form("/confirm"))
}

#[test]
fn a_list_is_previewed_and_then_replaced_as_a_whole() {
    let scene = Scene::new();
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    let preview = scene.submit(&form.set("entries", "203.0.113.0/24\r\n198.51.100.7\r\n"));
    preview
        .says("This workspace has no allowlist now.")
        .says("Added 203.0.113.0/24 198.51.100.7/32");
    assert!(networks(&scene).is_empty(), "a preview changes nothing");
    scene
        .change(&preview.form("/confirm"))
        .says("Done: Replaced the allowlist: added 203.0.113.0/24");
    assert_eq!(networks(&scene), ["203.0.113.0/24", "198.51.100.7/32"]);

    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    assert_eq!(form.get("entries"), "203.0.113.0/24\n198.51.100.7/32");
    let preview = scene.submit(&form.set("entries", "203.0.113.0/24\n2001:db8::/32"));
    preview
        .says("Added 2001:db8::/32")
        .says("Removed 198.51.100.7/32")
        .says("Unchanged 203.0.113.0/24");
    scene.change(&preview.form("/confirm"));
    assert_eq!(networks(&scene), ["203.0.113.0/24", "2001:db8::/32"]);

    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    let preview = scene.submit(&form.set("entries", " "));
    preview.says("The allowlist is lifted.");
    scene.change(&preview.form("/confirm"));
    assert!(networks(&scene).is_empty());
}

#[test]
fn several_addresses_are_added_each_with_its_workspace() {
    let scene = Scene::new();
    scene.world.workspace(&outlet(), "Outlet");
    set(&scene, "10.0.0.0/8");
    let form = scene.get("/allowlist").form("/preview");
    let form = form.set("address-1", "203.0.113.7").set("workspace-1", "acme/shop");
    let form = form.set("address-2", "198.51.100.7").set("workspace-2", "acme/outlet");
    let preview = scene.submit(&form);
    preview.says("Allowlist of Shop").says("Allowlist of Outlet").says("Unchanged 10.0.0.0/8");
    scene.change(&preview.form("/confirm"));
    assert_eq!(networks(&scene), ["10.0.0.0/8", "203.0.113.7/32"]);
    let actor = admin();
    let other = block_on(scene.world.keyward.manager(&actor).allowlist(&outlet())).unwrap();
    assert_eq!(other.len(), 1);
}

#[test]
fn a_wrong_line_is_named_and_the_form_keeps_its_values() {
    let scene = Scene::new();
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    let refused = scene.submit(&form.set("entries", "203.0.113.0/24\nnonsense\n10.0.0.1/8"));
    refused.is(422).says("There are 2 problems").says("“nonsense”").says("“10.0.0.1/8”");
    assert_eq!(refused.form("/preview").get("entries"), "203.0.113.0/24\nnonsense\n10.0.0.1/8");
    scene.submit(&scene.get("/allowlist").form("/preview")).is(422).says("Nothing would change.");
}

#[test]
fn a_confirmation_that_comes_too_late_changes_nothing() {
    let scene = Scene::new();
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    let preview = scene.submit(&form.set("entries", "203.0.113.0/24"));
    let bob = member();
    let id = scene.primary();
    block_on(scene.world.keyward.manager(&bob).rename(id, name("other"))).unwrap();
    let late = scene.submit(&preview.form("/confirm"));
    late.is(412).says("Somebody changed it after you opened this form");
    assert!(networks(&scene).is_empty());
    scene.change(&late.form("/confirm"));
    assert_eq!(networks(&scene), ["203.0.113.0/24"]);
}

#[test]
fn the_browsers_address_is_labelled_as_the_browsers() {
    let scene = Scene::new();
    let address = PeerAddress(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
    let request = Request::builder().uri(format!("{PREFIX}/allowlist")).extension(address);
    let reply = scene.send(request, String::new());
    reply.says("Your browser's address is 203.0.113.9. Your servers may have another one.");
    let form = scene.get("/allowlist?edit=acme%2Fshop").form("/preview");
    for (line, sentence) in [
        ("203.0.113.0/24", "Your browser's address is on the new list."),
        ("10.0.0.0/8", "Your browser's address is not on the new list."),
    ] {
        let body = form.clone().set("entries", line).body();
        let request = Request::post(&form.action).header("sec-fetch-site", "same-origin");
        scene.send(request.extension(address), body).says(sentence);
    }
}

#[test]
fn the_setting_for_workspaces_without_a_list_is_changed() {
    let scene = Scene::new();
    let form = scene.get("/allowlist").form("/unlisted").set("unlisted", "closed");
    scene
        .change(&form)
        .says("Done: Changed the setting for workspaces without an allowlist to: Closed");
    let actor = admin();
    let account = block_on(scene.world.keyward.manager(&actor).account()).unwrap();
    assert_eq!(account.unlisted_workspaces, UnlistedWorkspaces::Closed);
    scene.submit(&form).is(412);
}
