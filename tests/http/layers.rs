//! The answers of the layers, and the requests that they do not change.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use keyward::http::{
    ClientAddress, ForwardingHeader, Guard, NoAddress, PeerAddress, RefusedHeader,
};
use keyward::{Attempt, DenialReason, MasterKey, MasterKeys, manage::EndTime, time::ManualClock};
use proptest::prelude::{any, prop, prop_assert, proptest};
use tower::{Layer, Service};

use crate::service::{Answered, PEER, request, request_from, send, to_app, to_track};
use crate::support::seen::Seen;
use crate::support::{START, World, admin, block_on, cheap, shop};

const OFFICE: &str = "203.0.113.7";

/// A service, a guard in front of it, and the `Authorization` line of an App key that passes.
struct Scene {
    world: World,
    guard: Guard,
    bearer: String,
    key: keyward::CredentialId,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.shop();
        let issued = world.app_key("backend");
        Self {
            guard: Guard::new(world.keyward.clone()),
            bearer: format!("Bearer {}", issued.secret.expose()),
            key: issued.credential.id,
            world,
        }
    }

    /// The App key, as HTTP Basic would have it.
    fn pair(&self) -> String {
        format!("{}:{}", self.key, self.bearer.strip_prefix("Bearer ").unwrap())
    }

    fn restrict(&self) {
        let networks = ["203.0.113.0/24".parse().unwrap()];
        block_on(self.world.keyward.manager(&admin()).allow(&shop(), &networks)).unwrap();
    }

    fn send_from(&self, peer: &str) -> Answered {
        to_app(&self.guard, request_from(peer, [&self.bearer]))
    }
}

/// The service that receives a request.
#[derive(Debug, Clone, Copy)]
enum Route {
    App,
    Track,
    /// Any kind.
    Any,
}

impl Route {
    fn send(self, guard: &Guard, request: Request<String>) -> Answered {
        let never = |_: Request<String>| -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
            panic!("it was let pass")
        };
        match self {
            Self::App => to_app(guard, request),
            Self::Track => to_track(guard, request),
            Self::Any => {
                let layer = guard.layer::<keyward::kind::AnyKind>().unwrap();
                send(layer.layer(tower::service_fn(never)), request)
            }
        }
    }
}

fn problem(answered: &Answered) -> serde_json::Value {
    assert_eq!(answered.header("content-type"), Some("application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(&answered.body).unwrap();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["status"], answered.status.as_u16());
    assert_eq!(problem["title"], answered.status.canonical_reason().unwrap());
    problem
}

#[test]
fn admitted_requests_get_the_services_own_answer() {
    let scene = Scene::new();
    let answered = scene.send_from(PEER);
    assert_eq!((answered.status, answered.body), (StatusCode::OK, scene.key.to_string()));
    assert_eq!(
        answered.headers,
        HeaderMap::from_iter([("x-own".parse().unwrap(), "kept".parse().unwrap())])
    );
}

#[test]
fn the_layer_keeps_the_length_of_a_body() {
    let scene = Scene::new();
    let inner = tower::service_fn(|_: Request<String>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("its own answer"))))
    });
    let mut guarded = scene.guard.app().unwrap().layer(inner);
    let passed = block_on(guarded.call(request([&scene.bearer]))).unwrap();
    assert_eq!(passed.body().size_hint().exact(), Some(14));
    let refused = block_on(guarded.call(request::<&str>([]))).unwrap();
    let told = refused.body().size_hint().exact();
    let body = block_on(refused.into_body().collect()).unwrap().to_bytes();
    assert_eq!(told, Some(body.len() as u64));
}

#[test]
fn only_a_right_secret_is_told_that_its_address_is_not_listed() {
    let scene = Scene::new();
    scene.restrict();
    assert_eq!(scene.send_from(OFFICE).status, StatusCode::OK);
    let refused = scene.send_from(PEER);
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.header("www-authenticate"), None);
    assert_eq!(
        problem(&refused)["detail"],
        "The credentials are valid, but not from this address."
    );
    let guessed = to_app(&scene.guard, request([format!("{}x", scene.bearer)]));
    assert_eq!(guessed.status, StatusCode::UNAUTHORIZED);
    problem(&guessed);
}

