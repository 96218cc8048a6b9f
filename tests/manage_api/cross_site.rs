//! Changes that another site sends.

use serde_json::{Value, json};

use crate::scene::{Reply, Scene};

async fn issue(scene: &Scene, name: &str, headers: &[(&'static str, &str)]) -> Reply {
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": name });
    let mut call = scene.post("/v1/credentials", wish);
    for (name, value) in headers {
        call = call.header(name, *value);
    }
    call.send().await
}

#[tokio::test]
async fn a_change_from_another_site_is_refused() {
    let scene = Scene::with(|api| api.trusted_origin("https://admin.acme.test").unwrap());
    let site = "sec-fetch-site";
    let cases: [(&[(&'static str, &str)], bool); 12] = [
        (&[], true),
        (&[(site, "same-origin")], true),
        (&[(site, "same-origin"), ("origin", "https://acme.test")], true),
        (&[("origin", "http://acme.test")], true),
        (&[(site, "same-site")], false),
        (&[(site, "cross-site")], false),
        (&[(site, "none")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil.test")], false),
        (&[(site, "same-origin"), ("origin", "https://evil.test")], false),
        (&[(site, "same-site"), ("origin", "https://admin.acme.test")], true),
        (&[(site, "same-site"), ("origin", "https://other.acme.test")], false),
    ];
    for (number, (headers, is_accepted)) in cases.into_iter().enumerate() {
        let before = scene.world.dump();
        let reply = issue(&scene, &format!("key {number}"), headers).await;
        if is_accepted {
            assert_eq!(reply.status, 201, "{headers:?}: {}", reply.text);
            scene.world.note_secret(reply.body["secret"].as_str().unwrap());
        } else {
            assert_eq!(reply.problem(), (403, "cross_site"), "{headers:?}");
            scene.world.dump().assert_is(&before, "refused");
        }
    }
}

/// A form can send these types without asking the server first.
#[tokio::test]
async fn a_body_that_a_form_can_send_is_refused() {
    let scene = Scene::new();
    for media in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/json-patch+json",
        "application/problem+json",
    ] {
        let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
        let call = scene.post("/v1/credentials", wish).without("content-type");
        let call = if media.is_empty() { call } else { call.header("content-type", media) };
        let refused = call.send().await;
        assert_eq!(refused.problem(), (415, "not_json"), "{media}");
    }
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
    let call = scene.post("/v1/credentials", wish).without("content-type");
    let issued = call.header("content-type", "Application/JSON; charset=utf-8").send().await;
    assert_eq!(issued.status, 201);
}

/// A browser reads answers of another origin only with the host's permission, so a read needs no check.
#[tokio::test]
async fn a_read_from_another_site_is_answered_and_not_shared() {
    let scene = Scene::new();
    let read = scene.get("/v1/account").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(read.status, 200);
    assert_eq!(read.headers["cross-origin-resource-policy"], "same-origin");
    assert!(!read.headers.contains_key("access-control-allow-origin"));
    let _: &Value = &read.body;
}
