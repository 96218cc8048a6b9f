//! The rules of the account, and members who left.

use keyward::manage::LeakResponse;

use crate::scene::Scene;
use crate::support::{block_on, viewer};

fn rules(scene: &Scene) -> keyward::manage::PolicyFields {
    let admin = crate::support::admin();
    block_on(scene.world.keyward.manager(&admin).account()).unwrap().policy.fields()
}

#[test]
fn rules_are_previewed_saved_and_applied() {
    let scene = Scene::new();
    drop(scene.world.app_key("Backend"));
    let form = scene.get("/policy").form("/policy").set("max_lifetime_seconds", "86400");
    let preview = scene.post("/policy/preview", &form.body());
    preview.is(200).says("Nothing is changed yet.").says("It gets the expiry");
    assert_eq!(rules(&scene).max_lifetime_seconds, None);
    let saved = scene.change(&preview.form("/policy"));
    saved.says("Done: Changed the rules for credentials");
    assert_eq!(rules(&scene).max_lifetime_seconds, Some(86_400));
    let effect = scene.get("/policy/effect");
    effect.says("Backend").says("It gets the expiry");
    scene.change(&effect.form("/apply")).is(200);
    scene.get("/policy/effect").says("No credential on this page breaks the rules.");
    scene.get("/").says("Backend");
}

/// Another administrator tightens the rules while the effect of the earlier ones is on the screen.
#[test]
fn rules_that_were_changed_since_they_were_shown_are_not_applied() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let form = || scene.get("/policy").form("/policy");
    scene.change(&form().set("max_lifetime_seconds", "86400"));
    let shown = scene.get("/policy/effect").form("/apply");
    scene.change(&form().set("max_lifetime_seconds", "60"));
    scene.submit(&shown).is(412);
    let admin = crate::support::admin();
    let credential = block_on(scene.world.keyward.manager(&admin).credential(id)).unwrap();
    assert_eq!(credential.expires, None);
    scene.change(&scene.get("/policy/effect").form("/apply")).is(200);
}

#[test]
fn a_wrong_rule_is_shown_at_its_field_and_saves_nothing() {
    let scene = Scene::new();
    let form = || scene.get("/policy").form("/policy");
    let zero = scene.submit(&form().set("max_overlap_seconds", "0"));
    zero.is(422).says("Write at least one second, or leave the field empty for no rule.");
    assert!(zero.html.contains("id=\"max_overlap_seconds-error\""), "{}", zero.html);
    let word = scene.submit(&form().set("max_lifetime_seconds", "90 days"));
    word.is(422).says("Write a whole number of seconds.").says("There is a problem");
    let both = form().set("max_lifetime_seconds", "60").set("default_expiry_seconds", "61");
    let both = scene.submit(&both);
    both.is(422).says("Write at most 60 seconds, which is the longest lifetime of a credential");
    let both = form().set("max_secret_age_seconds", "60").set("default_expiry_seconds", "61");
    let both = scene.submit(&both);
    both.is(422).says("Write at most 60 seconds, which is the maximum age of a key");
    assert_eq!(rules(&scene), keyward::manage::PolicyFields::default());
}

#[test]
fn a_rule_refuses_the_forms_that_break_it() {
    let scene = Scene::new();
    scene.change(&scene.get("/policy").form("/policy").set("max_lifetime_seconds", "86400"));
    let add = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    let refused = scene.submit(&add.set("expiry", "never"));
    refused.is(422).says("limits the lifetime of a credential to 24 hours");
}

#[test]
fn a_member_is_deactivated_and_reactivated() {
    let scene = Scene::new();
    let change = |change: &str| {
        let form = scene.get("/policy").form("/member").set("member", "bob");
        let reply = scene.post("/policy/member", &format!("{}&change={change}", form.body()));
        scene.get(reply.is(303).location())
    };
    change("deactivate").says("Done: Deactivated the member bob").says("1 member is inactive.");
    change("reactivate").says("Done: Reactivated the member bob").says("0 members are inactive.");
    let form = scene.get("/policy").form("/member");
    let nobody = scene.post("/policy/member", &format!("{}&change=deactivate", form.body()));
    nobody.is(422).says("Enter the ID of a member.");
}

