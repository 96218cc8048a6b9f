//! Stored secrets: the calls that write them, and their generations.

use crate::domain::{CredentialEdit, CredentialRecord, WorkspaceRecord};
use crate::secrets::{KeyedDigest, RecordTag};
use crate::store::{Change, RecordId, Refresh, Refreshed, TagChange};
use crate::values::KindWord;

use super::difference::assert_same;
use super::driver::Driver;
use super::dump::Dump;
use super::harness::Harness;
use super::promises::{
    ACKNOWLEDGED, GENERATIONS, NO_EVENT, NOT_BY_UPDATE, OUTDATED, REFRESHED, RETAGGED,
};
use super::samples::{
    account, account_id, at, credential, credential_id, digest, edits, generation, inserts, name,
    next, rotated, seal, secret, tag, tags_of, to_digest, to_seal, used, workspace, workspace_id,
};

/// [`NOT_BY_UPDATE`]: An update that was prepared before a use does not overwrite the last-used time, and writes all other
/// fields, including digests, seals and the tag. This is true of both generations.
pub fn an_update_writes_all_but_last_uses<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let read = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(read.clone())));
    for number in [1, 2] {
        store.record_uses(&[used(&read, number, at(60 + i64::from(number)))]);
    }
    let expected = store.stored(&read);

    let mut update = read;
    update.current.last_used = Some(at(500));
    update.name = name("Renamed");
    update.suspended = Some(at(9));
    update.tag = tag(501);
    update.current.digest = digest(502);
    update.current.seal = Some(seal(503));
    if let Some(previous) = &mut update.previous {
        previous.until = at(70);
        previous.generation.last_used = None;
        previous.generation.digest = digest(504);
        previous.generation.seal = Some(seal(505));
    }
    store.commit(&edits(&next(&next(&shop)), CredentialEdit::Update(update.clone())));
    let last_used = |record: &CredentialRecord, number| {
        record.generation(generation(number)).and_then(|secret| secret.last_used)
    };
    update.current.last_used = last_used(&expected, 2);
    if let Some(previous) = &mut update.previous {
        previous.generation.last_used = last_used(&expected, 1);
    }
    assert_same!(store.stored(&expected), update, "{NOT_BY_UPDATE}");
}

/// [`GENERATIONS`]: A rotation that was prepared before a use keeps the last-used time of the secret that becomes the previous
/// one, and writes all other fields as given.
pub fn a_rotation_keeps_the_last_use_of_the_previous_secret<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    store.record_uses(&[used(&first, 1, at(61))]);
    let before = store.stored(&first).current;

    let rotation = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(rotation.clone())));
    let stored = store.stored(&first);
    assert_same!(stored.current, rotation.current, "{GENERATIONS}");
    let previous = stored.previous.map(|previous| previous.generation);
    assert_same!(previous, Some(before), "{GENERATIONS}");
}

/// [`GENERATIONS`]: A secret that the update does not contain is deleted. It cannot be refreshed or used, and the next rotation
/// does not restore it.
pub fn a_secret_that_an_update_omits_is_deleted<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let second = rotated(&first);
    let third = rotated(&second);
    let alone = CredentialRecord { previous: None, ..third.clone() };
    let mut header = shop;
    for (update, gone) in [(second, vec![]), (third, vec![1]), (alone, vec![1, 2])] {
        header = next(&header);
        store.commit(&edits(&header, CredentialEdit::Update(update.clone())));
        assert_same!(store.stored(&first), update, "{GENERATIONS}");
        let before = store.dump();
        for number in gone {
            let old = secret(first.id, KindWord::Track, number).digest;
            let refresh = to_digest(old, digest(5));
            assert_same!(
                store.refresh(&first, number, &refresh),
                Refreshed::Outdated,
                "{GENERATIONS}"
            );
            store.record_uses(&[used(&first, number, at(900))]);
        }
        assert_same!(store.dump(), before, "{GENERATIONS}");
    }
    let fourth = rotated(&store.stored(&first));
    store.commit(&edits(&next(&header), CredentialEdit::Update(fourth.clone())));
    assert_same!(store.stored(&first), fourth, "{GENERATIONS}");
}

