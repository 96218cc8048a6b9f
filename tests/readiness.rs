//! `Keyward::check` tells at start what does not fit: the store, the master keys, the record epoch, brands and kinds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use keyward::store::{StoreError, StoreErrorKind};
use keyward::{
    App, Brand, Builder, Keyward, MasterKey, MasterKeys,
    operate::{Readiness, ReadinessFinding},
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::rekeying::adopt_lost;
use crate::support::seen::Seen;
use crate::support::{World, again, block_on, cheap_under};

fn node(world: &World, keys: MasterKeys, set: impl FnOnce(Builder) -> Builder) -> Keyward {
    set(cheap_under(world.store.clone(), world.clock.clone(), keys)).build().unwrap()
}

/// What is found, as an operator reads it. A check logs nothing, counts nothing and writes nothing.
fn found(world: &World, node: &Keyward) -> (Readiness, String) {
    let (before, seen) = (world.dump(), Seen::default());
    let readiness = seen.of(|| block_on(node.check()));
    world.dump().assert_is(&before, "a check");
    assert_eq!((seen.all().as_str(), node.stats().unopened_records), ("", 0));
    let texts: Vec<_> = readiness.findings.iter().map(ToString::to_string).collect();
    (readiness, texts.join("; "))
}

#[test]
fn a_node_that_fits_is_ready() {
    let world = World::new();
    let (empty, text) = found(&world, &world.keyward);
    assert!(empty.is_ready() && text.is_empty() && empty.sampled == 0, "{text}");
    world.shop();
    let _ = world.app_key("backend");
    let (full, text) = found(&world, &world.keyward);
    assert!(full.is_ready() && text.is_empty(), "{text}");
    assert_eq!(full.sampled, 4, "an account, a workspace, a Track set and an App key");
}

#[test]
fn a_master_key_that_is_not_held_is_named_once() {
    let world = World::new();
    world.shop();
    let id = world.master_key();
    let new = MasterKey::generate().unwrap();
    let (readiness, text) = found(&world, &node(&world, MasterKeys::new(again(&new)), |b| b));
    assert!(
        matches!(readiness.findings[..], [ReadinessFinding::UnknownMasterKey(named)] if named == id)
    );
    assert!(!readiness.is_ready() && text.contains(&id.to_string()), "{text}");

    let lost = node(&world, MasterKeys::new(again(&new)).lost([id]), |builder| builder);
    let (readiness, text) = found(&world, &lost);
    assert!(
        matches!(readiness.findings[..], [ReadinessFinding::LostMasterKey(named)] if named == id)
    );
    assert!(!readiness.is_ready() && text.contains("adopt_lost"), "{text}");
    adopt_lost(&lost);
    assert!(block_on(lost.check()).is_ready(), "Argon2id decides");

    // The tags are under the new key now, and the digests are not.
    let (readiness, _) = found(&world, &node(&world, MasterKeys::new(new), |builder| builder));
    assert!(
        matches!(readiness.findings[..], [ReadinessFinding::UnknownMasterKey(named)] if named == id)
    );
}

#[test]
fn a_record_epoch_a_brand_and_a_kind_are_named() {
    let key = MasterKey::generate().unwrap();
    let world =
        World::built(|store, clock| cheap_under(store, clock, MasterKeys::new(again(&key))));
    world.shop();
    let keys = || MasterKeys::new(again(&key));
    let (readiness, text) = found(&world, &node(&world, keys(), |builder| builder.record_epoch(3)));
    assert!(matches!(readiness.findings[..], [ReadinessFinding::OtherRecordEpoch(0)]), "{text}");
    assert!(!readiness.is_ready());

    let other = Brand::new("other").unwrap();
    let (readiness, text) = found(&world, &node(&world, keys(), |builder| builder.brand(other)));
    assert!(matches!(readiness.findings[..], [ReadinessFinding::UnknownBrand(_)]), "{text}");
    assert!(readiness.is_ready() && text.contains("older_brands"), "{text}");

    let only_app = Keyward::builder(world.store.clone(), keys()).kind::<App>().build().unwrap();
    let (readiness, text) = found(&world, &only_app);
    assert!(matches!(readiness.findings[..], [ReadinessFinding::UnregisteredKind(_)]), "{text}");
    assert!(readiness.is_ready());
}

#[derive(Debug)]
struct Failing(StoreErrorKind);

impl Director for Failing {
    fn before(&self, _: Call) -> Result<(), StoreError> {
        Err(StoreError::new(self.0))
    }
}

#[test]
fn a_store_that_fails_is_a_finding_with_its_kind() {
    for kind in [StoreErrorKind::Unavailable, StoreErrorKind::Misconfigured] {
        let world = World::new();
        let store = Directed::new(world.store.clone(), Failing(kind));
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let node = cheap_under(store, world.clock.clone(), keys).build().unwrap();
        let readiness = block_on(node.check());
        assert!(!readiness.is_ready());
        match &readiness.findings[..] {
            [ReadinessFinding::StoreFailed(error)] => assert_eq!(error.kind(), kind),
            other => panic!("{other:?}"),
        }
    }
}
