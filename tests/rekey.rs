//! A walk through the store brings it under the current master key, page by page, however often and by
//! however many.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::collections::BTreeMap;
use std::thread;

use keyward::store::{CredentialQuery, CredentialStore, PageItem, PageSize, Scope, Seal};
use keyward::{CredentialId, Keyward, Kind, MasterKeyId, MasterKeys, RekeyPage};

use support::midst::{Key, Midst, issue, rotate};
use support::{START, admin, again, block_on};

/// Walks the store from `after` on, in pages of `size`, and adds the pages up.
fn walk(node: &Keyward, mut after: Option<CredentialId>, size: u16) -> [u64; 5] {
    let mut sum = [0; 5];
    loop {
        let page = block_on(node.rekey(after, PageSize::new(size).unwrap())).unwrap();
        for (sum, more) in sum.iter_mut().zip(counts(&page)) {
            *sum += more;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return sum,
        }
    }
}

/// Renewed, up to date, waiting for use, out of reach, corrupt.
fn counts(page: &RekeyPage) -> [u64; 5] {
    let RekeyPage { renewed, up_to_date, waiting_for_use, out_of_reach, corrupt, .. } = *page;
    [renewed, up_to_date, waiting_for_use, out_of_reach, corrupt]
}

/// Seven Track sets, one of them with two secrets, and four App keys, all under the old key.
fn filled() -> (Midst, Vec<Key>, Vec<Key>) {
    let midst = Midst::new();
    let first = midst.shop();
    let mut track = vec![rotate(&midst.before, &first), first];
    for n in 0..6 {
        track.push(issue(&midst.before, Kind::Track, &format!("set {n}")));
    }
    let app = (0..4).map(|n| issue(&midst.before, Kind::App, &format!("key {n}"))).collect();
    (midst, track, app)
}

#[test]
fn a_walk_renews_track_sets_and_a_use_renews_app_keys() {
    for size in [1, 2, 3, 1_000] {
        let (midst, track, app) = filled();
        let (sets, keys) = (track.len() as u64, app.len() as u64);
        assert_eq!(walk(&midst.before, None, size), [0, sets + keys, 0, 0, 0], "not its turn");
        assert_eq!(walk(&midst.after, None, size), [sets, 0, keys, 0, 0], "pages of {size}");
        assert_eq!(walk(&midst.after, None, size), [0, sets, keys, 0, 0], "once is enough");
        for key in &app {
            key.present(&midst.after).unwrap();
        }
        assert_eq!(walk(&midst.after, None, size), [0, sets + keys, 0, 0, 0]);
        assert_eq!(walk(&midst.before, None, size), [0, sets + keys, 0, 0, 0], "left alone");
        let last = midst.node(MasterKeys::new(again(&midst.new)));
        for key in track.iter().chain(&app) {
            key.present(&last).unwrap();
        }
        let revealed = block_on(last.manager(&admin()).reveal(track[0].id)).unwrap();
        assert_eq!(revealed.api_key.expose(), track[0].text);
        midst.check();
    }
}

#[test]
fn a_walk_can_begin_anywhere_and_leaves_what_lies_before() {
    let (midst, ..) = filled();
    let ids: Vec<_> = stamps(&midst.store).into_keys().collect();
    for start in ids.iter().rev() {
        walk(&midst.after, Some(CredentialId::new(start).unwrap()), 2);
        for (id, keys) in stamps(&midst.store) {
            let renewed = keys.len() > 1 && id > *start;
            let expected = if renewed { midst.new.id() } else { midst.old.id() };
            assert!(keys.iter().all(|key| *key == expected), "{id} after a walk from {start}");
        }
    }
}

#[test]
fn walks_at_once_do_not_hinder_each_other() {
    let (midst, track, app) = filled();
    let other = midst.node(MasterKeys::new(again(&midst.new)).older([again(&midst.old)]));
    thread::scope(|scope| {
        for (node, size) in [(&midst.after, 1), (&midst.after, 2), (&other, 1), (&other, 3)] {
            scope.spawn(move || walk(node, None, size));
        }
        scope.spawn(|| {
            for key in track.iter().chain(&app) {
                key.present(&midst.before).unwrap();
            }
        });
    });
    midst.check();
    let (sets, keys) = (track.len() as u64, app.len() as u64);
    assert_eq!(walk(&midst.after, None, 5), [0, sets, keys, 0, 0]);
}

#[test]
fn what_is_lost_is_out_of_reach() {
    let (midst, track, app) = filled();
    let all = (track.len() + app.len()) as u64;
    let new = again(&midst.new);
    let node = midst.node(MasterKeys::new(new).lost([midst.old.id()]));
    assert_eq!(walk(&node, None, 4), [0, 0, 0, all, 0]);
    assert_eq!(midst.store.watch.count(), 0);
}

/// By id: under which keys its digests and seals are.
fn stamps(store: &impl CredentialStore) -> BTreeMap<String, Vec<MasterKeyId>> {
    let now = START.parse().unwrap();
    let query = CredentialQuery {
        scope: Scope::Store,
        kind: None,
        name: None,
        status: None,
        now,
        after: None,
        size: PageSize::MAX,
    };
    let page = block_on(store.credentials(&query)).unwrap();
    page.items
        .into_iter()
        .filter_map(PageItem::record)
        .map(|record| {
            let keys = record.generations().flat_map(|generation| {
                let seal = generation.seal.as_ref().map(Seal::key);
                std::iter::once(generation.digest.key()).chain(seal)
            });
            (record.id.to_string(), keys.collect())
        })
        .collect()
}
