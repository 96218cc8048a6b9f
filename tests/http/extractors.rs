//! A handler that takes a proof can be reached only with a key of its kind.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRef};
use axum::routing::{get, post};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use keyward::http::{Guard, PeerAddress};
use keyward::{App, Attempt, Track, Verified};
use tower::{Layer, ServiceExt};

use crate::service::{PEER, request};
use crate::support::{World, block_on};

async fn send_email(key: Verified<App>, body: String) -> String {
    format!("{} {body}", key.credential())
}

async fn identify(key: Verified<Track>) -> String {
    key.credential().to_string()
}

/// A state of the host's own, with the guard in it.
#[derive(Clone)]
struct State {
    guard: Guard,
}

impl FromRef<State> for Guard {
    fn from_ref(state: &State) -> Self {
        state.guard.clone()
    }
}

fn routes() -> Router<State> {
    Router::new().route("/send", post(send_email)).route("/identify", get(identify))
}

struct Scene {
    world: World,
    guard: Guard,
    bearer: String,
    basic: String,
}

impl Scene {
    fn new() -> Self {
        use base64ct::Encoding;

        let world = World::new();
        let set = world.shop().first;
        let pair = format!("{}:{}", set.credential.id, set.secret.expose());
        Self {
            guard: Guard::new(world.keyward.clone()),
            bearer: format!("Bearer {}", world.app_key("backend").secret.expose()),
            basic: format!("Basic {}", base64ct::Base64::encode_string(pair.as_bytes())),
            world,
        }
    }

    fn state(&self) -> State {
        State { guard: self.guard.clone() }
    }
}

fn call(router: Router, method: &str, path: &str, authorization: &str) -> StatusCode {
    let lines = [authorization].into_iter().filter(|line| !line.is_empty());
    let mut request = request(lines).map(Body::from);
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = path.parse().unwrap();
    block_on(router.oneshot(request)).unwrap().status()
}

#[test]
fn each_kind_reaches_its_own_handlers() {
    let scene = Scene::new();
    let app = || routes().with_state(scene.state());
    for (authorization, send, identify) in [
        (scene.bearer.as_str(), StatusCode::OK, StatusCode::UNAUTHORIZED),
        (scene.basic.as_str(), StatusCode::UNAUTHORIZED, StatusCode::OK),
        ("", StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(call(app(), "POST", "/send", authorization), send);
        assert_eq!(call(app(), "GET", "/identify", authorization), identify);
    }
}

#[test]
fn a_refusal_is_the_guards_own_answer() {
    let scene = Scene::new();
    let app = routes().with_state(scene.state());
    let request = Request::post("/send").extension(PeerAddress(PEER.parse().unwrap()));
    let response = block_on(app.oneshot(request.body(Body::empty()).unwrap())).unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"App API\"");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body = block_on(response.into_body().collect()).unwrap().to_bytes();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["status"], 401);
}

#[test]
fn a_refused_grpc_call_gets_a_grpc_status() {
    let scene = Scene::new();
    let app = routes().with_state(scene.state());
    let mut request = request::<&str>([]).map(Body::from);
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = http::Version::HTTP_2;
    *request.uri_mut() = "/send".parse().unwrap();
    request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    let response = block_on(app.oneshot(request)).unwrap();
    assert_eq!(
        (response.status(), &response.headers()["grpc-status"]),
        (StatusCode::OK, &"16".parse().unwrap())
    );
}

#[test]
fn the_wrong_layer_in_front_opens_nothing() {
    let scene = Scene::new();
    let app = || routes().layer(scene.guard.track().unwrap()).with_state(scene.state());
    assert_eq!(call(app(), "POST", "/send", &scene.basic), StatusCode::UNAUTHORIZED);
    assert_eq!(call(app(), "POST", "/send", &scene.bearer), StatusCode::UNAUTHORIZED);
    assert_eq!(call(app(), "GET", "/identify", &scene.basic), StatusCode::OK);
}

#[test]
fn a_proof_of_another_request_opens_nothing() {
    let scene = Scene::new();
    let token = scene.bearer.strip_prefix("Bearer ").unwrap();
    let stale: Verified<App> = block_on(scene.world.keyward.verify(&Attempt::app(token))).unwrap();
    let careless = tower::util::MapRequestLayer::new(move |mut request: Request<Body>| {
        request.extensions_mut().insert(stale.clone());
        request
    });
    let app = routes().layer(careless).with_state(scene.state());
    assert_eq!(call(app, "POST", "/send", ""), StatusCode::UNAUTHORIZED);
}

