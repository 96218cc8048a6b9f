//! Reads return the data that was written.

use std::fmt::Debug;

use crate::domain::{
    AccountPolicy, AccountRecord, CredentialEdit, Deprecation, LeakResponse, PolicyFields,
    UnlistedWorkspaces, WorkspaceRecord,
};
use crate::store::{
    Change, CredentialStore, HeaderChange, ListChange, PageItem, PageSize, Position, Scope,
};
use crate::values::{CredentialId, KindWord};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{
    ABSENT_BY_ID, ACKNOWLEDGED, BY_BYTES, BY_ID, BYTE_FOR_BYTE, CLONES, ID_KEY, LISTS, SNAPSHOT,
};
use super::samples::{
    account, account_id, at, connection, credential, credential_id, edits, entry, filled, inserts,
    just_before, name, named, next, owners, policy, removed, removes, used, workspace,
    workspace_id, writes, writes_account,
};

/// [`BYTE_FOR_BYTE`]: An empty store returns no records and the start position.
pub fn unwritten_records_are_not_found<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    assert_same!(store.credential(credential_id(1)), None, "{BYTE_FOR_BYTE}");
    assert_same!(store.workspace(&workspace_id("shop")), None, "{BYTE_FOR_BYTE}");
    assert_same!(store.account(&account_id("acme")), None, "{BYTE_FOR_BYTE}");
    let scopes =
        [Scope::Store, Scope::Account(account_id("acme")), Scope::Workspace(workspace_id("shop"))];
    for scope in scopes {
        assert_same!(store.all(scope), [], "{BYTE_FOR_BYTE}");
    }
    assert_same!(store.workspaces(&account_id("acme"), PageSize::MAX), [], "{BYTE_FOR_BYTE}");
    assert_same!(store.history(&account_id("acme")), [], "{BYTE_FOR_BYTE}");
    assert_same!(store.position(), Position::START, "{BYTE_FOR_BYTE}");

    store.commit(&writes(&workspace("acme", "shop")));
    assert_same!(
        store.account(&account_id("acme")),
        None,
        "only a change of the account writes its record"
    );
}

/// [`BYTE_FOR_BYTE`]: Reads every field of the three record types as it was written.
pub fn records_are_read_as_they_were_written<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut closed = account("acme");
    closed.suspended = Some(at(5));
    closed.unlisted_workspaces = UnlistedWorkspaces::Closed;
    (closed.policy, closed.inactive_owners) = (policy(60), owners(3));
    (closed.leak_response, closed.closed) = (LeakResponse::Report, Some(at(6)));
    store.commit(&writes_account(&closed));
    assert_same!(store.account(&closed.id), Some(closed.clone()), "{BYTE_FOR_BYTE}");
    let open = AccountRecord { revision: closed.revision.next(), ..account("acme") };
    store.commit(&writes_account(&open));
    assert_same!(store.account(&open.id), Some(open.clone()), "{BYTE_FOR_BYTE}");
    let mut last = open;
    for fields in lone_rules() {
        let policy = AccountPolicy::try_from(fields).expect("no two rules");
        last = AccountRecord { revision: last.revision.next(), policy, ..last };
        store.commit(&writes_account(&last));
        assert_same!(store.account(&last.id), Some(last.clone()), "{BYTE_FOR_BYTE}");
    }

    let shop = WorkspaceRecord { credentials: 3, permanent: 2, ..workspace("acme", "shop") };
    let plain = credential(&shop, KindWord::App, 1, "Plain");
    let mut full =
        filled(&credential(&shop, KindWord::Track, 2, "  Full, of ünïcode and 'quotes' "));
    full.created = just_before(at(7));
    full.current.last_used = Some(at(50));
    let mut without_sunset = credential(&shop, KindWord::Track, 3, "Deprecated");
    without_sunset.deprecation = Some(Deprecation { since: at(3), sunset: None });
    let all = [plain, full, without_sunset];
    store.commit(&inserts(&shop, &all));
    assert_same!(store.workspace(&shop.id), Some(shop), "{BYTE_FOR_BYTE}");
    for record in all {
        assert_same!(store.credential(record.id), Some(record), "{BYTE_FOR_BYTE}");
    }
}

/// Returns each rule of a policy alone.
fn lone_rules() -> [PolicyFields; 5] {
    let none = PolicyFields::default();
    [
        PolicyFields { max_lifetime_seconds: Some(1), ..none },
        PolicyFields { expiry_required: true, ..none },
        PolicyFields { default_expiry_seconds: Some(2), ..none },
        PolicyFields { max_overlap_seconds: Some(3), ..none },
        PolicyFields { max_secret_age_seconds: Some(4), ..none },
    ]
}