#[test]
fn the_address_that_trusted_proxies_report_is_used() {
    let mut scene = Scene::new();
    scene.restrict();
    scene.guard = scene.guard.client_address(ClientAddress::forwarded(
        ForwardingHeader::XForwardedFor,
        ["10.0.0.0/8".parse().unwrap()],
    ));
    let send = |peer: &str, forwarded: Option<&'static str>| {
        let mut request = request_from(peer, [&scene.bearer]);
        if let Some(forwarded) = forwarded {
            let value = HeaderValue::from_static(forwarded);
            request.headers_mut().insert("x-forwarded-for", value);
        }
        to_app(&scene.guard, request).status
    };
    assert_eq!(send("10.0.0.1", Some(OFFICE)), StatusCode::OK);
    assert_eq!(send("10.0.0.1", Some("203.0.113.7, 198.51.100.1")), StatusCode::FORBIDDEN);
    assert_eq!(send("10.0.0.1", Some("unknown")), StatusCode::FORBIDDEN, "no address");
    assert_eq!(send("10.0.0.1", None), StatusCode::FORBIDDEN, "no address");
    assert_eq!(send(PEER, Some(OFFICE)), StatusCode::FORBIDDEN, "not from a proxy");
    assert_eq!(send(OFFICE, Some(PEER)), StatusCode::OK, "not from a proxy");
}

/// `0.0.0.0` and `::` are addresses that a socket is bound to, and never the address of a client.
#[test]
fn an_unspecified_address_is_not_a_client_address() {
    let mut scene = Scene::new();
    let networks = ["0.0.0.0/1", "::/128"].map(|network| network.parse().unwrap());
    block_on(scene.world.keyward.manager(&admin()).allow(&shop(), &networks)).unwrap();
    assert_eq!(scene.send_from("1.2.3.4").status, StatusCode::OK);
    for unspecified in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
        assert_eq!(scene.send_from(unspecified).status, StatusCode::FORBIDDEN, "{unspecified}");
        let token = scene.bearer.strip_prefix("Bearer ").unwrap();
        let attempt = Attempt::app(token).client_address(unspecified.parse::<IpAddr>().unwrap());
        assert!(block_on(scene.world.keyward.verify(&attempt)).is_err(), "{unspecified}");
    }
    scene.guard = scene.guard.client_address(ClientAddress::forwarded(
        ForwardingHeader::XForwardedFor,
        ["10.0.0.0/8".parse().unwrap()],
    ));
    let mut request = request_from("10.0.0.1", [&scene.bearer]);
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("0.0.0.0"));
    assert_eq!(to_app(&scene.guard, request).status, StatusCode::FORBIDDEN);
}

#[test]
fn the_host_is_called_for_each_denied_attempt() {
    let mut scene = Scene::new();
    scene.restrict();
    let denials = Arc::new(Mutex::new(Vec::new()));
    let denied = Arc::clone(&denials);
    scene.guard = scene.guard.on_denied(move |request, reason, address| {
        denied.lock().unwrap().push((request.uri.path().to_owned(), reason, address));
    });
    assert_eq!(scene.send_from(OFFICE).status, StatusCode::OK);
    assert_eq!(to_app(&scene.guard, request::<&str>([])).status, StatusCode::UNAUTHORIZED);
    assert!(denials.lock().unwrap().is_empty(), "nothing was denied");
    scene.send_from(PEER);
    to_app(&scene.guard, request(["Bearer a-guess"]));
    let from = Some(PEER.parse().unwrap());
    let path = || "/".to_owned();
    assert_eq!(
        *denials.lock().unwrap(),
        [(path(), DenialReason::AddressNotAllowed, from), (path(), DenialReason::Malformed, from),]
    );
}

/// An operator finds the credential and the client's address in the log.
#[test]
fn a_denial_is_logged_with_the_address_and_the_owner() {
    let scene = Scene::new();
    scene.restrict();
    let log = Seen::default();
    log.of(|| scene.send_from(PEER));
    let log = log.all();
    let line = log.lines().find(|line| line.contains("attempt denied")).unwrap();
    let key = format!("credential={}", scene.key);
    for field in [&key, "address=198.51.100.1", "account=acme", "workspace=acme/shop"] {
        assert!(line.contains(field), "{field} is not in {line}");
    }
}

