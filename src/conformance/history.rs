//! The order of commits: event numbers, positions, changes since a position, and pruning.

use std::time::{Duration, Instant};

use crate::domain::{CredentialEdit, EventOutline};
use crate::store::{Change, Changes, CredentialStore, Position, Purged};
use crate::values::{KindWord, OperationId};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{
    AGE, AT_MOST, NEWEST_IS_RETURNED, NEWEST_STAYS_KNOWN, NUMBERED, NUMBERS_GO_ON, OUTLINES,
    PRUNED, PURGE_ENDS, START_IS_KNOWN, TOO_FAR_BEHIND, WHOLE, WITHOUT_GAPS,
};
use super::samples::{
    account, at, credential, edits, next, operation, removed, removes, workspace, writes,
    writes_account,
};

/// [`NUMBERED`], [`WITHOUT_GAPS`]: The numbers are 1, 2, 3 across accounts, even with refused commits in between, and the
/// position is that of the newest event.
pub fn commits_are_numbered_without_gaps<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let stale = writes(&next(&workspace("acme", "absent")));
    for (number, change) in (1..).zip(mixed()) {
        assert!(store.try_commit(&stale).is_err(), "{WITHOUT_GAPS}");
        let position = store.commit(&change);
        assert_same!(position, Position::new(number, change.operation), "{NUMBERED}");
        assert_same!(store.position(), position, "{NUMBERED}");
        let newest = &store.history(change.account())[0];
        assert_same!(*newest, change.event(number), "{NUMBERED}");
    }
}

/// [`OUTLINES`], [`NEWEST_IS_RETURNED`], [`START_IS_KNOWN`]: Reads the changes from every position, in steps of every size.
pub fn changes_are_returned_from_every_position<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let nothing = since(&[], Position::START, Position::START);
    assert_same!(store.changes(&Position::START, 10), nothing, "{START_IS_KNOWN}");

    let changes = mixed();
    let positions = written(&store, &changes);
    for from in 0..positions.len() {
        for limit in [0, 1, 2, 3, changes.len(), changes.len() + 1, usize::MAX] {
            let to = from.saturating_add(limit).min(changes.len());
            let expected = since(&changes[from..to], positions[to], positions[changes.len()]);
            let answer = store.changes(&positions[from], limit);
            assert_same!(answer, expected, "{OUTLINES} {AT_MOST} {NEWEST_IS_RETURNED}");
        }
    }
}

/// [`TOO_FAR_BEHIND`]: Uses a number that does not exist yet, and a number with another operation id, as after the restore of a
/// backup.
pub fn a_position_of_another_history_is_too_far_behind<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let ahead = Position::new(1, operation());
    assert_same!(store.changes(&ahead, 10), too_far(Position::START), "{TOO_FAR_BEHIND}");

    let positions = written(&store, &mixed());
    let newest = *positions.last().expect("several positions");
    for known in &positions[1..] {
        let other = Position::new(known.number(), operation());
        assert_same!(store.changes(&other, 10), too_far(newest), "{TOO_FAR_BEHIND}");
        let mut bytes = *known.operation().expect("an operation id").as_bytes();
        bytes[15] ^= 1;
        let near = Position::new(known.number(), OperationId::from_bytes(bytes));
        assert_same!(store.changes(&near, 10), too_far(newest), "{TOO_FAR_BEHIND}");
    }
    let operation = newest.operation().expect("an operation id");
    for number in [newest.number() + 1, newest.number() - 1, i64::MAX.unsigned_abs()] {
        let other = Position::new(number, operation);
        assert_same!(store.changes(&other, 10), too_far(newest), "{TOO_FAR_BEHIND}");
    }
}

/// [`PRUNED`]: Pruning stops at the first event that happened at or after `before`, even if a later one happened earlier.
pub fn pruning_stops_at_the_first_event_that_stays<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let times = [10, 20, 40, 15, 30, 50];
    let mut header = shop.clone();
    let mut events = Vec::new();
    for (number, seconds) in (1..).zip(times) {
        let change = Change { at: at(seconds), ..writes(&header) };
        store.commit(&change);
        events.insert(0, change.event(number));
        header = next(&header);
    }
    for (before, gone) in [(10, 0), (11, 1), (20, 1), (35, 2), (40, 2), (41, 5), (50, 5)] {
        store.prune(at(before));
        let kept = &events[..times.len() - gone];
        assert_same!(store.history(&shop.account), kept, "{PRUNED} (before {before})");
    }
}

/// [`PRUNED`], [`PURGE_ENDS`]: A call deletes at most `limit` events, and repeated calls come to an end.
pub fn events_are_pruned_in_batches<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let mut header = shop.clone();
    for seconds in 1..=7 {
        store.commit(&Change { at: at(seconds), ..writes(&header) });
        header = next(&header);
    }
    let left = || store.history(&shop.account).len();
    for (limit, expected) in [(3, 4), (2, 2)] {
        let before = store.prune_some(at(6), limit);
        assert_same!(left(), expected, "{PRUNED}");
        // If a call has deleted `limit` events, the store need not check for more.
        assert!(before == Purged::Some || expected == 2, "{PURGE_ENDS}");
    }
    for (before, expected) in [(6, 2), (8, 0)] {
        store.prune(at(before));
        assert_same!(left(), expected, "{PURGE_ENDS}");
        assert!(store.prune_some(at(before), 100) == Purged::All, "{PURGE_ENDS}");
    }
}

