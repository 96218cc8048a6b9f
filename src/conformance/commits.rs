//! Commits are written completely or not at all.

use crate::domain::{AccountRecord, CredentialEdit, CredentialRecord, Revision, WorkspaceRecord};
use crate::secrets::RecordTag;
use crate::store::{
    Change, CredentialStore, Purged, RecordId, Refresh, Refreshed, Scope, TagChange,
};
use crate::values::{CredentialId, KindWord};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{
    CONFLICT, EXISTENCE, FREE, ONE_OPERATION, OPERATION, PURGE_ENDS, PURGED, REMOVED, TAKEN, WHOLE,
};
use super::samples::{
    account, account_id, at, credential, credential_id, digest, edits, filled, inserts, name, next,
    removed, removes, seal, tag, used, workspace, writes, writes_account,
};

/// [`WHOLE`]: One change inserts, updates and deletes credentials, and nothing else changes.
pub fn every_kind_of_edit_is_written<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [stays, updated, deleted] = [1, 2, 3]
        .map(|number| credential(&shop, KindWord::Track, number, &format!("Key {number}")));
    store.commit(&inserts(&shop, &[stays.clone(), updated.clone(), deleted.clone()]));

    let shop =
        WorkspaceRecord { credentials: 3, permanent: 2, name: name("Renamed"), ..next(&shop) };
    let inserted = credential(&shop, KindWord::App, 4, "New");
    let updated = CredentialRecord { name: name("Other"), ..filled(&updated) };
    let mut change = writes(&shop);
    change.credentials = vec![
        CredentialEdit::Delete(deleted.id),
        CredentialEdit::Update(updated.clone()),
        CredentialEdit::Insert(inserted.clone()),
    ];
    let position = store.commit(&change);

    assert_same!(store.workspace(&shop.id), Some(shop), "{WHOLE}");
    assert_same!(store.all(Scope::Store), [stays, updated, inserted], "{WHOLE}");
    assert_same!(store.credential(deleted.id), None, "{WHOLE}");
    assert_same!(store.history(change.account())[0], change.event(position.number()), "{WHOLE}");
}

/// [`REMOVED`]: The credentials of the workspace are gone, those of other workspaces stay, and the workspace id stays taken.
pub fn a_removed_workspace_takes_its_credentials_with_it<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let keys =
        [1, 2, 3].map(|number| credential(&shop, KindWord::Track, number, &format!("K{number}")));
    let kept = credential(&blog, KindWord::App, 4, "Kept");
    store.commit(&inserts(&shop, &keys));
    store.commit(&inserts(&blog, std::slice::from_ref(&kept)));

    let gone = removed(&shop);
    store.commit(&removes(&gone));
    let kept = [kept];
    assert_same!(store.all(Scope::Store), kept, "{REMOVED}");
    assert_same!(store.all(Scope::Account(shop.account.clone())), kept, "{REMOVED}");
    assert_same!(store.all(Scope::Workspace(shop.id.clone())), [], "{REMOVED}");
    for key in &keys {
        assert_same!(store.credential(key.id), None, "{REMOVED}");
    }
    let ids = keys.map(|key| key.id);
    let found = store.wait(store.store.credentials_by_id(&ids));
    assert_same!(found, [None, None, None], "{REMOVED}");
    assert_same!(store.workspace(&shop.id), Some(gone), "{REMOVED}");
    store.refuse(&writes(&shop), TAKEN);
}

/// [`REMOVED`], [`FREE`]: Refreshes, new tags, uses and conditions find nothing, and another workspace can use the id for a
/// credential.
pub fn no_write_finds_a_credential_of_a_removed_workspace<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let key = credential(&shop, KindWord::Track, 1, "Key");
    store.commit(&inserts(&shop, std::slice::from_ref(&key)));
    store.commit(&writes(&blog));
    store.commit(&removes(&removed(&shop)));

    let tags = TagChange { old: key.tag, new: tag(9) };
    let (old, new) = (key.current.digest.clone(), digest(9));
    let refreshes = [
        Refresh::Digest { old, new, tags },
        Refresh::Seal { old: key.current.seal.clone().expect("a seal"), new: seal(9), tags },
    ];
    for refresh in refreshes {
        let answer = store.wait(store.store.refresh(key.id, key.current.number, &refresh));
        assert_same!(answer, Refreshed::Outdated, "{REMOVED}");
    }
    let answer = store.retag(&RecordId::Credential(key.id), tags);
    assert_same!(answer, Refreshed::Outdated, "{REMOVED}");
    store.record_uses(&[used(&key, 1, at(9))]);
    let read_credentials = vec![(key.id, key.tag)];
    store.refuse(&Change { read_credentials, ..writes(&next(&blog)) }, REMOVED);

    let mut again = credential(&blog, KindWord::Track, 1, "Key");
    again.tag = tag(7);
    store.commit(&edits(&next(&blog), CredentialEdit::Insert(again.clone())));
    assert_same!(store.all(Scope::Store), [again], "{FREE}");
}

