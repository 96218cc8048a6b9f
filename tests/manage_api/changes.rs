//! The effects of the changes.

use keyward::{Attempt, NotVerified};
use serde_json::{Value, json};

use crate::routes::SHOP;
use crate::scene::{Reply, Scene};

/// Sends a change of a credential with its present entity tag.
async fn change(scene: &Scene, id: &str, change: &str, body: Value) -> Reply {
    let tag = scene.tag(&format!("/v1/credentials/{id}")).await;
    scene.post(&format!("/v1/credentials/{id}:{change}"), body).if_match(tag).send().await
}

#[tokio::test]
async fn a_credential_is_changed_and_deleted_by_its_typed_name() {
    let scene = Scene::new();
    let id = scene.issue("backend").await;
    let status = |reply: &Reply| reply.body["status"].as_str().unwrap_or_default().to_owned();

    let renamed = change(&scene, &id, "rename", json!({ "name": "reports" })).await;
    assert_eq!((&renamed.body["name"], renamed.tag()), (&json!("reports"), "\"2\"".to_owned()));
    assert_eq!(status(&change(&scene, &id, "suspend", json!({})).await), "suspended");
    assert_eq!(status(&change(&scene, &id, "resume", json!({})).await), "active");
    let sunset = json!({ "sunset": "2031-01-01T00:00:00Z" });
    assert_eq!(status(&change(&scene, &id, "deprecate", sunset).await), "deprecated");
    assert_eq!(status(&change(&scene, &id, "undeprecate", json!({})).await), "active");
    let never = change(&scene, &id, "deprecate", json!({ "sunset": null })).await;
    assert_eq!(never.body["deprecation"]["sunset"], Value::Null);
    let expires = json!({ "expires": "2031-01-01T01:00:00+01:00" });
    let expiring = change(&scene, &id, "set_expiry", expires).await;
    assert_eq!(expiring.body["expires"], "2031-01-01T00:00:00.000000Z");
    let cleared = change(&scene, &id, "clear_expiry", json!({})).await;
    assert_eq!(cleared.body["expires"], Value::Null);
    let impact = scene.get(&format!("/v1/credentials/{id}/deletion_impact")).send().await;
    assert_eq!(impact.body["is_last_permanent"], false);

    let mistyped = change(&scene, &id, "delete", json!({ "name": "backend" })).await;
    assert_eq!(mistyped.problem(), (409, "wrong_typed_name"));
    assert_eq!(mistyped.places(), [("#/name", "wrong_typed_name")]);
    assert_eq!(change(&scene, &id, "delete", json!({ "name": " Reports" })).await.status, 204);
    let gone = scene.get(&format!("/v1/credentials/{id}")).send().await;
    assert_eq!(gone.problem(), (404, "credential_not_found"));
}

/// `Scene` compares each answer to a read with all secrets of the run.
#[tokio::test]
async fn responses_with_a_secret_are_not_cached() {
    let scene = Scene::new();
    let wish = json!({ "workspace": "acme/shop", "kind": "track", "name": "Website" });
    let issued = scene.post("/v1/credentials", wish).send().await;
    let id = issued.body["credential"]["id"].as_str().unwrap();
    let revealed = change(&scene, id, "reveal", json!({})).await;
    assert_eq!(revealed.body["secret"], issued.body["secret"]);
    let rotated = change(&scene, id, "rotate", json!({ "overlap_seconds": 60 })).await;
    for (reply, status) in [(&issued, 201), (&revealed, 200), (&rotated, 201)] {
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["cache-control"]),
            (status, &"no-store".parse().unwrap())
        );
        scene.world.note_secret(reply.body["secret"].as_str().unwrap());
    }
    for path in ["/v1/credentials", "/v1/events", "/v1/workspaces"] {
        scene.get(path).send().await;
    }
    scene.get(&format!("/v1/credentials/{id}/deletion_impact")).send().await;
}