/// An operator sees how many requests a guard refuses before verification, with the reasons and the addresses.
#[test]
fn refused_headers_are_counted_by_reason_and_logged_without_their_content() {
    let mut scene = Scene::new();
    scene.guard = scene.guard.client_address(ClientAddress::forwarded(
        ForwardingHeader::XForwardedFor,
        [format!("{PEER}/32").parse().unwrap()],
    ));
    let basic = |text: &[u8]| format!("Basic {}", Base64::encode_string(text));
    let endless = "k".repeat(400);
    let app = |lines: &[&str]| (Route::App, lines.iter().map(ToString::to_string).collect());
    let track = |line: String| (Route::Track, vec![line]);
    let cases: [(RefusedHeader, (Route, Vec<String>)); 8] = [
        (RefusedHeader::SentTwice, app(&[&scene.bearer, "Bearer hunter2"])),
        (RefusedHeader::TooLong, app(&[&format!("Bearer {endless}")])),
        (RefusedHeader::NotOneText, app(&["Bearer hunter2 hunter2"])),
        (RefusedHeader::NotBase64, track("Basic hunter2".to_owned())),
        (RefusedHeader::NotUtf8, track(basic(b"hunter2\xff:"))),
        (RefusedHeader::ControlCharacter, track(basic(b"hunter2\x07:"))),
        (RefusedHeader::NoColon, track(basic(b"hunter2"))),
        (RefusedHeader::OtherPlace, (Route::Any, vec![basic(scene.pair().as_bytes())])),
    ];
    assert_eq!(cases.each_ref().map(|(reason, _)| *reason), RefusedHeader::ALL);
    for (times, (reason, (route, lines))) in cases.into_iter().enumerate() {
        for _ in 0..=times {
            let mut request = request(&lines);
            request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static(OFFICE));
            let log = Seen::default();
            let answered = log.of(|| route.send(&scene.guard, request));
            assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{reason}");
            let log = log.all();
            let line = log.lines().find(|line| line.contains("credentials refused")).unwrap();
            for field in
                [format!("reason={reason}"), format!("address={OFFICE}"), format!("peer={PEER}")]
            {
                assert!(line.contains(&field), "{field} is not in {line}");
            }
            for line in &lines {
                let content = line.split_once(' ').unwrap().1;
                assert!(!log.contains(content) && !log.contains("hunter2"), "{log}");
            }
        }
    }
    let stats = scene.world.keyward.stats();
    let expected: Vec<_> = RefusedHeader::ALL.into_iter().zip(1..).collect();
    assert_eq!(stats.refused_headers, expected);
    assert_eq!((stats.verified, stats.denied), (0, 0), "they were no attempts");
}

#[test]
fn unknown_addresses_are_counted_by_reason_and_logged_with_the_peer() {
    let mut scene = Scene::new();
    let x_real_ip = ForwardingHeader::SingleAddress(http::HeaderName::from_static("x-real-ip"));
    let proxies = || ["198.51.100.0/24".parse().unwrap()];
    scene.guard = scene.guard.client_address(ClientAddress::forwarded(x_real_ip, proxies()));
    let cases: [(NoAddress, &[&str]); 5] = [
        (NoAddress::NoHeader, &[]),
        (NoAddress::SentTwice, &[OFFICE, OFFICE]),
        (NoAddress::NotAnAddress, &["hunter2"]),
        (NoAddress::Unspecified, &["::"]),
        (NoAddress::AllTrusted, &["198.51.100.2"]),
    ];
    assert_eq!(cases.map(|(reason, _)| reason), NoAddress::ALL);
    for (times, (reason, lines)) in cases.into_iter().enumerate() {
        for _ in 0..=times {
            let mut request = request([&scene.bearer]);
            for line in lines {
                request.headers_mut().append("x-real-ip", HeaderValue::from_static(line));
            }
            let log = Seen::default();
            let answered = log.of(|| to_app(&scene.guard, request));
            assert_eq!(answered.status, StatusCode::OK, "nothing is restricted");
            let log = log.all();
            let line = log
                .lines()
                .find(|line| line.contains("could not determine the client address"))
                .unwrap();
            assert!(line.contains(&format!("peer={PEER}")), "{line}");
            assert!(line.contains(&reason.to_string()), "{line}");
            assert!(!log.contains("hunter2"), "{log}");
        }
    }
    let expected: Vec<_> = NoAddress::ALL.into_iter().zip(1..).collect();
    assert_eq!(scene.world.keyward.stats().unknown_addresses, expected);
}

