//! A commit is written whole or not at all.

use crate::domain::{AccountRecord, CredentialEdit, CredentialRecord, Revision, WorkspaceRecord};
use crate::store::{Change, Scope};
use crate::values::Kind;

use super::driver::Driver;
use super::harness::Harness;
use super::promises::{CONFLICT, EXISTENCE, REMOVED, TAKEN, WHOLE};
use super::samples::{
    account, account_id, at, credential, credential_id, edits, inserts, name, next, removed,
    removes, workspace, writes, writes_account,
};

/// [`WHOLE`]: one change inserts, updates and deletes, and nothing else becomes other.
pub fn every_kind_of_edit_is_written<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let [stays, updated, deleted] =
        [1, 2, 3].map(|number| credential(&shop, Kind::Track, number, &format!("Key {number}")));
    store.commit(&inserts(&shop, &[stays.clone(), updated.clone(), deleted.clone()]));

    let shop = WorkspaceRecord { credentials: 3, lasting: 2, name: name("Renamed"), ..next(&shop) };
    let inserted = credential(&shop, Kind::App, 4, "New");
    let mut updated = updated;
    updated.name = name("Other");
    updated.suspended = Some(at(3));
    updated.expires = Some(at(900));
    let mut change = writes(&shop);
    change.credentials = vec![
        CredentialEdit::Delete(deleted.id),
        CredentialEdit::Update(updated.clone()),
        CredentialEdit::Insert(inserted.clone()),
    ];
    let position = store.commit(&change);

    assert_eq!(store.workspace(&shop.id), Some(shop), "{WHOLE}");
    assert_eq!(store.all(Scope::Store), [stays, updated, inserted], "{WHOLE}");
    assert_eq!(store.credential(deleted.id), None, "{WHOLE}");
    assert_eq!(store.history(change.account())[0], change.event(position.number()), "{WHOLE}");
}

/// [`REMOVED`]: the workspace's credentials are gone, those of others are not, and its id stays taken.
pub fn a_removed_workspace_takes_its_credentials_with_it<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let keys =
        [1, 2, 3].map(|number| credential(&shop, Kind::Track, number, &format!("K{number}")));
    let kept = credential(&blog, Kind::App, 4, "Kept");
    store.commit(&inserts(&shop, &keys));
    store.commit(&inserts(&blog, std::slice::from_ref(&kept)));

    let gone = removed(&shop);
    store.commit(&removes(&gone));
    assert_eq!(store.all(Scope::Store), [kept], "{REMOVED}");
    for key in keys {
        assert_eq!(store.credential(key.id), None, "{REMOVED}");
    }
    assert_eq!(store.workspace(&shop.id), Some(gone), "{REMOVED}");
    store.refuse(&writes(&shop), TAKEN);
}

/// [`CONFLICT`]: a workspace's header at another revision than the change was made for.
pub fn a_stale_workspace_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let first = workspace("acme", "shop");
    let absent =
        edits(&next(&first), CredentialEdit::Insert(credential(&first, Kind::App, 1, "A")));
    store.refuse(&absent, CONFLICT);

    let second = next(&first);
    let third = next(&second);
    store.commit(&inserts(&first, &[credential(&first, Kind::App, 2, "B")]));
    store.commit(&writes(&second));
    let insert = CredentialEdit::Insert(credential(&first, Kind::App, 3, "C"));
    store.refuse(&edits(&first, insert.clone()), TAKEN);
    store.refuse(&edits(&second, insert.clone()), CONFLICT);
    store.refuse(&edits(&second, CredentialEdit::Delete(credential_id(2))), CONFLICT);
    store.refuse(&edits(&next(&third), insert), CONFLICT);
    store.refuse(&removes(&removed(&first)), CONFLICT);
    store.commit(&writes(&third));
}

/// [`CONFLICT`]: an account's header at another revision than the change was made for.
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

/// [`CONFLICT`]: an account that the change wants unchanged, and that was written, or is not there, or is
/// there although it should not be. Every one of several is compared.
pub fn an_account_that_should_be_unchanged_is_compared<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (acme, other) = (account("acme"), account("other"));
    let shop = workspace("acme", "shop");
    let wants = |accounts: &[(&str, Revision)]| {
        let unchanged = accounts.iter().map(|(id, revision)| (account_id(id), *revision)).collect();
        let insert = CredentialEdit::Insert(credential(&shop, Kind::App, 1, "A"));
        Change { unchanged, ..edits(&shop, insert) }
    };
    let one = acme.revision;
    store.refuse(&wants(&[("acme", one)]), CONFLICT);
    store.commit(&writes_account(&acme));
    store.refuse(&wants(&[("acme", Revision::NONE)]), CONFLICT);
    store.refuse(&wants(&[("acme", one.next())]), CONFLICT);
    store.refuse(&wants(&[("other", Revision::NONE), ("acme", Revision::NONE)]), CONFLICT);
    store.commit(&writes_account(&other));
    store.refuse(&wants(&[("acme", one), ("other", Revision::NONE)]), CONFLICT);
    store.commit(&wants(&[("acme", one), ("other", one), ("third", Revision::NONE)]));
    assert_eq!(store.account(&acme.id), Some(acme), "{CONFLICT}");
    assert_eq!(store.account(&account_id("third")), None, "{CONFLICT}");
}

/// [`EXISTENCE`]: in each change the other edits, before and after, would do. None of them is written.
pub fn edits_of_the_wrong_credentials_are_conflicts<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let [one, two] =
        [1, 2].map(|number| credential(&shop, Kind::App, number, &format!("K{number}")));
    store.commit(&inserts(&shop, &[one.clone(), two.clone()]));
    store.commit(&writes(&blog));

    let absent = credential(&shop, Kind::App, 9, "Absent");
    let wrong = [
        CredentialEdit::Insert(CredentialRecord { name: name("Again"), ..one.clone() }),
        CredentialEdit::Insert(credential(&blog, Kind::App, 1, "Elsewhere")),
        CredentialEdit::Update(absent.clone()),
        CredentialEdit::Delete(absent.id),
    ];
    let right = [
        CredentialEdit::Insert(credential(&shop, Kind::App, 7, "New")),
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
