//! Secrets at rest: who may write them, and what becomes of a generation.

use crate::domain::{CredentialEdit, CredentialRecord, WorkspaceRecord};
use crate::secrets::KeyedDigest;
use crate::store::{Refresh, Refreshed};
use crate::values::Kind;

use super::driver::{Driver, Dump};
use super::harness::Harness;
use super::promises::{GENERATIONS, NO_EVENT, NOT_BY_UPDATE, OUTDATED, REFRESHED};
use super::samples::{
    at, credential, credential_id, digest, edits, generation, inserts, name, next, rotated, seal,
    secret, used, workspace,
};

/// [`NOT_BY_UPDATE`]: an update made from a record that was read before a refresh and a use loses neither,
/// and writes all the rest. For both generations.
pub fn an_update_writes_no_digest_seal_or_last_use<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let read = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(read.clone())));
    for number in [1, 2] {
        refresh_both(&store, &read, number, 100 + u64::from(number));
        store.record_uses(&[used(&read, number, at(60 + i64::from(number)))]);
    }
    let mut expected = store.stored(&read);

    let mut update = read;
    update.current.last_used = Some(at(500));
    update.name = name("Renamed");
    update.suspended = Some(at(9));
    if let Some(previous) = &mut update.previous {
        previous.until = at(70);
        previous.generation.last_used = None;
    }
    store.commit(&edits(&next(&next(&shop)), CredentialEdit::Update(update.clone())));
    expected.name = update.name;
    expected.suspended = update.suspended;
    if let Some(previous) = &mut expected.previous {
        previous.until = at(70);
    }
    assert_eq!(store.stored(&expected), expected, "{NOT_BY_UPDATE}");
}

/// [`GENERATIONS`]: a rotation decided from a record that was read before a refresh and a use keeps them in
/// the secret that becomes the previous one, and writes the new secret as given.
pub fn a_rotation_keeps_what_is_stored_of_the_previous_secret<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    refresh_both(&store, &first, 1, 77);
    store.record_uses(&[used(&first, 1, at(61))]);
    let refreshed = store.stored(&first).current;

    let rotation = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(rotation.clone())));
    let stored = store.stored(&first);
    assert_eq!(stored.current, rotation.current, "{GENERATIONS}");
    let previous = stored.previous.map(|previous| previous.generation);
    assert_eq!(previous, Some(refreshed), "{GENERATIONS}");
}

/// [`GENERATIONS`]: a secret that the update does not hold is gone: it cannot be refreshed, cannot be used,
/// and does not come back with the next rotation.
pub fn a_secret_that_is_not_held_is_gone<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let second = rotated(&first);
    let third = rotated(&second);
    let alone = CredentialRecord { previous: None, ..third.clone() };
    let mut header = shop;
    for (update, gone) in [(second, vec![]), (third, vec![1]), (alone, vec![1, 2])] {
        header = next(&header);
        store.commit(&edits(&header, CredentialEdit::Update(update.clone())));
        assert_eq!(store.stored(&first), update, "{GENERATIONS}");
        let before = store.dump();
        for number in gone {
            let old = secret(first.id, Kind::Track, number).digest;
            let refresh = Refresh::Digest { old, new: digest(5) };
            assert_eq!(
                store.refresh(&first, number, &refresh),
                Refreshed::Outdated,
                "{GENERATIONS}"
            );
            store.record_uses(&[used(&first, number, at(900))]);
        }
        assert_eq!(store.dump(), before, "{GENERATIONS}");
    }
    let fourth = rotated(&store.stored(&first));
    store.commit(&edits(&next(&header), CredentialEdit::Update(fourth.clone())));
    assert_eq!(store.stored(&first), fourth, "{GENERATIONS}");
}

/// [`GENERATIONS`]: a rotation without overlap leaves the new secret alone, with nothing of the old ones in it.
pub fn a_rotation_without_overlap_leaves_one_secret<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let overlapping = rotated(&first);
    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Update(overlapping.clone())));
    store.record_uses(&[used(&first, 1, at(61)), used(&first, 2, at(62))]);
    let alone = CredentialRecord { previous: None, ..rotated(&overlapping) };
    store.commit(&edits(&next(&shop), CredentialEdit::Update(alone.clone())));
    assert_eq!(store.stored(&first), alone, "{GENERATIONS}");
}