/// [`GENERATIONS`]: A new secret replaces the current one, and the previous one keeps its stored values.
pub fn a_replaced_secret_is_deleted_and_the_previous_one_stays<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let second = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(second.clone())));
    store.record_uses(&[used(&first, 1, at(61)), used(&first, 2, at(62))]);
    let kept = store.stored(&first).previous;
    let replaced = CredentialRecord { current: rotated(&second).current, ..second };
    store.commit(&edits(&next(&next(&shop)), CredentialEdit::Update(replaced.clone())));
    let expected = CredentialRecord { previous: kept, ..replaced };
    assert_same!(store.stored(&first), expected, "{GENERATIONS}");
}

/// [`GENERATIONS`]: A rotation without overlap leaves only the new secret, with no values of the old ones.
pub fn a_rotation_without_overlap_leaves_one_secret<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let overlapping = rotated(&first);
    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Update(overlapping.clone())));
    store.record_uses(&[used(&first, 1, at(61)), used(&first, 2, at(62))]);
    let alone = CredentialRecord { previous: None, ..rotated(&overlapping) };
    store.commit(&edits(&next(&shop), CredentialEdit::Update(alone.clone())));
    assert_same!(store.stored(&first), alone, "{GENERATIONS}");
}

/// [`REFRESHED`], [`NO_EVENT`]: Refreshes the digest and the seal of the current and the previous secret, each alone.
pub fn a_refresh_replaces_the_expected_value<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let second = rotated(&first);
    store.commit(&edits(&next(&shop), CredentialEdit::Update(second.clone())));
    let mut expected = store.dump();
    for number in [2, 1] {
        let fresh = u64::from(number) * 10;
        let stored = second.generation(generation(number)).expect("two secrets");
        let old_seal = stored.seal.clone().expect("a Track set has a seal");
        let refreshes =
            [to_digest(stored.digest.clone(), digest(fresh)), to_seal(old_seal, seal(fresh))];
        for refresh in refreshes {
            assert_same!(
                store.refresh(&first, number, &refresh),
                Refreshed::Replaced,
                "{REFRESHED}"
            );
            apply(&mut expected, number, &refresh);
            assert_same!(store.dump(), expected, "{REFRESHED} {NO_EVENT}");
        }
    }
}

/// [`REFRESHED`], [`OUTDATED`]: Tries a refresh for another stored value, another secret and a missing one. A repeated refresh is
/// outdated.
pub fn a_refresh_of_another_value_is_outdated<H: Harness>(harness: &H) {
    let (store, shop, first) = with_track_set(harness);
    let app = credential(&shop, KindWord::App, 2, "App");
    let second = rotated(&first);
    let mut change = edits(&next(&shop), CredentialEdit::Update(second.clone()));
    change.credentials.push(CredentialEdit::Insert(app.clone()));
    store.commit(&change);
    let absent = CredentialRecord { id: credential_id(9), ..first.clone() };
    let of = |record: &CredentialRecord| to_digest(record.current.digest.clone(), digest(8));
    let mut other_tag = of(&first);
    tags_of(&mut other_tag).old = tag(404);
    let mut near = first.current.digest.to_bytes();
    near[40] ^= 1;
    let near = KeyedDigest::from_bytes(&near).expect("a valid value");
    let seals = to_seal(seal(1), seal(2));
    let wrong = [
        (&first, 2, of(&first)),
        (&first, 1, of(&second)),
        (&first, 3, of(&second)),
        (&first, 1, to_digest(near, digest(8))),
        (&first, 1, other_tag),
        (&first, 1, seals.clone()),
        (&app, 1, seals),
        (&app, 1, of(&first)),
        (&app, 2, of(&app)),
        (&absent, 1, of(&absent)),
    ];
    let before = store.dump();
    for (record, number, refresh) in wrong {
        assert_same!(store.refresh(record, number, &refresh), Refreshed::Outdated, "{OUTDATED}");
        assert_same!(store.dump(), before, "{OUTDATED}");
    }
    assert_same!(store.refresh(&first, 1, &of(&first)), Refreshed::Replaced, "{REFRESHED}");
    assert_same!(store.refresh(&first, 1, &of(&first)), Refreshed::Outdated, "{REFRESHED}");
}