/// [`SNAPSHOT`]: A header has its lists in the order of writing, which is neither the order of the networks nor that of the
/// names. A page has them too.
pub fn a_header_is_read_with_its_lists_in_their_order<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut shop = workspace("acme", "shop");
    let one = credential(&shop, KindWord::Track, 1, "One");
    let two = credential(&shop, KindWord::Track, 2, "Two");
    shop.integrations = vec![
        connection("segment", &two),
        connection("custom:Zebra", &one),
        connection("custom:Aardvark", &two),
        connection("api", &one),
        connection("javascript_snippet", &two),
    ];
    shop.allowlist = [9, 3, 12, 1].map(entry).to_vec();
    shop.allowlist[1].added = at(70);
    store.commit(&inserts(&shop, &[one, two]));
    assert_same!(store.workspace(&shop.id).as_ref(), Some(&shop), "{SNAPSHOT}");
    assert_same!(store.workspaces(&shop.account, PageSize::MAX), [shop], "{SNAPSHOT}");
}

/// [`LISTS`]: A replaced list contains only the new entries, and an unchanged list stays.
pub fn a_list_is_replaced_whole_or_stays<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut first = workspace("acme", "shop");
    let one = credential(&first, KindWord::Track, 1, "One");
    first.integrations = vec![connection("segment", &one), connection("api", &one)];
    first.allowlist = [1, 2, 3].map(entry).to_vec();
    store.commit(&inserts(&first, std::slice::from_ref(&one)));

    let mut second = next(&first);
    second.integrations = vec![connection("api", &one)];
    store.commit(&with_lists(&second, ListChange::Replaced, ListChange::Same));
    assert_same!(store.workspace(&second.id).as_ref(), Some(&second), "{LISTS}");

    let mut third = next(&second);
    third.allowlist = [3, 7].map(entry).to_vec();
    store.commit(&with_lists(&third, ListChange::Same, ListChange::Replaced));
    assert_same!(store.workspace(&third.id).as_ref(), Some(&third), "{LISTS}");

    let mut last = next(&third);
    last.integrations.clear();
    last.allowlist.clear();
    store.commit(&writes(&last));
    assert_same!(store.workspace(&last.id), Some(last), "{LISTS}");
}

fn with_lists(record: &WorkspaceRecord, integrations: ListChange, allowlist: ListChange) -> Change {
    let mut change = writes(record);
    if let HeaderChange::Workspace { integrations: one, allowlist: other, .. } = &mut change.header
    {
        (*one, *other) = (integrations, allowlist);
    }
    change
}

/// [`BY_BYTES`]: Ids that differ in case, in a trailing space or in the encoding of an accent are different ids.
pub fn ids_are_compared_by_their_bytes<H: Harness>(harness: &H) {
    let alike =
        ["Caf\u{e9}", "caf\u{e9}", "CAF\u{c9}", "Cafe\u{301}", "Caf\u{e9} ", " Caf\u{e9}", "Cafe"];
    let store = Driver::new(harness);
    for (seconds, id) in (0..).zip(alike) {
        let record = AccountRecord { suspended: Some(at(seconds)), ..account(id) };
        store.commit(&writes_account(&record));
        store.commit(&writes(&workspace(id, id)));
    }
    for (seconds, id) in (0..).zip(alike) {
        let found = store.account(&account_id(id)).and_then(|record| record.suspended);
        assert_same!(found, Some(at(seconds)), "{BY_BYTES} ({id:?})");
        let found = store.workspace(&workspace_id(id));
        assert_same!(found, Some(workspace(id, id)), "{BY_BYTES} ({id:?})");
        let listed = store.workspaces(&account_id(id), PageSize::MAX);
        assert_same!(listed, [workspace(id, id)], "{BY_BYTES} ({id:?})");
        assert_same!(store.history(&account_id(id)).len(), 2, "{BY_BYTES} ({id:?})");
    }

    let shop = workspace("Caf\u{e9}", "Shop");
    let ids = ["AAAAAAAAAAAb", "aaaaaaaaaaab", "AAAAAAAAAAAB"];
    let ids = ids.map(|id| CredentialId::new(id).expect("a valid value"));
    let records: Vec<_> = (0..)
        .zip(ids)
        .map(|(place, id)| named(&shop, KindWord::App, id, &format!("Key {place}")))
        .collect();
    store.commit(&inserts(&shop, &records));
    for record in &records {
        assert_same!(store.credential(record.id).as_ref(), Some(record), "{BY_BYTES}");
    }
    let lower = Scope::Workspace(workspace_id("shop"));
    assert_same!(store.all(lower), [], "{BY_BYTES}");
}

