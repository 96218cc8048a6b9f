//! A form that is sent twice, and a form that comes too late.

use keyward::Attempt;

use crate::scene::Scene;
use crate::support::{block_on, member, name};

#[test]
fn a_form_sent_twice_makes_one_secret_and_offers_to_replace_it() {
    let scene = Scene::new();
    let form = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    let first = scene.submit(&form).secret();
    let second = scene.submit(&form);
    second.is(409).says("This form was already sent").says("Nothing was done a second time");
    assert!(!second.html.contains(&first));
    let replaced = scene.submit(&second.form("/replace"));
    replaced.is(200).says("App key “Backend”");
    let verifies = |key: &str| block_on(scene.world.keyward.verify(&Attempt::app(key))).is_ok();
    assert!(!verifies(&first) && verifies(&replaced.secret()));
}

#[test]
fn a_used_secret_is_not_offered_for_replacement() {
    let scene = Scene::new();
    let form = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    let first = scene.submit(&form).secret();
    block_on(scene.world.keyward.verify(&Attempt::app(&first))).unwrap();
    block_on(scene.world.keyward.flush()).unwrap();
    let second = scene.submit(&form);
    second.is(409).says("If you do not have it, rotate the credential.");
    assert!(!second.html.contains("/replace"));
}

#[test]
fn a_rotation_sent_twice_rotates_once() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let page = scene.get(&format!("/credentials/{}/rotate", issued.credential.id));
    let form = page.form("/rotate").set("overlap", "86400");
    scene.submit(&form).is(200);
    scene.submit(&form).is(409).says("This form was already sent");
    let deployed = Attempt::app(issued.secret.expose());
    block_on(scene.world.keyward.verify(&deployed)).expect("the deployed key still works");
}

#[test]
fn a_form_that_is_used_again_for_something_else_gets_a_new_id() {
    let scene = Scene::new();
    let form = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    scene.submit(&form).is(200);
    let other = scene.submit(&form.clone().set("name", "Other"));
    other.is(409).says("This form was already used for something else");
    let again = other.form("/add");
    assert_eq!(again.get("name"), "Other");
    assert_ne!(again.get("operation"), form.get("operation"));
    scene.submit(&again).is(200).says("App key “Other”");
}

#[test]
fn a_form_that_comes_too_late_names_the_other_change_and_does_nothing() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let form = scene.get(&format!("/credentials/{id}")).form("/rename").set("name", "Mine");
    let bob = member();
    block_on(scene.world.keyward.manager(&bob).rename(id, name("Theirs"))).unwrap();
    let late = scene.submit(&form);
    late.is(412).says("Somebody changed it after you opened this form");
    late.says("bob@acme.test (member): Renamed it from “Backend” to “Theirs”");
    late.says("You wanted to: Rename to “Mine”.").says("Theirs");
    let again = late.form("/rename");
    assert_eq!(again.get("name"), "Mine", "the form keeps its values");
    scene.change(&again).says("Renamed it from “Theirs” to “Mine”");
}

#[test]
fn each_form_of_a_credential_is_refused_when_it_comes_too_late() {
    let scene = Scene::new();
    drop(scene.world.track_set("second"));
    let id = scene.primary();
    let page = scene.get(&format!("/credentials/{id}"));
    let mut forms: Vec<_> = ["rename", "expiry", "suspend", "deprecate"]
        .iter()
        .map(|act| page.form(&format!("/{act}")))
        .collect();
    for act in ["rotate", "reveal", "delete"] {
        let form = scene.get(&format!("/credentials/{id}/{act}")).form(&format!("/{act}"));
        forms.push(form.set("typed", "primary"));
    }
    block_on(scene.world.keyward.manager(&member()).rename(id, name("other"))).unwrap();
    let before = scene.world.dump();
    for form in forms {
        let late = scene.submit(&form);
        assert_eq!(late.status.as_u16(), 412, "{}: {}", form.action, late.text());
        scene.world.dump().assert_is(&before, &form.action);
    }
}
