//! Values at the ends of their bounds, and corrupt rows.

use std::fmt::Write as _;

use crate::domain::{
    AccountRecord, Action, ActorRef, CredentialEdit, CredentialRecord, Deprecation,
    GenerationRecord, PreviousGeneration, Revision, Role, WorkspaceRecord,
};
use crate::store::{
    Change, CorruptRow, CredentialQuery, CredentialStore, HeaderChange, NameFilter, PageItem,
    PageSize, Scope, StoreErrorKind,
};
use crate::values::{ActorId, Brand, KindWord, Timestamp};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::{Harness, Planted};
use super::promises::{BOUNDS, CORRUPT_IS_DELETED, CORRUPT_ROW, SIZES};
use super::samples::{
    account, at, connection, credential, digest, edits, entry, filled, generation, inserts,
    largest_grant, longest_action, longest_name, longest_slow_hash, name, next, owners, policy,
    rotated, scopes, seal, slow_hash, workspace, writes, writes_account,
};

/// [`BOUNDS`]: Writes ids of 128 bytes, names of 100 four-byte characters, the first and the last microsecond, and the largest
/// numbers.
pub fn every_value_within_the_bounds_is_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let longest_id = "\u{1f511}".repeat(32);
    let longest_name = name(&"\u{1f5dd}".repeat(100));
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let largest = Revision::new(i64::MAX.unsigned_abs());

    let before = Revision::new(largest.get() - 1);
    let longest = u32::MAX - 3;
    let owner = AccountRecord {
        suspended: Some(first),
        policy: policy(longest),
        inactive_owners: owners(1_000),
        ..account(&longest_id)
    };
    store.commit_by(BOUNDS, &writes_account(&owner));
    assert_same!(store.account(&owner.id), Some(owner.clone()), "{BOUNDS}");

    let mut header = workspace(&longest_id, &longest_id);
    header.name = longest_name.clone();
    (header.created, header.removed) = (last, None);
    (header.credentials, header.permanent) = (u32::MAX, u32::MAX);
    let mut record = extreme(&header, first, last);
    record.name = longest_name;
    let mut change = inserts(&header, std::slice::from_ref(&record));
    change.at = first;
    change.unchanged = vec![(owner.id.clone(), owner.revision)];
    change.by = longest_actor(Role::Member);
    let position = store.commit_by(BOUNDS, &change);
    // This id differs only in its last character, beyond the length of a truncated index.
    let beside = format!("{}\u{1f512}", "\u{1f511}".repeat(31));
    store.commit_by(BOUNDS, &writes(&workspace(&beside, &beside)));
    assert_same!(store.workspace(&header.id), Some(header.clone()), "{BOUNDS}");
    assert_same!(store.credential(record.id), Some(record.clone()), "{BOUNDS}");
    assert_same!(store.all(Scope::Account(owner.id.clone())), [record], "{BOUNDS}");
    assert_same!(store.workspaces(&owner.id, PageSize::MAX), [header.clone()], "{BOUNDS}");
    assert_same!(store.history(&owner.id)[0], change.event(position.number()), "{BOUNDS}");

    let late = WorkspaceRecord { revision: before, ..header };
    let mut jump = writes(&late);
    if let HeaderChange::Workspace { read_at, .. } = &mut jump.header {
        *read_at = Revision::NONE.next();
    }
    store.commit_by(BOUNDS, &jump);
    let last = next(&late);
    store.commit_by(BOUNDS, &writes(&last));
    assert_same!(store.workspace(&last.id), Some(last.clone()), "{BOUNDS}");
    assert_eq!(last.revision, largest);
    store.refuse(&writes(&last), BOUNDS);
    store.prune(Timestamp::MIN);
    assert_same!(store.history(&owner.id).len(), 4, "{BOUNDS}");
}

/// Returns an actor with the longest possible id.
fn longest_actor(role: Role) -> ActorRef {
    ActorRef { role, id: ActorId::new("\u{1f511}".repeat(32)).expect("128 bytes") }
}

/// Returns a credential with every value at the end of its bound.
fn extreme(home: &WorkspaceRecord, first: Timestamp, last: Timestamp) -> CredentialRecord {
    let secret = |number, sample| GenerationRecord {
        number: generation(number),
        brand: Brand::new("abcdefghijklmnop").expect("16 letters"),
        created: first,
        slow_hash: slow_hash(sample),
        digest: digest(sample),
        seal: Some(seal(sample)),
        last_used: Some(last),
    };
    CredentialRecord {
        created: last,
        created_by: longest_actor(Role::Member),
        revision: Revision::new(i64::MAX.unsigned_abs()),
        current: secret(u32::MAX, u64::MAX),
        previous: Some(PreviousGeneration { generation: secret(u32::MAX - 1, 0), until: last }),
        deprecation: Some(Deprecation { since: first, sunset: Some(last) }),
        suspended: Some(first),
        expires: Some(last),
        grant: largest_grant(),
        ..filled(&credential(home, KindWord::Track, 1, "Extreme"))
    }
}

