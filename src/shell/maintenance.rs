//! Background work: polling the change feed, writing last-used times, and deleting rows that are no longer needed.

use std::sync::Arc;
use std::time::Duration;

use crate::values::Clock;

use super::cleanup::{Cleanup, Deletions};
use super::closed_accounts::ClosedAccounts;
use super::failure_log::FailureLog;
use super::keyward::Keyward;
use super::knowledge::{Freshness, Knowledge};
use super::last_used::{Claimant, LastUsed, Overdue, UnwrittenUses};

impl Keyward {
    /// Polls the change feed and writes last-used times in the background, until the handle is [closed](Self::close) or all its
    /// clones are dropped. Spawn it with the sleep function of your runtime. With tokio:
    /// `tokio::spawn(keyward.maintain(tokio::time::sleep))`.
    ///
    /// `maintain` is optional: without it, requests do the work inline when it is due. With it, a request writes last-used times
    /// only if `maintain` is one interval late.
    ///
    /// It also deletes three sorts of rows in batches: the credentials of removed workspaces, the networks that are no longer
    /// [remembered](crate::Builder::remember_networks), and the events that are older than
    /// the [retention](crate::Builder::retention). These credentials stop working when their workspace is removed, but without
    /// `maintain` their rows remain in the store.
    ///
    /// And it removes the workspaces of [closed accounts](crate::Manager::close_account), a few at a time and in at most about a quarter of
    /// its time, so that the other work is not late. These are ordinary changes of the
    /// operator [`Operator::MAINTAIN`](crate::Operator::MAINTAIN). It looks for closed accounts when it starts and then every hour, in
    /// pages of 1,000 accounts, on each node. A removal that was interrupted is finished by the next walk.
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
            let (mut cleanup, mut closed) = (Cleanup::default(), ClosedAccounts::default());
            loop {
                sleep(pause).await;
                let Some(inner) = handle.upgrade().filter(|inner| !inner.is_closed()) else {
                    break;
                };
                inner.records.refuse_overdue();
                poll(&inner.knowledge, &*inner.clock, &inner.failure_log).await;
                flush_if_due(&inner.last_used, &*inner.clock).await;
                #[cfg(feature = "metrics")]
                super::metrics::report(&inner.stats());
                let now = inner.clock.now();
                let deletions = Deletions {
                    retention: inner.retention,
                    remembers_networks: inner.remembers_networks,
                };
                cleanup.delete_due(&inner.store, deletions, now, &inner.failure_log).await;
                let (records, parts) = (&inner.records, &inner.manager);
                // Boxed, because this future is large.
                let (clock, patience) = (&*inner.clock, pause / 4);
                Box::pin(closed.remove_due(records, parts, clock, patience, &inner.failure_log))
                    .await;
            }
            drop(attendance);
        }
    }

    /// Writes all pending last-used times, regardless of the [grain](crate::Builder::last_used_grain).
    ///
    /// # Errors
    ///
    /// [`UnwrittenUses`] if the store fails. The times that were not written are kept for the next flush.
    pub async fn flush(&self) -> Result<(), UnwrittenUses> {
        self.inner().last_used.flush_exactly().await
    }

    /// Stops [`maintain`](Self::maintain) and writes all pending last-used times. Call it when the service stops.
    ///
    /// The handle remains usable. Later uses are written by another `flush` or `close`. Without `close`, and in a crash, the
    /// pending times are lost: those of one interval, plus the pause of `maintain` and the time of one write.
    ///
    /// # Errors
    ///
    /// [`UnwrittenUses`] with the number of pending times if the store fails. They are kept, so you can call `close` again.
    pub async fn close(&self) -> Result<(), UnwrittenUses> {
        self.inner().mark_closed();
        self.flush().await
    }
}

/// Returns how long `maintain` sleeps: half the bound, so that requests rarely find the cache stale.
fn pause(freshness: Freshness, last_used: &LastUsed) -> Duration {
    /// Prevents a busy loop for a bound of zero.
    const SHORTEST: Duration = Duration::from_millis(5);
    let flush = last_used.interval();
    match freshness {
        Freshness::Bounded(bound) => (bound / 2).clamp(SHORTEST, flush.max(SHORTEST)),
        Freshness::Strict => last_used.pause().max(SHORTEST),
    }
}

/// Polls the change feed, unless every attempt polls it.
async fn poll(knowledge: &Knowledge, clock: &dyn Clock, failure_log: &FailureLog) {
    if let Freshness::Bounded(_) = knowledge.freshness()
        && let Err(error) = knowledge.poll().await
    {
        let message = "polling the change feed failed; verifications will query the store";
        failure_log.unavailable(message, &error, clock.now().monotonic);
    }
}

/// Writes the pending last-used times if a flush is due.
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
    fn maintain_sleeps_half_the_bound_and_never_longer_than_an_interval() {
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
