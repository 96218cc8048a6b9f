//! The change from one master key or brand to the next: nodes with different configurations never overwrite each
//! other's digests, seals and tags, no attempt is denied, and Argon2id does not run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

use std::thread;

use keyward::store::{CredentialStore, Refreshed};
use keyward::{MasterKey, MasterKeys, UnavailableReason, kind::KindWord, operate::Rekey};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use crate::support::rekeying::walk;
use crate::support::rolling_change::{RollingChange, issue, rotate, unavailable};
use crate::support::{admin, again, block_on, name, operator};

#[derive(Debug, Clone)]
enum Step {
    Issue(KindWord),
    Use(prop::sample::Index),
    Rotate(prop::sample::Index),
    Rename(prop::sample::Index),
    Walk,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        1 => any::<bool>().prop_map(|app| Step::Issue(if app { KindWord::App } else { KindWord::Track })),
        6 => any::<prop::sample::Index>().prop_map(Step::Use),
        1 => any::<prop::sample::Index>().prop_map(Step::Rotate),
        1 => any::<prop::sample::Index>().prop_map(Step::Rename),
        1 => Just(Step::Walk),
    ];
    (0..2_usize, step)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn two_nodes_never_overwrite_each_others_redigests(steps in prop::collection::vec(step(), 1..60)) {
        for rolling in [RollingChange::new(), RollingChange::of_brands()] {
            no_node_writes_over_the_other(&rolling, &steps);
        }
    }
}

fn no_node_writes_over_the_other(rolling: &RollingChange, steps: &[(usize, Step)]) {
    let mut keys = vec![rolling.shop()];
    for (place, (node, step)) in steps.iter().enumerate() {
        let node = rolling.nodes()[*node];
        match step {
            Step::Issue(kind) => keys.push(issue(node, *kind, &format!("key {}", keys.len()))),
            Step::Use(which) => which.get(&keys).present(node).unwrap(),
            Step::Rotate(which) => {
                let which = which.index(keys.len());
                let rotated = rotate(node, &keys[which]);
                keys[which].present(node).unwrap();
                keys[which] = rotated;
                rolling.until_every_node_knows();
            }
            Step::Rename(which) => {
                let new = name(&format!("renamed {place}"));
                block_on(node.manager(&admin()).rename(which.get(&keys).id, new)).unwrap();
            }
            Step::Walk => assert_eq!(walk(node, Rekey::new()).corrupt, 0),
        }
    }
    let all = || {
        for key in &keys {
            for node in rolling.nodes() {
                key.present(node).unwrap();
                walk(node, Rekey::new());
            }
        }
    };
    all();
    let settled = rolling.store.count();
    all();
    assert_eq!(rolling.store.count(), settled, "it ends");
    rolling.check();
    for key in &keys {
        let stored = block_on(rolling.store.credential(key.id)).unwrap().unwrap();
        assert_eq!(stored.current.digest.key(), rolling.new.id());
    }
}

#[test]
fn two_concurrent_nodes_never_overwrite_each_others_redigests() {
    let rolling = RollingChange::new();
    rolling.shop();
    let keys: Vec<_> =
        (0..50).map(|n| issue(&rolling.before, KindWord::App, &format!("{n}"))).collect();
    thread::scope(|scope| {
        for node in rolling.nodes() {
            for _ in 0..2 {
                scope.spawn(|| {
                    for key in keys.iter().chain(&keys) {
                        key.present(node).unwrap();
                    }
                });
            }
        }
    });
    rolling.check();
    let mut replaced = 0;
    for (_, _, refreshed) in rolling.store.secrets.lock().unwrap().iter() {
        replaced += usize::from(*refreshed == Refreshed::Replaced);
    }
    assert_eq!(replaced, keys.len(), "each secret was re-digested once");
}

#[test]
fn secrets_used_under_both_keys_no_longer_need_the_old_one() {
    let rolling = RollingChange::new();
    let keys = [rolling.shop(), issue(&rolling.before, KindWord::App, "backend")];
    for key in &keys {
        key.present(&rolling.after).unwrap();
    }
    // The account and the workspace are not tagged again by use.
    let headers = walk(&rolling.after, Rekey::new());
    assert_eq!((headers.retagged, headers.renewed, headers.waiting_for_use), (2, 0, 0));
    let last = rolling.node(MasterKeys::new(again(&rolling.new)));
    for key in &keys {
        key.present(&last).unwrap();
    }
    let revealed = block_on(last.manager(&admin()).reveal(keys[0].id)).unwrap();
    assert_eq!(revealed.secret.expose(), keys[0].text, "its seal was renewed, too");
    issue(&last, KindWord::App, "another").present(&last).unwrap();
    block_on(last.manager(&admin()).suspend(keys[1].id)).unwrap();
    assert_eq!(last.stats().argon2id_verify_runs, 0);
}

/// A refresh writes no event, so a node does not learn of it. It reads again if it cannot decide.
#[test]
fn a_node_can_decide_once_another_has_redigested_under_a_key_that_it_holds() {
    let rolling = RollingChange::new();
    let keys = [rolling.shop(), issue(&rolling.before, KindWord::App, "backend")];
    let late = rolling.node(MasterKeys::new(again(&rolling.new)));
    for key in &keys {
        assert_eq!(unavailable(key.present(&late)), UnavailableReason::UnknownMasterKey);
    }
    walk(&rolling.after, Rekey::new());
    let [track, app] = keys;
    track.present(&late).unwrap();
    assert_eq!(unavailable(app.present(&late)), UnavailableReason::UnknownMasterKey);
    app.present(&rolling.after).unwrap();
    app.present(&late).unwrap();
    assert_eq!(late.stats().argon2id_verify_runs, 0);
}

#[test]
fn a_node_that_does_not_hold_a_key_cannot_decide() {
    let rolling = RollingChange::new();
    let track = rolling.shop();
    let stranger = rolling.node(MasterKeys::new(MasterKey::generate().unwrap()));
    for key in [track.clone(), track.forged()] {
        assert_eq!(unavailable(key.present(&stranger)), UnavailableReason::UnknownMasterKey);
        let traced = block_on(stranger.trace(&operator(), &key.text)).unwrap_err();
        assert_eq!(traced.reason(), UnavailableReason::UnknownMasterKey);
    }
    // It has the key of one of two secrets, but not the key of the rotated credential's tag.
    let late = rolling.node(MasterKeys::new(again(&rolling.old)));
    track.present(&late).unwrap();
    let rotated = rotate(&rolling.after, &track);
    rolling.until_every_node_knows();
    for key in [rotated, track.forged(), track.clone()] {
        assert_eq!(unavailable(key.present(&late)), UnavailableReason::UnknownMasterKey);
    }
    for node in [&stranger, &late] {
        let page = walk(node, Rekey::new());
        assert_eq!(page.renewed, 0);
        assert_eq!(node.stats().argon2id_verify_runs, 0);
    }
    assert_eq!(rolling.store.count(), 0, "and it writes over nothing");
}
