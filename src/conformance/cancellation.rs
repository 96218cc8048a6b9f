//! Futures that are dropped before they are ready.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::domain::{CredentialEdit, WorkspaceRecord};
use crate::store::{CredentialStore, Refreshed, StoreErrorKind};
use crate::values::KindWord;

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{ACKNOWLEDGED, FINAL, NEVER_HALF};
use super::samples::{
    at, credential, digest, edits, entry, inserts, next, operation, to_digest, used, workspace,
    writes,
};

/// After how many polls a future is dropped.
const POLLS: u32 = 30;

/// [`NEVER_HALF`]: a commit is dropped after the first poll, the second, and so on. Header, list, credential
/// and event are then all there or all absent; and the next commit goes through.
pub fn a_dropped_commit_is_whole_or_absent<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    store.commit(&writes(&header));
    for polls in 1..=POLLS {
        let mut dropped = next(&header);
        dropped.allowlist.push(entry(u16::try_from(polls).expect("small")));
        let key = credential(&header, KindWord::App, polls, &format!("Key {polls}"));
        let change = edits(&dropped, CredentialEdit::Insert(key.clone()));
        store.know(&change);
        let _ = harness.block_on(Dropped::after(polls, store.store.commit(&change)));

        // What was dropped may still be on its way. A commit on its header puts an end to that.
        header = settle(&store, &header);
        let written = header.allowlist == dropped.allowlist;
        assert_same!(store.credential(key.id).is_some(), written, "{NEVER_HALF}");
        let events = store.history(&header.account);
        let told = events.iter().any(|event| event.operation == change.operation);
        assert_same!(told, written, "{NEVER_HALF}");
        assert_same!(store.position().number(), events.len() as u64, "{NEVER_HALF}");
        if !written {
            header.allowlist.clone_from(&dropped.allowlist);
            header = next(&header);
            store.commit(&writes(&header));
        }
    }
}

/// [`FINAL`]: a commit is dropped after the first poll, the second, and so on, and then looked up. What that
/// says is what is stored, and what is stored after another commit too.
pub fn a_look_up_of_a_dropped_commit_is_final<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    store.commit(&writes(&header));
    for polls in 1..=POLLS {
        let mut dropped = next(&header);
        dropped.allowlist.push(entry(u16::try_from(polls).expect("small")));
        let change = writes(&dropped);
        let _ = harness.block_on(Dropped::after(polls, store.store.commit(&change)));

        let told = store.operation(change.operation);
        let stored = store.workspace(&header.id).expect(ACKNOWLEDGED);
        let expected = if told.is_some() { &dropped } else { &header };
        assert_same!(stored, *expected, "{FINAL}");
        store.commit(&writes(&workspace("other", &format!("blog {polls}"))));
        assert_same!(store.operation(change.operation), told, "{FINAL}");
        assert_same!(store.workspace(&header.id).as_ref(), Some(&stored), "{FINAL}");
        header = stored;
    }
}

/// Commits on top of what is stored, and answers that.
fn settle<H: Harness>(store: &Driver<'_, H>, header: &WorkspaceRecord) -> WorkspaceRecord {
    for _ in 0..100 {
        let stored = store.workspace(&header.id).expect(ACKNOWLEDGED);
        let settled = next(&stored);
        match store.try_commit(&writes(&settled)) {
            Ok(_) => return settled,
            Err(kind) => assert_same!(kind, StoreErrorKind::Conflict, "{NEVER_HALF}"),
        }
    }
    panic!("{NEVER_HALF} (conflicts without end)");
}

/// [`NEVER_HALF`]: every other call is dropped after each number of polls, and the next one answers rightly.
pub fn other_dropped_calls_leave_the_store_working<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let key = credential(&shop, KindWord::App, 1, "Key");
    store.commit(&inserts(&shop, std::slice::from_ref(&key)));
    let mut stored = key.current.digest.clone();
    for polls in 1..=POLLS {
        let calls = &store.store;
        let uses = [used(&key, 1, at(i64::from(polls)))];
        let fresh = digest(u64::from(polls));
        let refresh = to_digest(stored.clone(), fresh.clone());
        let refresh = store.for_stored_tag(&key, &refresh);
        let position = store.position();
        harness.block_on(async {
            let _ = Dropped::after(polls, calls.credential(key.id)).await;
            let _ = Dropped::after(polls, calls.workspace(&shop.id)).await;
            let _ = Dropped::after(polls, calls.account(&shop.account)).await;
            let _ = Dropped::after(polls, calls.position()).await;
            let _ = Dropped::after(polls, calls.operation(operation())).await;
            let _ = Dropped::after(polls, calls.credentials_by_id(&[key.id])).await;
            let _ = Dropped::after(polls, calls.changes_since(&position, 1)).await;
            let _ = Dropped::after(polls, calls.record_uses(&uses)).await;
            let _ = Dropped::after(polls, calls.prune_events(at(0), 10)).await;
            let _ =
                Dropped::after(polls, calls.refresh(key.id, key.current.number, &refresh)).await;
        });
        // Whether the dropped one was done or not: after this one, the fresh digest is stored.
        let again = store.refresh(&key, 1, &refresh);
        stored = store.stored(&key).current.digest;
        assert_same!(stored, fresh, "{NEVER_HALF} ({again:?})");
        let outdated = store.refresh(&key, 1, &refresh);
        assert_same!(outdated, Refreshed::Outdated, "{NEVER_HALF}");
        store.record_uses(&uses);
        let last_used = store.stored(&key).current.last_used;
        assert_same!(last_used, Some(at(i64::from(polls))), "{NEVER_HALF}");
        assert_same!(store.position(), position, "{NEVER_HALF}");
    }
}

/// A future that is polled so often at most: then it ends with `None`, and what it holds is dropped.
struct Dropped<F> {
    future: F,
    polls: u32,
}

impl<F: Future> Dropped<Pin<Box<F>>> {
    fn after(polls: u32, future: F) -> Self {
        Self { future: Box::pin(future), polls }
    }
}

impl<F: Future + Unpin> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let left = self.polls;
        match pin!(&mut self.future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