#[tokio::test]
async fn now_ends_a_credential_at_once() {
    let scene = Scene::new();
    for (word, field) in [("deprecate", "sunset"), ("set_expiry", "expires")] {
        let id = scene.issue(word).await;
        let ended = change(&scene, &id, word, json!({ field: "now" })).await;
        assert_eq!(ended.body["status"], "ended", "{}", ended.text);
        let other = scene.issue(field).await;
        let past = change(&scene, &other, word, json!({ field: "2029-01-01T00:00:00Z" })).await;
        assert_eq!(
            past.problem(),
            (422, &*format!("{}_in_past", field.replace("expires", "expiry")))
        );
        assert_eq!(past.places()[0].0, format!("#/{field}"));
    }
}

#[tokio::test]
async fn a_rotation_says_how_long_the_previous_secret_works() {
    let scene = Scene::new();
    let wish =
        json!({ "workspace": "acme/shop", "kind": "app", "name": "backend", "expires": null });
    let issued = scene.post("/v1/credentials", wish).send().await;
    let id = issued.body["credential"]["id"].as_str().unwrap();
    assert_eq!(issued.headers["location"], format!("credentials/{id}"));
    let first = issued.body["secret"].as_str().unwrap();
    let rotated = change(&scene, id, "rotate", json!({ "overlap_seconds": 3600 })).await;
    assert_eq!(rotated.status, 201, "{}", rotated.text);
    assert_eq!(rotated.body["previous_until"], "2030-01-01T10:00:00.000000Z");
    let second = rotated.body["secret"].as_str().unwrap();
    for secret in [first, second] {
        assert!(scene.world.keyward.verify(&Attempt::app(secret)).await.is_ok());
    }
    let generations = scene.get(&format!("/v1/credentials/{id}/generations")).send().await;
    assert_eq!(generations.body["items"].as_array().unwrap().len(), 2);

    // Another overlap would end the promised one.
    let refused = change(&scene, id, "rotate", json!({ "overlap_seconds": 60 })).await;
    assert_eq!(refused.problem(), (409, "overlap_runs"));
    assert_eq!(refused.body["overlap_until"], "2030-01-01T10:00:00.000000Z");
    assert_eq!(refused.places(), [("#/end_overlap", "overlap_runs")]);
    let again = json!({ "overlap_seconds": 60, "end_overlap": true });
    let again = change(&scene, id, "rotate", again).await;
    assert_eq!(again.body["ended_early"], "2030-01-01T10:00:00.000000Z");
    let ended = change(&scene, id, "end_overlap", json!({})).await;
    assert_eq!(ended.body["generations"].as_array().unwrap().len(), 1, "{}", ended.text);
    // Zero is not null, and not absent.
    let leaked = change(&scene, id, "rotate", json!({ "overlap_seconds": 0 })).await;
    assert_eq!((leaked.status.as_u16(), &leaked.body["previous_until"]), (201, &Value::Null));
    for secret in [first, second, again.body["secret"].as_str().unwrap()] {
        let denied = scene.world.keyward.verify(&Attempt::app(secret)).await;
        assert!(matches!(denied, Err(NotVerified::Denied(_))), "{denied:?}");
    }
    let long = change(&scene, id, "rotate", json!({ "overlap_seconds": u64::MAX })).await;
    assert_eq!(long.problem(), (422, "overlap_too_long"));
    assert!(long.body["limit_seconds"].is_u64());
}

#[tokio::test]
async fn a_revealable_secret_is_revealed_and_recorded() {
    let scene = Scene::new();
    let primary = scene.primary().await;
    let path = format!("/v1/credentials/{primary}:reveal");
    let revealed = scene.post(&path, json!({})).bytes("").send().await;
    assert_eq!(revealed.status, 200, "{}", revealed.text);
    let secret = revealed.body["secret"].as_str().unwrap();
    let attempt = Attempt::track(primary.as_str(), secret);
    assert!(scene.world.keyward.verify(&attempt).await.is_ok());
    let events = scene.get("/v1/events?page_size=1").send().await;
    assert_eq!(events.body["items"][0]["action"]["is"], "revealed");
    let app = scene.issue("backend").await;
    let refused = scene.post(&format!("/v1/credentials/{app}:reveal"), json!({})).send().await;
    assert_eq!(refused.problem(), (422, "shown_once"));
}

