//! A store that does not answer, or answers too late.

use keyward::store::StoreErrorKind;
use serde_json::json;

use crate::scene::Scene;
use crate::support::failing_store::{Call, Fault, Faults, When};
use crate::support::{World, cheap, shop};

/// A service over a store that a test can make fail.
fn failing() -> (Scene, Faults) {
    let faults = Faults::default();
    let director = faults.clone();
    let world = World::built(|store, clock| {
        cheap(crate::support::directed::Directed::new(store, director), clock)
    });
    world.workspace(&shop(), "Shop");
    (Scene::over(world, |api| api), faults)
}

#[tokio::test]
async fn an_error_of_the_store_is_503_and_says_no_more() {
    let (scene, faults) = failing();
    for (kind, retry_after) in
        [(StoreErrorKind::Unavailable, Some("1")), (StoreErrorKind::Corrupt, None)]
    {
        faults.set(Fault { at: 0, kind, when: When::Each(Call::Read) });
        let failed = scene.get("/v1/credentials").send().await;
        assert_eq!(failed.problem(), (503, "unavailable"));
        let wait = failed.headers.get("retry-after").map(|wait| wait.to_str().unwrap());
        assert_eq!(wait, retry_after, "{kind:?}");
        assert!(!failed.text.contains("corrupt") && !failed.text.contains("store"));
    }
}

/// Neither the commit nor the look-up of its outcome is answered. The caller looks for the event later.
#[tokio::test]
async fn an_unknown_outcome_names_its_operation() {
    let (scene, faults) = failing();
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
    let mut at = 0;
    let failed = loop {
        let (kind, when) = (StoreErrorKind::Unknown, When::FromThenOn);
        faults.set(Fault { at, kind, when });
        let reply = scene.post("/v1/credentials", wish.clone()).send().await;
        assert_eq!(reply.status, 503, "{}", reply.text);
        if reply.problem().1 == "outcome_unknown" {
            break reply;
        }
        assert!(at < 50, "{}", reply.text);
        at += 1;
    };
    faults.set(None);
    assert!(!failed.headers.contains_key("retry-after"));
    let operation = failed.body["operation"].as_str().unwrap();
    let event = scene.get(&format!("/v1/events/{operation}")).send().await;
    assert_eq!(event.problem(), (404, "event_not_found"));
    assert_eq!(scene.post("/v1/credentials", wish).send().await.status, 201);
}
