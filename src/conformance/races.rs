//! Racing writers on real threads. Each thread has its own handle if the store has several.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};

use crate::domain::{CredentialEdit, Revision, WorkspaceRecord};
use crate::store::{Change, CredentialStore, Scope, StoreErrorKind};
use crate::values::KindWord;

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{ACCOUNT_FIRST, ACKNOWLEDGED, CONFLICT, FORWARD, ONE_STEP, WITHOUT_GAPS};
use super::samples::{
    account, at, credential, edits, inserts, next, removed, removes, used, workspace, writes,
    writes_account,
};
use super::threads::{at_once, committed, on_threads, succeeded};

const WRITERS: u32 = 4;
const ROUNDS: u32 = 50;
/// The maximum number of attempts of a writer. Each conflict is the success of another writer.
const TRIES: u32 = 10 * WRITERS * ROUNDS;

/// [`ONE_STEP`]: Two writers read the same header with two permanent Track sets, and each deletes a different one. At most one of
/// them succeeds in each of a thousand trials, so a workspace keeps its last permanent Track set.
pub fn racing_deletes_leave_one_permanent_credential<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    for trial in 0..1_000 {
        let shop = workspace("acme", &format!("shop {trial}"));
        let shop = WorkspaceRecord { credentials: 2, permanent: 2, ..shop };
        let sets =
            [0, 1].map(|n| credential(&shop, KindWord::Track, trial * 2 + n, &format!("S{n}")));
        store.commit(&inserts(&shop, &sets));
        let deletes = sets.map(|set| {
            let read = store.workspace(&shop.id).unwrap_or_else(|| shop.clone());
            let left =
                WorkspaceRecord { credentials: 1, permanent: read.permanent - 1, ..next(&read) };
            edits(&left, CredentialEdit::Delete(set.id))
        });
        let answers = at_once(&store, &deletes);
        let left = store.all(Scope::Workspace(shop.id)).len();
        assert_same!(
            (succeeded(&answers), left),
            (1, 1),
            "{ONE_STEP} (trial {trial}: {answers:?})"
        );
    }
}

/// [`ONE_STEP`]: Writers of one header retry until they succeed. Each revision has one writer, so no acknowledged write is lost.
pub fn racing_commits_on_one_header_follow_each_other<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    store.commit(&writes(&shop));
    on_threads(&store, WRITERS, |handle, writer| {
        for round in 0..ROUNDS {
            let number = writer * ROUNDS + round;
            let key = credential(&shop, KindWord::App, number, &format!("Key {number}"));
            let written = (0..TRIES).any(|_| {
                let read = store.wait(handle.workspace(&shop.id)).expect(ACKNOWLEDGED);
                // Makes the writers collide even if the store is fast.
                std::thread::yield_now();
                let more = WorkspaceRecord { credentials: read.credentials + 1, ..next(&read) };
                let change = edits(&more, CredentialEdit::Insert(key.clone()));
                let answer = committed(&store, handle, &change);
                let refused = Err(StoreErrorKind::Conflict);
                assert!(answer.is_ok() || answer == refused, "{ONE_STEP} ({answer:?})");
                answer.is_ok()
            });
            assert!(written, "{ONE_STEP} (endless conflicts)");
        }
    });
    let all = WRITERS * ROUNDS;
    let last = store.workspace(&shop.id).expect(ACKNOWLEDGED);
    assert_same!(
        (last.credentials, last.revision),
        (all, Revision::new(u64::from(all) + 1)),
        "{ONE_STEP}"
    );
    assert_same!(store.all(Scope::Workspace(shop.id)).len(), all as usize, "{ONE_STEP}");
    assert_same!(store.position().number(), u64::from(all) + 1, "{WITHOUT_GAPS}");
}

/// [`ONE_STEP`]: Several writers create the same workspace, and exactly one succeeds.
pub fn a_workspace_is_created_once<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    for round in 0..ROUNDS {
        let creations = [0, 1, 2, 3].map(|writer| {
            let home = workspace(&format!("account {writer}"), &format!("shop {round}"));
            let primary = credential(&home, KindWord::Track, round * 4 + writer, "primary");
            inserts(&home, &[primary])
        });
        let answers = at_once(&store, &creations);
        assert_same!(succeeded(&answers), 1, "{ONE_STEP} ({answers:?})");
        let credentials = store.all(Scope::Store).len();
        assert_same!(credentials, round as usize + 1, "{ONE_STEP}");
    }
}

