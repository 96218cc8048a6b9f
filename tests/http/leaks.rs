//! Alerts about leaked keys, signed by GitHub's published example and by a key pair of the test's own.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use futures_channel::oneshot;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use keyward::history::{Action, HistoryFilter};
use keyward::http::AnswerBody;
use keyward::http::leaks::{DrillKey, Leak, LeakAlerts, LeakHost};
use keyward::imports::{Import, ImportOutcome, ImportRow};
use keyward::kind::KindSpec;
use keyward::manage::{
    CredentialStatus, Issued, LeakOutcome, LeakPlace, LeakResponse, PolicyChange,
};
use keyward::{
    Actor, ActorId, Attempt, GenerationNumber, Keyward, Kind, MasterKey, MasterKeys, NewCredential,
    NewWorkspace, NotVerified, Operator, Permission, SecretKey, SlowHashParams,
};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::{EncodePublicKey, LineEnding};
use serde_json::{Value, json};
use tower::{Service, ServiceExt};

use crate::support::kinds::Live;
use crate::support::nodes::Hand;
use crate::support::{World, account, admin, block_on, name, operator, shop};

/// The example that GitHub publishes.
const GITHUB_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\nAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==\n-----END PUBLIC KEY-----\n";
const GITHUB_KEY_ID: &str = "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c";
const GITHUB_SIGNATURE: &str = "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==";
const GITHUB_BODY: &str = r#"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#;

/// What the host was asked and told.
#[derive(Clone)]
struct Host {
    keys: Arc<Mutex<Value>>,
    fetches: Arc<AtomicUsize>,
    outcomes: Arc<Mutex<Vec<(Leak, LeakOutcome)>>>,
    /// What the next fetch waits for.
    held: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

impl LeakHost for Host {
    async fn public_keys(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        let held = self.held.lock().unwrap().take();
        if let Some(held) = held {
            held.await.unwrap();
        }
        match &*self.keys.lock().unwrap() {
            Value::Null => Err("the network is down".into()),
            keys => Ok(json!({ "public_keys": keys }).to_string()),
        }
    }

    async fn acted(&self, leak: &Leak, outcome: LeakOutcome) {
        self.outcomes.lock().unwrap().push((leak.clone(), outcome));
    }
}

/// A kind whose keys are shown once, and of which each workspace keeps one.
struct Kept;

impl Kind for Kept {
    const SPEC: KindSpec = KindSpec::token("kept", "Kept key", "Kept keys").keep_one("first");
}

struct Scene {
    world: World,
    host: Host,
    service: LeakAlerts<Host>,
    signer: SigningKey,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.shop();
        Self::of(world)
    }

    fn of(world: World) -> Self {
        let signer = SigningKey::from_slice(&[7; 32]).unwrap();
        let pem = signer.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
        let keys = json!([
            { "key_identifier": GITHUB_KEY_ID, "key": GITHUB_KEY, "is_current": true },
            { "key_identifier": "ours", "key": pem, "is_current": false },
            { "key_identifier": "another form", "key": "ssh-ed25519 AAAA", "is_current": false },
        ]);
        let host = Host {
            keys: Arc::new(Mutex::new(keys)),
            fetches: Arc::default(),
            outcomes: Arc::default(),
            held: Arc::default(),
        };
        let operator = Operator::new(ActorId::new("github").unwrap());
        let service = LeakAlerts::new(world.keyward.clone(), operator, host.clone());
        Self { world, host, service, signer }
    }

    fn sign(&self, body: &str) -> String {
        let signature: DerSignature = self.signer.sign(body.as_bytes());
        Base64::encode_string(signature.as_bytes())
    }

    fn post(&self, id: &str, signature: &str, body: &str) -> (StatusCode, String) {
        self.send(request(id, signature, body))
    }

