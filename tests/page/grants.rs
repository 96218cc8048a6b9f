//! The scopes, networks, labels and owner of a credential: when it is added, and later.

use keyward::manage::{Credential, Owner};
use keyward::scope::Scopes;
use keyward::{ActorId, CredentialId};

use crate::html::Form;
use crate::scene::{Reply, Scene};
use crate::support::{World, admin, block_on, cheap, member, viewer};

keyward::vocabulary! {
    /// What a key of this test may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
    }
    presets {
        READER = "Read only" => [ReadPeople],
    }
}

/// A service with scopes, and the App key `backend`.
fn scoped() -> Scene {
    let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
    world.shop();
    drop(world.app_key("backend"));
    Scene::over(world, |page| page)
}

fn form(scene: &Scene, id: CredentialId, act: &str) -> Form {
    scene.get(&format!("/credentials/{id}")).form(&format!("/{act}"))
}

fn stored(scene: &Scene, id: CredentialId) -> Credential {
    block_on(scene.world.keyward.manager(&admin()).credential(id)).unwrap()
}

fn with_scope(mut form: Form, names: &[&str]) -> Form {
    form.fields.retain(|(field, _)| field != "scope");
    form.fields.extend(names.iter().map(|name| ("scope".to_owned(), (*name).to_owned())));
    form
}

#[test]
fn the_scopes_of_a_key_are_changed() {
    let scene = scoped();
    let id = scene.app();
    let open = form(&scene, id, "scopes");
    assert_eq!(open.get("scopes"), "all", "the form shows what the key has");
    let some = with_scope(open.set("scopes", "some"), &["send:email"]);
    scene.change(&some).says("Done:").says("Scopes send:email");
    assert_eq!(stored(&scene, id).scopes, Scopes::of([Scope::SendEmail]).unwrap());

    let open = form(&scene, id, "scopes");
    assert_eq!((open.get("scopes"), open.get("scope")), ("some", "send:email"));
    let preset = open.set("scopes", "preset:Read only");
    scene.change(&preset).says("Scopes read:people");
    let none = form(&scene, id, "scopes").set("scopes", "none");
    scene.change(&none).says("Scopes Nothing");
    assert_eq!(form(&scene, id, "scopes").get("scopes"), "none");
    let nothing = with_scope(form(&scene, id, "scopes").set("scopes", "some"), &[]);
    let refused = scene.submit(&nothing);
    refused.is(422).says("Choose what the key may do.");
    assert_eq!(refused.form("/scopes").get("scopes"), "some", "the form keeps its values");
    assert_eq!(stored(&scene, id).scopes, Scopes::none());
}

#[test]
fn the_networks_of_a_key_are_changed_and_lifted() {
    let scene = scoped();
    let id = scene.app();
    let set = form(&scene, id, "networks").set("networks", "203.0.113.0/24\n\n 192.0.2.7 ");
    scene.change(&set).says("Only from these networks 192.0.2.7/32 203.0.113.0/24");
    let kept = form(&scene, id, "networks");
    assert_eq!(kept.get("networks"), "192.0.2.7/32\n203.0.113.0/24");
    for (wrong, said) in [("office", "“office”:"), ("0.0.0.0/0", "“0.0.0.0/0”:")] {
        let refused = scene.submit(&kept.clone().set("networks", &format!("10.0.0.0/8\n{wrong}")));
        refused.is(422).says(said).says("There is a problem");
        assert!(refused.form("/networks").get("networks").starts_with("10.0.0.0/8"));
    }
    let many: Vec<_> = (0..51).map(|number| format!("10.0.{number}.0/24")).collect();
    scene.submit(&kept.clone().set("networks", &many.join("\n"))).is(422).says("at most 50");
    scene.change(&kept.set("networks", "")).says("Done:");
    assert_eq!(stored(&scene, id).networks, None);
}

