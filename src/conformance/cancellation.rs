//! Futures that are dropped before they complete.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::domain::{CredentialEdit, NetworkUse, WorkspaceRecord};
use crate::store::{CredentialStore, Refreshed, StoreErrorKind};
use crate::values::{Day, KindWord};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{ACKNOWLEDGED, FINAL, NEVER_HALF};
use super::samples::{
    at, credential, digest, edits, entry, inserts, next, operation, to_digest, used, workspace,
    writes,
};

/// The maximum number of polls before a future is dropped.
const POLLS: u32 = 30;

/// [`NEVER_HALF`]: Drops a commit after each number of polls. Then the header, the list, the credential and the event are all
/// stored or all missing, and the next commit succeeds.
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

        // The dropped commit can still be running. A commit of the same header settles its outcome.
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

/// [`FINAL`]: Drops a commit after each number of polls and looks it up. The answer agrees with the stored data, before and after
/// another commit.
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

/// Commits the next revision of the stored header, and returns it.
fn settle<H: Harness>(store: &Driver<'_, H>, header: &WorkspaceRecord) -> WorkspaceRecord {
    for _ in 0..100 {
        let stored = store.workspace(&header.id).expect(ACKNOWLEDGED);
        let settled = next(&stored);
        match store.try_commit(&writes(&settled)) {
            Ok(_) => return settled,
            Err(kind) => assert_same!(kind, StoreErrorKind::Conflict, "{NEVER_HALF}"),
        }
    }
    panic!("{NEVER_HALF} (endless conflicts)");
}

/// [`NEVER_HALF`]: Drops every other call after each number of polls, and checks the answer of the next call.
pub fn other_dropped_calls_leave_the_store_working<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let key = credential(&shop, KindWord::App, 1, "Key");
    store.commit(&inserts(&shop, std::slice::from_ref(&key)));
    let mut stored = key.current.digest.clone();
    for polls in 1..=POLLS {
        let calls = &store.store;
        let uses = [used(&key, 1, at(i64::from(polls)))];
        let network = "203.0.113.0/24".parse().expect("a prefix");
        let day = Day::new(i64::from(polls)).expect("a day");
        let seen = [NetworkUse { credential: key.id, network, day }];
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
            let _ = Dropped::after(polls, calls.record_networks(&seen)).await;
            let _ = Dropped::after(polls, calls.networks_of(&[key.id])).await;
            let _ = Dropped::after(polls, calls.forget_networks(Some(Day::MIN), 10)).await;
            let _ = Dropped::after(polls, calls.prune_events(at(0), 10)).await;
            let _ =
                Dropped::after(polls, calls.refresh(key.id, key.current.number, &refresh)).await;
        });
        // The dropped refresh may have been written or not. After this refresh, the new digest is stored.
        let again = store.refresh(&key, 1, &refresh);
        stored = store.stored(&key).current.digest;
        assert_same!(stored, fresh, "{NEVER_HALF} ({again:?})");
        let outdated = store.refresh(&key, 1, &refresh);
        assert_same!(outdated, Refreshed::Outdated, "{NEVER_HALF}");
        store.record_uses(&uses);
        store.record_networks(&seen);
        assert_same!(store.networks_of(&[key.id]), seen, "{NEVER_HALF}");
        let last_used = store.stored(&key).current.last_used;
        assert_same!(last_used, Some(at(i64::from(polls))), "{NEVER_HALF}");
        assert_same!(store.position(), position, "{NEVER_HALF}");
    }
}

/// A future with a limit on its polls. At the limit it completes with `None`, and the inner future is dropped.
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
