//! A key that was found in public is pasted into the page.

use keyward::NewWorkspace;
use keyward::manage::CredentialStatus;

use crate::scene::{Reply, Scene};
use crate::support::{admin, block_on, name, stranger, viewer};

/// Posts a text that was found.
fn paste(scene: &Scene, text: &str) -> Reply {
    let form = scene.get("/leaked").form("/leaked").set("found", text);
    let reply = scene.submit(&form);
    assert!(!reply.html.contains(text), "the answer repeats the text");
    reply
}

#[test]
fn a_pasted_key_is_named_and_stopped_by_one_button() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let token = issued.secret.expose();
    let text = format!("curl -H \"Authorization: Bearer {token}\" https://api.example.com");
    let found = paste(&scene, &text);
    let location = found.is(303).location().to_owned();
    assert!(!location.contains(token));
    let page = scene.get(&location);
    page.is(200).says("Backend").says("It is key 1, and it works.");
    assert!(!page.html.contains(token));
    let stop = page.form("/leaked/stop").set("place", &format!("https://example.com/?q={token}"));
    let stopped = scene.change(&stop);
    stopped.says("Done: Suspended it");
    let history = scene.get("/history?action=leaked");
    history.says("Reported that key 1 was found in public");
    assert!(!history.html.contains(token), "the address contains the key");
    let admin = admin();
    let now = block_on(scene.world.keyward.manager(&admin).credential(issued.credential.id));
    assert_eq!(now.unwrap().status, CredentialStatus::Suspended);
    scene.get(&location).says("It is key 1. It does not work, so there is nothing to do.");
}

#[test]
fn the_address_at_which_a_key_was_found_is_in_the_history() {
    let scene = Scene::new();
    let issued = scene.world.track_set("Website");
    let location = paste(&scene, issued.secret.expose()).is(303).location().to_owned();
    let stop = scene.get(&location).form("/leaked/stop").set("place", "https://example.com/a");
    scene.change(&stop).says("Done: Rotated to key 2; the previous key ended at once");
    scene.get("/history").says("https://example.com/a");
}

/// An admin of another account learns nothing about a key.
#[test]
fn a_key_of_another_account_reads_as_any_other_text() {
    let scene = Scene::new();
    let stranger = stranger();
    let id = keyward::WorkspaceId::new("other/shop").unwrap();
    let manager = scene.world.keyward.manager(&stranger);
    let new = NewWorkspace::new(id, name("Shop"));
    let theirs = block_on(manager.create_workspace(new)).unwrap().first;
    let [other, noise] = [theirs.secret.expose(), "some text"].map(|text| paste(&scene, text));
    other.is(422).says("The text contains no key of this account that you can change.");
    assert_eq!(other.html, noise.is(422).html);
}

#[test]
fn an_actor_who_cannot_change_credentials_cannot_look_for_keys() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let viewer = scene.by(viewer());
    viewer.get("/leaked").is(403);
    let body = format!("found={}", issued.secret.expose());
    viewer.post("/leaked", &body).is(403);
    let id = issued.credential.id;
    viewer.post("/leaked/stop", &format!("credential={id}&key=1&revision=1")).is(403);
}

#[test]
fn a_form_of_an_older_revision_stops_nothing() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let location = paste(&scene, issued.secret.expose()).is(303).location().to_owned();
    let stop = scene.get(&location).form("/leaked/stop");
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    block_on(manager.rename(issued.credential.id, name("Reports"))).unwrap();
    scene.submit(&stop).is(412).says("Reports");
    let now = block_on(manager.credential(issued.credential.id)).unwrap();
    assert_eq!(now.status, CredentialStatus::Active);
}
