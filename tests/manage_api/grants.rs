//! Scopes, networks, labels and owners: what is wrong with them, batches of one owner, and the vocabulary.

use serde_json::{Value, json};

use crate::scene::{Reply, Scene};
use crate::support::{World, cheap, guest};

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

fn scoped() -> Scene {
    let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
    world.shop();
    Scene::over(world, |api| api)
}

/// Issues an App key with one more field.
async fn issue_with(scene: &Scene, name: &str, field: &str, value: Value) -> Reply {
    let mut wish = json!({ "workspace": "acme/shop", "kind": "app", "name": name });
    wish[field] = value;
    scene.post("/v1/credentials", wish).send().await
}

#[tokio::test]
async fn each_wrong_value_is_refused_with_its_rule_and_never_repeated() {
    let scene = scoped();
    let key = scene.world.app_key("spare").secret.expose().to_owned();
    let many = |count: usize| (0..count).map(|at| format!("10.0.{at}.0/24")).collect::<Vec<_>>();
    let labels = (0..17).map(|at| (format!("l{at}"), json!(""))).collect::<serde_json::Map<_, _>>();
    for (field, value, place, rule) in [
        ("scopes", json!([]), "#/scopes", "write none"),
        ("scopes", json!("some"), "#/scopes", "all, none, or an array"),
        ("scopes", json!(["read people"]), "#/scopes/0", "visible ASCII"),
        ("scopes", json!(["read:people", key]), "#/scopes/1", "at most 64"),
        ("networks", json!([]), "#/networks", "at least one"),
        ("networks", json!(["0.0.0.0/0"]), "#/networks/0", "every address"),
        ("networks", json!(many(51)), "#/networks", "at most 50"),
        ("labels", json!({ key.clone(): "x" }), "#/labels", ""),
        ("labels", json!({ "note": key.clone() }), "#/labels", "must not contain a key"),
        ("labels", json!({ "note": "a\nb" }), "#/labels", "control characters"),
        ("labels", json!({ "note": "x".repeat(257) }), "#/labels", "256 bytes"),
        ("labels", Value::Object(labels), "#/labels", "at most 16"),
        (
            "owner",
            json!({ "is": "member", "id": key.clone() }),
            "#/owner",
            "must not contain a key",
        ),
        ("owner", json!({ "is": "account", "id": "bob" }), "#/owner", "is: account"),
        ("owner", json!({ "is": "member", "id": "bob", "name": "x" }), "#/owner", "is: account"),
    ] {
        let refused = issue_with(&scene, "new", field, value.clone()).await;
        assert_eq!(refused.problem(), (422, "invalid_fields"), "{value}");
        assert_eq!(refused.places(), [(place, "invalid")], "{value}");
        assert!(refused.text.contains(rule), "{value}: {}", refused.text);
        assert!(!refused.text.contains(&key), "{value}");
    }
    let twice = r#"{"workspace":"acme/shop","kind":"app","name":"a","labels":{"x":"1","x":"2"}}"#;
    let refused = scene.post("/v1/credentials", json!({})).bytes(twice).send().await;
    assert_eq!(refused.places(), [("#/labels", "duplicate")]);
    let unknown = issue_with(&scene, "new", "scopes", json!(["read:poeple"])).await;
    assert_eq!(unknown.problem(), (409, "unknown_scope"));
    assert_eq!(unknown.places(), [("#/scopes", "unknown_scope")]);
    assert_eq!(unknown.body["nearest"], json!(["read:people", "send:email"]));
}

#[tokio::test]
async fn the_filters_of_the_list_refuse_keys_too() {
    let scene = scoped();
    let key = scene.world.app_key("spare").secret.expose().to_owned();
    for query in [format!("owner=member:{key}"), format!("label=note={key}")] {
        let refused = scene.get(&format!("/v1/credentials?{query}")).send().await;
        assert_eq!(refused.problem().0, 400);
        assert!(!refused.text.contains(&key), "{}", refused.text);
    }
}

#[tokio::test]
async fn the_vocabulary_is_listed_with_its_presets() {
    let scene = scoped();
    let listed = scene.get("/v1/scopes").send().await;
    let expected = json!({
        "items": [
            { "name": "read:people", "sentence": "Read people" },
            { "name": "send:email", "sentence": "Send email" },
        ],
        "presets": [{ "title": "Read only", "scopes": ["read:people"] }],
    });
    assert_eq!(listed.body, expected);
    let names = listed.body["presets"][0]["scopes"].clone();
    let issued = issue_with(&scene, "reader", "scopes", names).await;
    assert_eq!(issued.body["credential"]["scopes"], json!(["read:people"]));
    let none = Scene::new().get("/v1/scopes").send().await;
    assert_eq!(none.body, json!({ "items": [], "presets": [] }));
    assert_eq!(scene.get("/v1/scopes").by(guest()).send().await.problem(), (403, "forbidden"));
}

