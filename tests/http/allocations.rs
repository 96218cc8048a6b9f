//! Checking a request calls the allocator zero times. The decoded text is stored in the check itself.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use keyward::http::{ClientAddress, ForwardingHeader, Guard};
use keyward::kind::AcceptedKind;
use keyward::{App, Track};
use tower::{Layer, Service};

use crate::service::{PEER, request};
use crate::support::{World, block_on};

/// Returns how often the allocator is called while a request with a cached key is checked.
fn counted<K: AcceptedKind>(guard: &Guard, authorization: &str, outcome: bool) -> u64 {
    let mut request = request([authorization]);
    request.headers_mut().insert("forwarded", "for=192.0.2.66, for=\"[::1]\"".parse().unwrap());
    let (parts, _) = request.into_parts();
    let passes = || block_on(guard.check::<K>(&parts)).is_ok();
    assert_eq!(passes(), outcome);
    let counted = allocation_counter::measure(|| assert_eq!(passes(), outcome));
    counted.count_total
}

#[test]
fn a_request_is_checked_without_the_allocator() {
    use base64ct::Encoding;

    let world = World::new();
    let set = world.shop().first;
    let pair = format!("{}:{}", set.credential.id, set.secret.expose());
    let basic = format!("Basic {}", base64ct::Base64::encode_string(pair.as_bytes()));
    let bearer = format!("Bearer {}", world.app_key("backend").secret.expose());
    let proxy = [format!("{PEER}/32").parse().unwrap()];
    let guard = Guard::new(world.keyward.clone())
        .client_address(ClientAddress::forwarded(ForwardingHeader::Forwarded, proxy));

    assert_eq!(counted::<Track>(&guard, &basic, true), 0);
    assert_eq!(counted::<App>(&guard, &bearer, true), 0);
    assert_eq!(counted::<Track>(&guard, &basic[..basic.len() - 1], false), 0);
    assert_eq!(counted::<App>(&guard, &bearer[..bearer.len() - 1], false), 0);
}

/// A service that has its answer ready.
#[derive(Clone)]
struct Ready;

impl Service<Request<String>> for Ready {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        std::future::ready(Ok(Response::default()))
    }
}

#[test]
fn a_layer_asks_the_allocator_three_times() {
    let world = World::new();
    world.shop();
    let bearer = format!("Bearer {}", world.app_key("backend").secret.expose());
    let mut service = Guard::new(world.keyward.clone()).app().unwrap().layer(Ready);
    // As many headers as the map has room for. One more would rebuild it.
    let mut full = request([bearer]);
    for name in ["host", "user-agent", "accept", "content-type", "content-length"] {
        full.headers_mut().insert(name, "1".parse().unwrap());
    }
    assert_eq!(full.headers().len(), full.headers().capacity());
    let again = full.clone();
    assert!(block_on(service.call(full)).is_ok_and(|answer| answer.status() == StatusCode::OK));

    let counted = allocation_counter::measure(|| drop(block_on(service.call(again))));
    assert_eq!(counted.count_total, 3, "the decision, the proof, the mark that it is this guard's");
}
