//! One question that many ask at once, answered only to those who asked before it was sent.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::store::{CorruptRecord, StoreError, StoreErrorKind};

use super::sync::{Mutex, MutexGuard, PoisonError};

/// A question that can be asked again and again. Each caller gets an answer to a question that was sent after
/// the call: its own, or one that another caller sent in the meantime. One is under way at a time.
///
/// All who wait for a sending drive it. So it goes on when whoever sent it is gone, or does not poll any more,
/// and ends when nobody waits.
pub(crate) struct Question<T>(Mutex<Latest<T>>);

struct Latest<T> {
    /// How many times it was sent.
    sent: u64,
    /// The last sending, while anybody waits for it.
    sending: Option<WeakShared<Work<T>>>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Clone> Question<T> {
    /// Asks. `send` is called only if nobody else's sending will do.
    pub(crate) async fn ask<F>(&self, send: impl FnOnce() -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (begun, earlier) = self.under_way();
        if let Some(earlier) = earlier {
            // Its answer may be older than this question. It is driven to its end all the same.
            earlier.await;
        }
        self.join(begun, send).await
    }

    /// How many times it was sent so far, and the last sending, if anybody waits for it.
    fn under_way(&self) -> (u64, Option<Shared<Work<T>>>) {
        let latest = self.latest();
        (latest.sent, latest.sending.as_ref().and_then(WeakShared::upgrade))
    }

    /// A sending that came after the one numbered `begun`, which has ended.
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

impl<T> Default for Question<T> {
    fn default() -> Self {
        Self(Mutex::new(Latest { sent: 0, sending: None }))
    }
}

impl<T> fmt::Debug for Question<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Question(..)")
    }
}

/// Why a shared read of the store failed: one error for all the callers that waited for it.
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
    use super::Question;
    use futures_channel::oneshot;
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Counts the sendings, each of which is answered with its number when `wait` is.
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
    fn an_answer_goes_to_those_who_asked_before_it_was_sent_and_to_no_others() {
        let (question, sender) = (Question::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut first = pin!(question.ask(sender.send(wait)));
        assert_eq!(poll(first.as_mut()), Poll::Pending);
        let mut late = pin!(question.ask(sender.send(answered())));
        assert_eq!(poll(late.as_mut()), Poll::Pending, "one is under way at a time");
        answer.send(()).unwrap();
        assert_eq!(poll(late.as_mut()), Poll::Ready(2), "sent anew");
        assert_eq!(poll(first.as_mut()), Poll::Ready(1));
    }

    #[test]
    fn those_who_wait_together_share_one_sending() {
        let (question, sender) = (Question::default(), Sender::default());
        let (first_answer, wait) = oneshot::channel();
        let mut first = pin!(question.ask(sender.send(wait)));
        assert_eq!(poll(first.as_mut()), Poll::Pending);
        let (answer, wait) = oneshot::channel();
        let mut one = pin!(question.ask(sender.send(wait)));
        let mut two = pin!(question.ask(sender.send(answered())));
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
    fn a_sender_who_is_gone_or_does_not_poll_holds_up_nobody() {
        let (question, sender) = (Question::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut idle = pin!(question.ask(sender.send(wait)));
        assert_eq!(poll(idle.as_mut()), Poll::Pending);
        let mut gone = Box::pin(question.ask(sender.send(oneshot::channel().1)));
        assert_eq!(poll(gone.as_mut()), Poll::Pending);
        let mut waiting = pin!(question.ask(sender.send(answered())));
        assert_eq!(poll(waiting.as_mut()), Poll::Pending);
        answer.send(()).unwrap();
        drop(gone);
        assert_eq!(poll(waiting.as_mut()), Poll::Ready(2), "the first was driven to its end");
        assert_eq!(poll(idle.as_mut()), Poll::Ready(1));
    }

    #[test]
    fn what_nobody_waits_for_ends() {
        let (question, sender) = (Question::default(), Sender::default());
        let (answer, wait) = oneshot::channel();
        let mut gone = Box::pin(question.ask(sender.send(wait)));
        assert_eq!(poll(gone.as_mut()), Poll::Pending);
        drop(gone);
        assert!(answer.is_canceled());
        assert_eq!(poll(pin!(question.ask(sender.send(answered())))), Poll::Ready(2));
    }
}