#[tokio::test]
async fn the_last_permanent_set_stays() {
    let scene = Scene::new();
    let primary = scene.primary().await.to_string();
    for (word, body) in [
        ("delete", json!({ "name": "primary" })),
        ("suspend", json!({})),
        ("deprecate", json!({ "sunset": null })),
    ] {
        let refused = change(&scene, &primary, word, body).await;
        assert_eq!(refused.problem(), (409, "last_permanent"), "{word}");
    }
}

#[tokio::test]
async fn a_taken_name_is_refused_with_its_field() {
    let scene = Scene::new();
    let id = scene.issue("backend").await;
    scene.issue("reports").await;
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "BACKEND" });
    let taken = scene.post("/v1/credentials", wish).send().await;
    assert_eq!(taken.problem(), (409, "name_taken"));
    assert_eq!(taken.places(), [("#/name", "name_taken")]);
    let taken = change(&scene, &id, "rename", json!({ "name": "reports" })).await;
    assert_eq!(taken.places(), [("#/name", "name_taken")]);
    let wish = json!({ "workspace": "nowhere", "kind": "app", "name": "x" });
    let nowhere = scene.post("/v1/credentials", wish).send().await;
    assert_eq!(nowhere.problem(), (404, "workspace_not_found"));
    assert_eq!(nowhere.places(), [("#/workspace", "workspace_not_found")]);
    let wish = json!({ "workspace": "acme/shop", "kind": "other", "name": "x" });
    let unknown = scene.post("/v1/credentials", wish).send().await;
    assert_eq!(unknown.problem(), (422, "invalid_fields"));
    assert_eq!(unknown.places(), [("#/kind", "unknown_kind")]);
}