/// [`REFRESHED`], [`NO_EVENT`]: digest and seal, of the current and the previous secret, each alone.
pub fn a_refresh_replaces_what_is_expected<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let second = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(second.clone())));
    let mut expected = store.dump();
    for number in [2, 1] {
        let fresh = u64::from(number) * 10;
        let stored = second.generation(generation(number)).expect("it has two");
        let old_seal = stored.seal.clone().expect("a Track set has one");
        let refreshes = [
            Refresh::Digest { old: stored.digest.clone(), new: digest(fresh) },
            Refresh::Seal { old: old_seal, new: seal(fresh) },
        ];
        for refresh in refreshes {
            assert_eq!(store.refresh(&first, number, &refresh), Refreshed::Replaced, "{REFRESHED}");
            apply(&mut expected, number, &refresh);
            assert_eq!(store.dump(), expected, "{REFRESHED} {NO_EVENT}");
        }
    }
}

/// [`REFRESHED`], [`OUTDATED`]: not where another one is stored, nor in another secret, nor where there is
/// nothing. A refresh that was done is outdated the second time.
pub fn a_refresh_of_anything_else_is_outdated<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let app = credential(&shop, Kind::App, 2, "App");
    let second = rotated(&first);
    let mut change = edits(&next(&shop), CredentialEdit::Update(second.clone()));
    change.credentials.push(CredentialEdit::Insert(app.clone()));
    store.commit(&change);
    let absent = CredentialRecord { id: credential_id(9), ..first.clone() };
    let of = |record: &CredentialRecord| Refresh::Digest {
        old: record.current.digest.clone(),
        new: digest(8),
    };
    let mut near = first.current.digest.to_bytes();
    near[40] ^= 1;
    let near = KeyedDigest::from_bytes(&near).expect("of the right shape");
    let seals = Refresh::Seal { old: seal(1), new: seal(2) };
    let wrong = [
        (&first, 2, of(&first)),
        (&first, 1, of(&second)),
        (&first, 3, of(&second)),
        (&first, 1, Refresh::Digest { old: near, new: digest(8) }),
        (&first, 1, seals.clone()),
        (&app, 1, seals),
        (&app, 1, of(&first)),
        (&app, 2, of(&app)),
        (&absent, 1, of(&absent)),
    ];
    let before = store.dump();
    for (record, number, refresh) in wrong {
        assert_eq!(store.refresh(record, number, &refresh), Refreshed::Outdated, "{OUTDATED}");
        assert_eq!(store.dump(), before, "{OUTDATED}");
    }
    assert_eq!(store.refresh(&first, 1, &of(&first)), Refreshed::Replaced, "{REFRESHED}");
    assert_eq!(store.refresh(&first, 1, &of(&first)), Refreshed::Outdated, "{REFRESHED}");
}

/// A workspace with one Track set, written.
fn with_track_set<H: Harness>(harness: &H) -> (Driver<'_, H>, WorkspaceRecord, CredentialRecord) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let record = credential(&shop, Kind::Track, 1, "Primary");
    store.commit(&inserts(&shop, std::slice::from_ref(&record)));
    (store, shop, record)
}

/// Replaces digest and seal of a secret by those of a number.
fn refresh_both<H: Harness>(
    store: &Driver<'_, H>,
    record: &CredentialRecord,
    number: u32,
    fresh: u64,
) {
    let stored = record.generation(generation(number)).expect("it has this secret");
    let digest = Refresh::Digest { old: stored.digest.clone(), new: digest(fresh) };
    assert_eq!(store.refresh(record, number, &digest), Refreshed::Replaced, "{REFRESHED}");
    if let Some(old) = stored.seal.clone() {
        let seal = Refresh::Seal { old, new: seal(fresh) };
        assert_eq!(store.refresh(record, number, &seal), Refreshed::Replaced, "{REFRESHED}");
    }
}

/// What a dump of one credential must show after a refresh.
fn apply(dump: &mut Dump, number: u32, refresh: &Refresh) {
    for record in &mut dump.credentials {
        let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
        let secrets = std::iter::once(&mut record.current).chain(previous);
        for secret in secrets.filter(|secret| secret.number.get() == number) {
            match refresh {
                Refresh::Digest { new, .. } => secret.digest = new.clone(),
                Refresh::Seal { new, .. } => secret.seal = Some(new.clone()),
            }
        }
    }
}
