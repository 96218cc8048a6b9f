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
use crate::support::rolling_change::{Key, RollingChange, issue, rotate, unavailable};
use crate::support::{START, admin, again, block_on, cheap_under, rekeying};

/// Walks the store in pages of `size`, and adds the pages up.
fn walk(node: &Keyward, size: u16) -> [u64; 5] {
    let sum = rekeying::walk(node, Rekey::new().size(PageSize::new(size).unwrap()));
    assert_eq!((sum.adopted, sum.lost, sum.unchecked), (0, 0, 0));
    counts(&sum)
}

/// Renewed, up to date, waiting for use, without their key, corrupt.
fn counts(page: &RekeyPage) -> [u64; 5] {
    let RekeyPage { renewed, up_to_date, waiting_for_use, without_key, corrupt, .. } = *page;
    [renewed, up_to_date, waiting_for_use, without_key, corrupt]
}

/// Seven Track sets, one of them with two secrets, and four App keys, all under the old key.
fn filled() -> (RollingChange, Vec<Key>, Vec<Key>) {
    let rolling = RollingChange::new();
    let first = rolling.shop();
    let mut track = vec![rotate(&rolling.before, &first), first];
    for n in 0..6 {
        track.push(issue(&rolling.before, KindWord::Track, &format!("set {n}")));
    }
    let app = (0..4).map(|n| issue(&rolling.before, KindWord::App, &format!("key {n}"))).collect();
    (rolling, track, app)
}

#[test]
fn a_walk_renews_track_sets_and_a_use_renews_app_keys() {
    for size in [1, 2, 3, 1_000] {
        let (rolling, track, app) = filled();
        let (sets, keys) = (track.len() as u64, app.len() as u64);
        assert_eq!(walk(&rolling.before, size), [0, sets + keys, 0, 0, 0], "not its turn");
        assert_eq!(walk(&rolling.after, size), [sets, 0, keys, 0, 0], "pages of {size}");
        assert_eq!(walk(&rolling.after, size), [0, sets, keys, 0, 0], "once is enough");
        for key in &app {
            key.present(&rolling.after).unwrap();
        }
        assert_eq!(walk(&rolling.after, size), [0, sets + keys, 0, 0, 0]);
        assert_eq!(walk(&rolling.before, size), [0, sets + keys, 0, 0, 0], "left alone");
        let last = rolling.node(MasterKeys::new(again(&rolling.new)));
        for key in track.iter().chain(&app) {
            key.present(&last).unwrap();
        }
        let revealed = block_on(last.manager(&admin()).reveal(track[0].id)).unwrap();
        assert_eq!(revealed.secret.expose(), track[0].text);
        rolling.check();
    }
}

#[test]
fn a_walk_can_begin_anywhere_and_leaves_earlier_records() {
    let (rolling, ..) = filled();
    let ids: Vec<_> = stamps(&rolling.store).into_keys().collect();
    for start in ids.iter().rev() {
        let cursor = format!("credential:{start}").parse().unwrap();
        rekeying::walk(&rolling.after, Rekey::new().size(PageSize::new(2).unwrap()).after(cursor));
        for (id, keys) in stamps(&rolling.store) {
            let renewed = keys.len() > 1 && id > *start;
            let expected = if renewed { rolling.new.id() } else { rolling.old.id() };
            assert!(keys.iter().all(|key| *key == expected), "{id} after a walk from {start}");
        }
    }
}

#[test]
fn concurrent_walks_do_not_interfere() {
    let (rolling, track, app) = filled();
    let other = rolling.node(MasterKeys::new(again(&rolling.new)).older([again(&rolling.old)]));
    thread::scope(|scope| {
        for (node, size) in [(&rolling.after, 1), (&rolling.after, 2), (&other, 1), (&other, 3)] {
            scope.spawn(move || walk(node, size));
        }
        scope.spawn(|| {
            for key in track.iter().chain(&app) {
                key.present(&rolling.before).unwrap();
            }
        });
    });
    rolling.check();
    let (sets, keys) = (track.len() as u64, app.len() as u64);
    assert_eq!(walk(&rolling.after, 5), [0, sets, keys, 0, 0]);
}

