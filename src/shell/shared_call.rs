//! One read shared among concurrent callers. Each gets a read that started after it asked.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::store::{CorruptRecord, StoreError, StoreErrorKind};

use super::sync::{Mutex, MutexGuard, PoisonError};

/// A shared read that can run repeatedly. Each caller gets the result of a read that started after the call: its own, or one that
/// another caller started in the meantime. One read runs at a time.
///
/// All waiting callers poll the read. It therefore continues if the caller that started it is dropped, and stops when no caller
/// waits.
pub(crate) struct SharedCall<T>(Mutex<Latest<T>>);

struct Latest<T> {
    /// Number of reads so far.
    sent: u64,
    /// The latest read, while a caller waits for it.
    sending: Option<WeakShared<Work<T>>>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Clone> SharedCall<T> {
    /// Returns the result of a read. Calls `send` only if no read of another caller can be shared.
    pub(crate) async fn ask<F>(&self, send: impl FnOnce() -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (begun, earlier) = self.under_way();
        if let Some(earlier) = earlier {
            // Its answer may be older than this call, but the read must end before the next one starts.
            earlier.await;
        }
        self.join(begun, send).await
    }

    /// Returns the number of reads so far, and the latest read if a caller waits for it.
    fn under_way(&self) -> (u64, Option<Shared<Work<T>>>) {
        let latest = self.latest();
        (latest.sent, latest.sending.as_ref().and_then(WeakShared::upgrade))
    }

    /// Joins or starts a read that is newer than read number `begun`, which has ended.
    fn join<F>(&self, begun: u64, send: impl FnOnce() -> F) -> Shared<Work<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut latest = self.latest();
        if latest.sent > begun
            && let Some(sending) = latest.sending.as_ref().and_then(WeakShared::upgrade)
        {
            return sending;
        }
        latest.sent += 1;
        let work: Work<T> = Box::pin(send());
        let sending = work.shared();
        latest.sending = sending.downgrade();
        sending
    }

    fn latest(&self) -> MutexGuard<'_, Latest<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for SharedCall<T> {
    fn default() -> Self {
        Self(Mutex::new(Latest { sent: 0, sending: None }))
    }
}

impl<T> fmt::Debug for SharedCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedCall(..)")
    }
}

/// The error of a shared read. All callers that waited for the read share it.
#[derive(Debug, Clone)]
pub(crate) struct SharedFailure(pub(crate) Arc<StoreError>);

impl From<StoreError> for SharedFailure {
    fn from(error: StoreError) -> Self {
        Self(Arc::new(error))
    }
}

impl From<CorruptRecord> for SharedFailure {
    fn from(error: CorruptRecord) -> Self {
        StoreError::new(StoreErrorKind::Corrupt).because(error).into()
    }
}

#[cfg(all(test, keyward_model))]
mod model;

#[cfg(test)]
mod tests {
    use super::SharedCall;
    use futures_channel::oneshot;
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Counts the reads. Each returns its number when `wait` completes.
    #[derive(Clone, Default)]
    struct Sender(Arc<AtomicUsize>);

    impl Sender {
        fn send(
            &self,
            wait: oneshot::Receiver<()>,
        ) -> impl FnOnce() -> Pin<Box<dyn Future<Output = usize> + Send>> + use<> {
            let count = Arc::clone(&self.0);
            move || {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                Box::pin(async move {
                    wait.await.ok();
                    number
                })
            }
        }
    }

    fn answered() -> oneshot::Receiver<()> {
        oneshot::channel().1
    }

    #[test]
    fn a_read_is_shared_only_with_callers_that_asked_before_it_started() {
        let (shared, sender) = (SharedCall::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut first = pin!(shared.ask(sender.send(wait)));
        assert_eq!(poll(first.as_mut()), Poll::Pending);
        let mut late = pin!(shared.ask(sender.send(answered())));
        assert_eq!(poll(late.as_mut()), Poll::Pending, "one is under way at a time");
        answer.send(()).unwrap();
        assert_eq!(poll(late.as_mut()), Poll::Ready(2), "sent again");
        assert_eq!(poll(first.as_mut()), Poll::Ready(1));
    }

    #[test]
    fn attempts_that_wait_together_share_one_send() {
        let (shared, sender) = (SharedCall::default(), Sender::default());
        let (first_answer, wait) = oneshot::channel();
        let mut first = pin!(shared.ask(sender.send(wait)));
        assert_eq!(poll(first.as_mut()), Poll::Pending);
        let (answer, wait) = oneshot::channel();
        let mut one = pin!(shared.ask(sender.send(wait)));
        let mut two = pin!(shared.ask(sender.send(answered())));
        assert_eq!(poll(one.as_mut()), Poll::Pending);
        assert_eq!(poll(two.as_mut()), Poll::Pending);
        first_answer.send(()).unwrap();
        assert_eq!(poll(one.as_mut()), Poll::Pending, "sent");
        assert_eq!(poll(two.as_mut()), Poll::Pending, "waits for the same");
        answer.send(()).unwrap();
        assert_eq!(poll(two.as_mut()), Poll::Ready(2));
        assert_eq!(poll(one.as_mut()), Poll::Ready(2));
    }

    #[test]
    fn a_sender_that_is_gone_or_does_not_poll_delays_nobody() {
        let (shared, sender) = (SharedCall::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut idle = pin!(shared.ask(sender.send(wait)));
        assert_eq!(poll(idle.as_mut()), Poll::Pending);
        let mut gone = Box::pin(shared.ask(sender.send(oneshot::channel().1)));
        assert_eq!(poll(gone.as_mut()), Poll::Pending);
        let mut waiting = pin!(shared.ask(sender.send(answered())));
        assert_eq!(poll(waiting.as_mut()), Poll::Pending);
        answer.send(()).unwrap();
        drop(gone);
        assert_eq!(poll(waiting.as_mut()), Poll::Ready(2), "the first was driven to its end");
        assert_eq!(poll(idle.as_mut()), Poll::Ready(1));
    }

    #[test]
    fn jobs_without_a_waiting_caller_end() {
        let (shared, sender) = (SharedCall::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut gone = Box::pin(shared.ask(sender.send(wait)));
        assert_eq!(poll(gone.as_mut()), Poll::Pending);
        drop(gone);
        assert!(answer.is_canceled());
        assert_eq!(poll(pin!(shared.ask(sender.send(answered())))), Poll::Ready(2));
    }
}
