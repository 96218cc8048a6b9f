//! What it takes from the allocator to check a request: nothing. What is decoded stands in the check itself.

use keyward::http::{ClientAddress, ForwardingHeader, Guard, Scheme};
use keyward::{App, Track};

use crate::service::{PEER, request};
use crate::support::{World, block_on};

/// How often the allocator is asked while a request is checked whose key is known.
fn counted<K: Scheme>(guard: &Guard, authorization: &str, outcome: bool) -> u64 {
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
    let set = world.shop().primary;
    let pair = format!("{}:{}", set.credential.id, set.api_key.expose());
    let basic = format!("Basic {}", base64ct::Base64::encode_string(pair.as_bytes()));
    let bearer = format!("Bearer {}", world.app_key("backend").token.expose());
    let proxy = [format!("{PEER}/32").parse().unwrap()];
    let guard = Guard::new(world.keyward.clone())
        .client_address(ClientAddress::forwarded(ForwardingHeader::Forwarded, proxy));

    assert_eq!(counted::<Track>(&guard, &basic, true), 0);
    assert_eq!(counted::<App>(&guard, &bearer, true), 0);
    assert_eq!(counted::<Track>(&guard, &basic[..basic.len() - 1], false), 0);
    assert_eq!(counted::<App>(&guard, &bearer[..bearer.len() - 1], false), 0);
}
