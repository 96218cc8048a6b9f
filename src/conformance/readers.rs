//! Readers and writers on concurrent threads.

use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use crate::domain::{AllowlistEntry, CredentialEdit, CredentialRecord, Revision, WorkspaceRecord};
use crate::store::{
    Changes, CredentialQuery, CredentialStore, PageSize, Position, Scope, WorkspaceQuery,
};
use crate::values::{AccountId, KindWord, Timestamp, WorkspaceId};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{ACKNOWLEDGED, NEWEST_IS_RETURNED, SNAPSHOT, WITHOUT_GAPS};
use super::samples::{at, credential, entry, inserts, next, workspace, writes};
use super::threads::{CountedThread, committed, on_threads};

const WRITERS: u32 = 4;
const READERS: u32 = 2;
const ROUNDS: u32 = 50;

/// [`WITHOUT_GAPS`]: A reader that follows the history during writes sees each event exactly once. Each writer waits for a read
/// between its commits, so the reads happen during the writes with any scheduling.
pub fn a_follower_of_the_history_misses_nothing<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let writing = AtomicUsize::new(WRITERS as usize);
    let (looked, looks): (Vec<_>, Vec<_>) = (0..WRITERS)
        .map(|_| sync_channel(1))
        .map(|(told, heard)| (told, Mutex::new(heard)))
        .unzip();
    let looked = Mutex::new(looked);
    on_threads(&store, WRITERS + 1, |handle, thread| {
        if thread < WRITERS {
            let _counted = CountedThread(&writing);
            let look = looks[thread as usize].lock().expect("no other thread locks it");
            let mut header = workspace("acme", &format!("shop {thread}"));
            for _ in 0..ROUNDS {
                let answer = committed(&store, handle, &writes(&header));
                assert!(answer.is_ok(), "{WITHOUT_GAPS} ({answer:?})");
                header = next(&header);
                // The reader has panicked, which fails the case.
                let Ok(()) = look.recv() else { return };
            }
            return;
        }
        let looked = mem::take(&mut *looked.lock().expect("no other thread locks it"));
        let seen = follow(&store, handle, &writing, &looked);
        assert_same!(seen.number(), u64::from(WRITERS * ROUNDS), "{WITHOUT_GAPS}");
        assert_same!(seen, store.wait(handle.position()), "{WITHOUT_GAPS}");
    });
}

/// Follows the history from its start until all writers are done, and notifies each writer of each read. Returns the last
/// position.
fn follow<H: Harness>(
    store: &Driver<'_, H>,
    handle: &H::Store,
    writing: &AtomicUsize,
    looked: &[SyncSender<()>],
) -> Position {
    let mut seen = Position::START;
    loop {
        let last_look = writing.load(Ordering::SeqCst) == 0;
        let answer = store.wait(handle.changes_since(&seen, 3));
        let Changes::Since { events, position, newest, .. } = answer else {
            panic!("{WITHOUT_GAPS} (the store does not know a position that it returned)")
        };
        let told = position.number() - seen.number();
        assert_same!(told, events.len() as u64, "{WITHOUT_GAPS}");
        assert!(newest.number() >= position.number(), "{NEWEST_IS_RETURNED}");
        assert!(told == 3 || newest == position, "{WITHOUT_GAPS} {NEWEST_IS_RETURNED}");
        seen = position;
        if last_look && events.is_empty() {
            return seen;
        }
        for writer in looked {
            // The channel is full if the writer has not yet received the previous notification.
            let _told = writer.try_send(());
        }
    }
}

/// [`SNAPSHOT`]: Readers read a header and a page while a writer changes all of the data at each revision.
pub fn readers_never_see_half_a_change<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let mut records =
        [1, 2, 3].map(|n| credential(&header, KindWord::Track, n, &format!("Key {n}")));
    stamp(&mut header, &mut records);
    store.commit(&inserts(&header, &records));
    let (id, account) = (header.id.clone(), header.account.clone());
    let reading = AtomicUsize::new(READERS as usize);
    let writer = Mutex::new((header, records));
    on_threads(&store, READERS + 1, |handle, thread| {
        if thread < READERS {
            let _counted = CountedThread(&reading);
            return (0..2 * ROUNDS).for_each(|_| read_whole(&store, handle, &id, &account));
        }
        let mut state = writer.lock().expect("no other thread locks it");
        let (header, records) = &mut *state;
        while reading.load(Ordering::SeqCst) > 0 {
            *header = next(header);
            stamp(header, records);
            let mut change = writes(header);
            change.credentials = records.iter().cloned().map(CredentialEdit::Update).collect();
            let answer = committed(&store, handle, &change);
            assert!(answer.is_ok(), "{SNAPSHOT} ({answer:?})");
        }
    });
}

/// Reads a header alone and on a page, and reads a page of credentials. Checks that each answer is from one revision.
fn read_whole<H: Harness>(
    store: &Driver<'_, H>,
    handle: &H::Store,
    id: &WorkspaceId,
    account: &AccountId,
) {
    let header = store.wait(handle.workspace(id)).expect(ACKNOWLEDGED);
    assert_same!(header, whole(&header), "{SNAPSHOT}");
    let query = WorkspaceQuery::all(account.clone(), PageSize::MAX);
    for item in store.wait(handle.workspaces(&query)).items {
        let header = item.record().expect(SNAPSHOT);
        assert_same!(header, whole(&header), "{SNAPSHOT}");
    }
    let query = CredentialQuery::all(Scope::Workspace(id.clone()), at(0), PageSize::MAX);
    let items = store.wait(handle.credentials(&query)).items;
    let ends: Vec<_> = items.into_iter().map(|item| item.record().map(|r| r.expires)).collect();
    assert!(ends.len() == 3 && ends.iter().all(|end| *end == ends[0]), "{SNAPSHOT} ({ends:?})");
}

/// Marks a header, its lists and its credentials with the revision of the header.
fn stamp(header: &mut WorkspaceRecord, records: &mut [CredentialRecord]) {
    *header = whole(header);
    for record in records {
        record.expires = Some(mark(header.revision));
    }
}

/// Returns a header that is marked with its revision, like its lists.
fn whole(header: &WorkspaceRecord) -> WorkspaceRecord {
    let added = mark(header.revision);
    WorkspaceRecord {
        credentials: u32::try_from(header.revision.get()).expect("small"),
        allowlist: [1, 2, 3].map(|number| AllowlistEntry { added, ..entry(number) }).to_vec(),
        ..header.clone()
    }
}

fn mark(revision: Revision) -> Timestamp {
    at(i64::try_from(revision.get()).expect("small"))
}