#[test]
fn the_labels_of_a_key_are_changed() {
    let scene = scoped();
    let id = scene.app();
    let set = form(&scene, id, "labels").set("labels", "team = billing\nenv=test");
    scene.change(&set).says("Labels env=test team=billing");
    let kept = form(&scene, id, "labels");
    assert_eq!(kept.get("labels"), "env=test\nteam=billing");
    for (wrong, said) in
        [("team", "write a name, = and a value"), ("a=1\na=2", "Two labels have the same name")]
    {
        scene.submit(&kept.clone().set("labels", wrong)).is(422).says(said);
    }
    scene.change(&kept.set("labels", "")).says("Done:");
    assert!(stored(&scene, id).labels.is_empty());
}

#[test]
fn a_key_is_handed_over_to_a_member_and_back() {
    let scene = scoped();
    let id = scene.app();
    let open = form(&scene, id, "owner");
    assert_eq!((open.get("owner"), open.get("member")), ("account", ""));
    let given = open.clone().set("owner", "member").set("member", "bob@acme.test");
    scene.change(&given).says("Owner bob@acme.test");
    let bob = ActorId::new("bob@acme.test").unwrap();
    assert_eq!(stored(&scene, id).owner, Owner::Member { id: bob.clone() });
    let back = form(&scene, id, "owner");
    assert_eq!((back.get("owner"), back.get("member")), ("member", "bob@acme.test"));
    let missing = scene.submit(&back.clone().set("member", ""));
    missing.is(422).says("Enter the ID of a member.");

    block_on(scene.world.keyward.manager(&admin()).deactivate(&ActorId::new("eve").unwrap()))
        .unwrap();
    let inactive = scene.submit(&back.clone().set("member", "eve"));
    inactive.is(409).says("There is a problem");
    assert_eq!(inactive.form("/owner").get("member"), "eve");
    scene.change(&back.set("owner", "account")).says("Done:");
    assert_eq!(stored(&scene, id).owner, Owner::Account);

    let last = form(&scene, scene.primary(), "owner").set("owner", "member").set("member", "bob");
    scene.submit(&last).is(409).says("last permanent Track set");
}

/// Each form changes one field, and leaves the others as they were.
#[test]
fn changing_one_field_leaves_the_others() {
    let scene = scoped();
    let id = scene.app();
    let changes = [
        ("scopes", vec![("scopes", "preset:Read only")]),
        ("networks", vec![("networks", "203.0.113.0/24")]),
        ("labels", vec![("labels", "env=test")]),
        ("owner", vec![("owner", "member"), ("member", "bob")]),
    ];
    for (act, fields) in changes {
        let before = stored(&scene, id);
        let form = fields
            .into_iter()
            .fold(form(&scene, id, act), |form, (field, value)| form.set(field, value));
        scene.change(&form).says("Done:");
        let after = stored(&scene, id);
        let mut expected = before.clone();
        expected.revision = after.revision;
        match act {
            "scopes" => expected.scopes = after.scopes.clone(),
            "networks" => expected.networks = after.networks.clone(),
            "labels" => expected.labels = after.labels.clone(),
            _ => expected.owner = after.owner.clone(),
        }
        assert_eq!(after, expected, "{act}");
        let mut unchanged = before;
        unchanged.revision = after.revision;
        assert_ne!(after, unchanged, "{act}");
    }
}

#[test]
fn a_key_is_added_with_networks_labels_and_an_owner() {
    let scene = scoped();
    let empty = scene.get("/add?kind=app").form("/add").set("name", "narrow").set("kind", "app");
    scene.submit(&empty).is(422).says("Choose what the key may do.");
    let filled = empty
        .set("scopes", "preset:Read only")
        .set("networks", "203.0.113.0/24")
        .set("labels", "team=billing")
        .set("owner", "member")
        .set("member", "bob");
    let wrong = scene.submit(&filled.clone().set("labels", "team"));
    wrong.is(422).says("write a name, = and a value");
    assert!(wrong.html.contains("<details open>"), "the problem is in sight");
    let shown = scene.submit(&wrong.form("/add").set("labels", "team=billing"));
    shown.is(200).says("copy the key now");
    let list = block_on(
        scene
            .world
            .keyward
            .manager(&admin())
            .credentials(keyward::manage::CredentialFilter::new().name_starts_with("narrow")),
    );
    let found = list.unwrap().items.into_iter().find_map(keyward::store::PageItem::record).unwrap();
    assert_eq!(found.scopes, Scopes::of([Scope::ReadPeople]).unwrap());
    assert_eq!(found.networks.unwrap().to_string(), "203.0.113.0/24");
    assert_eq!(found.labels.get("team"), Some("billing"));
    assert_eq!(found.owner.member().map(ActorId::as_str), Some("bob"));
}