#[tokio::test]
async fn the_allowlist_is_changed_under_the_workspaces_tag() {
    let scene = Scene::new();
    let send = async |word: &str, networks: Value| {
        let tag = scene.tag("/v1/allowlist?workspace=acme%2Fshop").await;
        assert_eq!(tag, scene.tag(SHOP).await);
        let mut body = json!({ "workspace": "acme/shop", "networks": networks });
        if word == "lift" {
            body.as_object_mut().unwrap().remove("networks");
        }
        scene.post(&format!("/v1/allowlist:{word}"), body).if_match(tag).send().await
    };
    let added = send("add", json!(["203.0.113.0/24", "198.51.100.7"])).await;
    assert_eq!(added.status, 200, "{}", added.text);
    assert_eq!(added.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(added.tag(), scene.tag(SHOP).await);
    let twice = send("add", json!(["192.0.2.0/24", "203.0.113.0/24"])).await;
    assert_eq!(twice.problem(), (409, "duplicate_network"));
    assert_eq!(twice.places(), [("#/networks/1", "duplicate_network")]);
    let none = send("add", json!([])).await;
    assert_eq!(none.places(), [("#/networks", "no_networks")]);
    let unlisted = send("remove", json!(["192.0.2.0/24"])).await;
    assert_eq!(unlisted.places(), [("#/networks/0", "not_listed")]);
    let removed = send("remove", json!(["198.51.100.7"])).await;
    assert_eq!(removed.body["items"].as_array().unwrap().len(), 1);
    let replaced = send("replace", json!(["203.0.113.0/24"])).await;
    assert_eq!(replaced.body["items"].as_array().unwrap().len(), 1);
    let last = send("remove", json!(["203.0.113.0/24"])).await;
    assert_eq!(last.problem(), (409, "last_entry"));
    assert_eq!(send("lift", json!(null)).await.body["items"], json!([]));
}

/// A front end shows the preview, and then makes exactly this change or none.
#[tokio::test]
async fn a_change_of_an_allowlist_is_previewed() {
    let scene = Scene::new();
    let preview = async |body: Value| scene.post("/v1/allowlist:preview", body).send().await;
    let before = scene.world.dump();
    let networks = json!(["203.0.113.0/24", "2001:db8::/32"]);
    let wish = json!({ "workspace": "acme/shop", "change": "replace", "networks": networks });
    let shown = preview(wish.clone()).await;
    assert_eq!((&shown.body["added"], &shown.body["removed"]), (&networks, &json!([])));
    scene.world.dump().assert_is(&before, "a preview");
    let body = json!({ "workspace": "acme/shop", "networks": networks });
    let confirm = || scene.post("/v1/allowlist:replace", body.clone()).if_match(shown.tag()).send();
    assert_eq!(confirm().await.body["items"], shown.body["entries"]);
    assert_eq!(confirm().await.problem(), (412, "changed"));

    let twice = json!({
        "workspace": "acme/shop", "change": "add", "networks": ["192.0.2.1", "203.0.113.0/24"],
    });
    assert_eq!(preview(twice).await.places(), [("#/networks/1", "duplicate_network")]);
    let lift = preview(json!({ "workspace": "acme/shop", "change": "lift" })).await;
    assert_eq!((&lift.body["entries"], &lift.body["removed"]), (&json!([]), &networks));
    let more = json!({ "workspace": "acme/shop", "change": "lift", "networks": [] });
    assert_eq!(preview(more).await.places(), [("#/networks", "unknown")]);
    let other = json!({ "workspace": "acme/shop", "change": "close", "networks": [] });
    assert_eq!(preview(other).await.places()[0], ("#/change", "invalid"));
}

#[tokio::test]
async fn an_integration_uses_the_chosen_credential() {
    let scene = Scene::new();
    let primary = scene.primary().await.to_string();
    let send = async |word: &str, body: Value| {
        let tag = scene.tag(SHOP).await;
        scene.post(&format!("/v1/integrations:{word}"), body).if_match(tag).send().await
    };
    let connect = |credential: Value| json!({ "workspace": "acme/shop", "integration": "segment", "credential": credential });
    let connected = send("connect", connect(Value::Null)).await;
    assert_eq!(connected.body["items"][0]["credential"], primary, "{}", connected.text);
    let second = json!({ "workspace": "acme/shop", "kind": "track", "name": "second" });
    let second = scene.post("/v1/credentials", second).send().await;
    let second = second.body["credential"]["id"].as_str().unwrap().to_owned();

    let in_use = change(&scene, &primary, "delete", json!({ "name": "primary" })).await;
    assert_eq!(
        (in_use.problem(), &in_use.body["integrations"]),
        ((409, "in_use"), &json!(["segment"]))
    );
    let unclear = send("connect", connect(Value::Null)).await;
    assert_eq!(unclear.problem(), (409, "choice_required"));
    assert_eq!(unclear.places(), [("#/credential", "choice_required")]);
    assert_eq!(unclear.body["candidates"].as_array().unwrap().len(), 2);
    let chosen = send("connect", connect(json!(second))).await;
    assert_eq!(chosen.body["items"][0]["credential"], second);
    let unknown = send("connect", connect(json!("zzzzzzzzzzzz"))).await;
    assert_eq!(unknown.problem(), (404, "credential_not_found"));
    assert_eq!(unknown.places(), [("#/credential", "credential_not_found")]);
    let app = scene.issue("backend").await;
    assert_eq!(send("connect", connect(json!(app))).await.problem(), (422, "other_kind"));
    let member =
        change(&scene, &second, "set_owner", json!({ "owner": { "is": "member", "id": "bob" } }));
    assert_eq!(member.await.status, 200);
    let bob = keyward::ActorId::new("bob").unwrap();
    scene.world.keyward.manager(&crate::support::admin()).deactivate(&bob).await.unwrap();
    let stopped = send("connect", connect(json!(second))).await;
    assert_eq!(stopped.problem(), (409, "inactive_owner"));
    assert_eq!(stopped.places(), [("#/credential", "inactive_owner")]);
    let moved = send("connect", connect(Value::Null)).await;
    assert_eq!(moved.body["items"][0]["credential"], primary, "the other one is no candidate");

    let disconnect = json!({ "workspace": "acme/shop", "integration": "segment" });
    let disconnected = send("disconnect", disconnect.clone()).await;
    assert_eq!(disconnected.body["items"], json!([]));
    let again = send("disconnect", disconnect).await;
    assert_eq!(again.problem(), (409, "not_connected"));
    assert_eq!(again.places(), [("#/integration", "not_connected")]);
}
