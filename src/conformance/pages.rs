//! Pages: their order, their ends and their cursors.

use crate::domain::{CredentialEdit, CredentialRecord, WorkspaceRecord};
use crate::store::{
    CredentialCursor, CredentialQuery, CredentialStore, PageSize, Scope, WorkspaceCursor,
    WorkspaceQuery,
};
use crate::values::{CredentialId, KindWord, NameKey};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{
    ACCOUNT_ORDER, BY_BYTES, EVERY_ACCOUNT, EVERY_WORKSPACE, NEXT, NO_REMOVED, STORE_ORDER,
    WORKSPACE_ORDER,
};
use super::samples::{
    account, account_id, at, credential, edits, inserts, name, named, next, removed, removes,
    scopes, workspace, workspace_id, writes, writes_account,
};

/// Names whose byte order is not the order of any language. The last two are ordered differently in UTF-16.
const NAMES: [&str; 14] = [
    "zebra",
    "Ärger",
    "arm",
    "a-b",
    "ab",
    "a b",
    "A_C",
    "10",
    "9",
    "日本",
    "ß",
    "ss",
    "\u{1d4b6}",
    "\u{fb01}",
];

/// [`WORKSPACE_ORDER`]: Includes a Track set and an App key with the same name.
pub fn credentials_of_a_workspace_are_ordered_by_name<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let (shop, mut records) = shelf("acme", "shop", 100);
    let (blog, elsewhere) = shelf("acme", "blog", 200);
    store.commit(&inserts(&shop, &records));
    store.commit(&inserts(&blog, &elsewhere));
    records.sort_by_key(place);
    in_every_size(&store, &Scope::Workspace(shop.id), &records, WORKSPACE_ORDER);
}

/// [`ACCOUNT_ORDER`]: Credentials with the same name in several workspaces are sorted by id. Credentials of other accounts are
/// not included.
pub fn credentials_of_an_account_are_ordered_by_name<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut expected = Vec::new();
    for (id, first) in [("shop", 300), ("blog", 100), ("game", 200)] {
        let (record, records) = shelf("acme", id, first);
        store.commit(&inserts(&record, &records));
        expected.extend(records);
    }
    let (foreign, records) = shelf("other", "foreign", 400);
    store.commit(&inserts(&foreign, &records));
    expected.sort_by_key(place);
    in_every_size(&store, &Scope::Account(account_id("acme")), &expected, ACCOUNT_ORDER);
}

/// [`STORE_ORDER`]: Digits come first, then capital letters, then small letters.
pub fn credentials_of_the_store_are_ordered_by_id<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let ids = ["zzzzzzzzzzz9", "a00000000000", "Z00000000000", "B0000000000b", "b0000000000B"];
    let homes = ["acme", "other"].map(|account| workspace(account, account));
    let mut expected = Vec::new();
    for (home, ids) in homes.iter().zip([&ids[..2], &ids[2..]]) {
        let records = ids.iter().enumerate().map(|(place, id)| {
            let id = CredentialId::new(id).expect("a valid value");
            named(home, KindWord::App, id, &format!("Odd key {place}"))
        });
        let (_, numbered) = shelf(home.account.as_str(), home.id.as_str(), home_number(home));
        let records: Vec<_> = records.chain(numbered).collect();
        store.commit(&inserts(home, &records));
        expected.extend(records);
    }
    expected.sort_by_key(|record| record.id);
    in_every_size(&store, &Scope::Store, &expected, STORE_ORDER);
}

/// [`NEXT`]: Reads as many credentials as the largest page holds, and one more.
pub fn pages_end_where_the_records_end<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let key = |number| credential(&shop, KindWord::App, number, &format!("Key {number:04}"));
    let mut records: Vec<_> = (0..1_000).map(key).collect();
    store.commit(&inserts(&shop, &records));
    for scope in scopes(&shop) {
        assert_same!(store.all(scope), records, "{NEXT}");
    }
    let one_more = key(1_000);
    store.commit(&edits(&next(&shop), CredentialEdit::Insert(one_more.clone())));
    records.push(one_more);
    for scope in scopes(&shop) {
        assert_same!(store.all(scope), records, "{NEXT}");
    }
}

/// [`NEXT`]: A page begins after its cursor, even if the credential of the cursor is deleted.
pub fn a_page_begins_after_a_deleted_credential<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let records = [1, 2, 3, 4].map(|n| credential(&shop, KindWord::Track, n, &format!("Key {n}")));
    store.commit(&inserts(&shop, &records));
    let shop = next(&shop);
    store.commit(&edits(&shop, CredentialEdit::Delete(records[1].id)));
    let (name, id) = place(&records[1]);
    for scope in scopes(&shop) {
        let mut query = CredentialQuery::all(scope, at(0), PageSize::MAX);
        query.after = Some(CredentialCursor { name: name.clone(), id });
        assert_same!(store.credentials(&query), records[2..], "{NEXT}");
        let (name, id) = place(&records[3]);
        query.after = Some(CredentialCursor { name, id });
        assert_same!(store.credentials(&query), [], "{NEXT}");
    }
}