#[test]
fn a_pasted_key_is_refused_in_every_field_and_not_shown_again() {
    let scene = scoped();
    let id = scene.app();
    let key = scene.world.app_key("spare").secret.expose().to_owned();
    for (act, field, text) in [
        ("networks", "networks", key.clone()),
        ("labels", "labels", format!("note={key}")),
        ("labels", "labels", format!("{key}=note")),
        ("owner", "member", key.clone()),
    ] {
        let refused: Reply =
            scene.submit(&form(&scene, id, act).set("owner", "member").set(field, &text));
        refused.is(422);
        assert!(!refused.html.contains(&key), "{act}: {}", refused.html);
    }
    let forged = with_scope(form(&scene, id, "scopes").set("scopes", "some"), &[&key]);
    let refused = scene.submit(&forged);
    assert!(!refused.is(422).html.contains(&key));
}

/// An actor with a ceiling is offered what it can give, and nothing else.
#[test]
fn a_limited_actor_is_offered_what_it_can_give() {
    let scene = scoped();
    let id = scene.app();
    let limited = member().only_scopes(Scopes::of([Scope::ReadPeople]).unwrap());
    let by = scene.by(limited);
    let shown = by.get(&format!("/credentials/{id}"));
    assert!(!shown.html.contains("value=\"send:email\""), "{}", shown.html);
    let narrowed = form(&by, id, "scopes").set("scopes", "preset:Read only");
    by.change(&narrowed).says("Scopes read:people");
    let all = form(&by, id, "scopes").set("scopes", "all");
    by.submit(&all).is(409).says("There is a problem");
    let forms = crate::html::forms(&scene.by(viewer()).get(&format!("/credentials/{id}")).html);
    assert!(forms.iter().all(|form| !form.is_post), "a viewer has no forms");
}

/// A form without its field is not of the page: it must not lift or remove anything.
#[test]
fn a_form_without_its_field_changes_nothing() {
    let scene = scoped();
    let id = scene.app();
    scene.change(&form(&scene, id, "networks").set("networks", "203.0.113.0/24"));
    scene.change(&form(&scene, id, "labels").set("labels", "team=billing"));
    scene.change(&form(&scene, id, "owner").set("owner", "member").set("member", "bob"));
    scene.change(&form(&scene, id, "scopes").set("scopes", "none"));
    let before = stored(&scene, id);
    for (act, status) in [("networks", 400), ("labels", 400), ("owner", 422), ("scopes", 422)] {
        let mut part = form(&scene, id, act);
        part.fields.retain(|(field, _)| field != act);
        scene.submit(&part).is(status);
        assert_eq!(stored(&scene, id), before, "{act}");
    }
    scene.change(&form(&scene, id, "networks").set("networks", ""));
    assert_eq!(stored(&scene, id).networks, None);
}

/// The form for the scopes is not shown. A forged one does what it says.
#[test]
fn a_service_without_scopes_does_not_take_nothing_for_everything() {
    let scene = Scene::new();
    let id = scene.world.app_key("backend").credential.id;
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    let revision = block_on(manager.set_scopes(id, Scopes::none())).unwrap().revision;
    let path = format!("/credentials/{id}/scopes");
    for (field, status) in [("scopes=none", 303), ("", 422), ("scopes=some", 422)] {
        scene.post(&path, &format!("revision={revision}&{field}")).is(status);
        assert_eq!(stored(&scene, id).scopes, Scopes::none(), "{field}");
    }
    scene.post(&path, &format!("revision={revision}&scopes=all")).is(303);
    assert_eq!(stored(&scene, id).scopes, Scopes::All);
}
