//! A walk through the store brings it under the current master key, page by page, however often and by
//! however many.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::thread;

use keyward::store::{
    CredentialQuery, CredentialStore, PageItem, PageSize, RecordId, Refreshed, Scope, Seal,
    TagChange,
};
use keyward::{
    Keyward, MasterKeyId, MasterKeys, UnavailableReason,
    kind::KindWord,
    operate::{CheckedRecords, Rekey, RekeyPage},
};

use crate::support::dump::Dump;
use crate::support::midst::{Key, Midst, issue, rotate, unavailable};
use crate::support::{START, admin, again, block_on, cheap_under, rekeying};

/// Walks the store in pages of `size`, and adds the pages up.
fn walk(node: &Keyward, size: u16) -> [u64; 5] {
    let sum = rekeying::walk(node, Rekey::new().size(PageSize::new(size).unwrap()));
    assert_eq!((sum.adopted, sum.lost, sum.unknown), (0, 0, 0));
    counts(&sum)
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
        track.push(issue(&midst.before, KindWord::Track, &format!("set {n}")));
    }
    let app = (0..4).map(|n| issue(&midst.before, KindWord::App, &format!("key {n}"))).collect();
    (midst, track, app)
}

#[test]
fn a_walk_renews_track_sets_and_a_use_renews_app_keys() {
    for size in [1, 2, 3, 1_000] {
        let (midst, track, app) = filled();
        let (sets, keys) = (track.len() as u64, app.len() as u64);
        assert_eq!(walk(&midst.before, size), [0, sets + keys, 0, 0, 0], "not its turn");
        assert_eq!(walk(&midst.after, size), [sets, 0, keys, 0, 0], "pages of {size}");
        assert_eq!(walk(&midst.after, size), [0, sets, keys, 0, 0], "once is enough");
        for key in &app {
            key.present(&midst.after).unwrap();
        }
        assert_eq!(walk(&midst.after, size), [0, sets + keys, 0, 0, 0]);
        assert_eq!(walk(&midst.before, size), [0, sets + keys, 0, 0, 0], "left alone");
        let last = midst.node(MasterKeys::new(again(&midst.new)));
        for key in track.iter().chain(&app) {
            key.present(&last).unwrap();
        }
        let revealed = block_on(last.manager(&admin()).reveal(track[0].id)).unwrap();
        assert_eq!(revealed.secret.expose(), track[0].text);
        midst.check();
    }
}

#[test]
fn a_walk_can_begin_anywhere_and_leaves_what_lies_before() {
    let (midst, ..) = filled();
    let ids: Vec<_> = stamps(&midst.store).into_keys().collect();
    for start in ids.iter().rev() {
        let cursor = format!("credential:{start}").parse().unwrap();
        rekeying::walk(&midst.after, Rekey::new().size(PageSize::new(2).unwrap()).after(cursor));
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
            scope.spawn(move || walk(node, size));
        }
        scope.spawn(|| {
            for key in track.iter().chain(&app) {
                key.present(&midst.before).unwrap();
            }
        });
    });
    midst.check();
    let (sets, keys) = (track.len() as u64, app.len() as u64);
    assert_eq!(walk(&midst.after, 5), [0, sets, keys, 0, 0]);
}

#[test]
fn what_is_lost_is_adopted_on_demand_and_its_secrets_are_out_of_reach() {
    let (midst, track, app) = filled();
    let secrets = (track.len() + app.len()) as u64;
    // The account, the workspace and the credentials: one Track set has two secrets.
    let records = 2 + secrets - 1;
    let new = again(&midst.new);
    let node = midst.node(MasterKeys::new(new).lost([midst.old.id()]));
    let size = PageSize::new(4).unwrap();
    let left = rekeying::walk(&node, Rekey::new().size(size));
    assert_eq!((left.lost, left.adopted, counts(&left)), (records, 0, [0; 5]));
    let checked = check(&node);
    assert_eq!((checked.lost, checked.up_to_date), (records, 0));
    let adopted = rekeying::walk(&node, Rekey::new().size(size).adopt_lost());
    assert_eq!((adopted.lost, adopted.adopted), (0, records));
    assert_eq!(counts(&adopted), [0, 0, 0, secrets, 0]);
    assert!(midst.store.secrets.lock().unwrap().is_empty(), "no digest, no seal");
    let checked = check(&node);
    assert_eq!((checked.lost, checked.up_to_date), (0, records));
}

