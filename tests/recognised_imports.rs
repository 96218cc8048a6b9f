//! A node that has verified an imported key recognises its text, and decides about it like about a native key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward::imports::{ForeignHash, ImportFormat, ImportRow};
use keyward::store::CredentialStore;
use keyward::{App, Attempt, CredentialId, DenialReason, MasterKey, MasterKeys, VerifiedAny};

use crate::imports::{accepting, hexadecimal, imported, present, reason};
use crate::support::{World, admin, again, block_on, cheap, cheap_under, name};

const KEY: &str = "mine_7RkDq0vXbT2mWc9JzLpY";
const OTHER: &str = "mine_7RkDq0vXbT2mWc9JzLpZ";

/// Counts the calls of a format's function: one for each text that is not recognised.
#[derive(Debug, Clone, Default)]
struct Hashed(Arc<AtomicU64>);

impl Hashed {
    /// A format whose "hash" is the end of the text.
    fn format(&self, called: &str) -> ImportFormat {
        let counted = Arc::clone(&self.0);
        ImportFormat::custom(called, 16, move |text| {
            counted.fetch_add(1, Ordering::Relaxed);
            ForeignHash::new(text.as_bytes().last_chunk::<16>()?)
        })
        .starting_with("mine_")
    }

    /// Returns the number of calls by `work`.
    fn during(&self, work: impl FnOnce()) -> u64 {
        let before = self.0.load(Ordering::Relaxed);
        work();
        self.0.load(Ordering::Relaxed) - before
    }
}

fn row(format: &str, text: &str) -> ImportRow {
    let end = text.as_bytes().last_chunk::<16>().unwrap();
    let stored = hexadecimal(end.iter().copied());
    ImportRow::new(format, name(&format!("{format} {}", &text[24..])), stored)
}

/// A service with one imported key that was used.
fn used() -> (World, Hashed, CredentialId) {
    let hashed = Hashed::default();
    let world = accepting([hashed.format("mine")]);
    let id = imported(&world.keyward, row("mine", KEY));
    present(&world.keyward, KEY).unwrap();
    (world, hashed, id)
}

#[test]
fn a_later_use_hashes_nothing_and_proves_the_same() {
    let (world, hashed, id) = used();
    let other = imported(&world.keyward, row("mine", OTHER));
    // The import changed the workspace, so its state is read again.
    present(&world.keyward, KEY).unwrap();
    let calls = hashed.during(|| {
        assert_eq!(present(&world.keyward, KEY).unwrap().credential(), id);
        let any: VerifiedAny = block_on(world.keyward.verify(&Attempt::token(KEY))).unwrap();
        assert_eq!((any.credential(), any.kind().as_str()), (id, "app"));
    });
    assert_eq!(calls, 0);
    assert_eq!(
        hashed.during(|| assert_eq!(present(&world.keyward, OTHER).unwrap().credential(), other)),
        1
    );
    assert_eq!(reason(&world.keyward, "mine_7RkDq0vXbT2mWc9JzLp0"), DenialReason::Unknown);
    assert_eq!(hashed.during(|| drop(present(&world.keyward, "mine_7RkDq0vXbT2mWc9JzLp0"))), 1);
    assert_eq!(world.keyward.stats().verified, 5);
}

#[test]
fn it_is_no_longer_accepted_after_any_change_that_refuses_a_native_key() {
    let (world, _, id) = used();
    let (admin, keyward) = (admin(), &world.keyward);
    let manager = keyward.manager(&admin);
    block_on(manager.suspend(id)).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::Suspended);
    block_on(manager.resume(id)).unwrap();
    present(keyward, KEY).unwrap();
    let _ = block_on(manager.rotate(id, Duration::from_mins(1))).unwrap();
    assert!(present(keyward, KEY).unwrap().notice().is_some(), "the old key is ending");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(reason(keyward, KEY), DenialReason::OverlapEnded);
    let _ = block_on(manager.rotate(id, Duration::ZERO)).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::WrongSecret);
    block_on(manager.delete(id, "mine Y")).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::Unknown);
    // The same key again is another credential with the same id.
    assert_eq!(imported(keyward, row("mine", KEY)), id);
    present(keyward, KEY).unwrap();
}

/// A later import under the format that is asked first would win, so no node may go on with the other one.
#[test]
fn a_text_of_two_formats_is_not_remembered() {
    let hashed = Hashed::default();
    let world = accepting([hashed.format("first"), hashed.format("second")]);
    let second = imported(&world.keyward, row("second", KEY));
    for _ in 0..2 {
        assert_eq!(present(&world.keyward, KEY).unwrap().credential(), second);
    }
    let first = imported(&world.keyward, row("first", KEY));
    assert_eq!(present(&world.keyward, KEY).unwrap().credential(), first);
}

/// The digest changes with the master key, and the key is recognised again afterwards.
#[test]
fn a_new_digest_under_another_master_key_is_remembered_in_place_of_the_old_one() {
    let [first, second] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let world = World::built(|store, clock| {
        cheap_under(store, clock, MasterKeys::new(again(&first)).newer([again(&second)]))
    });
    world.shop();
    let hashed = Hashed::default();
    let under = |keys| -> keyward::Keyward {
        cheap_under(world.store.clone(), world.clock.clone(), keys)
            .import::<App>(hashed.format("mine"))
            .build()
            .unwrap()
    };
    let node = under(MasterKeys::new(again(&first)).newer([again(&second)]));
    let id = imported(&node, row("mine", KEY));
    present(&node, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&node, KEY).unwrap())), 0);

    let newer = under(MasterKeys::new(again(&second)).older([again(&first)]));
    present(&newer, KEY).unwrap();
    let stored = block_on(world.store.credential(id)).unwrap().unwrap();
    assert_eq!(stored.current.digest.key(), second.id());
    present(&newer, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&newer, KEY).unwrap())), 0);
    // The other node finds the new digest at its next read.
    world.clock.advance(Duration::from_hours(1));
    present(&node, KEY).unwrap();
    block_on(node.manager(&admin()).rename(id, name("other"))).unwrap();
    present(&node, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&node, KEY).unwrap())), 0);
}

#[test]
fn a_service_without_formats_recognises_nothing() {
    let world = World::built(cheap);
    world.shop();
    assert_eq!(reason(&world.keyward, KEY), DenialReason::Malformed);
    assert_eq!(world.keyward.stats().hits, 0);
}
