//! Integrations and the credentials that they use.

use keyward::manage::Owner;
use keyward::{ActorId, CredentialId, NewCredential};

use crate::scene::Scene;
use crate::support::{admin, block_on, name, shop};

fn connect(scene: &Scene, number: usize) -> crate::html::Form {
    let page = scene.get("/integrations");
    let forms = crate::html::forms(&page.html);
    let posts: Vec<_> = forms.into_iter().filter(|it| it.action.ends_with("/connect")).collect();
    posts[number].clone()
}

#[test]
fn an_integration_is_connected_with_a_chosen_set_and_disconnected() {
    let scene = Scene::new();
    let id = scene.primary();
    scene.get("/integrations").says("Segment").says("API").says("Not connected");
    let connected = scene.change(&connect(&scene, 1));
    connected.says("Uses primary").says("Connected since 2030-01-01 09:00 UTC");
    connected.says("It contains only the public site ID.").says(&format!("site = {id}"));
    scene
        .get(&format!("/credentials/{id}/delete"))
        .says("These integrations use it.")
        .says("Segment");
    scene.get(&format!("/credentials/{id}")).says("Used by Segment");
    let form = connected.form("/disconnect");
    assert!(!scene.change(&form).text().contains("Uses primary"));
}

#[test]
fn a_new_set_appears_at_once_and_a_choice_is_required() {
    let scene = Scene::new();
    let second = scene.world.track_set("second").credential.id;
    let page = scene.get("/integrations");
    page.says(&format!("second ({second})"));
    let form = connect(&scene, 1);
    assert_eq!(form.get("credential"), "", "nothing is chosen for the reader");
    scene.submit(&form).is(409).says("Choose a credential: the workspace has more than one.");
    scene.change(&form.set("credential", second.as_str())).says("Uses second");
}

#[test]
fn another_integration_has_a_name() {
    let scene = Scene::new();
    let id = scene.primary();
    let page = scene.get("/integrations");
    let forms = crate::html::forms(&page.html);
    let form = forms
        .into_iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "custom"))
        .unwrap();
    let form = form.set("credential", id.as_str());
    scene.submit(&form.clone().set("custom", "")).is(422);
    scene.change(&form.set("custom", "Shop export")).says("Shop export").says("Uses primary");
    let actor = crate::support::admin();
    let shop = crate::support::shop();
    let all = block_on(scene.world.keyward.manager(&actor).integrations(&shop)).unwrap();
    assert_eq!(all.len(), 1);
}

/// A set that a member owns.
fn set_of(scene: &Scene, member: &ActorId) -> CredentialId {
    let owner = Owner::Member { id: member.clone() };
    let new = NewCredential::new(shop(), name("of Bob")).owner(owner);
    block_on(scene.world.keyward.manager(&admin()).issue_track_set(new)).unwrap().credential.id
}

#[test]
fn the_set_of_an_inactive_member_is_not_offered() {
    let scene = Scene::new();
    let bob = ActorId::new("bob").unwrap();
    let owned = set_of(&scene, &bob);
    let open = connect(&scene, 1).set("credential", owned.as_str());
    let connected = scene.change(&open);
    connected.says("Uses of Bob");
    block_on(scene.world.keyward.manager(&admin()).deactivate(&bob)).unwrap();

    scene.get(&format!("/credentials/{owned}")).says("its owner is an inactive member.");
    let primary = scene.primary();
    let working = scene.get(&format!("/credentials/{primary}"));
    assert!(!working.text().contains("inactive member"), "{}", working.text());
    let page = scene.get("/integrations");
    page.says("Uses of Bob");
    assert!(!page.html.contains(&format!("<option value=\"{owned}\"")), "{}", page.html);
    let forged = connect(&scene, 2).set("credential", owned.as_str());
    scene.submit(&forged).is(409).says("The owner is an inactive member");
}

/// The browser would send the first choice.
#[test]
fn nothing_is_chosen_in_place_of_a_credential_that_can_no_longer_be_chosen() {
    let scene = Scene::new();
    let second = scene.world.track_set("second").credential.id;
    drop(scene.world.track_set("third"));
    scene.change(&connect(&scene, 1).set("credential", second.as_str()));
    assert_eq!(connect(&scene, 1).get("credential"), second.as_str());
    block_on(scene.world.keyward.manager(&admin()).suspend(second)).unwrap();
    assert_eq!(connect(&scene, 1).get("credential"), "");
}
