//! From one master key to the next: nodes in the midst of it never stamp over each other, no attempt is
//! denied, and Argon2id does not run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::thread;

use keyward::store::{CredentialStore, PageSize, Refreshed};
use keyward::{Kind, MasterKey, MasterKeys, UnavailableReason};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

use support::midst::{Midst, issue, rotate, unavailable};
use support::{admin, again, block_on, operator};

#[derive(Debug, Clone)]
enum Step {
    Issue(Kind),
    Use(prop::sample::Index),
    Rotate(prop::sample::Index),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        1 => any::<bool>().prop_map(|app| Step::Issue(if app { Kind::App } else { Kind::Track })),
        6 => any::<prop::sample::Index>().prop_map(Step::Use),
        1 => any::<prop::sample::Index>().prop_map(Step::Rotate),
    ];
    (0..2_usize, step)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn two_nodes_never_stamp_over_each_other(steps in prop::collection::vec(step(), 1..60)) {
        let midst = Midst::new();
        let mut keys = vec![midst.shop()];
        for (node, step) in steps {
            let node = midst.nodes()[node];
            match step {
                Step::Issue(kind) => keys.push(issue(node, kind, &format!("key {}", keys.len()))),
                Step::Use(which) => which.get(&keys).present(node).unwrap(),
                Step::Rotate(which) => {
                    let which = which.index(keys.len());
                    let rotated = rotate(node, &keys[which]);
                    keys[which].present(node).unwrap();
                    keys[which] = rotated;
                    midst.until_every_node_knows();
                }
            }
        }
        let all = || for key in &keys { for node in midst.nodes() { key.present(node).unwrap() } };
        all();
        let settled = midst.store.watch.count();
        all();
        proptest::prop_assert_eq!(midst.store.watch.count(), settled, "it ends");
        midst.check();
        for key in &keys {
            let stored = block_on(midst.store.credential(key.id)).unwrap().unwrap();
            proptest::prop_assert_eq!(stored.current.digest.key(), midst.new.id());
        }
    }
}

#[test]
fn two_nodes_at_once_never_stamp_over_each_other() {
    let midst = Midst::new();
    midst.shop();
    let keys: Vec<_> = (0..50).map(|n| issue(&midst.before, Kind::App, &format!("{n}"))).collect();
    thread::scope(|scope| {
        for node in midst.nodes() {
            for _ in 0..2 {
                scope.spawn(|| {
                    for key in keys.iter().chain(&keys) {
                        key.present(node).unwrap();
                    }
                });
            }
        }
    });
    midst.check();
    let mut replaced = 0;
    for (_, _, refreshed) in midst.store.watch.0.lock().unwrap().iter() {
        replaced += usize::from(*refreshed == Refreshed::Replaced);
    }
    assert_eq!(replaced, keys.len(), "each digest was made anew once");
}

#[test]
fn what_was_used_under_both_keys_needs_the_old_one_no_more() {
    let midst = Midst::new();
    let keys = [midst.shop(), issue(&midst.before, Kind::App, "backend")];
    for key in &keys {
        key.present(&midst.after).unwrap();
    }
    let last = midst.node(MasterKeys::new(again(&midst.new)));
    for key in &keys {
        key.present(&last).unwrap();
    }
    let revealed = block_on(last.manager(&admin()).reveal(keys[0].id)).unwrap();
    assert_eq!(revealed.api_key.expose(), keys[0].text, "its seal was made anew, too");
    assert_eq!(last.stats().argon2id_verify_runs, 0);
}

/// A refresh is no event, so nothing tells a node of it: it looks again where it could not tell.
#[test]
fn a_node_can_tell_once_another_has_stamped_under_a_key_that_it_knows() {
    let midst = Midst::new();
    let keys = [midst.shop(), issue(&midst.before, Kind::App, "backend")];
    let late = midst.node(MasterKeys::new(again(&midst.new)));
    for key in &keys {
        assert_eq!(unavailable(key.present(&late)), UnavailableReason::UnknownMasterKey);
        key.present(&midst.after).unwrap();
        key.present(&late).unwrap();
    }
    assert_eq!(late.stats().argon2id_verify_runs, 0);
}

#[test]
fn a_node_that_has_never_heard_of_a_key_cannot_tell() {
    let midst = Midst::new();
    let track = midst.shop();
    let stranger = midst.node(MasterKeys::new(MasterKey::generate().unwrap()));
    for key in [track.clone(), track.forged()] {
        assert_eq!(unavailable(key.present(&stranger)), UnavailableReason::UnknownMasterKey);
        let traced = block_on(stranger.trace(&operator(), &key.text)).unwrap_err();
        assert_eq!(traced.reason(), UnavailableReason::UnknownMasterKey);
    }
    // It knows one of two secrets: that one it can tell, and of all others it cannot say "no".
    let late = midst.node(MasterKeys::new(again(&midst.old)));
    let rotated = rotate(&midst.after, &track);
    track.present(&late).unwrap();
    for key in [rotated, track.forged()] {
        assert_eq!(unavailable(key.present(&late)), UnavailableReason::UnknownMasterKey);
    }
    for node in [&stranger, &late] {
        let page = block_on(node.rekey(None, PageSize::MAX)).unwrap();
        assert_eq!(page.renewed, 0);
        assert_eq!(node.stats().argon2id_verify_runs, 0);
    }
    assert_eq!(midst.store.watch.count(), 0, "and it writes over nothing");
}