/// The ids of the credentials of an owner.
async fn owned_by(scene: &Scene, owner: &str) -> usize {
    let listed = scene.get(&format!("/v1/credentials?owner={owner}")).send().await;
    listed.body["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn credentials_are_handed_over_and_deleted_in_batches() {
    let scene = Scene::new();
    let (bob, eve) =
        (json!({ "is": "member", "id": "bob" }), json!({ "is": "member", "id": "eve" }));
    for number in 0..101 {
        let issued = issue_with(&scene, &format!("key {number}"), "owner", bob.clone()).await;
        scene.world.note_secret(issued.body["secret"].as_str().unwrap());
    }
    let (mut done, mut token, mut batches) = (0, Value::Null, 0);
    while batches == 0 || !token.is_null() {
        let wish = json!({ "from": bob, "to": eve, "page_token": token });
        let batch = scene.post("/v1/account:hand_over", wish).send().await;
        done += batch.body["done"].as_u64().unwrap();
        token = batch.body["next_page_token"].clone();
        batches += 1;
    }
    assert_eq!((done, batches), (101, 2));
    assert_eq!(
        (owned_by(&scene, "member:bob").await, owned_by(&scene, "member:eve").await),
        (0, 100)
    );

    // The last permanent set stays with the account, and the answer names the rule.
    let wish = json!({ "from": { "is": "account" }, "to": bob });
    let batch = scene.post("/v1/account:hand_over", wish).send().await;
    assert_eq!((&batch.body["done"], &batch.body["next_page_token"]), (&json!(0), &Value::Null));
    assert_eq!(batch.body["refused"][0]["code"], "last_permanent");
    assert_eq!(batch.body["refused"][0]["credential"], scene.primary().await.as_str());

    let first = scene.post("/v1/account:delete_owned", json!({ "member": "eve" })).send().await;
    assert_eq!(first.body["done"], 100);
    let rest = json!({ "member": "eve", "page_token": first.body["next_page_token"] });
    assert_eq!(scene.post("/v1/account:delete_owned", rest).send().await.body["done"], 1);
    assert_eq!(owned_by(&scene, "member:eve").await, 0);
}

#[tokio::test]
async fn a_batch_with_a_stale_tag_changes_nothing() {
    let scene = Scene::new();
    let before = scene.world.dump();
    for (path, wish) in [
        (
            "hand_over",
            json!({ "from": { "is": "account" }, "to": { "is": "member", "id": "bob" } }),
        ),
        ("delete_owned", json!({ "member": "bob" })),
    ] {
        let call = scene.post(&format!("/v1/account:{path}"), wish).if_match("\"99\"");
        assert_eq!(call.send().await.problem(), (412, "changed"));
    }
    scene.world.dump().assert_is(&before, "a stale tag");
}

#[tokio::test]
async fn absent_null_zero_and_empty_are_different_things_in_every_field() {
    let scene = Scene::new();
    for (number, (field, value, code)) in [
        ("scopes", Value::Null, Some("wrong_type")),
        ("scopes", json!(0), Some("wrong_type")),
        ("scopes", json!({}), Some("wrong_type")),
        ("scopes", json!("none"), None),
        ("networks", Value::Null, None),
        ("networks", json!(0), Some("wrong_type")),
        ("networks", json!(""), Some("wrong_type")),
        ("networks", json!([null]), Some("wrong_type")),
        ("labels", Value::Null, Some("wrong_type")),
        ("labels", json!({}), None),
        ("labels", json!({ "a": null }), Some("wrong_type")),
        ("labels", json!({ "a": 0 }), Some("wrong_type")),
        ("labels", json!({ "a": "" }), None),
        ("owner", Value::Null, Some("wrong_type")),
        ("owner", json!("bob"), Some("wrong_type")),
        ("owner", json!({}), Some("invalid")),
        ("owner", json!({ "is": "member" }), Some("invalid")),
        ("owner", json!({ "is": "member", "id": null }), Some("wrong_type")),
        ("owner", json!({ "is": "member", "id": "" }), Some("invalid")),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = issue_with(&scene, &format!("key {number}"), field, value.clone()).await;
        let found = reply.places().first().map(|(_, code)| (*code).to_owned());
        assert_eq!(found.as_deref(), code, "{field}: {value}");
        assert_eq!(reply.status.is_success(), code.is_none(), "{field}: {value}");
    }
    // A change must name its field.
    let networks = json!(["192.0.2.0/24"]);
    let issued = issue_with(&scene, "narrow", "networks", networks.clone()).await;
    let id = issued.body["credential"]["id"].as_str().unwrap().to_owned();
    let change = async |word: &str, body: Value| {
        let tag = scene.tag(&format!("/v1/credentials/{id}")).await;
        scene.post(&format!("/v1/credentials/{id}:{word}"), body).if_match(tag).send().await
    };
    for field in ["scopes", "networks", "labels", "owner"] {
        let place = format!("#/{field}");
        let absent = change(&format!("set_{field}"), json!({})).await;
        assert_eq!(absent.places(), [(place.as_str(), "required")]);
        if field != "networks" {
            let null = change(&format!("set_{field}"), json!({ field: null })).await;
            assert_eq!(null.places(), [(place.as_str(), "wrong_type")]);
        }
    }
    let empty = change("set_networks", json!({ "networks": [] })).await;
    assert_eq!(empty.places(), [("#/networks", "invalid")]);
    let kept = scene.get(&format!("/v1/credentials/{id}")).send().await;
    assert_eq!(kept.body["networks"], networks);
    let lifted = change("set_networks", json!({ "networks": null })).await;
    assert_eq!((lifted.status.as_u16(), &lifted.body["networks"]), (200, &Value::Null));

    for wrong in [json!({}), json!({ "overlap_seconds": null }), json!({ "overlap_seconds": "60" })]
    {
        let refused = change("rotate", wrong.clone()).await;
        assert_eq!(refused.problem(), (422, "invalid_fields"), "{wrong}");
    }
    let at_once = change("rotate", json!({ "overlap_seconds": 0 })).await;
    assert_eq!(at_once.body["previous_until"], Value::Null);
}
