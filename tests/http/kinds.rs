//! Kinds of a host's own: each is read in its own place and nowhere else, and a 401 names the place.

use std::convert::Infallible;
use std::future::{Ready, ready};

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use keyward::http::{Guard, PeerAddress, UnregisteredKind};
use keyward::{
    CredentialId, Keyward, Kind, MasterKey, MasterKeys, MemoryStore, NewCredential, NewWorkspace,
    SlowHashParams, Track, Verified,
    kind::{AcceptedKind, AnyKind, KindSpec},
};
use tower::Layer;

use crate::service::{Answered, PEER, send};
use crate::support::kinds::kinds;
use crate::support::{admin, block_on, name, shop};

kinds! {
    Live: KindSpec::token("live", "live key", "live keys").header("X-API-Key");
    Hook: KindSpec::pair("hook", "hook", "hooks").header("X-Hook-Key");
    Test: KindSpec::token("test", "test key", "test keys").realm("Test API");
    Ci: KindSpec::token("ci", "CI key", "CI keys").realm("Pipelines");
    SiteInfo: KindSpec::pair("site", "site pair", "site pairs");
}

/// The part of a request that contains the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    ApiKey,
    HookKey,
    Bearer,
    Basic,
    /// Only the key, without a scheme, in `Authorization`.
    Bare,
    Query,
}

const PLACES: [Place; 6] =
    [Place::ApiKey, Place::HookKey, Place::Bearer, Place::Basic, Place::Bare, Place::Query];

