//! The ends of every bound, and rows that are no records.

use std::fmt::Write as _;

use crate::domain::{
    AccountRecord, By, CredentialEdit, CredentialRecord, Deprecation, GenerationRecord,
    PreviousGeneration, Revision, Role, WorkspaceRecord,
};
use crate::store::{
    CorruptRow, CredentialQuery, CredentialStore, HeaderChange, PageItem, PageSize, Scope,
    StoreErrorKind,
};
use crate::values::{ActorId, Kind, Timestamp};

use super::driver::Driver;
use super::harness::{Harness, Planted};
use super::promises::{BOUNDS, CORRUPT_ROW};
use super::samples::{
    account, at, connection, credential, digest, edits, entry, generation, inserts, name, next,
    seal, slow_hash, workspace, writes, writes_account,
};

/// [`BOUNDS`]: ids of 128 bytes, names of 100 characters of four bytes each, the first and the last
/// microsecond, the largest numbers.
pub fn every_value_within_the_bounds_is_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let longest_id = "\u{1f511}".repeat(32);
    let longest_name = name(&"\u{1f5dd}".repeat(100));
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let largest = Revision::new(i64::MAX.unsigned_abs());

    let before = Revision::new(largest.get() - 1);
    let owner = AccountRecord { suspended: Some(first), ..account(&longest_id) };
    store.commit(&writes_account(&owner));

    let mut header = workspace(&longest_id, &longest_id);
    header.name = longest_name.clone();
    (header.created, header.removed) = (last, None);
    (header.credentials, header.lasting) = (u32::MAX, u32::MAX);
    let mut record = extreme(&header, first, last);
    record.name = longest_name;
    let mut change = inserts(&header, std::slice::from_ref(&record));
    change.at = first;
    change.unchanged = vec![(owner.id.clone(), owner.revision)];
    change.by = By { role: Role::Member, id: ActorId::new(&longest_id).expect("128 bytes") };
    let position = store.commit(&change);
    // The same id but for its last character, which is longer than what a cut index would hold.
    let beside = format!("{}\u{1f512}", "\u{1f511}".repeat(31));
    store.commit(&writes(&workspace(&beside, &beside)));
    assert_eq!(store.workspace(&header.id), Some(header.clone()), "{BOUNDS}");
    assert_eq!(store.credential(record.id), Some(record.clone()), "{BOUNDS}");
    assert_eq!(store.all(Scope::Account(owner.id.clone())), [record], "{BOUNDS}");
    assert_eq!(store.workspaces(&owner.id, PageSize::MAX), [header.clone()], "{BOUNDS}");
    assert_eq!(store.history(&owner.id)[0], change.event(position.number()), "{BOUNDS}");

    let late = WorkspaceRecord { revision: before, ..header };
    let mut jump = writes(&late);
    if let HeaderChange::Workspace { read_at, .. } = &mut jump.header {
        *read_at = Revision::NONE.next();
    }
    store.commit(&jump);
    let last = next(&late);
    store.commit(&writes(&last));
    assert_eq!(store.workspace(&last.id), Some(last.clone()), "{BOUNDS}");
    assert_eq!(last.revision, largest);
    store.refuse(&writes(&last), BOUNDS);
    store.prune(Timestamp::MIN);
    assert_eq!(store.history(&owner.id).len(), 4, "{BOUNDS}");
}

/// A credential whose every value is at the end of its bound.
fn extreme(home: &WorkspaceRecord, first: Timestamp, last: Timestamp) -> CredentialRecord {
    let secret = |number, sample| GenerationRecord {
        number: generation(number),
        created: first,
        slow_hash: slow_hash(sample),
        digest: digest(sample),
        seal: Some(seal(sample)),
        last_used: Some(last),
    };
    CredentialRecord {
        created: last,
        current: secret(u32::MAX, u64::MAX),
        previous: Some(PreviousGeneration { generation: secret(u32::MAX - 1, 0), until: last }),
        deprecation: Some(Deprecation { since: first, sunset: Some(last) }),
        suspended: Some(first),
        expires: Some(last),
        ..credential(home, Kind::Track, 1, "Extreme")
    }
}

/// [`BOUNDS`]: a thousand allowlist entries and a hundred integrations, in their order.
pub fn the_longest_lists_are_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let record = credential(&header, Kind::Track, 1, "Key");
    // 7 and 1,000 have no common divisor: every number once, and none in its place.
    header.allowlist = (0..1_000).map(|place| entry(place * 7 % 1_000 + 1)).collect();
    header.integrations = ["segment", "api", "javascript_snippet"]
        .into_iter()
        .map(|word| connection(word, &record))
        .collect();
    for place in 0..97 {
        let mut text = String::from("custom:");
        let _ = write!(text, "Export {:02} {}", place * 5 % 97, "é".repeat(80));
        header.integrations.push(connection(&text, &record));
    }
    store.commit(&inserts(&header, &[record]));
    assert_eq!(store.workspace(&header.id), Some(header.clone()), "{BOUNDS}");

    let mut shorter = next(&header);
    shorter.allowlist.retain(|entry| entry.added != at(500));
    shorter.integrations.reverse();
    store.commit(&writes(&shorter));
    assert_eq!(store.workspace(&header.id), Some(shorter), "{BOUNDS}");
}

/// [`CORRUPT_ROW`]: asked for by its id, and among others on pages of every size.
///
/// Proven where the harness can [`spoil`](Harness::spoil) a row.
pub fn a_corrupt_row_hides_no_other<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let records = [1, 2, 3, 4].map(|n| credential(&shop, Kind::Track, n, &format!("Key {n}")));
    store.commit(&inserts(&shop, &records));
    let spoiled = records[1].id;
    if harness.spoil(&store.store, spoiled) == Planted::Impossible {
        return;
    }
    let answer = harness.block_on(store.store.credential(spoiled));
    let error = answer.expect_err(CORRUPT_ROW);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{CORRUPT_ROW}");
    assert_eq!(error.row(), Some(spoiled.as_str()), "{CORRUPT_ROW}");

    let expected: Vec<_> = records
        .iter()
        .map(|record| match record.id {
            id if id == spoiled => PageItem::Corrupt(CorruptRow { id: id.to_string() }),
            _ => PageItem::Record(record.clone()),
        })
        .collect();
    for scope in
        [Scope::Workspace(shop.id.clone()), Scope::Account(shop.account.clone()), Scope::Store]
    {
        for size in 1..=4 {
            let size = PageSize::new(size).expect("within the bounds");
            let mut query = CredentialQuery::all(scope.clone(), at(0), size);
            let mut found = Vec::new();
            loop {
                let page = store.page(&query);
                found.extend(page.items);
                assert!(found.len() <= expected.len(), "{CORRUPT_ROW}");
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{CORRUPT_ROW}");
        }
    }
    store.commit(&edits(&next(&shop), CredentialEdit::Delete(records[2].id)));
}
