//! A service with the API behind a login. Each answer is compared with the document.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use keyward::manage_api::ManageApi;
use keyward::{Actor, CredentialId};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::document::{self, Answered};
use crate::support::{World, admin};

/// The prefix under which the API is mounted.
pub const PREFIX: &str = "/settings/api";

pub struct Scene {
    pub world: World,
    router: Router,
}

/// A request of a test.
pub struct Call<'a> {
    scene: &'a Scene,
    actor: Option<Actor>,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Scene {
    /// A service with the workspace `shop`.
    pub fn new() -> Self {
        Self::with(|api| api)
    }

    pub fn with(build: impl FnOnce(ManageApi) -> ManageApi) -> Self {
        let world = World::new();
        world.shop();
        Self::over(world, build)
    }

    /// A service over a world that has the workspace.
    pub fn over(world: World, build: impl FnOnce(ManageApi) -> ManageApi) -> Self {
        let api = build(ManageApi::new(world.keyward.clone()));
        let router = Router::new().nest_service(PREFIX, api);
        Self { world, router }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    /// A change.
    #[expect(clippy::needless_pass_by_value, reason = "the tests write the body in place")]
    pub fn post(&self, path: &str, body: Value) -> Call<'_> {
        let mut call = self.call(Method::POST, path).header("content-type", "application/json");
        call.body = body.to_string().into_bytes();
        call
    }

    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let (actor, path) = (Some(admin()), path.to_owned());
        Call { scene: self, actor, method, path, headers: Vec::new(), body: Vec::new() }
    }

    /// The id of the Track set `primary`.
    pub async fn primary(&self) -> CredentialId {
        let listed = self.get("/v1/credentials?kind=track").send().await;
        listed.body["items"][0]["id"].as_str().unwrap().parse().unwrap()
    }

    /// Issues an App key and returns its id.
    pub async fn issue(&self, name: &str) -> String {
        let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": name });
        let issued = self.post("/v1/credentials", wish).send().await;
        assert_eq!(issued.status, 201, "{}", issued.text);
        self.world.note_secret(issued.body["secret"].as_str().unwrap());
        issued.body["credential"]["id"].as_str().unwrap().to_owned()
    }

    /// Returns the entity tag of the record at a path.
    pub async fn tag(&self, path: &str) -> String {
        let read = self.get(path).send().await;
        read.headers["etag"].to_str().unwrap().to_owned()
    }
}

impl Call<'_> {
    pub fn by(mut self, actor: impl Into<Option<Actor>>) -> Self {
        self.actor = actor.into();
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub fn if_match(self, tag: impl Into<String>) -> Self {
        self.header("if-match", tag)
    }

    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub async fn send(self) -> Reply {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{PREFIX}{}", self.path))
            .header("host", "acme.test");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).unwrap();
        if let Some(actor) = self.actor {
            request.extensions_mut().insert(actor);
        }
        let response = self.scene.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answered = Answered {
            method: &self.method,
            path: self.path.split('?').next().unwrap(),
            status: parts.status,
            headers: &parts.headers,
            body: &body,
            text: &text,
        };
        document::check_answer(&answered);
        let is_read = self.method != Method::POST;
        if is_read || !parts.status.is_success() {
            for secret in self.scene.world.secrets() {
                assert!(!text.contains(&secret), "{} {}: a secret", self.method, self.path);
            }
        }
        Reply { status: parts.status, headers: parts.headers, body, text }
    }
}

impl Reply {
    /// The status and the code of a problem.
    pub fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    /// The places that a problem names, with their codes.
    pub fn places(&self) -> Vec<(&str, &str)> {
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .map(|error| {
                let named = ["pointer", "parameter", "header"].map(|member| error[member].as_str());
                (named.into_iter().flatten().next().unwrap(), error["code"].as_str().unwrap())
            })
            .collect()
    }

    pub fn tag(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }
}