    /// Begins to answer a request, which must wait for the public keys.
    fn begun(&self, request: Request<String>) -> Hand<'_, StatusCode> {
        let mut service = self.service.clone();
        Hand::begun(async move { service.call(request).await.unwrap().status() })
    }

    fn send(&self, request: Request<String>) -> (StatusCode, String) {
        let mut service = self.service.clone();
        let response: Response<AnswerBody<String>> = block_on(async {
            ServiceExt::<Request<String>>::ready(&mut service)
                .await
                .unwrap()
                .call(request)
                .await
                .unwrap()
        });
        let status = response.status();
        let body = block_on(response.into_body().collect()).unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Posts a signed alert with these texts. Answers the labels.
    fn alert(&self, texts: &[&str]) -> Vec<String> {
        let body = alert(texts);
        let (status, answer) = self.post("ours", &self.sign(&body), &body);
        assert_eq!(status, StatusCode::OK, "{answer}");
        for text in texts.iter().filter(|text| !text.is_empty()) {
            assert!(!answer.contains(*text), "the answer repeats a text");
        }
        let labels: Vec<Value> = serde_json::from_str(&answer).unwrap();
        labels.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
    }

    fn outcomes(&self) -> Vec<LeakOutcome> {
        let mut told = self.host.outcomes.lock().unwrap();
        told.drain(..).map(|(_, outcome)| outcome).collect()
    }

    fn choose(&self, response: LeakResponse) {
        let admin = admin();
        block_on(self.world.keyward.manager(&admin).set_leak_response(response)).unwrap();
    }

    fn status(&self, issued: &Issued) -> CredentialStatus {
        let admin = admin();
        block_on(self.world.keyward.manager(&admin).credential(issued.credential.id))
            .unwrap()
            .status
    }

    fn app_key_passes(&self, token: &str) -> bool {
        match block_on(self.world.keyward.verify(&Attempt::app(token))) {
            Ok(_) => true,
            Err(NotVerified::Denied(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn request(id: &str, signature: &str, body: &str) -> Request<String> {
    Request::post("/")
        .header("Github-Public-Key-Identifier", id)
        .header("Github-Public-Key-Signature", signature)
        .body(body.to_owned())
        .unwrap()
}

fn alert(texts: &[&str]) -> String {
    let found = texts.iter().map(|text| {
        json!({ "token": text, "type": "acme_key", "url": "javascript:alert(1)", "source": "commit" })
    });
    Value::Array(found.collect()).to_string()
}

#[test]
fn the_published_example_is_answered_as_a_false_positive() {
    let scene = Scene::new();
    let (status, answer) = scene.post(GITHUB_KEY_ID, GITHUB_SIGNATURE, GITHUB_BODY);
    assert_eq!(status, StatusCode::OK);
    // By sha256sum.
    let hash = "9a45520a1213f15016d2d768b5fb3d904492a44ee274b44d4de8803e00fb536a";
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer[0]["label"], "false_positive");
    assert_eq!(answer[0]["token_type"], "some_type");
    assert_eq!(answer[0]["token_hash"], hash);
    assert!(answer[0]["token_raw"].is_null() && scene.outcomes().is_empty());
}

#[test]
fn a_leaked_app_key_is_suspended_and_a_repeat_does_nothing() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let token = issued.secret.expose();
    assert_eq!(
        scene.alert(&[token, "noise", token]),
        ["true_positive", "false_positive", "true_positive"]
    );
    assert_eq!(scene.outcomes(), [LeakOutcome::Suspended, LeakOutcome::NotLive]);
    assert_eq!(scene.status(&issued), CredentialStatus::Suspended);
    let before = scene.world.dump();
    assert_eq!(scene.alert(&[token]), ["true_positive"]);
    assert_eq!(scene.outcomes(), [LeakOutcome::NotLive]);
    scene.world.dump().assert_is(&before, "a repeat");
}

/// Anyone can publish such a text.
#[test]
fn a_text_of_an_unregistered_kind_gets_no_label_and_holds_up_no_other() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let other = World::built(|store, clock| {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let builder = Keyward::builder(store, keys).clock(clock).kind::<Live>();
        builder.slow_hash(SlowHashParams::dangerous_cheap())
    });
    let admin = admin();
    let manager = other.keyward.manager(&admin);
    let stranger = block_on(async {
        manager.add_workspace(NewWorkspace::new(shop(), name("Shop"))).await.unwrap();
        manager.issue::<Live>(NewCredential::new(shop(), name("backend"))).await.unwrap()
    });
    assert_eq!(scene.alert(&[stranger.secret.expose(), issued.secret.expose()]), ["true_positive"]);
    assert_eq!(scene.outcomes(), [LeakOutcome::Suspended]);
}

#[test]
fn a_leaked_track_set_is_rotated_without_an_overlap() {
    let scene = Scene::new();
    let issued = scene.world.track_set("site");
    let key = issued.secret.expose();
    scene.alert(&[key]);
    assert_eq!(scene.outcomes(), [LeakOutcome::Rotated]);
    assert_eq!(scene.status(&issued), CredentialStatus::Active);
    let old = Attempt::track(issued.credential.id.as_str(), key);
    assert!(block_on(scene.world.keyward.verify(&old)).is_err());
    let admin = admin();
    let revealed =
        block_on(scene.world.keyward.manager(&admin).reveal(issued.credential.id)).unwrap();
    let new = Attempt::track(issued.credential.id.as_str(), revealed.secret.expose());
    assert!(block_on(scene.world.keyward.verify(&new)).is_ok());
    // The old text is not live, so the new secret is left alone.
    scene.alert(&[key]);
    assert!(block_on(scene.world.keyward.verify(&new)).is_ok());
}

/// The policy of its account refuses it a new secret.
#[test]
fn a_track_set_that_cannot_be_rotated_is_suspended() {
    let scene = Scene::new();
    let issued = scene.world.track_set("site");
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    block_on(manager.set_expiry(issued.credential.id, scene.world.later(86_400))).unwrap();
    let policy = PolicyChange::new().max_secret_age_seconds(60);
    block_on(manager.set_policy(&policy)).unwrap();
    scene.alert(&[issued.secret.expose()]);
    assert_eq!(scene.outcomes(), [LeakOutcome::Suspended]);
    assert_eq!(scene.status(&issued), CredentialStatus::Suspended);
}

/// Each App key is the last permanent credential that its workspace must keep.
#[test]
fn a_credential_that_cannot_be_suspended_is_rotated() {
    let scene = Scene::of(World::built(|store, clock| {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let builder = Keyward::builder(store, keys).clock(clock).kind::<Kept>();
        builder.slow_hash(SlowHashParams::dangerous_cheap())
    }));
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    let created = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let first = created.first.unwrap();
    scene.alert(&[first.secret.expose()]);
    assert_eq!(scene.outcomes(), [LeakOutcome::Rotated]);
    assert_eq!(scene.status(&first), CredentialStatus::Active);
}

#[test]
fn a_report_is_in_the_history_once_and_changes_nothing_else() {
    let scene = Scene::new();
    scene.choose(LeakResponse::Report);
    let issued = scene.world.app_key("backend");
    let before = scene.world.dump();
    for _ in 0..2 {
        scene.alert(&[issued.secret.expose()]);
        let told = std::mem::take(&mut *scene.host.outcomes.lock().unwrap());
        let [(leak, LeakOutcome::Reported)] = told.as_slice() else { unreachable!("{told:?}") };
        assert_eq!(leak.key.credential, issued.credential.id);
        assert_eq!(leak.place, LeakPlace::new("commit", "javascript:alert(1)"));
    }
    let after = scene.world.dump();
    assert_eq!(after.credentials, before.credentials);
    assert_eq!(after.events.len(), before.events.len() + 1);
    let event = after.events.last().unwrap();
    assert_eq!(
        (event.by.id.as_str(), event.subject.credential()),
        ("github", Some(&issued.credential.id))
    );
    let place = LeakPlace::new("commit", "javascript:alert(1)");
    assert_eq!(event.action, Action::Leaked { generation: GenerationNumber::FIRST, place });
    assert!(scene.app_key_passes(issued.secret.expose()));
}

#[test]
fn the_history_says_where_a_stopped_secret_was_found() {
    let scene = Scene::new();
    let [app, track] = [scene.world.app_key("backend"), scene.world.track_set("site")];
    scene.alert(&[app.secret.expose(), track.secret.expose()]);
    for (issued, stopped) in [(app, "suspended"), (track, "rotated")] {
        let admin = admin();
        let filter = HistoryFilter::new().credential(issued.credential.id);
        let page = block_on(scene.world.keyward.manager(&admin).history(filter)).unwrap();
        let words: Vec<_> = page
            .items
            .into_iter()
            .map(|item| item.record().unwrap().action.word().to_string())
            .collect();
        assert_eq!(words, [stopped, "leaked", "issued"]);
    }
}

#[test]
fn an_address_with_the_found_text_is_not_recorded() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let token = issued.secret.expose();
    let place = |token: &str, url: &str, source: &str| {
        let body = json!([{ "token": token, "type": "acme_key", "url": url, "source": source }]);
        let body = body.to_string();
        assert_eq!(scene.post("ours", &scene.sign(&body), &body).0, StatusCode::OK);
        scene.host.outcomes.lock().unwrap().remove(0).0.place
    };
    let url = format!("https://example.com/search?q=1_{token}");
    assert_eq!(place(token, &url, token), LeakPlace::default());
    let events = format!("{:?}", scene.world.dump().events);
    assert!(events.contains("Leaked") && !events.contains(token));

    // A browser encodes some characters of a key that another system made.
    let imported = imported_key(&scene);
    let encoded = imported.replace('|', "%7c").replace('_', "%5F");
    let url = format!("https://example.com/?q=%%2&key=1%20{encoded}");
    assert_eq!(place(&imported, &url, "commit"), LeakPlace::new("commit", ""));
    let other = "https://example.com/?q=%%2&key=old%7c";
    assert_eq!(place(&imported, other, "").url(), other);
}

/// Imports a key of another system.
fn imported_key(scene: &Scene) -> String {
    let text = "old_7RkDq0vX|bT2mWc9JzLpY";
    // By sha256sum.
    let hash = "f84a87f4860cab4e1f13c6f0c585ebdbb735d3bae813444e0a0c23cf15cba746";
    let row = ImportRow::new("old", name("imported"), hash);
    let operator = operator().acting_for(account());
    let manager = scene.world.keyward.manager(&operator);
    let outcomes = block_on(manager.import(Import::new(shop(), [row]))).unwrap();
    assert!(matches!(outcomes[..], [ImportOutcome::Imported(_)]), "{outcomes:?}");
    assert!(scene.app_key_passes(text));
    text.to_owned()
}

#[test]
fn a_leaked_key_of_another_system_is_suspended() {
    let scene = Scene::new();
    let key = imported_key(&scene);
    assert_eq!(
        scene.alert(&[&key, "old_made_up_of_this_format"]),
        ["true_positive", "false_positive"]
    );
    assert_eq!(scene.outcomes(), [LeakOutcome::Suspended]);
    assert!(!scene.app_key_passes(&key));
    assert_eq!(scene.alert(&[&key]), ["true_positive"]);
    assert_eq!(scene.outcomes(), [LeakOutcome::NotLive]);
}

#[test]
fn the_previous_secret_of_an_overlap_is_live_and_an_ended_one_is_not() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    let rotated = block_on(manager.rotate(issued.credential.id, Duration::from_hours(1))).unwrap();
    scene.world.clock.advance(Duration::from_hours(2));
    scene.alert(&[issued.secret.expose()]);
    assert_eq!(scene.outcomes(), [LeakOutcome::NotLive]);
    assert!(scene.app_key_passes(rotated.secret.expose()));

    let again = block_on(manager.rotate(issued.credential.id, Duration::from_hours(1))).unwrap();
    scene.alert(&[rotated.secret.expose()]);
    assert_eq!(scene.outcomes(), [LeakOutcome::Suspended]);
    assert!(!scene.app_key_passes(again.secret.expose()), "the credential is suspended");
}

