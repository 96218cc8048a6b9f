//! The policy of the account, and inactive members.

use serde_json::{Value, json};

use crate::scene::Scene;

async fn set(scene: &Scene, body: Value) -> crate::scene::Reply {
    let tag = scene.tag("/v1/account").await;
    scene.post("/v1/account:set_policy", body).if_match(tag).send().await
}

#[tokio::test]
async fn absent_null_zero_and_a_number_are_four_different_things() {
    let scene = Scene::new();
    let set = async |body| set(&scene, body).await;
    let rules = json!({ "max_lifetime_seconds": 60, "expiry_required": true });
    let policy = set(rules).await.body["policy"].clone();
    assert_eq!(policy["max_lifetime_seconds"], 60);
    let policy = set(json!({ "max_overlap_seconds": 5 })).await.body["policy"].clone();
    assert_eq!(
        (&policy["max_lifetime_seconds"], &policy["max_overlap_seconds"]),
        (&json!(60), &json!(5))
    );
    let policy = set(json!({ "max_lifetime_seconds": null })).await.body["policy"].clone();
    assert_eq!(policy["max_lifetime_seconds"], Value::Null);
    assert_eq!(
        (&policy["expiry_required"], &policy["max_overlap_seconds"]),
        (&json!(true), &json!(5))
    );
    let zero = set(json!({ "max_overlap_seconds": 0 })).await;
    assert_eq!(zero.places(), [("#/max_overlap_seconds", "invalid")]);
    set(json!({ "max_lifetime_seconds": 60 })).await;
    let beyond = set(json!({ "default_expiry_seconds": 61 })).await;
    assert_eq!(beyond.problem(), (422, "contradictory_policy"));
    assert_eq!(beyond.places(), [("#/default_expiry_seconds", "contradictory_policy")]);
    for wrong in [json!("60"), json!(-1), json!(1.5), json!(4_294_967_296_u64), json!(true)] {
        let refused = set(json!({ "max_lifetime_seconds": wrong })).await;
        assert_eq!(refused.problem(), (422, "invalid_fields"), "{wrong}");
    }
    assert_eq!(set(json!({ "max_lifetime": 60 })).await.problem(), (422, "invalid_fields"));
}

#[tokio::test]
async fn an_expiry_is_absent_null_or_a_time() {
    let scene = Scene::new();
    set(&scene, json!({ "default_expiry_seconds": 60 })).await;
    let issue = async |name: &str, expires: Option<Value>| {
        let mut wish = json!({ "workspace": "acme/shop", "kind": "app", "name": name });
        if let Some(expires) = expires {
            wish["expires"] = expires;
        }
        scene.post("/v1/credentials", wish).send().await.body
    };
    assert!(issue("default", None).await["credential"]["expires"].is_string());
    assert_eq!(issue("never", Some(Value::Null)).await["credential"]["expires"], Value::Null);
    set(&scene, json!({ "expiry_required": true })).await;
    let refused = issue("refused", Some(Value::Null)).await;
    assert_eq!(refused["code"], "expiry_required");
}

#[tokio::test]
async fn a_policy_is_previewed_and_applied_in_steps() {
    let scene = Scene::new();
    for name in ["a", "b", "c"] {
        scene.issue(name).await;
    }
    let preview = json!({ "max_lifetime_seconds": 60, "page_size": 2 });
    let preview = scene.post("/v1/account:preview_policy", preview).send().await;
    assert_eq!(preview.body["items"][0]["required_change"]["is"], "expires");
    assert_eq!(preview.body["items"].as_array().unwrap().len(), 2);
    set(&scene, json!({ "max_lifetime_seconds": 60 })).await;
    let (mut changed, mut token) = (0, Value::Null);
    loop {
        let step = json!({ "page_size": 2, "page_token": token });
        let step = scene.post("/v1/account:apply_policy", step).send().await;
        changed += step.body["changed"].as_u64().unwrap();
        token = step.body["next_page_token"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(changed, 3);
    let wrong = json!({ "page_size": 0, "page_token": 1, "earliest_expiry": "soon" });
    let wrong = scene.post("/v1/account:apply_policy", wrong).send().await;
    assert_eq!(wrong.places().len(), 3);
}

#[tokio::test]
async fn a_member_is_deactivated_and_reactivated() {
    let scene = Scene::new();
    for (change, inactive) in [("deactivate_member", 1), ("reactivate_member", 0)] {
        let tag = scene.tag("/v1/account").await;
        let call = scene.post(&format!("/v1/account:{change}"), json!({ "member": "bob" }));
        let account = call.if_match(tag).send().await;
        assert_eq!(account.body["inactive_owners"], inactive);
    }
    let tag = scene.tag("/v1/account").await;
    let call = scene.post("/v1/account:deactivate_member", json!({ "member": "" }));
    assert_eq!(call.if_match(tag).send().await.places(), [("#/member", "invalid")]);
}