#[test]
fn a_viewer_reads_the_rules_and_changes_none() {
    let scene = Scene::new();
    let viewer = scene.by(viewer());
    let page = viewer.get("/policy");
    page.is(200).says("Longest lifetime of a credential").says("No rule");
    assert!(!page.html.contains("method=\"post\""), "{}", page.html);
    let form = scene.get("/policy").form("/policy").set("max_lifetime_seconds", "60");
    viewer.submit(&form).is(403);
    viewer.get("/policy/effect").is(403);
}

#[test]
fn the_response_to_leaks_is_chosen() {
    let scene = Scene::new();
    let response = || {
        let admin = crate::support::admin();
        block_on(scene.world.keyward.manager(&admin).account()).unwrap().leak_response
    };
    let form = scene.get("/policy").form("/leaks");
    assert_eq!(form.get("leak_response"), "stop");
    scene
        .change(&form.clone().set("leak_response", "report"))
        .says("the history says where it was found");
    assert_eq!(response(), LeakResponse::Report);
    // The form is of an older revision.
    scene.submit(&form).is(412);
    scene.submit(&scene.get("/policy").form("/leaks").set("leak_response", "guess")).is(400);
    assert_eq!(response(), LeakResponse::Report);
    scene.by(viewer()).get("/policy").says("What happens to a key that is found in public?");
}

/// A form without a field is not of the page: it must not remove the rule.
#[test]
fn a_form_without_one_of_the_rules_changes_nothing() {
    let scene = Scene::new();
    let whole = scene.get("/policy").form("/policy").set("max_lifetime_seconds", "86400");
    scene.change(&whole.set("max_overlap_seconds", "60"));
    let before = rules(&scene);
    let open = scene.get("/policy").form("/policy");
    for field in [
        "max_lifetime_seconds",
        "default_expiry_seconds",
        "max_overlap_seconds",
        "max_secret_age_seconds",
    ] {
        let mut part = open.clone();
        part.fields.retain(|(name, _)| name != field);
        scene.submit(&part).is(400);
        scene.post("/policy/preview", &part.body()).is(400);
    }
    assert_eq!(rules(&scene), before);
    scene.change(&open.set("max_overlap_seconds", ""));
    assert_eq!(
        (rules(&scene).max_lifetime_seconds, rules(&scene).max_overlap_seconds),
        (Some(86_400), None)
    );
}

#[test]
fn a_key_that_was_pasted_as_a_member_is_refused_and_not_recorded() {
    let scene = Scene::new();
    let key = scene.world.app_key("spare").secret.expose().to_owned();
    for change in ["deactivate", "reactivate"] {
        let form = scene.get("/policy").form("/member").set("member", &key);
        let refused = scene.post("/policy/member", &format!("{}&change={change}", form.body()));
        refused.is(422).says("Enter the ID of a member.");
        assert!(!refused.html.contains(&key), "{}", refused.html);
    }
    assert!(!scene.get("/history").html.contains(&key));
}

#[test]
fn a_new_key_gets_the_default_expiry_of_the_account_unless_another_one_is_chosen() {
    let scene = Scene::new();
    let expiry_of = |called: &str, expiry: Option<&str>| {
        let form = scene.get("/add").form("/add").set("name", called).set("kind", "app");
        let form = expiry.map_or(form.clone(), |chosen| form.set("expiry", chosen));
        scene.submit(&form).is(200);
        let filter = keyward::manage::CredentialFilter::new().name_starts_with(called);
        let admin = crate::support::admin();
        let page = block_on(scene.world.keyward.manager(&admin).credentials(filter)).unwrap();
        let found = page.items.into_iter().find_map(keyward::store::PageItem::record).unwrap();
        found.expires
    };
    assert!(!scene.get("/add").text().contains("As the rules of the account say"));
    assert_eq!(expiry_of("Without rules", None), None);
    scene.change(&scene.get("/policy").form("/policy").set("default_expiry_seconds", "86400"));
    scene.get("/add").says("As the rules of the account say");
    assert_eq!(expiry_of("By default", None), Some(scene.world.later(86_400)));
    assert_eq!(expiry_of("Chosen", Some("never")), None);
    let shown = scene.get("/add").form("/add").set("name", "");
    assert_eq!(scene.submit(&shown).is(422).form("/add").get("expiry"), "default");
}
