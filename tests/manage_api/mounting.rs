//! Mounting the API, and the settings of the host.

use axum::Router;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use keyward::manage_api::ManageApi;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::scene::Scene;
use crate::support::{World, admin, thread_log};

async fn status(router: &Router, path: &str) -> (u16, Value) {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(admin());
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn it_is_mounted_anywhere() {
    let world = World::new();
    let api = ManageApi::new(world.keyward.clone());
    let nested = Router::new().nest_service("/b", api.clone());
    for (router, path) in [
        (Router::new().fallback_service(api.clone()), "/v1/account"),
        (Router::new().nest_service("/a", api.clone()), "/a/v1/account"),
        (Router::new().nest_service("/a/", api.clone()), "/a/v1/account"),
        (Router::new().nest("/a", nested), "/a/b/v1/account"),
        // A router that does not strip the prefix.
        (Router::new().fallback_service(api.clone().at("/a/")), "/a/v1/account"),
        // A proxy that strips it.
        (Router::new().fallback_service(api.at("/a")), "/v1/account"),
    ] {
        let (status, body) = status(&router, path).await;
        assert_eq!((status, &body["id"]), (200, &json!("acme")), "{path}");
    }
}

/// A login that is too old, as a cookie of the host would show.
#[tokio::test]
async fn the_host_can_require_a_fresh_login() {
    let scene = Scene::with(|api| {
        api.require_fresh_login(|parts| {
            parts.headers.get("x-login").is_some_and(|it| it == "fresh")
        })
    });
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
    let issue = || scene.post("/v1/credentials", wish.clone());
    assert_eq!(issue().send().await.problem(), (403, "fresh_login_required"));
    let issued = issue().header("x-login", "fresh").send().await;
    assert_eq!(issued.status, 201);
    scene.world.note_secret(issued.body["secret"].as_str().unwrap());
    let id = issued.body["credential"]["id"].as_str().unwrap();
    for (change, body) in [
        ("rotate", json!({ "overlap_seconds": 0 })),
        ("replace_unused", json!({ "generation": 1 })),
        ("reveal", json!({})),
        ("delete", json!({ "name": "backend" })),
    ] {
        let path = format!("/v1/credentials/{id}:{change}");
        let refused = scene.post(&path, body).if_match("\"1\"").send().await;
        assert_eq!(refused.problem(), (403, "fresh_login_required"), "{change}");
    }
    // Reads, and changes that show no secret and delete nothing, do not need one.
    assert_eq!(scene.get("/v1/credentials").send().await.status, 200);
    let path = format!("/v1/credentials/{id}:suspend");
    assert_eq!(scene.post(&path, json!({})).if_match("\"1\"").send().await.status, 200);
}

#[tokio::test]
async fn a_missing_actor_is_logged_with_the_remedy() {
    thread_log::record(tracing::Level::ERROR);
    let scene = Scene::new();
    thread_log::take();
    let refused = scene.get("/v1/account").by(None).send().await;
    assert_eq!(refused.problem(), (500, "no_actor"));
    let lines = thread_log::take();
    let errors: Vec<_> = lines.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{lines}");
    assert!(
        errors[0].contains("puts a `keyward::Actor` into each request's extensions"),
        "{lines}"
    );
    assert!(errors[0].contains("service=\"ManageApi\""), "{lines}");
}

/// Over HTTP/1 a caller that is still sending would otherwise lose the answer with the connection.
#[tokio::test]
async fn a_refusal_reaches_a_caller_that_is_still_sending() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let world = World::new();
    let router = Router::new().fallback_service(ManageApi::new(world.keyward.clone()));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    for (length, closes) in [(1024 * 1024, false), (3 * 1024 * 1024, true)] {
        let mut caller = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /v1/credentials HTTP/1.1\r\nhost: acme.test\r\ncontent-length: {length}\r\n\r\n"
        );
        caller.write_all(head.as_bytes()).await.unwrap();
        if !closes {
            caller.write_all(&vec![b' '; length]).await.unwrap();
        }
        let mut read = vec![0; 4096];
        let mut answer = String::new();
        // The body ends the answer.
        while !answer.contains("no_actor") {
            let length = caller.read(&mut read).await.unwrap();
            assert!(length > 0, "{answer}");
            answer += std::str::from_utf8(&read[..length]).unwrap();
        }
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert_eq!(answer.contains("connection: close"), closes, "{answer}");
    }
}
