//! What is done beside the requests: the feed is followed, last-used times are written, and what nobody needs is deleted.

use std::sync::Arc;
use std::time::Duration;

use crate::values::Clock;

use super::failure_log::FailureLog;
use super::keyward::Keyward;
use super::knowledge::{Freshness, Knowledge};
use super::last_used::{Claimant, LastUsed, Overdue, UnwrittenUses};
use super::tidying::Tidying;

impl Keyward {
    /// Keeps this node's knowledge fresh and writes last-used times, for as long as any clone of this handle
    /// is alive and not [closed](Self::close). Give it the runtime's own sleep, and spawn it: with tokio,
    /// `tokio::spawn(keyward.maintain(tokio::time::sleep))`.
    ///
    /// Without it every promise holds all the same: requests that find the work overdue do it, and wait for
    /// it. Beside it they write last-used times only where it has fallen an interval behind.
    ///
    /// It also deletes, in batches, the credentials of removed workspaces from the store, and the events that are older than the
    /// [retention](crate::Builder::retention). No answer depends on the credentials, since they are
    /// gone for everyone when the workspace is removed; but without `maintain` these rows stay.
    pub fn maintain<S, F>(&self, sleep: S) -> impl Future<Output = ()> + Send + use<S, F>
    where
        S: Fn(Duration) -> F + Send,
        F: Future<Output = ()> + Send,
    {
        let inner = self.inner();
        let pause = pause(inner.knowledge.freshness(), &inner.last_used);
        let handle = Arc::downgrade(inner);
        let attendance = inner.last_used.attend();
        async move {
            let mut tidying = Tidying::default();
            loop {
                sleep(pause).await;
                let Some(inner) = handle.upgrade().filter(|inner| !inner.is_closed()) else {
                    break;
                };
                poll(&inner.knowledge, &*inner.clock, &inner.failure_log).await;
                flush_if_due(&inner.last_used, &*inner.clock).await;
                #[cfg(feature = "metrics")]
                super::metrics::report(&inner.stats());
                let now = inner.clock.now();
                tidying.tidy(&inner.store, inner.retention, now, &inner.failure_log).await;
            }
            drop(attendance);
        }
    }

    /// Writes every last-used time that waits.
    ///
    /// Fails where the store does not take them; then they are kept.
    pub async fn flush(&self) -> Result<(), UnwrittenUses> {
        self.inner().last_used.flush().await
    }

    /// Ends [`maintain`](Self::maintain) and writes every last-used time that waits: call it when the
    /// service stops. The handle can still be used; what is used afterwards waits for another `flush`
    /// or `close`.
    ///
    /// Fails where the store does not take them, and says how many are left; they are kept, so that it
    /// can be called again. A crash loses what was not written: one interval's uses, and those
    /// of what `maintain` rests and the store takes.
    pub async fn close(&self) -> Result<(), UnwrittenUses> {
        self.inner().mark_closed();
        self.flush().await
    }
}

/// How long `maintain` sleeps: half the bound, so that requests seldom find the cache stale.
fn pause(freshness: Freshness, last_used: &LastUsed) -> Duration {
    /// A bound of nothing must not become a loop without rest.
    const SHORTEST: Duration = Duration::from_millis(5);
    let flush = last_used.interval();
    match freshness {
        Freshness::Bounded(bound) => (bound / 2).clamp(SHORTEST, flush.max(SHORTEST)),
        Freshness::Strict => last_used.pause().max(SHORTEST),
    }
}

/// Polls the change feed, unless every attempt does.
async fn poll(knowledge: &Knowledge, clock: &dyn Clock, failure_log: &FailureLog) {
    if let Freshness::Bounded(_) = knowledge.freshness()
        && let Err(error) = knowledge.hear().await
    {
        let message = "polling the change feed failed; verifications will query the store";
        failure_log.unavailable(message, &error, clock.now().monotonic);
    }
}

/// Writes the last-used times that wait, if a flush is due.
async fn flush_if_due(last_used: &Arc<LastUsed>, clock: &dyn Clock) {
    let now = clock.now().monotonic;
    if last_used.claim_overdue(now, Claimant::Maintenance) == Overdue::Yes {
        last_used.flush_and_log().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;
    use crate::adapters::MemoryStore;
    use crate::shell::knowledge::Freshness;
    use crate::shell::last_used::LastUsed;
    use crate::store::AnyStore;

    #[test]
    fn it_sleeps_half_the_bound_and_never_longer_than_an_interval() {
        let slept = |freshness, interval| {
            let store = AnyStore::new(MemoryStore::new());
            pause(freshness, &LastUsed::new(store, Duration::from_millis(interval)))
        };
        let bounded = |millis| Freshness::Bounded(Duration::from_millis(millis));
        let millis = Duration::from_millis;
        assert_eq!(slept(bounded(1_000), 10_000), millis(500));
        assert_eq!(slept(bounded(0), 10_000), millis(5), "never without rest");
        assert_eq!(slept(bounded(60_000), 10_000), millis(10_000));
        assert_eq!(slept(bounded(60_000), 0), millis(5));
        assert_eq!(slept(Freshness::Strict, 10_000), millis(1_000));
        assert_eq!(slept(Freshness::Strict, 0), millis(5));
    }
}