/// [`ACCOUNT_FIRST`], [`CONFLICT`]: An account is suspended while a change that expects it to be unchanged is being committed.
/// The suspension succeeds. The change succeeds only if it is first.
pub fn an_account_that_is_written_concurrently_is_a_conflict<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    for round in 0..4 * ROUNDS {
        let mut acme = account(&format!("acme {round}"));
        store.commit(&writes_account(&acme));
        let unchanged = acme.revision;
        acme.revision = acme.revision.next();
        acme.suspended = Some(at(1));
        let home = workspace(acme.id.as_str(), &format!("shop {round}"));
        let wants = Change { unchanged: vec![(acme.id.clone(), unchanged)], ..writes(&home) };
        let answers = at_once(&store, &[wants, writes_account(&acme)]);
        let [change, suspension] = &answers[..] else { panic!("two answers are expected") };
        let Ok(suspension) = suspension else { panic!("{CONFLICT} ({answers:?})") };
        match change {
            Ok(change) => {
                assert!(change.number() < suspension.number(), "{ACCOUNT_FIRST} ({answers:?})");
            }
            Err(kind) => assert_same!(*kind, StoreErrorKind::Conflict, "{ACCOUNT_FIRST}"),
        }
    }
}

/// [`ONE_STEP`]: A workspace is removed while another change writes one of its credentials. The header decides which one
/// succeeds, and a concurrent use of a key does not restore the credential.
pub fn a_removal_and_a_use_leave_nothing_behind<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    for round in 0..ROUNDS {
        let shop = workspace("acme", &format!("shop {round}"));
        let key = credential(&shop, KindWord::App, round, "Key");
        store.commit(&inserts(&shop, std::slice::from_ref(&key)));
        let removal = removes(&removed(&shop));
        let update = edits(&next(&shop), CredentialEdit::Update(key.clone()));
        let barrier = Barrier::new(3);
        let winners = AtomicUsize::new(0);
        on_threads(&store, 3, |handle, thread| {
            barrier.wait();
            let change = match thread {
                0 => &removal,
                1 => &update,
                _ => return store.wait(handle.record_uses(&[used(&key, 1, at(5))])),
            };
            let won = committed(&store, handle, change).is_ok();
            winners.fetch_add(usize::from(won), Ordering::SeqCst);
        });
        assert_same!(winners.into_inner(), 1, "{ONE_STEP}");
        let gone = store.workspace(&shop.id).is_none_or(|record| record.removed.is_some());
        assert_same!(store.credential(key.id).is_none(), gone, "{ONE_STEP}");
    }
}

/// [`FORWARD`]: Several nodes record uses of one secret at the same time.
pub fn racing_uses_keep_the_latest<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let key = |number| credential(&shop, KindWord::App, number, &format!("Key {number}"));
    let keys: Vec<_> = (0..2 * ROUNDS).map(key).collect();
    store.commit(&inserts(&shop, &keys));
    let barrier = Barrier::new(WRITERS as usize);
    let failures = Mutex::new(Vec::new());
    on_threads(&store, WRITERS, |handle, writer| {
        for (round, key) in (0..).zip(&keys) {
            let uses = [used(key, 1, at(i64::from((writer + round) % WRITERS)))];
            barrier.wait();
            // A panic here would make the other threads wait forever.
            let failure = harness.block_on(handle.record_uses(&uses)).err();
            failures.lock().expect("no thread panicked").extend(failure);
        }
    });
    let failures = failures.into_inner().expect("no thread panicked");
    assert!(failures.is_empty(), "{FORWARD} ({failures:?})");
    let latest = Some(at(i64::from(WRITERS) - 1));
    for key in &keys {
        assert_same!(store.stored(key).current.last_used, latest, "{FORWARD}");
    }
}