#[test]
fn an_unsigned_request_learns_nothing_and_changes_nothing() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let body = alert(&[issued.secret.expose()]);
    let signature = scene.sign(&body);
    let before = scene.world.dump();
    let nothing = (StatusCode::UNAUTHORIZED, String::new());
    assert_eq!(scene.post("ours", "", &body), nothing);
    assert_eq!(scene.post("ours", GITHUB_SIGNATURE, &body), nothing);
    assert_eq!(scene.post(GITHUB_KEY_ID, &signature, &body), nothing);
    assert_eq!(scene.post("ours", &signature, &body.replacen("commit", "Commit", 1)), nothing);
    assert_eq!(scene.post("ours", &signature, &format!("{body} ")), nothing);
    let unsigned = Request::post("/").body(body.clone()).unwrap();
    assert_eq!(scene.send(unsigned), nothing);
    let twice = Request::post("/")
        .header("Github-Public-Key-Identifier", "ours")
        .header("Github-Public-Key-Identifier", "ours")
        .header("Github-Public-Key-Signature", &signature)
        .body(body.clone())
        .unwrap();
    assert_eq!(scene.send(twice), nothing);
    assert_eq!(scene.send(Request::get("/").body(body).unwrap()).0, StatusCode::METHOD_NOT_ALLOWED);
    assert!(scene.outcomes().is_empty());
    scene.world.dump().assert_is(&before, "unsigned requests");
}