/// For example a batch endpoint, which sends requests of its own through the routes.
#[test]
fn a_copy_of_an_admitted_requests_extensions_admits_no_other_request() {
    let scene = Scene::new();
    let inner = routes().with_state(scene.state());
    for (authorization, expected) in [
        ("", StatusCode::UNAUTHORIZED),
        ("Bearer wrong", StatusCode::UNAUTHORIZED),
        (scene.bearer.as_str(), StatusCode::OK),
    ] {
        let (inner, authorization) = (inner.clone(), authorization.to_owned());
        let copying = tower::service_fn(move |outer: Request<Body>| {
            let mut request = Request::post("/send");
            if !authorization.is_empty() {
                request = request.header("authorization", &authorization);
            }
            let mut request = request.body(Body::empty()).unwrap();
            *request.extensions_mut() = outer.extensions().clone();
            inner.clone().oneshot(request)
        });
        let batch = scene.guard.app().unwrap().layer(copying);
        let outer = request([&scene.bearer]).map(Body::from);
        let response = block_on(batch.oneshot(outer)).unwrap();
        assert_eq!(response.status(), expected);
    }
    // The request that was admitted is still the one that was admitted.
    assert_eq!(scene.world.keyward.stats().verified, 3 + 1);
}

/// A move takes the layer's mark along. The mark is valid only for the header that was checked.
#[test]
fn moved_extensions_admit_no_request_with_other_credentials() {
    let scene = Scene::new();
    let other = format!("Bearer {}", scene.world.app_key("other").secret.expose());
    let inner = routes().with_state(scene.state());
    let (mut sent, mut verified) = (0, 0);
    for (lines, expected, checks) in [
        (vec![], StatusCode::UNAUTHORIZED, 0),
        (vec!["Bearer wrong"], StatusCode::UNAUTHORIZED, 0),
        (vec![scene.bearer.as_str(), "Bearer wrong"], StatusCode::UNAUTHORIZED, 0),
        (vec![scene.bearer.as_str()], StatusCode::OK, 1),
        (vec![other.as_str()], StatusCode::OK, 1),
    ] {
        for extending in [false, true] {
            let (inner, lines) = (inner.clone(), lines.clone());
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            let moving = tower::service_fn(move |mut outer: Request<Body>| {
                let mut request = Request::post("/send");
                for line in &lines {
                    request = request.header("authorization", line);
                }
                let mut request = request.body(Body::empty()).unwrap();
                let old = std::mem::take(outer.extensions_mut());
                if extending {
                    request.extensions_mut().extend(old);
                } else {
                    *request.extensions_mut() = old;
                }
                inner.clone().oneshot(request)
            });
            let batch = scene.guard.app().unwrap().layer(moving);
            let outer = request([&scene.bearer]).map(Body::from);
            let response = block_on(batch.oneshot(outer)).unwrap();
            assert_eq!(response.status(), expected);
            (sent, verified) = (sent + 1, verified + checks);
        }
    }
    assert_eq!(scene.world.keyward.stats().verified, sent + verified);
}

/// The answer names the key of the request that reached the handler.
#[test]
fn moved_extensions_do_not_change_whose_request_it_is() {
    let scene = Scene::new();
    let other = scene.world.app_key("other");
    let bearer = format!("Bearer {}", other.secret.expose());
    let inner = routes().with_state(scene.state());
    let moving = tower::service_fn(move |mut outer: Request<Body>| {
        let request = Request::post("/send").header("authorization", &bearer);
        let mut request = request.body(Body::empty()).unwrap();
        *request.extensions_mut() = std::mem::take(outer.extensions_mut());
        inner.clone().oneshot(request)
    });
    let batch = scene.guard.app().unwrap().layer(moving);
    let outer = request([&scene.bearer]).map(Body::from);
    let body = block_on(async {
        batch.oneshot(outer).await.unwrap().into_body().collect().await.unwrap().to_bytes()
    });
    assert_eq!(body, format!("{} ", other.credential.id));
}

#[test]
fn another_guards_layer_opens_nothing() {
    let (here, there) = (Scene::new(), Scene::new());
    let app = routes().layer(there.guard.app().unwrap()).with_state(here.state());
    assert_eq!(call(app, "POST", "/send", &there.bearer), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_layer_and_an_extractor_check_a_request_once() {
    let scene = Scene::new();
    let app = routes().layer(scene.guard.app().unwrap()).with_state(scene.state());
    assert_eq!(call(app, "POST", "/send", &scene.bearer), StatusCode::OK);
    assert_eq!(scene.world.keyward.stats().verified, 1);
}

#[test]
fn the_peer_is_what_axum_says() {
    let scene = Scene::new();
    let app = routes().with_state(scene.state());
    let send = |peer: Option<ConnectInfo<SocketAddr>>| {
        let mut request = Request::post("/send").header("authorization", &scene.bearer);
        if let Some(peer) = peer {
            request = request.extension(peer);
        }
        let request = request.body(Body::empty()).unwrap();
        block_on(app.clone().oneshot(request)).unwrap().status()
    };
    assert_eq!(send(None), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        send(Some(ConnectInfo((PEER.parse::<std::net::IpAddr>().unwrap(), 1).into()))),
        StatusCode::OK
    );

    let peer = SocketAddr::from(([198, 51, 100, 1], 1));
    let app = app.layer(axum::extract::connect_info::MockConnectInfo(peer));
    let request = Request::post("/send").header("authorization", &scene.bearer);
    let response = block_on(app.oneshot(request.body(Body::empty()).unwrap())).unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}
