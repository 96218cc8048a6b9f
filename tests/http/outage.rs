//! A service whose store fails, stops answering or is slow: it answers 503 meanwhile, and needs no restart.

use http::StatusCode;
use keyward::http::Guard;
use keyward::store::StoreErrorKind;
use keyward::{Keyward, kind::KindWord};

use crate::service::{Answered, request, to_app};
use crate::support::block_on;
use crate::support::forged;
use crate::support::nodes::{BOUND, FRESH, Hand, Nodes, TICK};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};

/// A service, a key that passes, a key that is revoked, and a key that was never issued.
struct Scene {
    nodes: Nodes,
    node: Keyward,
    guard: Guard,
    good: LiveKey,
    revoked: LiveKey,
    made_up: String,
}

impl Scene {
    fn new(node: impl FnOnce(&Nodes) -> Keyward) -> Self {
        let nodes = Nodes::new();
        let node = node(&nodes);
        let (good, revoked) = (nodes.warm_key(1, &[&node]), nodes.warm_key(2, &[&node]));
        block_on(Revocation::Suspend.carry_out(&node, &revoked)).unwrap();
        let id = keyward::CredentialId::new("0123456789ab").unwrap();
        let made_up = forged::key(KindWord::App, id, 1);
        Self { guard: Guard::new(node.clone()), nodes, node, good, revoked, made_up }
    }

    fn send(&self, text: &str) -> Answered {
        to_app(&self.guard, request([format!("Bearer {text}")]))
    }

    #[track_caller]
    fn assert_statuses(&self, good: StatusCode, revoked: StatusCode, made_up: StatusCode) {
        for (text, status) in
            [(&self.good.text, good), (&self.revoked.text, revoked), (&self.made_up, made_up)]
        {
            let answered = self.send(text);
            assert_eq!(answered.status, status, "{text}");
            let is_unavailable = status == StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(answered.header("retry-after").is_some(), is_unavailable);
            let is_denied = status == StatusCode::UNAUTHORIZED;
            assert_eq!(answered.header("www-authenticate").is_some(), is_denied);
        }
        assert_eq!(self.send("no key").status, StatusCode::UNAUTHORIZED);
    }

    #[track_caller]
    fn assert_served(&self) {
        let no = StatusCode::UNAUTHORIZED;
        self.assert_statuses(StatusCode::OK, no, no);
    }

    #[track_caller]
    fn assert_unavailable(&self) {
        let unknown = StatusCode::SERVICE_UNAVAILABLE;
        self.assert_statuses(unknown, unknown, unknown);
    }
}

#[test]
fn a_store_that_fails_is_503_from_the_bound_on_until_it_is_back() {
    let scene = Scene::new(Nodes::node);
    scene.assert_served();
    for kind in [
        StoreErrorKind::Unavailable,
        StoreErrorKind::Misconfigured,
        StoreErrorKind::Other,
        StoreErrorKind::Corrupt,
    ] {
        for call in [Call::Feed, Call::Credential] {
            scene.nodes.store.fail(call, kind);
        }
        scene.nodes.clock.advance(FRESH);
        let (yes, no) = (StatusCode::OK, StatusCode::UNAUTHORIZED);
        // Cached keys still pass, and other keys cannot be read.
        scene.assert_statuses(yes, no, StatusCode::SERVICE_UNAVAILABLE);
        scene.nodes.clock.advance(TICK);
        scene.assert_unavailable();
        scene.nodes.clock.advance(BOUND * 100);
        scene.assert_unavailable();
        scene.nodes.store.recover();
        scene.assert_served();
    }
}

#[test]
fn with_strict_freshness_it_is_503_at_once() {
    let scene = Scene::new(Nodes::strict);
    scene.nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    scene.assert_unavailable();
    scene.nodes.store.recover();
    scene.assert_served();
}

/// A request waits for the call that is running when it arrives, and for one call of its own. Each ends within the time
/// limit of the store.
#[test]
fn a_store_that_stops_answering_is_503_after_two_calls_at_most() {
    for begin in [Nodes::node, Nodes::strict] {
        let scene = Scene::new(begin);
        scene.nodes.clock.advance(BOUND);
        let before = scene.nodes.store.calls(Call::Feed);
        scene.nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
        scene.nodes.store.hold(Call::Feed, Until::Carried);
        let sent = http::Request::builder()
            .header("authorization", format!("Bearer {}", scene.good.text))
            .extension(keyward::http::PeerAddress(crate::service::PEER.parse().unwrap()));
        let (parts, ()) = sent.body(()).unwrap().into_parts();
        let check = || scene.guard.check::<keyward::App>(&parts);
        let first = Hand::begun(check());
        let second = Hand::begun(check());
        let third = Hand::begun(check());
        assert_eq!(scene.nodes.store.calls(Call::Feed), before + 1);
        // The limit of the store is over.
        scene.nodes.store.release(Call::Feed);
        for check in [first, second, third] {
            let answer = scene.guard.answer(&check.ends().unwrap_err());
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(scene.nodes.store.calls(Call::Feed), before + 3);
        scene.nodes.store.recover();
        scene.assert_served();
    }
}

/// A late answer is still used, and until then no caller gets a wrong answer.
#[test]
fn a_slow_store_makes_no_request_fail() {
    let scene = Scene::new(Nodes::node);
    for (call, key) in [(Call::Feed, &scene.good), (Call::Credential, &scene.revoked)] {
        // Invalidates the cached key, so that it must be read again.
        block_on(Revocation::Suspend.carry_out(&scene.node, key)).unwrap();
        block_on(Revocation::Suspend.take_back(&scene.node, key)).unwrap();
        scene.nodes.clock.advance(BOUND);
        scene.nodes.store.hold(call, Until::Answered);
        let attempt = Hand::begun(key.present(&scene.node));
        scene.nodes.clock.advance(BOUND * 3);
        scene.nodes.store.release(call);
        attempt.ends().unwrap();
    }
}
