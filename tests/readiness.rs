//! `Keyward::check` reports mismatches at the start: of the store, the master keys, the record epoch, brands and kinds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use keyward::store::{
    CredentialStore, PageItem, PageSize, RecordId, RecordTag, Refreshed, StoreError,
    StoreErrorKind, TagChange,
};
use keyward::{
    App, Brand, Builder, Keyward, MasterKey, MasterKeys, NewCredential,
    manage::CredentialFilter,
    operate::{Readiness, ReadinessFinding},
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::rekeying::adopt_lost;
use crate::support::seen::Seen;
use crate::support::{World, admin, again, block_on, cheap_under, name, shop};

fn node(world: &World, keys: MasterKeys, set: impl FnOnce(Builder) -> Builder) -> Keyward {
    set(cheap_under(world.store.clone(), world.clock.clone(), keys)).build().unwrap()
}

/// Returns the findings as an operator reads them. A check logs, counts and writes nothing.
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

/// Marks a record's tag as one of a later version of the encoding, as a newer release would write it.
fn written_by_a_newer_release(world: &World, id: &RecordId, tag: RecordTag) {
    let mut bytes = tag.to_bytes();
    bytes[0] = 200;
    let tags = TagChange { old: tag, new: RecordTag::from_bytes(&bytes).unwrap() };
    assert_eq!(block_on(world.store.retag(id, &tags)).unwrap(), Refreshed::Replaced);
}

#[test]
fn a_record_of_a_newer_release_is_named_and_hides_no_other() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let second = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let tag = block_on(world.store.credential(second)).unwrap().unwrap().tag;
    written_by_a_newer_release(&world, &RecordId::Credential(second), tag);

    let newer = |id: &str| PageItem::Newer { id: id.to_owned() };
    let list = || block_on(manager.credentials(CredentialFilter::new())).unwrap().items;
    let [first, other] = list().try_into().unwrap();
    assert_eq!(first.record().unwrap().id, primary);
    assert_eq!(other, newer(second.as_str()));
    // Nothing is decided without it: it may have the name.
    let new = NewCredential::new(shop(), name("second"));
    let refused = world.fails(manager.issue_track_set(new));
    assert_eq!(refused.code(), "newer_release");

    let workspace = block_on(world.store.workspace(&shop())).unwrap().unwrap();
    written_by_a_newer_release(&world, &RecordId::Workspace(shop()), workspace.tag);
    assert_eq!(list(), [newer(primary.as_str()), newer(second.as_str())]);
    let listed = block_on(manager.workspaces(None, PageSize::default())).unwrap().items;
    assert_eq!(listed, [PageItem::Newer { id: shop().to_string() }]);
    let refused = world.fails(manager.workspace(&shop()));
    assert_eq!(refused.code(), "newer_release");
    let readiness = block_on(world.keyward.check());
    assert!(matches!(readiness.findings[..], [ReadinessFinding::NewerRelease]), "{readiness:?}");
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