#[test]
fn an_unknown_address_is_no_hindrance_where_nothing_is_restricted() {
    let mut scene = Scene::new();
    scene.guard = scene.guard.client_address(ClientAddress::forwarded(
        ForwardingHeader::Forwarded,
        [format!("{PEER}/32").parse().unwrap()],
    ));
    assert_eq!(scene.send_from(PEER).status, StatusCode::OK);
}

#[test]
fn a_store_that_cannot_answer_is_503_and_never_401() {
    let mut scene = Scene::new();
    // With another master key, and without a declaration of loss, this node cannot decide.
    let clock = ManualClock::at(START.parse().unwrap());
    let stranger = cheap(scene.world.store.clone(), clock).build().unwrap();
    scene.guard = Guard::new(stranger);
    let answered = scene.send_from(PEER);
    assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answered.header("retry-after"), Some("1"));
    assert_eq!(answered.header("www-authenticate"), None);
    problem(&answered);
}

#[test]
fn a_missing_peer_address_is_explained_only_in_the_log() {
    let scene = Scene::new();
    let mut request = request([&scene.bearer]);
    request.extensions_mut().clear();
    let answered = to_app(&scene.guard, request.clone());
    assert_eq!(answered.status, StatusCode::INTERNAL_SERVER_ERROR);
    let log = Seen::default();
    let answered_again = log.of(|| to_app(&scene.guard, request.clone()));
    let log = log.all();
    assert!(log.contains("into_make_service_with_connect_info") && log.contains("peer_from"));
    let told = problem(&answered_again)["detail"].as_str().unwrap().to_owned();
    assert_eq!(told, "The server is not set up to check credentials.");

    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static(PEER));
    assert_eq!(to_app(&scene.guard, request).status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn a_host_can_say_where_the_peer_is() {
    #[derive(Clone)]
    struct Theirs(&'static str);

    let mut scene = Scene::new();
    scene.restrict();
    scene.guard = scene.guard.peer_from(|extensions| extensions.get::<Theirs>()?.0.parse().ok());
    let send = |peer| {
        let mut request = request([&scene.bearer]);
        request.extensions_mut().remove::<PeerAddress>();
        request.extensions_mut().insert(Theirs(peer));
        to_app(&scene.guard, request).status
    };
    assert_eq!(send(OFFICE), StatusCode::OK);
    assert_eq!(send(PEER), StatusCode::FORBIDDEN);
}

#[test]
fn a_host_can_give_answers_its_own_form() {
    let scene = Scene::new();
    let guard = scene.guard.clone().answers(|answer| {
        let body = serde_json::json!({ "meta": { "error": answer.detail() } });
        answer.with_body(HeaderValue::from_static("application/json"), body.to_string())
    });
    let answered = to_app(&guard, request::<&str>([]));
    assert_eq!(answered.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answered.header("content-type"), Some("application/json"));
    assert_eq!(answered.header("www-authenticate"), Some("Bearer realm=\"App API\""));
    let error = r#"{"meta":{"error":"The credentials are missing or not valid."}}"#;
    assert_eq!(answered.body, error);
    problem(&to_app(&scene.guard, request::<&str>([])));
}

#[test]
fn responses_for_an_ending_key_say_so_if_the_host_wants_it() {
    let scene = Scene::new();
    let announcing = scene.guard.clone().announce_endings();
    let send = || to_app(&announcing, request([&scene.bearer]));
    let endings = |answered: &Answered| {
        ["deprecation", "sunset"].map(|name| answered.header(name).map(str::to_owned))
    };
    assert_eq!(endings(&send()), [None, None]);

    scene.world.clock.advance(Duration::from_mins(1));
    let (admin, sunset) = (admin(), scene.world.later(3_600));
    let manager = scene.world.keyward.manager(&admin);
    block_on(manager.deprecate(scene.key, Some(EndTime::At(sunset)))).unwrap();
    let since = format!("@{}", scene.world.now().as_seconds());
    let [deprecation, header] = endings(&send());
    assert_eq!(deprecation.as_ref(), Some(&since));
    let (header, expected) = (header.unwrap(), sunset.to_string());
    assert!(header.ends_with(" GMT") && header.contains(&expected[11..19]), "{header} {expected}");
    assert_eq!(endings(&scene.send_from(PEER)), [None, None], "off by default");

    block_on(manager.undeprecate(scene.key)).unwrap();
    assert_eq!(endings(&send()), [None, None]);
    scene.world.clock.advance(Duration::from_mins(1));
    let fresh = block_on(manager.rotate(scene.key, Duration::from_mins(10))).unwrap();
    let [deprecation, sunset] = endings(&send());
    assert_eq!(deprecation, Some(format!("@{}", scene.world.now().as_seconds())));
    assert!(sunset.is_some());
    let fresh = request([format!("Bearer {}", fresh.secret.expose())]);
    assert_eq!(endings(&to_app(&announcing, fresh)), [None, None]);
}

#[test]
fn the_hosts_own_headers_stay() {
    let scene = Scene::new();
    let manager = admin();
    block_on(scene.world.keyward.manager(&manager).deprecate(scene.key, None)).unwrap();
    let inner = tower::service_fn(|_: Request<String>| {
        let response = Response::builder().header("deprecation", "@1").body(Full::default());
        ready(Ok::<Response<Full<Bytes>>, Infallible>(response.unwrap()))
    });
    let guard = scene.guard.announce_endings();
    let answered = send(guard.app().unwrap().layer(inner), request([&scene.bearer]));
    let lines: Vec<_> = answered.headers.get_all("deprecation").iter().collect();
    assert_eq!(lines, ["@1"]);
}

/// A service that must be found ready before it is called, and whose clones are not.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<String>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called before it was ready");
        ready(Ok(Response::default()))
    }
}

