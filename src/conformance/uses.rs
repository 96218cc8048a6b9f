//! Last-used times.

use crate::domain::CredentialEdit;
use crate::store::{Scope, Use};
use crate::values::{KindWord, Timestamp};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{FORWARD, GRAIN, NO_EVENT, UNKNOWN_USES};
use super::samples::{
    at, credential, credential_id, edits, generation, inserts, next, rotated, used, workspace,
};

/// [`FORWARD`], [`NO_EVENT`]: Records uses of both secrets separately. An earlier or equal time changes nothing.
pub fn uses_move_forward_only<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let record = credential(&shop, KindWord::Track, 1, "Key");
    let other = credential(&shop, KindWord::App, 2, "Other");
    store.commit(&inserts(&shop, &[record.clone(), other]));
    let mut record = rotated(&record);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(record.clone())));
    let mut expected = store.dump();
    let steps = [
        (1, 50, [Some(50), None]),
        (1, 40, [Some(50), None]),
        (2, 45, [Some(50), Some(45)]),
        (1, 50, [Some(50), Some(45)]),
        (2, 44, [Some(50), Some(45)]),
        (1, 51, [Some(51), Some(45)]),
        (2, 90, [Some(51), Some(90)]),
    ];
    for (number, seconds, [previous, current]) in steps {
        store.record_uses(&[used(&record, number, at(seconds))]);
        record.current.last_used = current.map(at);
        if let Some(stored) = &mut record.previous {
            stored.generation.last_used = previous.map(at);
        }
        expected.credentials[0] = record.clone();
        assert_same!(store.dump(), expected, "{FORWARD} {NO_EVENT}");
    }
}

/// [`GRAIN`]: A use is written over a time that is older than its `older_than`, and over none, and not over the same time.
pub fn a_use_is_written_over_older_times_only<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let record = credential(&shop, KindWord::App, 1, "Key");
    store.commit(&inserts(&shop, std::slice::from_ref(&record)));
    let steps =
        [(50, 40, 50), (60, 50, 50), (60, 49, 50), (61, 51, 61), (70, 61, 61), (72, 62, 72)];
    for (seconds, older_than, expected) in steps {
        store.record_uses(&[Use { older_than: at(older_than), ..used(&record, 1, at(seconds)) }]);
        let times: Vec<_> =
            store.all(Scope::Store).iter().map(|record| record.current.last_used).collect();
        assert_same!(times, [Some(at(expected))], "{GRAIN}");
    }
}

/// [`UNKNOWN_USES`]: Records unknown uses between known ones, which are still written.
pub fn uses_of_unknown_secrets_are_ignored<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [one, deleted, last] =
        [1, 2, 3].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), deleted.clone(), last.clone()]));
    store.commit(&edits(&next(&shop), CredentialEdit::Delete(deleted.id)));
    let before = store.dump();
    store.record_uses(&[]);
    store.record_uses(&[used(&deleted, 1, at(9))]);
    assert_same!(store.dump(), before, "{UNKNOWN_USES}");

    let absent = Use { credential: credential_id(99), ..used(&one, 1, at(9)) };
    store.record_uses(&[
        used(&one, 1, at(5)),
        used(&one, 2, at(6)),
        used(&deleted, 1, at(7)),
        used(&last, 1, at(8)),
        absent,
    ]);
    let times: Vec<_> =
        store.all(Scope::Store).iter().map(|record| record.current.last_used).collect();
    assert_same!(times, [Some(at(5)), Some(at(8))], "{UNKNOWN_USES}");
    let all = store.all(Scope::Store);
    assert_same!(all.len(), 2, "{UNKNOWN_USES}");
}

/// [`FORWARD`]: Records ten thousand uses in one call. Some go back in time, and some are unknown.
pub fn many_uses_are_recorded_at_once<H: Harness>(harness: &H) {
    const CREDENTIALS: u32 = 500;
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let mut records: Vec<_> = (0..CREDENTIALS)
        .map(|number| {
            rotated(&credential(&shop, KindWord::App, number * 10, &format!("K{number}")))
        })
        .collect();
    store.commit(&inserts(&shop, &records));
    let early: Vec<_> = records.iter().step_by(3).map(|record| used(record, 1, at(70))).collect();
    store.record_uses(&early);

    let ids = (0..CREDENTIALS * 10).map(credential_id);
    let seconds = |credential: u32, number: u32| i64::from(credential % 50 + number * 30);
    let uses: Vec<_> = (0..)
        .zip(ids)
        .flat_map(|(place, credential)| {
            [1, 2].map(|number| {
                let at = at(seconds(place, number));
                Use { credential, generation: generation(number), at, older_than: at }
            })
        })
        .collect();
    assert!(uses.is_sorted());
    store.record_uses(&uses);

    for (place, record) in (0..).zip(&mut records) {
        let at_number = |number| at(seconds(place * 10, number));
        record.current.last_used = Some(at_number(2));
        if let Some(previous) = &mut record.previous {
            let earlier = if place % 3 == 0 { at(70) } else { Timestamp::MIN };
            previous.generation.last_used = Some(at_number(1).max(earlier));
        }
    }
    assert_same!(store.all(Scope::Store), records, "{FORWARD}");
}
