//! A brand is a boundary: a key of one brand never verifies as one of another, even over one store and with one
//! master key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{
    Attempt, Brand, BuildError, Builder, CredentialId, DenialReason, Keyward, MasterKey,
    MasterKeys, MemoryStore, NewCredential, NewWorkspace, NotVerified, SlowHashParams,
    UnavailableReason,
};

use crate::support::forged::sealed;
use crate::support::rekeying::adopt_lost;
use crate::support::{admin, again, block_on, name, shop};

/// A service over this store, before its brands are set.
fn builder(store: &MemoryStore, keys: MasterKeys) -> Builder {
    Keyward::builder(store.clone(), keys).slow_hash(SlowHashParams::dangerous_cheap())
}

fn brand(text: &str) -> Brand {
    Brand::new(text).unwrap()
}

/// A service of this brand, which accepts older ones.
fn node(store: &MemoryStore, key: &MasterKey, new: &str, older: &[&str]) -> Keyward {
    let older = older.iter().map(|text| brand(text));
    let builder = builder(store, MasterKeys::new(again(key)));
    builder.brand(brand(new)).older_brands(older).build().unwrap()
}

/// Issues an App key in a new workspace.
fn issue(node: &Keyward) -> (CredentialId, String) {
    let actor = admin();
    let manager = node.manager(&actor);
    block_on(manager.create_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let issued = block_on(manager.issue_app_key(NewCredential::new(shop(), name("key")))).unwrap();
    (issued.credential.id, issued.secret.expose().to_owned())
}

/// The text with another prefix and the checksum that belongs to it.
fn with_prefix(text: &str, prefix: &str) -> String {
    sealed(&format!("{prefix}{}", &text[text.len() - 61..text.len() - 6]))
}

fn passes(node: &Keyward, text: &str) {
    block_on(node.verify(&Attempt::app(text))).unwrap();
}

fn reason(node: &Keyward, text: &str) -> DenialReason {
    match block_on(node.verify(&Attempt::app(text))) {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_whose_prefix_was_rewritten_verifies_nowhere() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (one, two) = (node(&store, &key, "one", &[]), node(&store, &key, "two", &["one"]));
    let (_, text) = issue(&one);
    assert_eq!(
        with_prefix(&text, "one_app_"),
        text,
        "the test computes the checksum as Keyward does"
    );
    passes(&one, &text);
    passes(&two, &text);

    assert_eq!(reason(&one, &with_prefix(&text, "two_app_")), DenialReason::Malformed);
    assert_eq!(reason(&two, &with_prefix(&text, "two_app_")), DenialReason::WrongSecret);
    assert_eq!(reason(&two, &with_prefix(&text, "two_track_")), DenialReason::WrongKind);
}

#[test]
fn a_brand_is_replaced_without_refusing_a_good_key() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let actor = admin();
    let old = node(&store, &key, "old", &[]);
    let (id, first) = issue(&old);
    let primary =
        block_on(old.manager(&actor).credentials(keyward::manage::CredentialFilter::new()))
            .unwrap();
    let primary = primary.items.into_iter().filter_map(keyward::store::PageItem::record);
    let primary =
        primary.filter(|one| one.kind == keyward::kind::KindWord::Track).map(|one| one.id).next();

    // First every node accepts the new brand, and then it is the one of new keys.
    let between = node(&store, &key, "old", &["new"]);
    let new = node(&store, &key, "new", &["old"]);
    let rotated = block_on(new.manager(&actor).rotate(id, Duration::from_mins(1))).unwrap();
    let second = rotated.secret.expose();
    assert!(second.starts_with("new_app_"), "{}", &second[..8]);
    for node in [&between, &new] {
        passes(node, &first);
        passes(node, second);
        assert_eq!(reason(node, &with_prefix(second, "old_app_")), DenialReason::WrongSecret);
    }
    let brands = block_on(store.credential(id)).unwrap().unwrap();
    let brands = brands.generations().map(|one| one.brand.to_string()).collect::<Vec<_>>();
    assert_eq!(brands, ["new", "old"]);

    // A reveal returns the text that was issued.
    let revealed = block_on(new.manager(&actor).reveal(primary.unwrap())).unwrap();
    let api_key = revealed.secret.expose();
    assert!(api_key.starts_with("old_track_"), "{}", &api_key[..10]);
    block_on(new.verify(&Attempt::track(revealed.credential.as_str(), api_key))).unwrap();

    let only_new = node(&store, &key, "new", &[]);
    passes(&only_new, second);
    assert_eq!(reason(&only_new, &first), DenialReason::Malformed);
}

#[test]
fn a_brand_given_twice_is_refused() {
    let build = |new: &str, older: &[&str]| {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let older = older.iter().map(|text| brand(text));
        builder(&MemoryStore::new(), keys).brand(brand(new)).older_brands(older).build().err()
    };
    assert_eq!(build("one", &["two", "three"]), None);
    assert_eq!(build("one", &["two", "one"]), Some(BuildError::BrandTwice(brand("one"))));
    assert_eq!(build("one", &["two", "two"]), Some(BuildError::BrandTwice(brand("two"))));
}

#[test]
fn a_kind_that_is_not_registered_is_no_denial() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let node = node(&store, &key, "one", &["two"]);
    let (_, text) = issue(&node);
    for prefix in ["one_live_", "two_live_"] {
        match block_on(node.verify(&Attempt::app(&with_prefix(&text, prefix)))) {
            Err(NotVerified::Unavailable(unavailable)) => {
                assert_eq!(unavailable.reason(), UnavailableReason::UnregisteredKind);
            }
            other => panic!("{other:?}"),
        }
    }
    let stats = node.stats();
    assert_eq!((stats.misses, stats.unavailable), (0, 2), "the store was not asked");
    assert_eq!(reason(&node, &with_prefix(&text, "three_live_")), DenialReason::Malformed);
}

/// Under a lost master key Argon2id decides. A key of another brand than the stored secret's does not get so far.
#[test]
fn a_rewritten_prefix_never_passes_under_a_lost_master_key() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (_, text) = issue(&node(&store, &key, "acme", &[]));
    let keys = MasterKeys::new(MasterKey::generate().unwrap()).lost([key.id()]);
    let older = builder(&store, keys).brand(brand("umbrella")).older_brands([brand("acme")]);
    let after = older.build().unwrap();
    adopt_lost(&after);
    let prefix = text[..text.len() - 61].replacen("acme", "umbrella", 1);
    let rewritten = with_prefix(&text, &prefix);
    assert_eq!(reason(&after, &rewritten), DenialReason::WrongSecret);
    assert_eq!(after.stats().argon2id_verify_runs, 0);
    passes(&after, &text);
    assert_eq!(after.stats().argon2id_verify_runs, 1);
}