/// [`BOUNDS`]: Writes lists of a thousand allowlist entries and a hundred integrations, and reads them in the same order.
pub fn the_longest_lists_are_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let record = credential(&header, KindWord::Track, 1, "Key");
    // 7 and 1,000 have no common divisor, so each number occurs once and not in its sorted place.
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
    store.commit_by(BOUNDS, &inserts(&header, &[record]));
    assert_same!(store.workspace(&header.id), Some(header.clone()), "{BOUNDS}");

    let mut shorter = next(&header);
    shorter.allowlist.retain(|entry| entry.added != at(500));
    shorter.integrations.reverse();
    store.commit_by(BOUNDS, &writes(&shorter));
    assert_same!(store.workspace(&header.id), Some(shorter), "{BOUNDS}");
}

/// [`SIZES`]: Writes the longest action, and one of the same length with other characters. Writes name keys and slow hashes of
/// the greatest length that differ only in their last byte, and finds such names by their keys.
pub fn the_longest_texts_are_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let names = ['\u{1f510}', '\u{1f511}'].map(longest_name);
    let [one, other] = [1, 2].map(|number| credential(&shop, KindWord::Track, number, "Key"));
    let records = [(one, &names[0], [0, 1]), (other, &names[1], [2, 3])].map(
        |(record, name, [previous, current])| {
            let mut record = CredentialRecord { name: name.clone(), ..rotated(&record) };
            record.current.slow_hash = longest_slow_hash(current);
            if let Some(stored) = &mut record.previous {
                stored.generation.slow_hash = longest_slow_hash(previous);
            }
            record
        },
    );
    let [from, to] = names;
    let first = Change { action: longest_action(), ..inserts(&shop, &records) };
    let second = Change { action: Action::Renamed { from, to }, ..writes(&next(&shop)) };
    store.commit_by(SIZES, &first);
    store.commit_by(SIZES, &second);

    let history = [second.event(2), first.event(1)];
    assert_same!(store.history(&shop.account), history, "{SIZES}");
    assert_same!(store.operation(first.operation), Some(first.event(1)), "{SIZES}");
    for record in &records {
        assert_same!(store.stored(record), *record, "{SIZES}");
        let mut query =
            CredentialQuery::all(Scope::Workspace(shop.id.clone()), at(0), PageSize::MAX);
        query.name = Some(NameFilter::Is(record.name.key()));
        assert_same!(store.credentials(&query), std::slice::from_ref(record), "{SIZES}");
    }
    for scope in scopes(&shop) {
        let size = PageSize::new(1).expect("within the bounds");
        let query = CredentialQuery::all(scope, at(0), size);
        assert_same!(store.credentials(&query), records, "{SIZES}");
    }
}

/// [`CORRUPT_ROW`]: Reads a corrupt row by its id, and on pages of every size among other rows.
///
/// Runs only if the harness can [`spoil`](Harness::spoil) a row.
pub fn a_corrupt_row_hides_no_other<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let records = [1, 2, 3, 4].map(|n| credential(&shop, KindWord::Track, n, &format!("Key {n}")));
    store.commit(&inserts(&shop, &records));
    let spoiled = records[1].id;
    if harness.spoil(&store.store, spoiled) == Planted::Impossible {
        return;
    }
    let answer = harness.block_on(store.store.credential(spoiled));
    let error = answer.expect_err(CORRUPT_ROW);
    assert_same!(error.kind(), StoreErrorKind::Corrupt, "{CORRUPT_ROW}");
    assert_same!(error.row(), Some(spoiled.as_str()), "{CORRUPT_ROW}");

    let ids = records.each_ref().map(|record| record.id);
    let by_id = store.wait(store.store.credentials_by_id(&ids));
    let expected: Vec<_> = records
        .iter()
        .map(|record| match record.id {
            id if id == spoiled => PageItem::Corrupt(CorruptRow { id: id.to_string() }),
            _ => PageItem::Record(record.clone()),
        })
        .collect();
    assert_same!(by_id.into_iter().flatten().collect::<Vec<_>>(), expected, "{CORRUPT_ROW}");
    for scope in scopes(&shop) {
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
            assert_same!(found, expected, "{CORRUPT_ROW}");
        }
    }
}

/// [`CORRUPT_IS_DELETED`]: Deletes a corrupt row. No read finds it afterwards, the other rows stay, and its id and name can be
/// used again.
///
/// Runs only if the harness can [`spoil`](Harness::spoil) a row.
pub fn a_corrupt_row_can_be_deleted<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let records = [1, 2, 3].map(|n| credential(&shop, KindWord::Track, n, &format!("Key {n}")));
    store.commit(&inserts(&shop, &records));
    let [first, spoiled, last] = records;
    if harness.spoil(&store.store, spoiled.id) == Planted::Impossible {
        return;
    }
    // The change names no tag, because nobody can read the tag of a corrupt row.
    let shop = next(&shop);
    store.commit_by(CORRUPT_IS_DELETED, &edits(&shop, CredentialEdit::Delete(spoiled.id)));
    assert_same!(store.credential(spoiled.id), None, "{CORRUPT_IS_DELETED}");
    for scope in scopes(&shop) {
        assert_same!(store.all(scope), [first.clone(), last.clone()], "{CORRUPT_IS_DELETED}");
    }
    store.commit_by(
        CORRUPT_IS_DELETED,
        &edits(&next(&shop), CredentialEdit::Insert(spoiled.clone())),
    );
    for scope in scopes(&shop) {
        let all = [first.clone(), spoiled.clone(), last.clone()];
        assert_same!(store.all(scope), all, "{CORRUPT_IS_DELETED}");
    }
}
