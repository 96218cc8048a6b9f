//! The example's management, behind its sign-in.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use keyward::{NewWorkspace, time::ManualClock};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::app::sign_in::SignIns;
use crate::official_client::open;
use crate::support::{START, admin, name, shop};

struct Scene {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(START.parse().unwrap());
        let (keyward, people) = open(&folder.path().join("service.db"), &clock).await;
        let new = NewWorkspace::new(shop(), name("Shop"));
        keyward.manager(&admin()).create_workspace(new).await.unwrap();
        let router = App::new(keyward, people, SignIns::new().unwrap()).router().unwrap();
        Self { router, _folder: folder }
    }

    async fn send(&self, peer: [u8; 4], request: http::request::Builder, body: &str) -> Reply {
        let request = request.extension(ConnectInfo(SocketAddr::from((peer, 1))));
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// Signs a person in and returns the cookie.
    async fn sign_in(&self, person: &str) -> String {
        let request =
            Request::post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        let reply = self.send([127, 0, 0, 1], request, &format!("person={person}")).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
        let cookie = reply.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn manage(&self, cookie: &str, method: Method, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/manage/v1{path}"))
            .header("cookie", format!("theme=dark; {cookie}"))
            .header("content-type", "application/json");
        self.send([127, 0, 0, 1], request, body).await
    }
}

#[tokio::test]
async fn each_person_can_do_what_their_role_permits() {
    let scene = Scene::new().await;
    let wish =
        |name: &str| json!({ "workspace": "acme/shop", "kind": "app", "name": name }).to_string();
    for (person, read, issued) in [("ada", 200, 201), ("bob", 200, 201), ("vera", 200, 403)] {
        let cookie = scene.sign_in(person).await;
        let listed = scene.manage(&cookie, Method::GET, "/credentials", "").await;
        assert_eq!(listed.status, read, "{person}: {}", listed.text);
        let reply = scene.manage(&cookie, Method::POST, "/credentials", &wish(person)).await;
        assert_eq!(reply.status, issued, "{person}: {}", reply.text);
        if issued == 201 {
            let body: Value = serde_json::from_str(&reply.text).unwrap();
            let by = &body["credential"]["created_by"]["id"];
            assert_eq!(*by, format!("{person}@acme.test"));
            assert_eq!(reply.headers["cache-control"], "no-store");
        }
    }
}

#[tokio::test]
async fn without_a_sign_in_nothing_is_managed() {
    let scene = Scene::new().await;
    for cookie in ["", "keyward_example=", "keyward_example=guess", "other=x"] {
        let reply = scene.manage(cookie, Method::GET, "/credentials", "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{cookie}");
    }
    let browser = Request::get("/manage/v1/credentials").header("accept", "text/html,*/*");
    let reply = scene.send([127, 0, 0, 1], browser, "").await;
    assert_eq!(
        (reply.status, &reply.headers["location"]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    let form =
        Request::post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
    let reply = scene.send([127, 0, 0, 1], form, "person=eve").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);

    let cookie = scene.sign_in("ada").await;
    let start = || Request::get("/").header("cookie", &cookie);
    assert!(scene.send([127, 0, 0, 1], start(), "").await.text.contains("signed in as Ada"));
    let out = Request::post("/sign-out").header("cookie", &cookie);
    assert_eq!(scene.send([127, 0, 0, 1], out, "").await.status, StatusCode::SEE_OTHER);
    assert!(scene.send([127, 0, 0, 1], start(), "").await.text.contains("Sign in as"));
    let reply = scene.manage(&cookie, Method::GET, "/credentials", "").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

/// The sample people have no passwords.
#[tokio::test]
async fn other_machines_find_no_sign_in() {
    let scene = Scene::new().await;
    let cookie = scene.sign_in("ada").await;
    for request in [
        Request::get("/"),
        Request::get("/manage/v1/credentials").header("cookie", &cookie),
        Request::post("/sign-in").header("content-type", "application/x-www-form-urlencoded"),
    ] {
        let reply = scene.send([192, 0, 2, 1], request, "person=ada").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
}
