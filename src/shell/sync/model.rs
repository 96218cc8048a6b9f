//! Support for the models.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// Runs `model` under every schedule of its threads, and under every order in which they can see the writes of each other. Prints the
/// number of runs.
///
/// A call into another crate (the table of the cache, the pointer of a slot, the shared future) is a single step.
pub(crate) fn explore(name: &str, model: impl Fn() + Send + Sync + 'static) {
    let schedules = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&schedules);
    loom::model::Builder::new().check(move || {
        count.fetch_add(1, Ordering::SeqCst);
        model();
    });
    println!("{name}: {} schedules", schedules.load(Ordering::SeqCst));
}

/// Polls a future until it is ready, and yields in between.
///
/// It does not wait for a wake-up, because the wakers are behind locks of other crates, which the explorer does not see.
pub(crate) fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer;
        }
        loom::thread::yield_now();
    }
}