/// [`BY_BYTES`], [`NO_REMOVED`]: The workspaces of an account are sorted by name key and then by id, without removed ones and
/// those of other accounts.
pub fn workspaces_are_ordered_by_name_without_the_removed<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut expected = Vec::new();
    for (number, text) in NAMES.iter().chain(&["Same", "same", "SAME"]).enumerate() {
        let id = format!("{}{}", if number % 2 == 0 { "W" } else { "w" }, 100 - number);
        expected.push(WorkspaceRecord { name: name(text), ..workspace("acme", &id) });
    }
    for record in &expected {
        store.commit(&writes(record));
    }
    store.commit(&writes(&workspace("other", "theirs")));
    expected.sort_by_key(|record| (record.name.key(), record.id.clone()));

    let account = account_id("acme");
    for size in sizes(expected.len()) {
        assert_same!(store.workspaces(&account, size), expected, "{BY_BYTES}");
    }
    let gone = expected.remove(3);
    store.commit(&removes(&removed(&gone)));
    let last = expected.pop().expect("there are several");
    store.commit(&removes(&removed(&last)));
    for size in sizes(expected.len()) {
        assert_same!(store.workspaces(&account, size), expected, "{NO_REMOVED}");
    }
    let after = Some(WorkspaceCursor { name: gone.name.key(), id: gone.id });
    let query = WorkspaceQuery { after, ..WorkspaceQuery::all(account, PageSize::MAX) };
    let page = store.wait(store.store.workspaces(&query));
    assert_same!(page.items.len(), expected.len() - 3, "{NEXT}");
}

/// [`EVERY_WORKSPACE`], [`EVERY_ACCOUNT`], [`NEXT`]: Digits come first, then capital letters, then small letters. Reads pages of
/// every size, and pages after an id that is not stored. An account without a record is not included.
pub fn every_header_is_found_in_the_order_of_the_ids<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let ids = ["shop 10", "Shop", "shop 9", "10", "\u{1d4b6}", "9", "zebra", "\u{fb01}", "a b"];
    let mut workspaces: Vec<_> = ids.iter().map(|id| workspace("acme", id)).collect();
    let mut accounts: Vec<_> = ids.iter().map(|id| account(id)).collect();
    for (record, owner) in workspaces.iter().zip(&accounts) {
        store.commit(&writes(record));
        store.commit(&writes_account(owner));
    }
    let gone = removed(&workspaces[2]);
    store.commit(&removes(&gone));
    workspaces[2] = gone;
    workspaces.sort_by_key(|record| record.id.clone());
    accounts.sort_by_key(|record| record.id.clone());
    for size in sizes(ids.len()) {
        assert_same!(store.every_workspace(size), workspaces, "{EVERY_WORKSPACE}");
        assert_same!(store.every_account(size), accounts, "{EVERY_ACCOUNT}");
    }
    let (place, size) = ("b", PageSize::MAX);
    let page = store.wait(store.store.every_workspace(Some(&workspace_id(place)), size));
    let after = workspaces.iter().filter(|record| record.id.as_str() > place).count();
    assert_same!((page.items.len(), page.next), (after, None), "{NEXT}");
    let page = store.wait(store.store.every_account(Some(&account_id(place)), size));
    assert_same!((page.items.len(), page.next), (after, None), "{NEXT}");
}

/// Writes a workspace with a credential of each name, and with two kinds for some names.
fn shelf(account: &str, id: &str, first: u32) -> (WorkspaceRecord, Vec<CredentialRecord>) {
    let home = workspace(account, id);
    let tracks = NAMES.iter().map(|name| (KindWord::Track, name));
    let apps = NAMES.iter().step_by(3).map(|name| (KindWord::App, name));
    let numbers = (first..).step_by(2);
    // The order of insertion is neither by name nor by kind.
    let records = apps.chain(tracks).zip(numbers.map(|number| number ^ 5));
    let records =
        records.map(|((kind, name), number)| credential(&home, kind, number, name)).collect();
    (home, records)
}

fn home_number(home: &WorkspaceRecord) -> u32 {
    if home.account.as_str() == "acme" { 500 } else { 400 }
}

fn place(record: &CredentialRecord) -> (NameKey, CredentialId) {
    (record.name.key(), record.id)
}

/// Returns the page sizes one, two, a size that the list fills exactly, and the largest.
fn sizes(items: usize) -> [PageSize; 4] {
    let exact = u16::try_from(items).ok().and_then(|items| PageSize::new(items).ok());
    let small = [1, 2].map(|items| PageSize::new(items).expect("within the bounds"));
    [small[0], small[1], exact.expect("within the bounds"), PageSize::MAX]
}

fn in_every_size<H: Harness>(
    store: &Driver<'_, H>,
    scope: &Scope,
    expected: &[CredentialRecord],
    promise: &str,
) {
    let ids = |records: &[CredentialRecord]| -> Vec<String> {
        records.iter().map(|record| format!("{} {}", record.id, record.name)).collect()
    };
    for size in sizes(expected.len()) {
        let query = CredentialQuery::all(scope.clone(), at(0), size);
        let found = store.credentials(&query);
        assert_same!(ids(&found), ids(expected), "{promise} (pages of {})", size.get());
        assert_same!(found, expected, "{promise}");
    }
}