/// [`RETAGGED`], [`NO_EVENT`]: Replaces the tags of an account, a workspace and a credential, each alone.
pub fn a_new_tag_replaces_the_expected_one<H: Harness>(harness: &H) {
    let (store, records) = with_one_of_each(harness);
    let mut expected = store.dump();
    for (record, new) in records.iter().zip([901, 902, 903].map(tag)) {
        let stored = tag_in(&mut expected, record);
        let tags = TagChange { old: *stored, new };
        *stored = new;
        assert_same!(store.retag(record, tags), Refreshed::Replaced, "{RETAGGED}");
        assert_same!(store.dump(), expected, "{RETAGGED} {NO_EVENT}");
    }
}

/// [`RETAGGED`], [`OUTDATED`]: Tries a new tag for another stored tag and for a missing record. A repeated replacement is
/// outdated.
pub fn a_new_tag_for_another_value_is_outdated<H: Harness>(harness: &H) {
    let (store, records) = with_one_of_each(harness);
    let mut before = store.dump();
    for record in &records {
        let old = *tag_in(&mut before, record);
        let mut near = old.to_bytes();
        near[44] ^= 1;
        let near = RecordTag::from_bytes(&near).expect("of the right length");
        for other in [near, tag(404)] {
            let tags = TagChange { old: other, new: tag(901) };
            assert_same!(store.retag(record, tags), Refreshed::Outdated, "{RETAGGED}");
        }
        let absent = match record {
            RecordId::Account(_) => RecordId::Account(account_id("nobody")),
            RecordId::Workspace(_) => RecordId::Workspace(workspace_id("nowhere")),
            RecordId::Credential(_) => RecordId::Credential(credential_id(9)),
        };
        let tags = TagChange { old, new: tag(901) };
        assert_same!(store.retag(&absent, tags), Refreshed::Outdated, "{OUTDATED}");
        assert_same!(store.dump(), before, "{OUTDATED}");
    }
    for record in &records {
        let tags = TagChange { old: *tag_in(&mut before, record), new: tag(901) };
        assert_same!(store.retag(record, tags), Refreshed::Replaced, "{RETAGGED}");
        assert_same!(store.retag(record, tags), Refreshed::Outdated, "{RETAGGED}");
    }
}

/// Writes an account, a workspace and a credential, each with a second one that must not change.
fn with_one_of_each<H: Harness>(harness: &H) -> (Driver<'_, H>, [RecordId; 3]) {
    let store = Driver::new(harness);
    for (account, id, number) in [("acme", "shop", 1), ("other", "depot", 2)] {
        let shop = workspace(account, id);
        let record = credential(&shop, KindWord::Track, number, "Primary");
        let change = inserts(&shop, &[record]);
        store.commit(&Change { created_account: Some(self::account(account)), ..change });
    }
    let ids = [
        RecordId::Account(account_id("acme")),
        RecordId::Workspace(workspace_id("shop")),
        RecordId::Credential(credential_id(1)),
    ];
    (store, ids)
}

/// Returns the tag of a record in a dump.
fn tag_in<'d>(dump: &'d mut Dump, record: &RecordId) -> &'d mut RecordTag {
    let found = match record {
        RecordId::Account(id) => {
            let mut all = dump.accounts.iter_mut();
            all.find(|record| record.id == *id).map(|record| &mut record.tag)
        }
        RecordId::Workspace(id) => {
            let mut all = dump.workspaces.iter_mut();
            all.find(|record| record.id == *id).map(|record| &mut record.tag)
        }
        RecordId::Credential(id) => {
            let mut all = dump.credentials.iter_mut();
            all.find(|record| record.id == *id).map(|record| &mut record.tag)
        }
    };
    found.unwrap_or_else(|| panic!("{ACKNOWLEDGED}\n{record:?} was written but is not found"))
}

/// Writes a workspace with one Track set.
fn with_track_set<H: Harness>(harness: &H) -> (Driver<'_, H>, WorkspaceRecord, CredentialRecord) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let record = credential(&shop, KindWord::Track, 1, "Primary");
    store.commit(&inserts(&shop, std::slice::from_ref(&record)));
    (store, shop, record)
}

/// Returns the expected dump of one credential after a refresh.
fn apply(dump: &mut Dump, number: u32, refresh: &Refresh) {
    for record in &mut dump.credentials {
        record.tag = tags_of(&mut refresh.clone()).new;
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
