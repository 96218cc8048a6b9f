//! Threads for the cases about races. Each has its own handle if the store has several.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use crate::store::{Change, Position, StoreErrorKind};

use super::driver::Driver;
use super::harness::Harness;

/// The result of a commit.
pub(super) type Answer = Result<Position, StoreErrorKind>;

/// Commits a change through this handle.
pub(super) fn committed<H: Harness>(
    store: &Driver<'_, H>,
    handle: &H::Store,
    change: &Change,
) -> Answer {
    store.commit_through(handle, change)
}

/// Returns the number of successful commits.
pub(super) fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// Commits changes at the same time, each on its own thread.
pub(super) fn at_once<H: Harness>(store: &Driver<'_, H>, changes: &[Change]) -> Vec<Answer> {
    let barrier = &Barrier::new(changes.len());
    thread::scope(|scope| {
        let write = |(number, change)| {
            let handle = store.handle(number);
            scope.spawn(move || {
                barrier.wait();
                committed(store, handle, change)
            })
        };
        let threads: Vec<_> = changes.iter().enumerate().map(write).collect();
        threads.into_iter().map(join).collect()
    })
}

/// Runs `work` on this many threads, which start together. Each gets a handle and its number.
pub(super) fn on_threads<H: Harness>(
    store: &Driver<'_, H>,
    threads: u32,
    work: impl Fn(&H::Store, u32) + Sync,
) {
    let barrier = &Barrier::new(threads as usize);
    let work = &work;
    thread::scope(|scope| {
        let run = |number: u32| {
            let handle = store.handle(number as usize);
            scope.spawn(move || {
                barrier.wait();
                work(handle, number);
            })
        };
        let threads: Vec<_> = (0..threads).map(run).collect();
        threads.into_iter().for_each(join);
    });
}

/// Returns the result of a thread, or panics with the message of its panic.
pub(super) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A thread that other threads wait for. It counts down even if it panics.
pub(super) struct CountedThread<'a>(pub(super) &'a AtomicUsize);

impl Drop for CountedThread<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