#[test]
fn the_keys_are_fetched_at_most_once_a_minute_whatever_ids_arrive() {
    let scene = Scene::new();
    let fetches = || scene.host.fetches.load(Ordering::Relaxed);
    let post = |id: &str| scene.post(id, GITHUB_SIGNATURE, GITHUB_BODY).0;
    assert_eq!(post("unknown"), StatusCode::UNAUTHORIZED);
    for number in 0..50 {
        assert_eq!(post(&format!("unknown {number}")), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(post(GITHUB_KEY_ID), StatusCode::OK);
    assert_eq!(fetches(), 1);
    scene.world.clock.advance(Duration::from_secs(59));
    assert_eq!(post("unknown"), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(fetches(), 1);
    scene.world.clock.advance(Duration::from_secs(1));
    assert_eq!(post("unknown"), StatusCode::UNAUTHORIZED);
    assert_eq!(fetches(), 2);
    // A failed fetch keeps the known keys.
    *scene.host.keys.lock().unwrap() = Value::Null;
    scene.world.clock.advance(Duration::from_mins(1));
    assert_eq!(post("unknown"), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(post(GITHUB_KEY_ID), StatusCode::OK);
    assert_eq!(fetches(), 3);
}

#[test]
fn a_stranger_who_disconnects_does_not_prevent_the_fetch_of_the_keys() {
    let scene = Scene::new();
    let (answer, held) = oneshot::channel();
    *scene.host.held.lock().unwrap() = Some(held);
    drop(scene.begun(request("unknown", GITHUB_SIGNATURE, GITHUB_BODY)));
    let github = scene.begun(request(GITHUB_KEY_ID, GITHUB_SIGNATURE, GITHUB_BODY));
    let other = scene.begun(request("newer than the fetch", GITHUB_SIGNATURE, GITHUB_BODY));
    answer.send(()).unwrap();
    assert_eq!(github.ends(), StatusCode::OK);
    assert_eq!(other.ends(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(scene.host.fetches.load(Ordering::Relaxed), 1);

    // A fetch that never ends is replaced after a minute, and its late answer is not used.
    let (_never, held) = oneshot::channel();
    *scene.host.held.lock().unwrap() = Some(held);
    scene.world.clock.advance(Duration::from_mins(1));
    drop(scene.begun(request("unknown", GITHUB_SIGNATURE, GITHUB_BODY)));
    scene.world.clock.advance(Duration::from_mins(1));
    assert_eq!(scene.post("unknown", GITHUB_SIGNATURE, GITHUB_BODY).0, StatusCode::UNAUTHORIZED);
    assert_eq!(scene.host.fetches.load(Ordering::Relaxed), 3);
}

#[test]
fn a_body_that_is_too_large_or_no_alert_is_refused() {
    let scene = Scene::new();
    let status = |body: &str| scene.post("ours", &scene.sign(body), body).0;
    assert_eq!(status("[]"), StatusCode::OK);
    for wrong in ["", "{}", "[1]", r#"[{"type":"x"}]"#] {
        assert_eq!(status(wrong), StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(status(&alert(&[""; 1_000])), StatusCode::OK);
    assert_eq!(status(&alert(&[""; 1_001])), StatusCode::PAYLOAD_TOO_LARGE);
    let padded = |length: usize| format!("[]{}", " ".repeat(length - 2));
    assert_eq!(status(&padded(1024 * 1024)), StatusCode::OK);
    assert_eq!(status(&padded(1024 * 1024 + 1)), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_key_of_a_closed_account_is_not_live() {
    let scene = Scene::new();
    let issued = scene.world.app_key("backend");
    let operator = operator().acting_for(account());
    block_on(scene.world.keyward.manager(&operator).close_account("acme")).unwrap();
    assert_eq!(scene.alert(&[issued.secret.expose()]), ["true_positive"]);
    assert_eq!(scene.outcomes(), [LeakOutcome::NotLive]);
}

/// The operator of leak drills.
fn drill_operator() -> Actor {
    Operator::new(ActorId::new(Operator::LEAK_DRILL).unwrap()).acting_for(account())
}

impl Scene {
    /// Also accepts the alerts of drills, which another key signs.
    fn with_drill(mut self) -> Self {
        let pem = drill_signer().verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
        self.service = self.service.with_drill(pem.parse().unwrap());
        self
    }

    fn issue(&self, by: &Actor, named: &str) -> Issued {
        let new = NewCredential::new(shop(), name(named));
        block_on(self.world.keyward.manager(by).issue_app_key(new)).unwrap()
    }

    /// Posts an alert of a drill with these texts. Answers the labels.
    fn drill(&self, texts: &[&str]) -> Vec<String> {
        let body = alert(texts);
        let (status, answer) = self.post("keyward-leak-drill", &sign_drill(&body), &body);
        assert_eq!(status, StatusCode::OK, "{answer}");
        let labels: Vec<Value> = serde_json::from_str(&answer).unwrap();
        labels.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
    }
}

fn drill_signer() -> SigningKey {
    SigningKey::from_slice(&[9; 32]).unwrap()
}

fn sign_drill(body: &str) -> String {
    let signature: DerSignature = drill_signer().sign(body.as_bytes());
    Base64::encode_string(signature.as_bytes())
}

#[test]
fn a_drill_alert_stops_a_key_that_the_drill_issued_whatever_the_account_chose() {
    let scene = Scene::new().with_drill();
    scene.choose(LeakResponse::Report);
    let issued = scene.issue(&drill_operator(), "drill");
    assert_eq!(
        scene.drill(&["noise", issued.secret.expose()]),
        ["false_positive", "true_positive"]
    );
    let (leak, outcome) = scene.host.outcomes.lock().unwrap().remove(0);
    assert!(leak.is_drill);
    assert_eq!((leak.key.credential, outcome), (issued.credential.id, LeakOutcome::Suspended));
    assert_eq!(scene.status(&issued), CredentialStatus::Suspended);
    assert!(!scene.app_key_passes(issued.secret.expose()));
    assert_eq!(scene.drill(&[issued.secret.expose()]), ["true_positive"]);
    assert_eq!(scene.outcomes(), [LeakOutcome::NotLive]);
    assert_eq!(scene.host.fetches.load(Ordering::Relaxed), 0, "no key of GitHub is needed");
}

/// Not even the credentials of an admin who chose the same id, or of another operator.
#[test]
fn a_drill_alert_about_any_other_key_changes_nothing_and_calls_it_unknown() {
    let scene = Scene::new().with_drill();
    let drill = drill_operator();
    let same_id = || ActorId::new(Operator::LEAK_DRILL).unwrap();
    let member = Actor::member(account(), same_id()).with(Permission::ManageApiCredentials);
    let mut keys = vec![
        scene.world.app_key("backend").secret,
        scene.issue(&Actor::admin(account(), same_id()), "by an admin").secret,
        scene.issue(&member, "by a member").secret,
        scene.issue(&operator().acting_for(account()), "by support").secret,
        scene.world.track_set("site").secret,
    ];
    // The customer took this one into use.
    let adopted = scene.issue(&drill, "adopted").credential.id;
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    keys.push(block_on(manager.rotate(adopted, Duration::ZERO)).unwrap().secret);

    let before = scene.world.dump();
    let texts: Vec<&str> = keys.iter().map(SecretKey::expose).collect();
    assert_eq!(scene.drill(&texts), ["false_positive"; 6]);
    assert_eq!(scene.drill(&["noise"]), ["false_positive"]);
    assert!(scene.outcomes().is_empty());
    scene.world.dump().assert_is(&before, "a drill alert about keys of the customer");
    assert!(scene.app_key_passes(texts[0]) && scene.app_key_passes(texts[5]));
    // GitHub's alerts still stop them.
    assert_eq!(scene.alert(&texts[..1]), ["true_positive"]);
    let (leak, outcome) = scene.host.outcomes.lock().unwrap().remove(0);
    assert_eq!((leak.is_drill, outcome), (false, LeakOutcome::Suspended));
}

#[test]
fn without_a_drill_key_its_alert_is_refused_as_any_unknown_key() {
    let scene = Scene::new();
    let issued = scene.issue(&drill_operator(), "drill");
    let body = alert(&[issued.secret.expose()]);
    let signature = sign_drill(&body);
    let before = scene.world.dump();
    let post = |id: &str| {
        scene.world.clock.advance(Duration::from_mins(1));
        scene.post(id, &signature, &body)
    };
    assert_eq!(post("keyward-leak-drill"), post("unknown"));
    assert_eq!(post("keyward-leak-drill"), (StatusCode::UNAUTHORIZED, String::new()));
    assert_eq!(scene.host.fetches.load(Ordering::Relaxed), 3);
    scene.world.dump().assert_is(&before, "a drill alert that is not accepted");
    assert!(scene.app_key_passes(issued.secret.expose()));
}

#[test]
fn the_two_signers_cannot_take_each_others_place() {
    let scene = Scene::new().with_drill();
    let issued = scene.issue(&drill_operator(), "drill");
    let body = alert(&[issued.secret.expose()]);
    let nothing = (StatusCode::UNAUTHORIZED, String::new());
    assert_eq!(scene.post("keyward-leak-drill", &scene.sign(&body), &body), nothing);
    assert_eq!(scene.post("ours", &sign_drill(&body), &body), nothing);
    let changed = body.replacen("commit", "Commit", 1);
    assert_eq!(scene.post("keyward-leak-drill", &sign_drill(&body), &changed), nothing);
    assert!(scene.app_key_passes(issued.secret.expose()) && scene.outcomes().is_empty());
    for wrong in ["", "a key", GITHUB_SIGNATURE] {
        assert!(wrong.parse::<DrillKey>().is_err(), "{wrong}");
    }
    GITHUB_KEY.parse::<DrillKey>().unwrap();
}
