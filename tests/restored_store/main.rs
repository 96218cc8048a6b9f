//! A store is restored from a backup, or fails over to a replica that lags, and continues with other events under the
//! same numbers. A node that has polled the later events follows the store within its bound.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
#[path = "../stores/places.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod places;
mod restored;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[path = "../stores/tables.rs"]
#[allow(unreachable_pub, reason = "each test file uses its own part")]
mod tables;

use keyward::store::{Changes, CredentialStore, Position};
use keyward::{
    DenialReason, Freshness, Keyward, MasterKey, MasterKeys, NotVerified, kind::KindWord,
    time::ManualClock,
};

use crate::harness::RUNTIME;
use crate::places::{File, Schema};
use crate::restored::Restored;
use crate::support::nodes::{BOUND, passes, refused};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::{START, again, block_on, cheap_under};

/// The number of events of the store after the restore, compared with the position of the node.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// Not as far as the node had seen it.
    LessFar,
    /// To the very number that the node had seen last.
    AsFar,
    Further,
}

/// The shared state of the nodes.
struct World<P: Restored> {
    place: P,
    store: P::Store,
    clock: ManualClock,
    key: MasterKey,
}

impl<P: Restored> World<P> {
    fn new() -> Self {
        let (place, clock) = (P::default(), ManualClock::at(START.parse().unwrap()));
        let (store, key) = (place.handle(), MasterKey::generate().unwrap());
        Self { place, store, clock, key }
    }

    fn node(&self, freshness: Freshness) -> Keyward {
        let keys = MasterKeys::new(again(&self.key));
        let builder = cheap_under(self.place.handle(), self.clock.clone(), keys);
        builder.freshness(freshness).build().unwrap()
    }

    fn position(&self) -> Position {
        block_on(self.store.position()).unwrap()
    }
}

/// The outcome of an attempt.
fn outcome(node: &Keyward, key: &LiveKey) -> Result<(), DenialReason> {
    match block_on(key.present(node)) {
        Ok(()) => Ok(()),
        Err(NotVerified::Denied(denial)) => Err(denial.reason()),
        Err(other) => panic!("it can tell: {other:?}"),
    }
}

fn goes_back<P: Restored>(revocation: Revocation, then: Then, freshness: Freshness) {
    println!("{revocation:?}, {then:?}, {freshness:?}");
    let world = World::<P>::new();
    let (one, other) = (world.node(freshness), world.node(Freshness::Strict));
    let issue = |number, before| {
        let key = block_on(LiveKey::issue(&other, number, KindWord::App, before)).unwrap();
        passes(&one, &key);
        key
    };
    let kept = issue(1, None);
    let revoked_in_vain = issue(2, Some(revocation));
    let revoked_afterwards = issue(3, Some(revocation));
    RUNTIME.block_on(world.place.save());

    // The future that is lost.
    block_on(revocation.carry_out(&other, &revoked_in_vain)).unwrap();
    let lost = issue(4, None);
    world.clock.advance(BOUND);
    let denial = refused(&one, &revoked_in_vain);
    assert!(revocation.explains(denial), "{denial:?}");
    let seen = world.position();

    RUNTIME.block_on(world.place.restore());
    assert!(world.position().number() < seen.number());
    let newcomer = world.node(Freshness::Strict);
    block_on(revocation.carry_out(&newcomer, &revoked_afterwards)).unwrap();
    let issued_afterwards = block_on(LiveKey::issue(&newcomer, 5, KindWord::App, None)).unwrap();
    let far_enough = |number| match then {
        Then::LessFar => true,
        Then::AsFar => number == seen.number(),
        Then::Further => number > seen.number() + 1,
    };
    while !far_enough(world.position().number()) {
        block_on(Revocation::Suspend.carry_out(&newcomer, &issued_afterwards)).unwrap();
        if !far_enough(world.position().number()) {
            block_on(Revocation::Suspend.take_back(&newcomer, &issued_afterwards)).unwrap();
        }
    }
    let changes = block_on(world.store.changes_since(&seen, usize::MAX)).unwrap();
    assert!(matches!(changes, Changes::TooFarBehind { .. }), "{changes:?}");

    if freshness != Freshness::Strict {
        world.clock.advance(BOUND);
    }
    passes(&one, &revoked_in_vain);
    assert_eq!(refused(&one, &lost), DenialReason::Unknown);
    let denial = refused(&one, &revoked_afterwards);
    assert!(revocation.explains(denial), "{denial:?}");
    passes(&one, &kept);
    for key in [&kept, &revoked_in_vain, &revoked_afterwards, &lost, &issued_afterwards] {
        assert_eq!(outcome(&one, key), outcome(&newcomer, key), "{key:?}");
    }
    // Uses of deleted records are not an error.
    block_on(one.close()).unwrap();
}

fn goes_back_in_every_way<P: Restored>(freshness: Freshness) {
    // The stores want their runtime; the attempts are driven from here.
    let _runtime = RUNTIME.enter();
    let thens = [Then::AsFar, Then::LessFar, Then::Further];
    for (revocation, then) in Revocation::ALL.into_iter().zip(thens.into_iter().cycle()) {
        goes_back::<P>(revocation, then, freshness);
    }
}

#[test]
fn a_node_over_sqlite_notices_within_its_bound() {
    goes_back_in_every_way::<File>(Freshness::Bounded(BOUND));
}

#[test]
fn a_strict_node_over_sqlite_notices_at_once() {
    goes_back_in_every_way::<File>(Freshness::Strict);
}

#[test]
fn a_node_over_postgres_notices_within_its_bound() {
    goes_back_in_every_way::<Schema>(Freshness::Bounded(BOUND));
}

#[test]
fn a_strict_node_over_postgres_notices_at_once() {
    goes_back_in_every_way::<Schema>(Freshness::Strict);
}
