//! What is done beside the requests: the feed is followed, last-used times are written, and what nobody needs is deleted.

use std::sync::Arc;
use std::time::Duration;

use super::errors::with_sources;
use super::keyward::{Inner, Keyward};
use super::knowledge::Freshness;
use super::last_used::{Claimant, Overdue, UnwrittenUses};
use super::tidying::Tidying;
use crate::store::StoreErrorKind;

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
        let pause = self.inner().pause();
        let handle = Arc::downgrade(self.inner());
        let attendance = self.inner().last_used.attend();
        async move {
            let mut tidying = Tidying::default();
            loop {
                sleep(pause).await;
                let Some(inner) = handle.upgrade().filter(|inner| !inner.is_closed()) else {
                    break;
                };
                inner.maintain_once().await;
                inner.tidy(&mut tidying).await;
            }
            drop(attendance);
        }
    }

    /// Writes every last-used time that waits.
    ///
    /// Fails where the store does not take them; then they are kept.
    pub async fn flush(&self) -> Result<(), UnwrittenUses> {
        self.inner().flush().await
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

impl Inner {
    /// How long `maintain` sleeps: half the bound, so that requests seldom find the knowledge stale.
    fn pause(&self) -> Duration {
        /// A bound of nothing must not become a loop without rest.
        const SHORTEST: Duration = Duration::from_millis(5);
        let flush = self.last_used.interval();
        match self.knowledge.freshness {
            Freshness::Bounded(bound) => (bound / 2).clamp(SHORTEST, flush.max(SHORTEST)),
            Freshness::Strict => self.last_used.pause().max(SHORTEST),
        }
    }

    async fn maintain_once(self: &Arc<Self>) {
        if let Freshness::Bounded(_) = self.knowledge.freshness
            && let Err(error) = self.hear().await
        {
            let now = self.clock.now().monotonic;
            let message = "polling the change feed failed; verifications will query the store";
            self.log_limit.unavailable(message, &error, now);
        }
        let now = self.clock.now().monotonic;
        if self.last_used.claim_overdue(now, Claimant::Maintenance) == Overdue::Yes {
            self.flush_and_log().await;
        }
        #[cfg(feature = "metrics")]
        super::metrics::report(&self.stats());
    }

    pub(crate) async fn flush(self: &Arc<Self>) -> Result<(), UnwrittenUses> {
        let inner = Arc::clone(self);
        let flush = || async move { inner.last_used.flush(&inner.store).await };
        self.last_used.flushing.ask(flush).await
    }

    pub(crate) async fn flush_and_log(self: &Arc<Self>) {
        if let Err(UnwrittenUses { count, source }) = self.flush().await {
            let error = with_sources(&*source);
            let message = "could not write last-used times; keeping them for the next flush";
            match source.kind() {
                StoreErrorKind::Misconfigured | StoreErrorKind::Corrupt => {
                    tracing::error!(count, error, "{message}");
                }
                _ => tracing::warn!(count, error, "{message}"),
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let count = self.last_used.count();
        if count > 0 {
            tracing::warn!(count, "dropped with last-used times unwritten: call `close` first");
        }
    }
}
