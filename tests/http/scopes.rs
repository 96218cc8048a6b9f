//! Routes that require a scope, by an extractor and by a layer.

use axum::Router;
use axum::body::Body;
use axum::extract::FromRef;
use axum::routing::get;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use keyward::http::{Guard, Scoped};
use keyward::scope::{InsufficientScope, Scopes};
use keyward::{App, NewCredential, Verified};
use tower::{Layer, ServiceExt, service_fn};

use crate::service::request;
use crate::support::{World, admin, block_on, cheap, name, shop};

keyward::vocabulary! {
    /// What a key of these tests may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
    }
}

#[derive(Clone)]
struct State {
    guard: Guard,
}

impl FromRef<State> for Guard {
    fn from_ref(state: &State) -> Self {
        state.guard.clone()
    }
}

async fn people(key: Scoped<App, scope::ReadPeople>) -> String {
    key.workspace().to_string()
}

async fn mail(key: Scoped<App, scope::SendEmail>) -> String {
    key.into_proof().workspace().to_string()
}

async fn by_hand(key: Verified<App>) -> Result<String, InsufficientScope> {
    key.require(Scope::SendEmail)?;
    Ok(key.workspace().to_string())
}

struct Scene {
    world: World,
    guard: Guard,
    reader: String,
    everything: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
        world.shop();
        let issue = |called: &str, scopes: Scopes| {
            let new = NewCredential::new(shop(), name(called)).scopes(scopes);
            let issued = block_on(world.keyward.manager(&admin()).issue_app_key(new)).unwrap();
            format!("Bearer {}", issued.secret.expose())
        };
        let reader = issue("reader", Scopes::of([Scope::ReadPeople]).unwrap());
        let everything = issue("everything", Scopes::All);
        Self { guard: Guard::new(world.keyward.clone()), reader, everything, world }
    }

    fn routes(&self) -> Router {
        Router::new()
            .route("/people", get(people))
            .route("/mail", get(mail))
            .route("/by-hand", get(by_hand))
            .with_state(State { guard: self.guard.clone() })
    }

    fn get(&self, path: &str, authorization: &str) -> Response<Body> {
        let mut request = request([authorization]).map(Body::from);
        *request.uri_mut() = path.parse().unwrap();
        block_on(self.routes().oneshot(request)).unwrap()
    }
}

#[test]
fn a_handler_is_reached_only_with_its_scope() {
    let scene = Scene::new();
    for path in ["/people", "/mail", "/by-hand"] {
        assert_eq!(scene.get(path, &scene.everything).status(), StatusCode::OK, "{path}");
    }
    assert_eq!(scene.get("/people", &scene.reader).status(), StatusCode::OK);
    for path in ["/mail", "/by-hand"] {
        assert_eq!(scene.get(path, &scene.reader).status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(scene.get("/mail", "Bearer guess").status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_missing_scope_is_answered_as_rfc_6750_says() {
    let scene = Scene::new();
    let answer = scene.get("/mail", &scene.reader);
    let challenge = r#"Bearer realm="App API", error="insufficient_scope", scope="send:email""#;
    assert_eq!(answer.headers()["www-authenticate"], challenge);
    let by_hand = scene.get("/by-hand", &scene.reader);
    let challenge = r#"Bearer error="insufficient_scope", scope="send:email""#;
    assert_eq!(by_hand.headers()["www-authenticate"], challenge);
    for answer in [answer, by_hand] {
        let body = block_on(answer.into_body().collect()).unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], 403);
    }
    block_on(scene.world.keyward.flush()).unwrap();
    assert_eq!(scene.world.keyward.stats().denied, 1, "the attempt, and not the check by hand");
}

#[test]
fn a_layer_requires_a_scope_on_all_its_routes() {
    let scene = Scene::new();
    let inner = service_fn(async |_: http::Request<Body>| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    });
    let layer = scene.guard.app().unwrap().requiring(Scope::SendEmail);
    for (authorization, status) in [
        (&scene.everything, StatusCode::OK),
        (&scene.reader, StatusCode::FORBIDDEN),
        (&"Bearer guess".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        let request = request([authorization.as_str()]).map(Body::from);
        let answer = block_on(layer.layer(inner).oneshot(request)).unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[test]
fn a_layer_without_a_scope_does_not_let_a_handler_with_one_be_reached() {
    let scene = Scene::new();
    let routes = scene.routes().route_layer(scene.guard.app().unwrap());
    let mut request = request([scene.reader.as_str()]).map(Body::from);
    *request.uri_mut() = "/mail".parse().unwrap();
    let answer = block_on(routes.oneshot(request)).unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
