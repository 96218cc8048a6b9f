//! Names that can be taken for another's, within a workspace and kind.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::{Arc, Mutex};

use keyward::store::StoreError;
use keyward::{Keyward, ManageError, MasterKey, MasterKeys, NewCredential, Refusal};

use crate::support::directed::{Call, Directed, Director};
use crate::support::staged::Staged;
use crate::support::{World, admin, again, block_on, cheap_under, name, outlet, shop};

/// Each two of these pass for each other, and are different names.
const ALIKE: [(&str, &str); 6] = [
    // Cyrillic letters, at any place in the name.
    ("paypal", "p\u{430}ypal"),
    ("Backend", "\u{412}ackend"),
    ("scope", "\u{455}\u{441}\u{43e}\u{440}\u{435}"),
    // Greek beside Cyrillic: neither is ASCII.
    ("\u{441}\u{43e}\u{440}", "\u{3f2}\u{3bf}\u{3c1}"),
    // In another case, and composed otherwise.
    ("CAF\u{c9} ONE", "c\u{430}fe\u{301} one"),
    // Full-width letters.
    ("admin", "\u{ff41}dmin"),
];

fn alike(kind: &'static str, other: &str) -> Refusal {
    Refusal::LooksAlike { kind, other: name(other) }
}

#[test]
fn a_new_name_that_looks_like_another_is_refused_and_the_other_is_named() {
    for (one, another) in ALIKE {
        for (there, new) in [(one, another), (another, one)] {
            let world = World::new();
            world.shop();
            let _ = world.app_key(there);
            let admin = admin();
            let manager = world.keyward.manager(&admin);
            let hashed = world.keyward.stats().argon2id_issue_runs;
            let issue = manager.issue_app_key(NewCredential::new(shop(), name(new)));
            let sentence = world.refuses(&alike("App key", there), issue);
            assert_eq!(world.keyward.stats().argon2id_issue_runs, hashed, "it cost no Argon2id");
            assert!(sentence.contains(name(there).as_str()), "{sentence}");
            assert!(sentence.contains("App key"), "{sentence}");
        }
    }
}

#[test]
fn a_rename_to_a_name_that_looks_like_another_is_refused_but_not_for_its_own_sake() {
    for (one, another) in ALIKE {
        let world = World::new();
        world.shop();
        let _ = world.track_set(one);
        let other = world.track_set("other").credential.id;
        let admin = admin();
        let manager = world.keyward.manager(&admin);
        world.refuses(&alike("Track set", one), manager.rename(other, name(another)));
        let alone = world.app_key(one).credential.id;
        for called in [another, one] {
            let renamed = block_on(manager.rename(alone, name(called))).unwrap();
            assert_eq!(renamed.name, name(called), "it looks like itself alone");
        }
    }
}

#[test]
fn a_look_alike_is_free_for_the_other_kind_and_in_another_workspace_and_after_deletion() {
    let world = World::new();
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let track = world.track_set("paypal").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let new = |workspace| NewCredential::new(workspace, name("p\u{430}ypal"));
    let _ = block_on(manager.issue_app_key(new(shop()))).unwrap();
    let _ = block_on(manager.issue_track_set(new(outlet()))).unwrap();
    world.refuses(&alike("Track set", "paypal"), manager.issue_track_set(new(shop())));
    block_on(manager.delete(track, "paypal")).unwrap();
    let _ = block_on(manager.issue_track_set(new(shop()))).unwrap();
}

/// ASCII names are not refused, and words of one alphabet are not refused because single letters look alike.
#[test]
fn names_in_ascii_and_names_that_differ_at_a_glance_are_free() {
    let world = World::new();
    world.shop();
    for called in ["l1", "ll", "I1", "modern", "rnodern", "Ma\u{df}e", "Masse", "Caf\u{e9}", "Cafe"]
    {
        let _ = world.app_key(called);
    }
}

/// The search covers all pages, however many names there are.
#[test]
fn a_look_alike_is_found_among_a_thousand_others() {
    let world = World::new();
    world.shop();
    for number in 0..1_001 {
        let _ = world.app_key(&format!("key {number}"));
    }
    let _ = world.app_key("zone");
    let _ = world.app_key("z\u{444}ne");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for (new, other) in [("z\u{43e}ne", "zone"), ("k\u{435}y 7", "key 7")] {
        let issue = manager.issue_app_key(NewCredential::new(shop(), name(new)));
        world.refuses(&alike("App key", other), issue);
    }
    let _ = world.app_key("z\u{444}ne 2");
}

/// The documented cost of a name: two reads before Argon2id and two for the commit. For a name that is not ASCII, as
/// many pages as the workspace has.
#[test]
fn an_ascii_name_needs_no_read_of_all_names() {
    let staged = Staged::default();
    let world = World::built(|_, clock| {
        cheap_under(staged.clone(), clock, MasterKeys::new(MasterKey::generate().unwrap()))
    });
    world.shop();
    for number in 0..1_001 {
        let _ = world.app_key(&format!("key {number}"));
    }
    let reads = |called| {
        let before = staged.calls(Call::List);
        let _ = world.app_key(called);
        staged.calls(Call::List) - before
    };
    assert_eq!(reads("zone"), 4);
    assert_eq!(reads("z\u{444}ne"), 6, "one more page, twice");
}

/// Another node issues a credential when this node's commit arrives.
#[derive(Debug, Clone, Default)]
struct Overtaken(Arc<Mutex<Option<(Keyward, &'static str)>>>);

impl Director for Overtaken {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call != Call::Commit {
            return Ok(());
        }
        let other = self.0.lock().unwrap().take();
        if let Some((node, called)) = other {
            let new = NewCredential::new(shop(), name(called));
            let _ = block_on(node.manager(&admin()).issue_app_key(new)).unwrap();
        }
        Ok(())
    }
}

#[test]
fn one_of_two_look_alikes_that_are_issued_at_once_is_refused() {
    for (one, another) in ALIKE {
        for (first, second) in [(one, another), (another, one)] {
            let (key, watch) = (MasterKey::generate().unwrap(), Overtaken::default());
            let keys = || MasterKeys::new(again(&key));
            let world = World::built(|store, clock| {
                cheap_under(Directed::new(store, watch.clone()), clock, keys())
            });
            world.shop();
            let other = cheap_under(world.store.clone(), world.clock.clone(), keys());
            *watch.0.lock().unwrap() = Some((other.build().unwrap(), first));
            let admin = admin();
            let manager = world.keyward.manager(&admin);
            let new = NewCredential::new(shop(), name(second));
            let error = block_on(manager.issue_app_key(new)).unwrap_err();
            let rule = alike("App key", first);
            assert!(
                matches!(&error, ManageError::Refused(refused) if *refused == rule),
                "{error:?}"
            );
        }
    }
}