#[test]
fn lost_records_are_adopted_on_demand_and_their_secrets_are_out_of_reach() {
    let (rolling, track, app) = filled();
    let secrets = (track.len() + app.len()) as u64;
    // The account, the workspace and the credentials: one Track set has two secrets.
    let records = 2 + secrets - 1;
    let new = again(&rolling.new);
    let node = rolling.node(MasterKeys::new(new).lost([rolling.old.id()]));
    let size = PageSize::new(4).unwrap();
    let left = rekeying::walk(&node, Rekey::new().size(size));
    assert_eq!((left.lost, left.adopted, counts(&left)), (records, 0, [0; 5]));
    let checked = check(&node);
    assert_eq!((checked.lost, checked.up_to_date), (records, 0));
    let adopted = rekeying::walk(&node, Rekey::new().size(size).adopt_lost());
    assert_eq!((adopted.lost, adopted.adopted), (0, records));
    assert_eq!(counts(&adopted), [0, 0, 0, secrets, 0]);
    assert!(rolling.store.secrets.lock().unwrap().is_empty(), "no digest, no seal");
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
        sum.unchecked += page.unchecked;
        sum.corrupt += page.corrupt;
        after = page.next;
        if after.is_none() {
            return sum;
        }
    }
}

#[test]
fn once_everything_is_tagged_again_the_old_key_can_be_dropped() {
    let (rolling, track, app) = filled();
    for key in &app {
        key.present(&rolling.after).unwrap();
    }
    let sets = track.len() as u64 - 1;
    let records = 2 + sets + app.len() as u64;
    assert_eq!(check(&rolling.after).outdated, 2 + sets, "uses have tagged the App keys again");
    let before = block_on(rolling.store.position()).unwrap();
    let sum = rekeying::walk(&rolling.after, Rekey::new());
    assert_eq!((sum.retagged, sum.changed), (2 + sets, 0));
    assert_eq!(block_on(rolling.store.position()).unwrap(), before, "no event");
    let last = rolling.node(MasterKeys::new(again(&rolling.new)));
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
    // A node with only the old key cannot check any record.
    let stale = rolling.node(MasterKeys::new(again(&rolling.old)));
    assert_eq!(check(&stale).unchecked, records + 1);
}

/// Nodes of one master key, of these record epochs.
fn of_epoch(rolling: &RollingChange, epoch: u32, older: &[u32]) -> Keyward {
    let keys = MasterKeys::new(again(&rolling.old));
    let builder = cheap_under(rolling.store.clone(), rolling.clock.clone(), keys);
    builder.record_epoch(epoch).older_record_epochs(older.iter().copied()).build().unwrap()
}

/// A copy of the database's rows, which a database writer restores later.
#[test]
fn rows_of_an_epoch_that_is_no_longer_named_are_refused() {
    let (rolling, track, app) = filled();
    let old_rows = Dump::of(&rolling.store);
    let keys: Vec<_> = track.iter().chain(&app).collect();
    let records = 2 + keys.len() as u64 - 1;

    let both = of_epoch(&rolling, 1, &[0]);
    assert_eq!(check(&both).outdated, records);
    for key in &keys {
        key.present(&both).unwrap();
    }
    let sum = rekeying::walk(&both, Rekey::new());
    assert_eq!((sum.retagged, sum.changed, sum.renewed), (records, 0, 0));
    assert_eq!(check(&both).up_to_date, records);

    let raised = of_epoch(&rolling, 1, &[]);
    for key in &keys {
        key.present(&raised).unwrap();
    }
    let deleted = &app[0];
    for credential in &old_rows.credentials {
        let stored = block_on(rolling.store.credential(credential.id)).unwrap().unwrap();
        assert_eq!((stored.tag.epoch(), credential.tag.epoch()), (1, 0));
        let tags = TagChange { old: stored.tag, new: credential.tag };
        let id = RecordId::Credential(credential.id);
        assert_eq!(block_on(rolling.store.retag(&id, &tags)).unwrap(), Refreshed::Replaced);
    }
    // The old row is whole again: its tag opens for a node that still names the epoch, and for no other.
    let fresh = of_epoch(&rolling, 1, &[]);
    assert_eq!(unavailable(deleted.present(&fresh)), UnavailableReason::OtherRecordEpoch);
    deleted.present(&of_epoch(&rolling, 1, &[0])).unwrap();
    let refused = rekeying::walk(&fresh, Rekey::new().adopt_lost());
    assert_eq!((refused.unchecked, refused.adopted), (records - 2, 0));
    assert_eq!(check(&fresh).unchecked, records - 2);
}

/// Returns the master keys of the digests and seals, by the id of the credential.
fn stamps(store: &impl CredentialStore) -> BTreeMap<String, Vec<MasterKeyId>> {
    let now = START.parse().unwrap();
    let query = CredentialQuery::all(Scope::Store, now, PageSize::MAX);
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