#[test]
fn the_service_that_was_found_ready_is_the_one_that_is_called() {
    let scene = Scene::new();
    let answered =
        send(scene.guard.app().unwrap().layer(Strict::default()), request([&scene.bearer]));
    assert_eq!(answered.status, StatusCode::OK);
}

#[test]
fn no_printed_text_contains_a_secret() {
    let keys = MasterKeys::new(MasterKey::generate().unwrap());
    let keyward = keyward::Keyward::builder(keyward::MemoryStore::new(), keys).build().unwrap();
    let layer = Guard::new(keyward).app().unwrap();
    let printed = format!("{layer:?} {:?}", layer.layer(()));
    assert!(printed.contains("Keyward") && printed.contains("Peer"), "{printed}");
}

proptest! {
    #[test]
    fn no_request_is_answered_with_a_fault(
        authorization in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..3),
        forwarded in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..3),
        schemed in any::<bool>(),
    ) {
        let scene = Scene::new();
        scene.restrict();
        let header = |bytes: &[u8]| HeaderValue::from_bytes(bytes).ok();
        let guard = scene.guard.client_address(ClientAddress::forwarded(
            ForwardingHeader::Forwarded,
            [format!("{PEER}/32").parse().unwrap()],
        ));
        let mut sent = request::<&str>([]);
        for line in authorization {
            let line = if schemed { [b"Bearer ".as_slice(), &line].concat() } else { line };
            if let Some(line) = header(&line) {
                sent.headers_mut().append("authorization", line);
            }
        }
        for line in forwarded.iter().filter_map(|line| header(line)) {
            sent.headers_mut().append("forwarded", line);
        }
        let status = to_app(&guard, sent).status;
        prop_assert!(status == StatusCode::UNAUTHORIZED, "{status}");
    }
}
