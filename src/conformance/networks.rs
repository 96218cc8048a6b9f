//! The networks from which credentials passed.

use crate::domain::{CredentialEdit, NetworkUse};
use crate::store::{MOST_NETWORKS, Purged};
use crate::values::{CredentialId, Day, KindWord, NetworkPrefix};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{
    FEW_NETWORKS, NETWORKS_END, NETWORKS_FORGOTTEN, NETWORKS_SORTED, NO_EVENT, ONE_DAY_A_NETWORK,
    UNKNOWN_NETWORKS,
};
use super::samples::{
    credential, credential_id, edits, inserts, next, removed, removes, rotated, workspace,
};

fn network(number: usize) -> NetworkPrefix {
    let text = if number.is_multiple_of(2) {
        format!("2001:db8:{:x}::/48", number + 1)
    } else {
        format!("10.0.{number}.0/24")
    };
    text.parse().expect("a prefix")
}

fn day(number: i64) -> Day {
    Day::new(number).expect("a day")
}

fn seen(credential: CredentialId, number: usize, on: i64) -> NetworkUse {
    NetworkUse { credential, network: network(number), day: day(on) }
}

/// [`ONE_DAY_A_NETWORK`], [`NETWORKS_SORTED`], [`NO_EVENT`]: Records networks of two credentials with later, equal and earlier
/// days, at the ends of the calendar too.
pub fn the_latest_day_of_each_network_is_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [one, other] =
        [1, 2].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), other.clone()]));
    let before = store.dump();
    let (one, other) = (one.id, other.id);
    assert_same!(store.networks_of(&[one]), [], "{ONE_DAY_A_NETWORK}");
    store.record_networks(&[seen(one, 1, 50), seen(one, 2, 60), seen(other, 1, 70)]);
    let steps = [(40, 50), (50, 50), (51, 51), (20_000, 20_000), (51, 20_000)];
    for (written, kept) in steps {
        store.record_networks(&[seen(one, 1, written)]);
        let mut expected = vec![seen(one, 1, kept), seen(one, 2, 60)];
        expected.sort_by_key(|seen| std::cmp::Reverse(seen.day));
        assert_same!(store.networks_of(&[one]), expected, "{ONE_DAY_A_NETWORK}");
        expected.push(seen(other, 1, 70));
        assert_same!(store.networks_of(&[other, one]), expected, "{NETWORKS_SORTED}");
    }
    let ends = [Day::MIN, Day::MAX].map(Day::get);
    store.record_networks(&[seen(other, 2, ends[0]), seen(other, 3, ends[1])]);
    let expected = [seen(other, 3, ends[1]), seen(other, 1, 70), seen(other, 2, ends[0])];
    assert_same!(store.networks_of(&[other]), expected, "{NETWORKS_SORTED}");
    assert_same!(store.networks_of(&[]), [], "{NETWORKS_SORTED}");
    assert_same!(store.dump(), before, "{NO_EVENT}");
}

/// [`FEW_NETWORKS`]: Records twice as many networks as are kept, in one call and one by one.
pub fn only_the_latest_networks_are_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [one, other] =
        [1, 2].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), other.clone()]));
    let (one, other) = (one.id, other.id);
    let most = MOST_NETWORKS;
    let days = |id, numbers: std::ops::Range<usize>| {
        let mut days: Vec<_> =
            (100..).zip(numbers).map(|(on, number)| seen(id, number, on)).collect();
        days.sort();
        days
    };
    store.record_networks(&days(one, 0..2 * most));
    store.record_networks(&[seen(other, 1, 1)]);
    for number in (0..2 * most).rev() {
        let on = i64::try_from(number).expect("a few") + 100;
        store.record_networks(&[seen(other, number, on)]);
    }
    for id in [one, other] {
        let mut kept = store.networks_of(&[id]);
        kept.sort();
        let mut expected = days(id, 0..2 * most);
        expected.sort_by_key(|seen| seen.day);
        expected.drain(..most);
        expected.sort();
        assert_same!(kept, expected, "{FEW_NETWORKS}");
    }
}

/// [`UNKNOWN_NETWORKS`], [`NETWORKS_END`]: Records networks of a credential that was deleted, of one that never existed, and of
/// one whose workspace was removed.
pub fn networks_end_with_their_credential<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, gone) = (workspace("acme", "shop"), workspace("acme", "gone"));
    let [kept, deleted] =
        [1, 2].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    let left = credential(&gone, KindWord::App, 3, "Left");
    store.commit(&inserts(&shop, &[kept.clone(), deleted.clone()]));
    store.commit(&inserts(&gone, std::slice::from_ref(&left)));
    let all = [kept.id, deleted.id, left.id, credential_id(99)];
    store.record_networks(&all.map(|id| seen(id, 1, 50)));
    let expected = [kept.id, deleted.id, left.id].map(|id| seen(id, 1, 50));
    assert_same!(store.networks_of(&all), expected, "{UNKNOWN_NETWORKS}");

    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Update(rotated(&kept))));
    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Delete(deleted.id)));
    store.commit(&removes(&removed(&gone)));
    assert_same!(store.networks_of(&all), [seen(kept.id, 1, 50)], "{NETWORKS_END}");
    store.record_networks(&all.map(|id| seen(id, 2, 40)));
    let expected = [seen(kept.id, 1, 50), seen(kept.id, 2, 40)];
    assert_same!(store.networks_of(&all), expected, "{UNKNOWN_NETWORKS}");
    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Insert(deleted)));
    store.commit(&edits(
        &next(&shop),
        CredentialEdit::Insert(credential(&shop, KindWord::App, 3, "Again")),
    ));
    assert_same!(store.networks_of(&all), expected, "{NETWORKS_END}");
}

/// [`NETWORKS_FORGOTTEN`]: Deletes the networks from before a day a few at a time, and then all of them.
pub fn networks_are_forgotten_in_batches<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let keys: Vec<_> = (1..=5)
        .map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")))
        .collect();
    store.commit(&inserts(&shop, &keys));
    let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
    let rows =
        ids.iter().flat_map(|id| [(1, 10), (2, 20), (3, 30)].map(|(at, on)| seen(*id, at, on)));
    store.record_networks(&rows.collect::<Vec<_>>());
    let before = store.dump();
    for (until, kept) in [
        (Some(10), &[(3, 30), (2, 20), (1, 10)][..]),
        (Some(11), &[(3, 30), (2, 20)]),
        (Some(30), &[(3, 30)]),
        (None, &[]),
    ] {
        store.forget_networks(until.map(day));
        let expected: Vec<_> =
            ids.iter().flat_map(|id| kept.iter().map(|(at, on)| seen(*id, *at, *on))).collect();
        assert_same!(store.networks_of(&ids), expected, "{NETWORKS_FORGOTTEN}");
        let again = store.forget_some_networks(until.map(day), 1);
        assert_same!(again, Purged::All, "{NETWORKS_FORGOTTEN}");
    }
    assert_same!(store.dump(), before, "{NO_EVENT}");
}
