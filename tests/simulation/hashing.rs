//! Waits for Argon2id, which runs on its own threads, without advancing virtual time: the time of its threads changes
//! no run.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

thread_local! {
    /// `true` while the polled future waits in virtual time.
    static WAITS_FOR_THE_STORE: Cell<bool> = const { Cell::new(false) };
}

/// Called by every future that waits for virtual time.
pub(crate) fn waits_for_the_store() {
    WAITS_FOR_THE_STORE.set(true);
}

struct FromOutside {
    here: Thread,
    task: Waker,
    woken: AtomicBool,
}

impl Wake for FromOutside {
    fn wake(self: Arc<Self>) {
        if thread::current().id() == self.here.id() {
            self.task.wake_by_ref();
        } else {
            self.woken.store(true, Ordering::SeqCst);
            self.here.unpark();
        }
    }
}

/// A future that waits for the store and for Argon2id, one after the other.
pub(crate) async fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        let waker = Arc::new(FromOutside {
            here: thread::current(),
            task: context.waker().clone(),
            woken: AtomicBool::new(false),
        });
        let polled = Waker::from(Arc::clone(&waker));
        loop {
            WAITS_FOR_THE_STORE.set(false);
            let answer = future.as_mut().poll(&mut Context::from_waker(&polled));
            if answer.is_ready() || WAITS_FOR_THE_STORE.get() {
                return answer;
            }
            while !waker.woken.swap(false, Ordering::SeqCst) {
                thread::park();
            }
        }
    })
    .await
}

/// The first of both to end; the other is dropped.
pub(crate) async fn unless<T>(
    ends: impl Future<Output = ()>,
    future: impl Future<Output = T>,
) -> Option<T> {
    let (mut future, mut ends) = (Box::pin(future), pin!(ends));
    std::future::poll_fn(|context| {
        if let Poll::Ready(answer) = future.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        ends.as_mut().poll(context).map(|()| None)
    })
    .await
}
