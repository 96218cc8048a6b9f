//! The pending uses are bounded while the store fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::Arc;
use std::time::Duration;

use super::cell::UseCell;
use super::waiting::{MOST, Taken};
use super::{CROWDED, Claimant, LastUsed, Overdue};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

const INTERVAL: Duration = Duration::from_hours(1);

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

/// Creates the cell of a secret that was used a minute before the epoch, so that its next use is not written early.
fn cell(number: usize) -> Arc<UseCell> {
    let id = CredentialId::new(format!("{number:012}")).unwrap();
    Arc::new(UseCell::new(id, GenerationNumber::FIRST, Some(at(-60))))
}

fn note(last_used: &LastUsed, numbers: std::ops::Range<usize>) {
    for number in numbers {
        last_used.note_in(&cell(number), at(1), false);
    }
}

#[test]
fn waiting_and_returned_uses_are_bounded() {
    let last_used = LastUsed::in_memory(INTERVAL);
    note(&last_used, 0..MOST + 10);
    assert_eq!(last_used.count(), MOST);
    let taken = Taken::of(&last_used.waiting);
    assert_eq!((taken.count(), last_used.count()), (MOST, 0));
    // During the write, other secrets are used.
    note(&last_used, MOST..MOST + 10);
    drop(taken);
    assert_eq!(last_used.count(), MOST);
    // A successful write makes room again.
    let mut taken = Taken::of(&last_used.waiting);
    let batch = taken.batch(Duration::ZERO).unwrap();
    taken.written(&batch);
    drop(taken);
    assert_eq!(last_used.count(), MOST - batch.len());
    note(&last_used, MOST + 10..MOST + 20);
    assert_eq!(last_used.count(), MOST - batch.len() + 10);
}

/// A secret that is read again many times while writes fail is pending once.
#[test]
fn returned_uses_are_merged() {
    let last_used = LastUsed::in_memory(INTERVAL);
    for second in 1..100 {
        last_used.note_in(&cell(1), at(second), false);
        drop(Taken::of(&last_used.waiting));
        assert_eq!(last_used.count(), 1);
    }
    let taken = Taken::of(&last_used.waiting);
    assert_eq!(taken.batch(Duration::ZERO).unwrap().first().unwrap().at, at(99), "the latest");
}

#[test]
fn a_crowd_does_not_wait_for_the_interval() {
    let last_used = LastUsed::in_memory(INTERVAL);
    let due = || last_used.claim_overdue(Duration::from_secs(2), Claimant::Request);
    note(&last_used, 0..CROWDED - 1);
    assert_eq!(due(), Overdue::No);
    note(&last_used, CROWDED..CROWDED + 1);
    assert_eq!(due(), Overdue::Yes);
}
