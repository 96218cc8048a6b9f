//! What racing cases are made of: threads, each with a handle of its own where the store has several.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use crate::store::{Change, Position, StoreErrorKind};

use super::driver::Driver;
use super::harness::Harness;

/// What came of a commit.
pub(super) type Answer = Result<Position, StoreErrorKind>;

/// Commits a change through this handle.
pub(super) fn committed<H: Harness>(
    store: &Driver<'_, H>,
    handle: &H::Store,
    change: &Change,
) -> Answer {
    store.commit_through(handle, change)
}

/// How many of them were written.
pub(super) fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// Commits changes at once, each on a thread of its own.
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

/// Runs `work` on so many threads, which begin together, with a handle and the thread's number.
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

/// What a thread answers. Where it panicked, the case panics with the same message.
pub(super) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A thread that others wait for: it counts down also where it panics.
pub(super) struct Counted<'a>(pub(super) &'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
