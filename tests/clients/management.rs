//! The example's management, behind its stand-in for a login.

use std::fmt::Write;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use keyward::{NewWorkspace, time::ManualClock};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::app::manage::Token;
use crate::official_client::open;
use crate::support::{START, admin, name, shop};

/// The service, and the token that makes its holder the admin.
struct Scene {
    router: Router,
    token: String,
    _folder: tempfile::TempDir,
}

/// What came back.
struct Answered {
    status: StatusCode,
    no_store: bool,
    body: Value,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(START.parse().unwrap());
        let (keyward, people) = open(&folder.path().join("service.db"), &clock).await;
        let new = NewWorkspace::new(shop(), name("Shop"));
        keyward.manager(&admin()).create_workspace(new).await.unwrap();
        let token = Token::draw().unwrap();
        let text = token.expose().to_owned();
        let router = App::new(keyward, people, admin(), token).router().unwrap();
        Self { router, token: text, _folder: folder }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answered {
        self.call_from([127, 0, 0, 1], &self.token, method, path, body).await
    }

    async fn call_from(
        &self,
        peer: [u8; 4],
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(format!("/manage{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .extension(ConnectInfo(SocketAddr::from((peer, 1))));
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let no_store = response.headers().get("cache-control").is_some_and(|it| it == "no-store");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answered { status, no_store, body: serde_json::from_slice(&body).unwrap() }
    }
}

#[tokio::test]
async fn what_shows_a_secret_is_kept_by_no_cache() {
    let scene = Scene::new().await;
    let wish = json!({ "kind": "track", "name": "Website" });
    let issued = scene.call(Method::POST, "/credentials", wish).await;
    assert!(issued.no_store && issued.body["secret"].is_string(), "{}", issued.body);
    let id = issued.body["credential"]["id"].as_str().unwrap();
    let token =
        scene.call(Method::POST, "/credentials", json!({ "kind": "app", "name": "A" })).await;
    assert!(token.no_store && token.body["secret"].is_string(), "{}", token.body);

    let path = format!("/credentials/{id}/reveal");
    let revealed = scene.call(Method::POST, &path, json!({})).await;
    assert!(revealed.no_store, "{}", revealed.body);
    assert_eq!(revealed.body["secret"], issued.body["secret"]);
    let path = format!("/credentials/{id}/rotate");
    let rotated = scene.call(Method::POST, &path, json!({ "overlap_seconds": 60 })).await;
    assert!(rotated.no_store && rotated.body["secret"].is_string(), "{}", rotated.body);

    let listed = scene.call(Method::GET, "/credentials?kind=track", json!({})).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    for secret in [&issued.body["secret"], &rotated.body["secret"]] {
        assert!(!listed.body.to_string().contains(secret.as_str().unwrap()));
    }
}

#[tokio::test]
async fn a_key_is_changed_and_deleted_by_its_typed_name() {
    let scene = Scene::new().await;
    let wish = json!({ "kind": "track", "name": "Website" });
    let issued = scene.call(Method::POST, "/credentials", wish).await;
    let path = |rest: &str| {
        format!("/credentials/{}{rest}", issued.body["credential"]["id"].as_str().unwrap())
    };
    let status = |answered: Answered| answered.body["credential"]["status"].clone();

    let renamed =
        scene.call(Method::POST, &path("/rename"), json!({ "name": "Shop window" })).await;
    assert_eq!(renamed.body["credential"]["name"], "Shop window");
    assert_eq!(status(scene.call(Method::POST, &path("/suspend"), json!({})).await), "suspended");
    assert_eq!(status(scene.call(Method::POST, &path("/resume"), json!({})).await), "active");
    let sunset = json!({ "sunset": "2031-01-01T00:00:00Z" });
    assert_eq!(status(scene.call(Method::POST, &path("/deprecate"), sunset).await), "deprecated");

    let connect =
        json!({ "integration": "segment", "credential": issued.body["credential"]["id"] });
    let connected = scene.call(Method::POST, "/integrations", connect.clone()).await;
    assert_eq!(connected.status, StatusCode::OK, "{}", connected.body);
    let impact = scene.call(Method::GET, &path(""), json!({})).await;
    assert_eq!(impact.body["integrations"], json!(["segment"]));
    let typed = json!({ "typed_name": "Shop window" });
    let refused = scene.call(Method::DELETE, &path(""), typed.clone()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    scene.call(Method::DELETE, "/integrations", connect).await;
    let mistyped = json!({ "typed_name": "Website" });
    let refused = scene.call(Method::DELETE, &path(""), mistyped).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(scene.call(Method::DELETE, &path(""), typed).await.status, StatusCode::OK);
    assert_eq!(scene.call(Method::GET, &path(""), json!({})).await.status, StatusCode::NOT_FOUND);

    let history = scene.call(Method::GET, "/history", json!({})).await;
    let events = history.body["items"].as_array().unwrap();
    assert_eq!(events.first().unwrap()["action"]["is"], "deleted");
}

#[tokio::test]
async fn the_list_goes_on_where_a_page_ends() {
    let scene = Scene::new().await;
    for number in 0..101 {
        let wish = json!({ "kind": "app", "name": format!("key {number:03}") });
        let issued = scene.call(Method::POST, "/credentials", wish).await;
        assert_eq!(issued.status, StatusCode::OK, "{}", issued.body);
    }
    let mut path = "/credentials".to_owned();
    let mut names = Vec::new();
    loop {
        let page = scene.call(Method::GET, &path, json!({})).await;
        for credential in page.body["items"].as_array().unwrap() {
            names.push(credential["name"].as_str().unwrap().to_owned());
        }
        let Some(next) = page.body["next"].as_str() else { break };
        "/credentials?after=".clone_into(&mut path);
        for byte in next.bytes() {
            write!(path, "%{byte:02x}").unwrap();
        }
    }
    let mut expected: Vec<_> = (0..101).map(|number| format!("key {number:03}")).collect();
    expected.push("primary".to_owned());
    assert_eq!(names, expected);
}

#[tokio::test]
async fn nobody_else_manages_anything() {
    let scene = Scene::new().await;
    let list = |peer, token| scene.call_from(peer, token, Method::GET, "/credentials", json!({}));
    assert_eq!(list([127, 0, 0, 1], &scene.token).await.status, StatusCode::OK);
    assert_eq!(list([127, 0, 0, 1], "guess").await.status, StatusCode::UNAUTHORIZED);
    let longer = format!("{}a", scene.token);
    assert_eq!(list([127, 0, 0, 1], &longer).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(list([192, 0, 2, 1], &scene.token).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mistake_is_said_in_the_one_form() {
    let scene = Scene::new().await;
    for (method, path, body, status) in [
        (Method::GET, "/credentials/short", json!({}), StatusCode::BAD_REQUEST),
        (Method::GET, "/credentials?kind=both", json!({}), StatusCode::BAD_REQUEST),
        (Method::POST, "/credentials", json!({ "kind": "app" }), StatusCode::UNPROCESSABLE_ENTITY),
        (
            Method::POST,
            "/allowlist",
            json!({ "networks": ["10.0.0.0/0"] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (Method::POST, "/allowlist", json!({ "networks": [] }), StatusCode::UNPROCESSABLE_ENTITY),
        (Method::DELETE, "/allowlist", json!({ "networks": ["10.0.0.0/8"] }), StatusCode::CONFLICT),
        (Method::GET, "/elsewhere", json!({}), StatusCode::NOT_FOUND),
        // A misspelled end must not make a key without one.
        (
            Method::POST,
            "/credentials",
            json!({ "kind": "app", "name": "A", "expire": "2031-01-01T00:00:00Z" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (Method::GET, "/credentials?knid=app", json!({}), StatusCode::BAD_REQUEST),
        (Method::GET, "/credentials?after=guess", json!({}), StatusCode::BAD_REQUEST),
    ] {
        let answered = scene.call(method, path, body).await;
        assert_eq!(answered.status, status, "{path}: {}", answered.body);
        assert!(answered.body["meta"]["error"].is_string(), "{path}");
    }
}