/// [`TOO_FAR_BEHIND`], [`START_IS_KNOWN`]: A reader that has not seen a pruned event is too far behind. A reader that has seen
/// all of them is not.
pub fn a_follower_that_missed_pruned_events_is_too_far_behind<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let changes: Vec<_> =
        mixed().into_iter().zip(1..).map(|(change, n)| Change { at: at(n), ..change }).collect();
    let positions = written(&store, &changes);
    let newest = *positions.last().expect("several positions");
    store.prune(at(4));
    for missed in &positions[..3] {
        assert_same!(
            store.changes(missed, 10),
            too_far(newest),
            "{START_IS_KNOWN} {TOO_FAR_BEHIND}"
        );
    }
    for from in 4..positions.len() {
        let expected = since(&changes[from..], newest, newest);
        assert_same!(store.changes(&positions[from], 1_000), expected, "{OUTLINES}");
    }
}

/// [`NEWEST_STAYS_KNOWN`], [`NUMBERS_GO_ON`]: All events are pruned. A reader at the newest position misses nothing, and the next
/// event has the next number.
pub fn the_newest_position_outlives_its_event<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let changes = mixed();
    let positions = written(&store, &changes);
    let newest = *positions.last().expect("several positions");
    store.prune(at(1_000_000));
    for change in &changes {
        assert_same!(store.history(change.account()), [], "{PRUNED}");
    }
    assert_same!(store.position(), newest, "{NUMBERS_GO_ON}");
    let nothing = since(&[], newest, newest);
    assert_same!(store.changes(&newest, 10), nothing, "{NEWEST_STAYS_KNOWN}");
    assert_same!(store.changes(&Position::START, 10), too_far(newest), "{START_IS_KNOWN}");
    let other = Position::new(newest.number(), operation());
    assert_same!(store.changes(&other, 10), too_far(newest), "{NEWEST_STAYS_KNOWN}");

    let change = writes(&workspace("acme", "later"));
    let position = store.commit(&change);
    assert_same!(position, Position::new(newest.number() + 1, change.operation), "{NUMBERS_GO_ON}");
    // The store can now forget its operation id, because it is no longer the newest event.
    let told = since(&[change], position, position);
    let answer = store.changes(&newest, 10);
    if answer != too_far(position) {
        assert_same!(answer, told, "{OUTLINES}");
    }
}

/// [`AGE`]: The answer may omit the newest changes only if its age allows it.
pub fn an_answer_is_no_older_than_its_age<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let mut acknowledged = Vec::new();
    for round in 0..10 {
        let position = store.commit_through(store.handle(round), &writes(&header));
        acknowledged.push((position.expect(WHOLE).number(), Instant::now()));
        header = next(&header);
        let asked = Instant::now();
        let reader = store.handle(round + 1);
        let answer = store.wait(reader.changes_since(&Position::START, 100));
        let (Changes::Since { position, .. } | Changes::TooFarBehind { position, .. }) = &answer;
        let missing = acknowledged.iter().find(|(number, _)| *number > position.number());
        if let Some((_, since)) = missing {
            assert!(asked.duration_since(*since) < answer.age(), "{AGE}");
        }
    }
}

/// Commits changes, and returns the positions before the first one and after each one.
fn written<H: Harness>(store: &Driver<'_, H>, changes: &[Change]) -> Vec<Position> {
    let committed = changes.iter().map(|change| store.commit(change));
    std::iter::once(Position::START).chain(committed).collect()
}

/// Returns the expected answer with these changes.
fn since(changes: &[Change], position: Position, newest: Position) -> Changes {
    let outline = |change: &Change| EventOutline {
        operation: change.operation,
        at: change.at,
        account: change.account().clone(),
        subject: change.subject.clone(),
        tag: change.tags.outline,
    };
    Changes::Since {
        events: changes.iter().map(outline).collect(),
        position,
        newest,
        age: Duration::ZERO,
    }
}

fn too_far(position: Position) -> Changes {
    Changes::TooFarBehind { position, age: Duration::ZERO }
}

/// Returns changes of every sort, of two accounts.
fn mixed() -> Vec<Change> {
    let (shop, blog) = (workspace("acme", "shop"), workspace("other", "blog"));
    let key = credential(&shop, KindWord::App, 1, "Key");
    vec![
        writes(&shop),
        writes_account(&account("acme")),
        edits(&next(&shop), CredentialEdit::Insert(key.clone())),
        writes(&blog),
        edits(&next(&next(&shop)), CredentialEdit::Delete(key.id)),
        removes(&removed(&blog)),
        writes(&next(&next(&next(&shop)))),
    ]
}