/// [`PURGED`], [`PURGE_ENDS`]: Deletes one credential at a time, many at once, and none if nothing is left.
pub fn a_purge_changes_no_answer_of_a_read<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let purged = |limit| {
        let before = store.dump();
        let ended = (0..100).any(|_| {
            let answer = store.purge(limit);
            assert_same!(store.dump(), before, "{PURGED}");
            answer == Purged::All
        });
        assert!(ended, "{PURGE_ENDS}");
    };
    purged(1);
    let mut number = 0;
    for limit in [1, 2, 1_000] {
        let homes =
            ["shop", "blog", "kept"].map(|home| workspace("acme", &format!("{home} {limit}")));
        for home in &homes {
            let keys = ["A", "B", "C"].map(|name| {
                number += 1;
                credential(home, KindWord::App, number, name)
            });
            store.commit(&inserts(home, &keys));
        }
        let [shop, blog, _] = &homes;
        store.commit(&removes(&removed(shop)));
        store.commit(&removes(&removed(blog)));
        purged(limit);
        purged(limit);
    }
    assert_same!(store.all(Scope::Store).len(), 9, "{PURGED}");
}

/// [`CONFLICT`]: The header of a workspace is at another revision than the change expects.
pub fn a_stale_workspace_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let first = workspace("acme", "shop");
    let absent =
        edits(&next(&first), CredentialEdit::Insert(credential(&first, KindWord::App, 1, "A")));
    store.refuse(&absent, CONFLICT);

    let second = next(&first);
    let third = next(&second);
    store.commit(&inserts(&first, &[credential(&first, KindWord::App, 2, "B")]));
    store.commit(&writes(&second));
    let insert = CredentialEdit::Insert(credential(&first, KindWord::App, 3, "C"));
    store.refuse(&edits(&first, insert.clone()), TAKEN);
    store.refuse(&edits(&second, insert.clone()), CONFLICT);
    store.refuse(&edits(&second, CredentialEdit::Delete(credential_id(2))), CONFLICT);
    store.refuse(&edits(&next(&third), insert), CONFLICT);
    store.refuse(&removes(&removed(&first)), CONFLICT);
    store.commit(&writes(&third));
}

/// [`CONFLICT`]: The header of an account is at another revision than the change expects.
pub fn a_stale_account_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let first = account("acme");
    let second = AccountRecord { revision: first.revision.next(), ..first.clone() };
    store.refuse(&writes_account(&second), CONFLICT);
    store.commit(&writes_account(&first));
    store.refuse(&writes_account(&first), CONFLICT);
    store.commit(&writes_account(&second));
    store.refuse(&writes_account(&second), CONFLICT);
    store.refuse(&writes_account(&first), CONFLICT);
}

/// [`CONFLICT`]: An account that the change expects to be unchanged was written or does not exist. Each account of several is
/// compared.
pub fn an_account_that_should_be_unchanged_is_compared<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (acme, other) = (account("acme"), account("other"));
    let shop = workspace("acme", "shop");
    let wants = |accounts: &[(&str, Revision)]| {
        let unchanged = accounts.iter().map(|(id, revision)| (account_id(id), *revision)).collect();
        let insert = CredentialEdit::Insert(credential(&shop, KindWord::App, 1, "A"));
        Change { unchanged, ..edits(&shop, insert) }
    };
    let one = acme.revision;
    store.refuse(&wants(&[("acme", one)]), CONFLICT);
    store.commit(&writes_account(&acme));
    store.refuse(&wants(&[("acme", Revision::NONE)]), CONFLICT);
    store.refuse(&wants(&[("acme", one.next())]), CONFLICT);
    store.refuse(&wants(&[("acme", one), ("other", one)]), CONFLICT);
    store.refuse(&wants(&[("acme", one), ("other", Revision::NONE)]), CONFLICT);
    store.commit(&writes_account(&other));
    store.refuse(&wants(&[("acme", one), ("other", one.next())]), CONFLICT);
    store.commit(&wants(&[("acme", one), ("other", one)]));
    assert_same!(store.account(&acme.id), Some(acme), "{CONFLICT}");
}

/// [`TAKEN`], [`WHOLE`]: An account and its first workspace are created together or not at all.
pub fn an_account_is_created_with_its_first_workspace<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (acme, shop, blog) =
        (account("acme"), workspace("acme", "shop"), workspace("acme", "blog"));
    let creates = |home: &_| Change { created_account: Some(acme.clone()), ..writes(home) };
    store.commit(&creates(&shop));
    assert_same!(store.account(&acme.id), Some(acme.clone()), "{WHOLE}");
    assert_same!(store.workspace(&shop.id), Some(shop), "{WHOLE}");
    store.refuse(&creates(&blog), TAKEN);
    let suspended =
        AccountRecord { revision: acme.revision.next(), suspended: Some(at(3)), ..acme.clone() };
    store.commit(&writes_account(&suspended));
    store.refuse(&creates(&blog), TAKEN);
    let other = Change { created_account: Some(account("other")), ..writes(&shop_at_first()) };
    store.refuse(&other, CONFLICT);
    assert_same!(store.account(&account_id("other")), None, "{WHOLE}");
}