/// A check of the whole store.
fn check(node: &Keyward) -> CheckedRecords {
    let (mut sum, mut after) = (CheckedRecords::default(), None);
    loop {
        let page = block_on(node.check_records(after.as_ref(), PageSize::new(3).unwrap())).unwrap();
        sum.up_to_date += page.up_to_date;
        sum.outdated += page.outdated;
        sum.lost += page.lost;
        sum.unknown += page.unknown;
        sum.corrupt += page.corrupt;
        after = page.next;
        if after.is_none() {
            return sum;
        }
    }
}

#[test]
fn once_everything_is_tagged_again_the_old_key_can_be_dropped() {
    let (midst, track, app) = filled();
    for key in &app {
        key.present(&midst.after).unwrap();
    }
    let sets = track.len() as u64 - 1;
    let records = 2 + sets + app.len() as u64;
    assert_eq!(check(&midst.after).outdated, 2 + sets, "uses have tagged the App keys again");
    let before = block_on(midst.store.position()).unwrap();
    let sum = rekeying::walk(&midst.after, Rekey::new());
    assert_eq!((sum.retagged, sum.changed), (2 + sets, 0));
    assert_eq!(block_on(midst.store.position()).unwrap(), before, "no event");
    let last = midst.node(MasterKeys::new(again(&midst.new)));
    let expected = check(&last);
    assert_eq!((expected.up_to_date, expected.outdated), (records, 0));
    for key in track.iter().chain(&app) {
        key.present(&last).unwrap();
    }
    let made = issue(&last, KindWord::App, "made afterwards");
    made.present(&last).unwrap();
    let rotated = rotate(&last, &made);
    rotated.present(&last).unwrap();
    block_on(last.manager(&admin()).suspend(track[0].id)).unwrap();
    // A node of the old key alone knows none of it any more.
    let stale = midst.node(MasterKeys::new(again(&midst.old)));
    assert_eq!(check(&stale).unknown, records + 1);
}

/// Nodes of one master key, of these record epochs.
fn of_epoch(midst: &Midst, epoch: u32, older: &[u32]) -> Keyward {
    let keys = MasterKeys::new(again(&midst.old));
    let builder = cheap_under(midst.store.clone(), midst.clock.clone(), keys);
    builder.record_epoch(epoch).older_record_epochs(older.iter().copied()).build().unwrap()
}

/// A copy of the database's rows, put back later by somebody who can write to it.
#[test]
fn rows_of_an_epoch_that_is_no_longer_named_are_refused() {
    let (midst, track, app) = filled();
    let old_rows = Dump::of(&midst.store);
    let keys: Vec<_> = track.iter().chain(&app).collect();
    let records = 2 + keys.len() as u64 - 1;

    let both = of_epoch(&midst, 1, &[0]);
    assert_eq!(check(&both).outdated, records);
    for key in &keys {
        key.present(&both).unwrap();
    }
    let sum = rekeying::walk(&both, Rekey::new());
    assert_eq!((sum.retagged, sum.changed, sum.renewed), (records, 0, 0));
    assert_eq!(check(&both).up_to_date, records);

    let raised = of_epoch(&midst, 1, &[]);
    for key in &keys {
        key.present(&raised).unwrap();
    }
    let deleted = &app[0];
    for credential in &old_rows.credentials {
        let stored = block_on(midst.store.credential(credential.id)).unwrap().unwrap();
        assert_eq!((stored.tag.epoch(), credential.tag.epoch()), (1, 0));
        let tags = TagChange { old: stored.tag, new: credential.tag };
        let id = RecordId::Credential(credential.id);
        assert_eq!(block_on(midst.store.retag(&id, &tags)).unwrap(), Refreshed::Replaced);
    }
    // The old row is whole again: its tag opens for a node that still names the epoch, and for no other.
    let fresh = of_epoch(&midst, 1, &[]);
    assert_eq!(unavailable(deleted.present(&fresh)), UnavailableReason::OtherRecordEpoch);
    deleted.present(&of_epoch(&midst, 1, &[0])).unwrap();
    let refused = rekeying::walk(&fresh, Rekey::new().adopt_lost());
    assert_eq!((refused.unknown, refused.adopted), (records - 2, 0));
    assert_eq!(check(&fresh).unknown, records - 2);
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
