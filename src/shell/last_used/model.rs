//! Under every schedule of uses and flushes, no use is lost: the last recorded use is written or pending.

use std::sync::Arc;
use std::time::Duration;

use loom::thread;

use crate::shell::sync::Mutex;
use crate::shell::sync::model::explore;
use crate::values::{CredentialId, GenerationNumber, Timestamp};

use super::LastUsed;
use super::cell::UseCell;
use super::waiting::Taken;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

/// The reaction of the store to a batch.
#[derive(Debug, Clone, Copy)]
enum Store {
    Writes,
    Fails,
}

/// Writes the pending uses into `written`.
fn flush(last_used: &LastUsed, store: Store, written: &Mutex<Option<Timestamp>>) {
    let mut taken = Taken::of(&last_used.waiting);
    while let Some(batch) = taken.batch(Duration::ZERO) {
        match store {
            Store::Fails => return,
            Store::Writes => {
                let mut written = written.lock().unwrap();
                *written = batch.iter().map(|used| Some(used.at)).max().unwrap().max(*written);
            }
        }
        taken.written(&batch);
    }
}

#[test]
fn model_of_notes_beside_flushes() {
    for store in [Store::Writes, Store::Fails] {
        explore(&format!("uses, the store {store:?}"), move || {
            let last_used = Arc::new(LastUsed::in_memory(Duration::from_secs(10)));
            let written = Arc::new(Mutex::new(None));
            let id = CredentialId::new("abcdefghijkl").unwrap();
            let cell = Arc::new(UseCell::new(id, GenerationNumber::FIRST, None));
            let notes = [1, 2].map(|second| {
                let (last_used, cell) = (Arc::clone(&last_used), Arc::clone(&cell));
                thread::spawn(move || last_used.note_in(&cell, at(second), false))
            });
            flush(&last_used, store, &written);
            for note in notes {
                note.join().unwrap();
            }
            assert!(last_used.count() <= 1, "it waits twice");
            flush(&last_used, Store::Writes, &written);
            assert_eq!(*written.lock().unwrap(), Some(at(2)), "a use was lost");
            assert_eq!(last_used.count(), 0);
        });
    }
}

/// One secret of a credential that is deleted in the meantime, and one secret of another credential.
#[test]
fn model_of_a_flush_beside_a_delete() {
    for store in [Store::Writes, Store::Fails] {
        explore(&format!("uses, deleted, the store {store:?}"), move || {
            let last_used = Arc::new(LastUsed::in_memory(Duration::from_secs(10)));
            let rows = Arc::new(Mutex::new(Rows::default()));
            let [deleted, kept] = IDS.map(|id| {
                let id = CredentialId::new(id).unwrap();
                Arc::new(UseCell::new(id, GenerationNumber::FIRST, None))
            });
            let uses = {
                let (last_used, deleted) = (Arc::clone(&last_used), Arc::clone(&deleted));
                thread::spawn(move || {
                    last_used.note_in(&kept, at(1), false);
                    last_used.note_in(&deleted, at(1), false);
                })
            };
            let deletion = {
                let rows = Arc::clone(&rows);
                thread::spawn(move || rows.lock().unwrap().is_deleted = true)
            };
            flush_rows(&last_used, store, &rows);
            deletion.join().unwrap();
            let before = rows.lock().unwrap().deleted;
            uses.join().unwrap();
            flush_rows(&last_used, Store::Writes, &rows);
            let rows = rows.lock().unwrap();
            assert_eq!(rows.deleted, before, "it was stamped after it was gone");
            assert_eq!(rows.kept, Some(at(1)), "another's use was lost with it");
            assert_eq!(last_used.count(), 0, "what is gone waits for ever");
        });
    }
}

const IDS: [&str; 2] = ["abcdefghijkl", "bcdefghijklm"];

/// The last uses of both credentials. A deleted credential has no row, so its uses are not written.
#[derive(Debug, Default)]
struct Rows {
    is_deleted: bool,
    deleted: Option<Timestamp>,
    kept: Option<Timestamp>,
}

fn flush_rows(last_used: &LastUsed, store: Store, rows: &Mutex<Rows>) {
    let mut taken = Taken::of(&last_used.waiting);
    while let Some(batch) = taken.batch(Duration::ZERO) {
        if matches!(store, Store::Fails) {
            return;
        }
        let mut rows = rows.lock().unwrap();
        for used in &batch {
            if used.credential.as_str() == IDS[1] {
                rows.kept = rows.kept.max(Some(used.at));
            } else if !rows.is_deleted {
                rows.deleted = rows.deleted.max(Some(used.at));
            }
        }
        drop(rows);
        taken.written(&batch);
    }
}
