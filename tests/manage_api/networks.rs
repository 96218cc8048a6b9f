//! The networks from which a credential passed, and the dry run of an allowlist.

use keyward::operate::NetworkViewers;
use keyward::{App, Attempt};
use serde_json::json;

use crate::scene::Scene;
use crate::support::{World, admin, cheap, viewer};

/// A service whose host remembers networks, and a key that was used from two of them.
async fn used() -> (Scene, String) {
    let world = World::built(|store, clock| {
        cheap(store, clock).remember_networks(NetworkViewers::Managers)
    });
    world.shop();
    let issued = world.app_key("backend");
    for address in ["203.0.113.9", "2001:db8:7::1"] {
        let address: std::net::IpAddr = address.parse().unwrap();
        let attempt = Attempt::<App>::token(issued.secret.expose()).client_address(address);
        world.keyward.verify(&attempt).await.unwrap();
    }
    world.keyward.flush().await.unwrap();
    (Scene::over(world, |api| api), issued.credential.id.to_string())
}

#[tokio::test]
async fn the_networks_of_a_credential_are_shown_to_those_who_may_see_them() {
    let (scene, id) = used().await;
    let path = format!("/v1/credentials/{id}/used_networks");
    let shown = scene.get(&path).by(admin()).send().await;
    let networks = json!([
        { "network": "203.0.113.0/24", "day": "2030-01-01" },
        { "network": "2001:db8:7::/48", "day": "2030-01-01" },
    ]);
    assert_eq!(shown.body, json!({ "items": networks }));
    assert_eq!(scene.get(&path).by(viewer()).send().await.body, json!({ "items": null }));

    let scene = Scene::new();
    let id = scene.issue("backend").await;
    let off = scene.get(&format!("/v1/credentials/{id}/used_networks")).send().await;
    assert_eq!(off.body, json!({ "items": null }));
}

#[tokio::test]
async fn a_preview_says_who_loses_access() {
    let (scene, id) = used().await;
    let wish = json!({
        "workspace": "acme/shop", "change": "replace", "networks": ["203.0.113.0/24"],
    });
    let shown = scene.post("/v1/allowlist:preview", wish).send().await;
    let dry_run = &shown.body["dry_run"];
    assert_eq!((&dry_run["since"], &dry_run["is_complete"]), (&json!("2029-12-03"), &json!(true)));
    let credential = &dry_run["credentials"][0];
    assert_eq!((&credential["credential"], &credential["access"]), (&json!(id), &json!("loses")));
    assert_eq!(
        credential["networks"],
        json!([
            { "network": "203.0.113.0/24", "day": "2030-01-01", "access": "keeps" },
            { "network": "2001:db8:7::/48", "day": "2030-01-01", "access": "loses" },
        ])
    );
}