/// [`ACKNOWLEDGED`], [`CLONES`]: Each type of write is visible at once through the writing handle and through another one.
pub fn reads_see_acknowledged_writes<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let reader = store.handle(1);
    let mut header = workspace("acme", "shop");
    let mut record = credential(&header, KindWord::Track, 1, "Key 0");
    for round in 0..20 {
        let change = if round == 0 {
            inserts(&header, std::slice::from_ref(&record))
        } else {
            header = next(&header);
            record.name = name(&format!("Key {round}"));
            edits(&header, CredentialEdit::Update(record.clone()))
        };
        let position = store.commit(&change);
        assert_same!(store.wait(reader.position()), position, "{ACKNOWLEDGED} {CLONES}");
        assert_same!(
            store.wait(reader.workspace(&header.id)),
            Some(header.clone()),
            "{ACKNOWLEDGED}"
        );

        record.current.last_used = Some(at(round));
        store.record_uses(&[used(&record, 1, at(round))]);
        assert_same!(
            store.wait(reader.credential(record.id)),
            Some(record.clone()),
            "{ACKNOWLEDGED}"
        );
        assert_same!(store.credential(record.id), Some(record.clone()), "{ACKNOWLEDGED}");
    }
}

/// [`BY_ID`], [`ABSENT_BY_ID`]: Reads several ids, none, a thousand, one id twice, and ids that are not stored. Workspaces have
/// their lists.
pub fn records_are_read_by_id_in_the_requested_order<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut shop = workspace("acme", "shop");
    shop.allowlist = [2, 1].map(entry).to_vec();
    let keys: Vec<_> =
        (0..1_000).map(|n| credential(&shop, KindWord::App, n, &format!("Key {n}"))).collect();
    store.commit(&inserts(&shop, &keys));
    let blog = workspace("other", "blog");
    store.commit(&writes(&blog));
    store.commit(&removes(&removed(&blog)));
    for id in ["acme", "other"] {
        store.commit(&writes_account(&account(id)));
    }

    let found = |ids: &[u32]| {
        let ids: Vec<_> = ids.iter().map(|number| credential_id(*number)).collect();
        records(store.wait(store.store.credentials_by_id(&ids)))
    };
    let key = |number: usize| Some(keys[number].clone());
    assert_same!(found(&[]), [], "{BY_ID}");
    assert_same!(
        found(&[7, 5_000, 3, 7]),
        [key(7), None, key(3), key(7)],
        "{BY_ID} {ABSENT_BY_ID}"
    );
    let backwards: Vec<_> = (0..1_000).rev().collect();
    let expected: Vec<_> = (0..1_000).rev().map(key).collect();
    assert_same!(found(&backwards), expected, "{BY_ID}");

    let ids = ["blog", "absent", "shop", "SHOP"].map(workspace_id);
    let found = records(store.wait(store.store.workspaces_by_id(&ids)));
    assert_same!(found, [Some(removed(&blog)), None, Some(shop), None], "{BY_ID} {ABSENT_BY_ID}");
    let ids = ["other", "absent", "acme", "other"].map(account_id);
    let found = records(store.wait(store.store.accounts_by_id(&ids)));
    let expected = [Some(account("other")), None, Some(account("acme")), Some(account("other"))];
    assert_same!(found, expected, "{BY_ID} {ABSENT_BY_ID}");
}

/// [`ID_KEY`]: Every handle returns the same key, before and after a commit, and another store has another key.
pub fn the_key_of_ids_is_drawn_once_for_each_store<H: Harness>(harness: &H) {
    let first = {
        let store = Driver::new(harness);
        let keys = || [0, 1].map(|caller| store.wait(store.handle(caller).id_key()));
        let before = keys();
        store.commit(&writes(&workspace("acme", "shop")));
        let [first, ..] = before;
        assert!([before, keys()].concat() == [first; 4], "{ID_KEY}\nThe key has changed.");
        first
    };
    let store = Driver::new(harness);
    let another = store.wait(store.store.id_key());
    assert!(another != first, "{ID_KEY}\nTwo stores have the same key.");
}

fn records<T: Debug>(items: Vec<Option<PageItem<T>>>) -> Vec<Option<T>> {
    let record = |item| match item {
        PageItem::Record(record) => record,
        PageItem::Corrupt(row) => {
            panic!(
                "{BYTE_FOR_BYTE}\n{row:?} was written by the suite, and cannot be read as a record"
            )
        }
        PageItem::Newer { id } => {
            panic!("{BYTE_FOR_BYTE}\nno store can tell that a newer release wrote {id}")
        }
    };
    items.into_iter().map(|item| item.map(record)).collect()
}
