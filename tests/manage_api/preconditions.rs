//! `ETag` and `If-Match`.

use http::Method;
use serde_json::json;

use crate::routes::{Ids, SHOP, WITHOUT_TAG, all};
use crate::scene::Scene;
use crate::workspaces::Rows;

#[tokio::test]
async fn every_change_but_issue_and_reveal_needs_the_entity_tag() {
    let scene = Scene::with(|api| api.workspaces(Rows::default()));
    let ids = Ids::of(&scene).await;
    let before = scene.world.dump();
    for route in all(&ids) {
        let is_free = WITHOUT_TAG.contains(&route.operation) || route.operation == "revealSecret";
        if route.method == Method::GET || is_free {
            continue;
        }
        let refused = scene.post(&route.path, route.body.clone()).send().await;
        assert_eq!(refused.problem(), (428, "precondition_required"), "{}", route.operation);
        assert_eq!(refused.places(), [("If-Match", "required")]);
        let call = scene.post(&route.path, route.body.clone()).if_match("\"99\"");
        let refused = call.send().await;
        assert_eq!(refused.problem(), (412, "changed"), "{}", route.operation);
        assert_eq!(refused.places(), [("If-Match", "changed")]);
        assert!(refused.body["revision"].is_u64(), "{}", refused.text);
    }
    scene.world.dump().assert_is(&before, "refused changes");
}

/// They can be conditional too.
#[tokio::test]
async fn issue_and_reveal_compare_a_tag_that_is_sent() {
    let scene = Scene::new();
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
    let issue = |tag: String| scene.post("/v1/credentials", wish.clone()).if_match(tag).send();
    assert_eq!(issue("\"99\"".to_owned()).await.problem(), (412, "changed"));
    let tag = scene.tag(SHOP).await;
    assert_eq!(issue(tag).await.status, 201);
    let path = format!("/v1/credentials/{}:reveal", scene.primary().await);
    let reveal = |tag: &str| scene.post(&path, json!({})).if_match(tag).send();
    assert_eq!(reveal("\"99\"").await.problem(), (412, "changed"));
    assert_eq!(reveal("\"1\"").await.status, 200);
}

#[tokio::test]
async fn a_tag_that_is_not_one_is_refused() {
    let scene = Scene::new();
    let id = scene.issue("backend").await;
    let path = format!("/v1/credentials/{id}:suspend");
    for tag in ["*", "1", "", "\"\"", "\"x\"", "\"-1\"", "\"+1\"", "\"1\", \"2\"", "\"1", "w/\"1\""]
    {
        let refused = scene.post(&path, json!({})).if_match(tag).send().await;
        assert_eq!(refused.problem(), (400, "invalid_header"), "{tag}");
        assert_eq!(refused.places(), [("If-Match", "invalid")]);
    }
    let twice = scene.post(&path, json!({})).if_match("\"1\"").if_match("\"1\"");
    assert_eq!(twice.send().await.problem(), (400, "invalid_header"));
    // A proxy that compresses answers marks the tag as weak.
    let suspended = scene.post(&path, json!({})).if_match("W/\"1\"").send().await;
    assert_eq!((suspended.status.as_u16(), suspended.tag()), (200, "\"2\"".to_owned()));
}

#[tokio::test]
async fn one_of_two_changes_for_one_tag_succeeds() {
    let scene = Scene::new();
    let id = scene.issue("backend").await;
    let one = format!("/v1/credentials/{id}");
    let tag = scene.tag(&one).await;
    let rename = |name: &str| {
        scene.post(&format!("{one}:rename"), json!({ "name": name })).if_match(tag.clone())
    };
    let first = rename("reports").send().await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(rename("mails").send().await.problem(), (412, "changed"));
    assert_eq!(first.tag(), scene.tag(&one).await);
}