/// The challenges of a 401 of the kind's own route, without credentials and with denied ones.
const LIVE: [&str; 2] = [r#"ApiKey realm="live key", header="X-API-Key""#; 2];
const HOOK: [&str; 2] = [r#"ApiKey realm="hook", header="X-Hook-Key""#; 2];
const TEST: [&str; 2] =
    [r#"Bearer realm="Test API""#, r#"Bearer realm="Test API", error="invalid_token""#];
const CI: [&str; 2] =
    [r#"Bearer realm="Pipelines""#, r#"Bearer realm="Pipelines", error="invalid_token""#];
const SITE: [&str; 2] = [r#"Basic realm="site pair", charset="UTF-8""#; 2];

struct Scene {
    guard: Guard,
    keys: Vec<Key>,
}

struct Key {
    id: CredentialId,
    text: String,
    /// The place of its kind.
    place: Place,
}

impl Scene {
    fn new() -> Self {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let builder = Keyward::builder(MemoryStore::new(), keys);
        let builder = builder.kind::<Live>().kind::<Hook>().kind::<Test>().kind::<Ci>();
        let builder = builder.kind::<SiteInfo>().slow_hash(SlowHashParams::dangerous_cheap());
        let (keyward, actor) = (builder.build().unwrap(), admin());
        let manager = keyward.manager(&actor);
        block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
        let places = [
            (Live::WORD, Place::ApiKey),
            (Hook::WORD, Place::HookKey),
            (Test::WORD, Place::Bearer),
            (Ci::WORD, Place::Bearer),
            (SiteInfo::WORD, Place::Basic),
        ];
        let issue = |(kind, place)| {
            let new = NewCredential::new(shop(), name("one"));
            let issued = block_on(manager.issue_of(kind, new)).unwrap();
            Key { id: issued.credential.id, text: issued.secret.expose().to_owned(), place }
        };
        let keys = places.map(issue).into();
        Self { guard: Guard::new(keyward), keys }
    }

    /// Sends a request to a route for `K`.
    fn send<K: AcceptedKind>(&self, request: Request<String>) -> Answered {
        send(self.guard.layer::<K>().unwrap().layer(tower::service_fn(echo::<K>)), request)
    }

    /// Sends every key in every place to a route for `K`: those of `own` pass in their places, and all else gets
    /// one of these challenges.
    fn check<K: AcceptedKind>(&self, own: &[usize], challenges: &[&str]) {
        for (which, key) in self.keys.iter().enumerate() {
            for place in PLACES {
                let answered = self.send::<K>(request(&[(place, key)]));
                let case = format!("key {which} in {place:?}: {answered:?}");
                if own.contains(&which) && place == key.place {
                    assert_eq!(answered.status, StatusCode::OK, "{case}");
                    assert_eq!(answered.body, key.id.to_string(), "{case}");
                } else {
                    assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{case}");
                    let challenge = answered.header("www-authenticate").unwrap();
                    assert!(challenges.contains(&challenge), "{case}");
                    assert!(!answered.body.contains(&key.text), "{case}");
                }
            }
        }
    }
}

/// A request with a key in each of these places.
fn request(presented: &[(Place, &Key)]) -> Request<String> {
    let mut request = Request::new(String::new());
    request.extensions_mut().insert(PeerAddress(PEER.parse().unwrap()));
    for (place, Key { id, text, .. }) in presented {
        let (header, value) = match place {
            Place::ApiKey => ("x-api-key", text.clone()),
            Place::HookKey => ("x-hook-key", text.clone()),
            Place::Bearer => ("authorization", format!("Bearer {text}")),
            Place::Basic => {
                let pair = Base64::encode_string(format!("{id}:{text}").as_bytes());
                ("authorization", format!("Basic {pair}"))
            }
            Place::Bare => ("authorization", text.clone()),
            Place::Query => {
                let query = format!("/?api_key={text}&access_token={text}&X-API-Key={text}");
                *request.uri_mut() = query.parse().unwrap();
                continue;
            }
        };
        let value = HeaderValue::from_str(&value).unwrap();
        request.headers_mut().append(HeaderName::from_static(header), value);
    }
    request
}

/// Returns the id of the accepted key.
#[allow(clippy::needless_pass_by_value, reason = "a service takes its request")]
fn echo<K: AcceptedKind>(
    request: Request<String>,
) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let proof = request.extensions().get::<Verified<K>>().expect("nothing passes without a proof");
    let hidden = request.headers().values().all(HeaderValue::is_sensitive);
    assert!(hidden, "what logs the headers leaves the keys out: {:?}", request.headers());
    ready(Ok(Response::new(Full::from(proof.credential().to_string()))))
}

#[test]
fn a_key_passes_in_the_place_of_its_kind_alone() {
    let scene = Scene::new();
    scene.check::<Live>(&[0], &LIVE);
    scene.check::<Hook>(&[1], &HOOK);
    scene.check::<Test>(&[2], &TEST);
    scene.check::<Ci>(&[3], &CI);
    scene.check::<SiteInfo>(&[4], &SITE);
}

#[test]
fn without_a_key_the_challenge_names_the_place() {
    let scene = Scene::new();
    for (answered, [absent, _]) in [
        (scene.send::<Live>(request(&[])), LIVE),
        (scene.send::<Hook>(request(&[])), HOOK),
        (scene.send::<Test>(request(&[])), TEST),
        (scene.send::<Ci>(request(&[])), CI),
        (scene.send::<SiteInfo>(request(&[])), SITE),
    ] {
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answered.header("www-authenticate"), Some(absent));
    }
}

/// Also where two kinds share a place, as `live` and `test` keys do that are both sent as Bearer.
#[test]
fn a_route_for_any_kind_takes_each_key_in_its_place_and_challenges_for_all() {
    let scene = Scene::new();
    let all = |state: usize| [LIVE, HOOK, TEST, CI, SITE].map(|one| one[state]).join(", ");
    let (absent, refused) = (all(0), all(1));
    scene.check::<AnyKind>(&[0, 1, 2, 3, 4], &[&absent, &refused]);
    let nothing = scene.send::<AnyKind>(request(&[]));
    assert_eq!(nothing.header("www-authenticate"), Some(absent.as_str()));
    let elsewhere = scene.send::<AnyKind>(request(&[(Place::HookKey, &scene.keys[0])]));
    assert_eq!(elsewhere.header("www-authenticate"), Some(refused.as_str()));
}

#[test]
fn a_named_header_holds_one_key_and_nothing_else() {
    let scene = Scene::new();
    let [live, other] = [&scene.keys[0], &scene.keys[1]];
    let refused = |request| {
        let answered = scene.send::<Live>(request);
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{answered:?}");
        assert_eq!(answered.header("www-authenticate"), Some(LIVE[1]));
    };
    refused(request(&[(Place::ApiKey, live), (Place::ApiKey, live)]));
    refused(request(&[(Place::ApiKey, live), (Place::ApiKey, other)]));
    for text in [
        String::new(),
        format!("Bearer {}", live.text),
        format!("{} ", live.text),
        format!("{},{}", live.text, live.text),
        format!("{}{}", live.text, "0".repeat(255)),
    ] {
        let key = Key { id: live.id, text, place: Place::ApiKey };
        refused(request(&[(Place::ApiKey, &key)]));
    }
}

/// A route reads only the header of its own kind.
#[test]
fn keys_of_two_kinds_do_not_interfere() {
    let scene = Scene::new();
    let both = || request(&[(Place::ApiKey, &scene.keys[0]), (Place::HookKey, &scene.keys[1])]);
    assert_eq!(scene.send::<Live>(both()).body, scene.keys[0].id.to_string());
    assert_eq!(scene.send::<Hook>(both()).body, scene.keys[1].id.to_string());
    let swapped = || request(&[(Place::ApiKey, &scene.keys[1]), (Place::HookKey, &scene.keys[0])]);
    assert_eq!(scene.send::<Live>(swapped()).status, StatusCode::UNAUTHORIZED);
    assert_eq!(scene.send::<Hook>(swapped()).status, StatusCode::UNAUTHORIZED);
}

/// A service with one kind: no Track set, no second challenge, and no guard for another kind.
#[test]
fn a_service_with_one_kind_challenges_for_it_alone() {
    let keys = MasterKeys::new(MasterKey::generate().unwrap());
    let builder = Keyward::builder(MemoryStore::new(), keys).kind::<Live>();
    let keyward = builder.slow_hash(SlowHashParams::dangerous_cheap()).build().unwrap();
    let actor = admin();
    let manager = keyward.manager(&actor);
    let added = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    assert!(added.first.is_none(), "no kind has a minimum");
    let issued = block_on(manager.issue::<Live>(NewCredential::new(shop(), name("one")))).unwrap();
    let key = Key {
        id: issued.credential.id,
        text: issued.secret.expose().to_owned(),
        place: Place::ApiKey,
    };
    let scene = Scene { guard: Guard::new(keyward), keys: vec![key] };
    scene.check::<Live>(&[0], &LIVE);
    scene.check::<AnyKind>(&[0], &LIVE);
    let unregistered = |refused: UnregisteredKind| refused.0;
    assert_eq!(scene.guard.track().map_err(unregistered).err(), Some(Track::WORD));
    assert_eq!(scene.guard.layer::<Test>().map_err(unregistered).err(), Some(Test::WORD));
    assert!(scene.guard.layer::<OtherLive>().is_err(), "its word is another kind's");
}

/// The word of a registered kind, with another place.
enum OtherLive {}

impl Kind for OtherLive {
    const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys").header("X-Other");
}
