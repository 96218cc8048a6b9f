//! `Idempotency-Key` on issue, on rotate, and on the creation of a workspace.

use serde_json::{Value, json};

use crate::scene::{Call, Scene};
use crate::support::stranger;
use crate::workspaces::Rows;

fn issue<'a>(scene: &'a Scene, key: &str, name: &str) -> Call<'a> {
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": name });
    scene.post("/v1/credentials", wish).header("idempotency-key", key)
}

#[tokio::test]
async fn a_repeated_issue_makes_nothing_new_and_says_so() {
    let scene = Scene::new();
    let first = issue(&scene, "form 1", "backend").send().await;
    assert_eq!(first.status, 201);
    scene.world.note_secret(first.body["secret"].as_str().unwrap());
    let before = scene.world.dump();
    let second = issue(&scene, "form 1", "backend").send().await;
    assert_eq!(second.problem(), (409, "repeated"));
    let repeated = &second.body["repeated"];
    assert_eq!(repeated["credential"]["id"], first.body["credential"]["id"]);
    assert_eq!((&repeated["generation"], &repeated["may_replace"]), (&json!(1), &json!(true)));
    let other = issue(&scene, "form 1", "reports").send().await;
    assert_eq!(other.problem(), (409, "operation_reused"));
    assert_eq!(other.places(), [("Idempotency-Key", "operation_reused")]);
    scene.world.dump().assert_is(&before, "repeats");

    // The secret was lost with the first answer: it is replaced.
    let id = first.body["credential"]["id"].as_str().unwrap();
    let path = format!("/v1/credentials/{id}:replace_unused");
    let replaced = scene.post(&path, json!({ "generation": 1 })).if_match(first.tag()).send().await;
    assert_eq!(replaced.status, 201, "{}", replaced.text);
    assert_ne!(replaced.body["secret"], first.body["secret"]);
}

/// A repeat has the headers of the first request, whose entity tag is outdated by then.
#[tokio::test]
async fn a_repeated_rotation_is_recognised_before_the_tag_is_compared() {
    let scene = Scene::new();
    let id = scene.issue("backend").await;
    let rotate = |seconds: Value| {
        let path = format!("/v1/credentials/{id}:rotate");
        let call = scene.post(&path, json!({ "overlap_seconds": seconds }));
        call.if_match("\"1\"").header("idempotency-key", "rotation 1").send()
    };
    let first = rotate(json!(3600)).await;
    assert_eq!((first.status.as_u16(), first.tag()), (201, "\"2\"".to_owned()));
    scene.world.note_secret(first.body["secret"].as_str().unwrap());
    let before = scene.world.dump();
    assert_eq!(rotate(json!(3600)).await.problem(), (409, "repeated"));
    assert_eq!(rotate(json!(60)).await.problem(), (409, "operation_reused"));
    scene.world.dump().assert_is(&before, "repeats");
}

#[tokio::test]
async fn a_key_is_one_short_text() {
    let scene = Scene::new();
    for key in ["", &"k".repeat(256)] {
        let refused = issue(&scene, key, "backend").send().await;
        assert_eq!(refused.problem(), (400, "invalid_header"));
        assert_eq!(refused.places(), [("Idempotency-Key", "invalid")]);
    }
    let twice = issue(&scene, "a", "backend").header("idempotency-key", "a");
    assert_eq!(twice.send().await.problem(), (400, "invalid_header"));
    assert_eq!(issue(&scene, &"k".repeat(255), "backend").send().await.status, 201);
}

#[tokio::test]
async fn two_accounts_can_use_one_key() {
    let scene = Scene::new();
    assert_eq!(issue(&scene, "form 1", "backend").send().await.status, 201);
    let theirs = issue(&scene, "form 1", "backend").by(stranger()).send().await;
    assert_eq!(theirs.problem(), (404, "workspace_not_found"));
}

/// The host prepares nothing for a repeat.
#[tokio::test]
async fn a_repeated_workspace_is_created_once() {
    let rows = Rows::default();
    let scene = Scene::with(|api| api.workspaces(rows.clone()));
    let create = |name: &str| {
        let call = scene.post("/v1/workspaces", json!({ "name": name }));
        call.header("idempotency-key", "form 1").send()
    };
    let first = create("Outlet").await;
    assert_eq!(first.status, 201, "{}", first.text);
    scene.world.note_secret(first.body["first"]["secret"].as_str().unwrap());
    assert_eq!(rows.calls(), ["prepare Outlet", "created acme/outlet"]);
    let before = scene.world.dump();
    let second = create("Outlet").await;
    assert_eq!(second.problem(), (409, "repeated"));
    let repeated = &second.body["repeated"];
    assert_eq!(repeated["credential"]["id"], first.body["first"]["credential"]["id"]);
    assert_eq!(create("Other").await.problem(), (409, "operation_reused"));
    assert_eq!(rows.calls(), Vec::<String>::new());
    scene.world.dump().assert_is(&before, "repeats");
}
