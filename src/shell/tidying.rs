//! What is deleted from the store beside the requests, in batches: the credentials that removed workspaces have left, and
//! events that are older than the retention.

use std::time::Duration;

use crate::store::{AnyStore, CredentialStore, Purged, StoreError};
use crate::values::{ClockReading, Timestamp};

use super::errors::Unavailable;
use super::failure_log::FailureLog;
use super::keyward::Keyward;

/// For how long events stay in any case, so that operation ids that callers chose are remembered.
const REMEMBERED: Duration = Duration::from_hours(24);

/// So few rows that no writer waits long for the transaction.
const BATCH: usize = 1_000;

/// How long nothing is looked for after nothing was left, or after a failure.
const REST: Duration = Duration::from_mins(1);

/// When `maintain` deletes next, by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Tidying {
    purge_due: Duration,
    prune_due: Duration,
}

impl Keyward {
    /// Forgets events that happened before `before`, in batches. The events of the last 24 hours stay in any case, so that
    /// operation ids that callers chose are remembered.
    ///
    /// [`maintain`](Self::maintain) does so by itself where the builder has a [retention](crate::Builder::retention).
    ///
    /// # Errors
    ///
    /// Fails if the store does; then none, some or all of them are forgotten.
    pub async fn prune(&self, before: Timestamp) -> Result<(), Unavailable> {
        let inner = self.inner();
        let before = before.min(inner.clock.now().wall.saturating_sub(REMEMBERED));
        while inner.store.prune_events(before, BATCH).await? == Purged::Some {}
        Ok(())
    }
}

impl Tidying {
    /// Deletes a batch of each, if it is due. Events older than `retention` are deleted, if there is one.
    pub(super) async fn tidy(
        &mut self,
        store: &AnyStore,
        retention: Option<Duration>,
        now: ClockReading,
        failure_log: &FailureLog,
    ) {
        if self.purge_due <= now.monotonic {
            let purged = store.purge_removed(BATCH).await;
            self.purge_due = next(&purged, now.monotonic);
            if let Err(error) = purged {
                let message =
                    "could not delete credentials of removed workspaces; retrying in a minute";
                failure_log.unavailable(message, &error.into(), now.monotonic);
            }
        }
        if let Some(retention) = retention
            && self.prune_due <= now.monotonic
        {
            let before = now.wall.saturating_sub(retention.max(REMEMBERED));
            let pruned = store.prune_events(before, BATCH).await;
            self.prune_due = next(&pruned, now.monotonic);
            if let Err(error) = pruned {
                let message =
                    "could not delete events older than the retention; retrying in a minute";
                failure_log.unavailable(message, &error.into(), now.monotonic);
            }
        }
    }
}

/// When the next batch is due.
fn next(deleted: &Result<Purged, StoreError>, now: Duration) -> Duration {
    match deleted {
        Ok(Purged::Some) => now,
        Ok(Purged::All) | Err(_) => now.saturating_add(REST),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{REST, Tidying};
    use crate::adapters::MemoryStore;
    use crate::shell::failure_log::FailureLog;
    use crate::store::AnyStore;
    use crate::values::{ClockReading, Timestamp};

    #[test]
    fn it_rests_where_nothing_is_left_to_delete() {
        let store = AnyStore::new(MemoryStore::new());
        let (mut tidying, limit) = (Tidying::default(), FailureLog::default());
        let mut tidy = |retention, at| {
            let now = ClockReading::new(Timestamp::MAX, at);
            pollster::block_on(tidying.tidy(&store, retention, now, &limit));
            (tidying.purge_due, tidying.prune_due)
        };
        let start = Duration::from_secs(1);
        assert_eq!(tidy(None, start), (start + REST, Duration::ZERO), "events are kept");
        let later = start + Duration::from_secs(1);
        let year = Some(Duration::from_hours(24 * 365));
        assert_eq!(tidy(year, later), (start + REST, later + REST));
    }
}