/// [`CONFLICT`]: A credential has another tag than the change expects, or does not exist. Each credential of several is compared.
pub fn a_credential_with_another_tag_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [one, two] =
        [1, 2].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), two.clone()]));
    let shop = next(&shop);
    let renamed = CredentialRecord { name: name("New"), tag: tag(9), ..one.clone() };
    let made_for = |shop: &_, edit, read: &[(CredentialId, RecordTag)]| Change {
        read_credentials: read.to_vec(),
        ..edits(shop, edit)
    };
    let update = || CredentialEdit::Update(renamed.clone());
    for read in [vec![(one.id, tag(8))], vec![(one.id, one.tag), (two.id, tag(8))]] {
        store.refuse(&made_for(&shop, update(), &read), CONFLICT);
        store.refuse(&made_for(&shop, CredentialEdit::Delete(one.id), &read), CONFLICT);
    }
    let absent = [(credential_id(9), one.tag)];
    store.refuse(&made_for(&shop, update(), &absent), CONFLICT);
    store.commit(&made_for(&shop, update(), &[(one.id, one.tag), (two.id, two.tag)]));
    let shop = next(&shop);
    store.refuse(&made_for(&shop, update(), &[(one.id, one.tag)]), CONFLICT);
    store.commit(&made_for(&shop, CredentialEdit::Delete(one.id), &[(one.id, renamed.tag)]));
}

/// Returns the header of an existing workspace as if it were new.
fn shop_at_first() -> WorkspaceRecord {
    workspace("acme", "shop")
}

/// [`EXISTENCE`]: Each change has one invalid edit between valid ones. None of the edits is written.
pub fn edits_of_the_wrong_credentials_are_conflicts<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let [one, two] =
        [1, 2].map(|number| credential(&shop, KindWord::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), two.clone()]));
    store.commit(&writes(&blog));

    let absent = credential(&shop, KindWord::App, 9, "Absent");
    let wrong = [
        CredentialEdit::Insert(CredentialRecord { name: name("Again"), ..one.clone() }),
        CredentialEdit::Insert(credential(&blog, KindWord::App, 1, "Elsewhere")),
        CredentialEdit::Update(absent.clone()),
        CredentialEdit::Delete(absent.id),
    ];
    let right = [
        CredentialEdit::Insert(credential(&shop, KindWord::App, 7, "New")),
        CredentialEdit::Delete(two.id),
    ];
    for edit in wrong {
        let home = if matches!(&edit, CredentialEdit::Insert(new) if new.workspace == blog.id) {
            &blog
        } else {
            &shop
        };
        let mut change = writes(&next(home));
        let [insert, delete] = right.clone();
        change.credentials = vec![insert, edit, delete];
        store.refuse(&change, EXISTENCE);
    }
}

/// [`ONE_OPERATION`]: Reuses an operation id for the same workspace, another one and an account, while its event is the newest
/// and afterwards.
pub fn a_second_change_with_one_operation_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let first = writes(&shop);
    store.commit(&first);
    let again = |change: Change| Change { operation: first.operation, ..change };
    let insert = CredentialEdit::Insert(credential(&shop, KindWord::App, 1, "A"));
    let repeats =
        [edits(&next(&shop), insert), writes(&blog), writes_account(&account("acme"))].map(again);
    for _ in 0..2 {
        for repeat in &repeats {
            store.refuse(repeat, ONE_OPERATION);
        }
        // After this, the event of the operation is not the newest.
        store.commit(&writes(&workspace("other", &format!("{}", store.position().number()))));
    }
    assert_same!(store.operation(first.operation), Some(first.event(1)), "{ONE_OPERATION}");
    store.prune(at(2));
    store.commit(&again(writes(&blog)));
}

/// [`OPERATION`]: Finds a change among others when it is not the newest, and does not find a refused change.
pub fn a_change_is_found_by_its_operation<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let change = writes(&shop);
    assert_same!(store.operation(change.operation), None, "{OPERATION}");
    store.commit(&change);
    assert_same!(store.operation(change.operation), Some(change.event(1)), "{OPERATION}");
    let refused = writes(&shop);
    store.refuse(&refused, CONFLICT);
    assert_same!(store.operation(refused.operation), None, "{OPERATION}");
    let key = credential(&shop, KindWord::App, 1, "A");
    let other = edits(&next(&shop), CredentialEdit::Insert(key));
    store.commit(&other);
    store.commit(&writes(&workspace("other", "blog")));
    assert_same!(store.operation(change.operation), Some(change.event(1)), "{OPERATION}");
    assert_same!(store.operation(other.operation), Some(other.event(2)), "{OPERATION}");
}
