//! Background deletion in batches: the credentials of removed workspaces, and events that are older than the retention.

use std::time::Duration;

use crate::store::{AnyStore, CredentialStore, Purged, StoreError};
use crate::values::{ClockReading, Timestamp};

use super::errors::Unavailable;
use super::failure_log::FailureLog;
use super::keyward::Keyward;

/// How long events are always kept, because they store the operation ids that callers chose.
const REMEMBERED: Duration = Duration::from_hours(24);

/// Rows in one transaction. The number is small, so that no writer waits long.
const BATCH: usize = 1_000;

/// The pause after everything was deleted, or after a failure.
const REST: Duration = Duration::from_mins(1);

/// Times of the next deletions by `maintain`, by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Tidying {
    purge_due: Duration,
    prune_due: Duration,
}

impl Keyward {
    /// Deletes the events from before `before` in batches. The events of the last 24 hours are always kept, because they store
    /// the operation ids that callers chose.
    ///
    /// [`maintain`](Self::maintain) does this if the builder sets a [retention](crate::Builder::retention).
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the store fails. None, some or all of the events are then deleted.
    pub async fn prune(&self, before: Timestamp) -> Result<(), Unavailable> {
        let inner = self.inner();
        let before = before.min(inner.clock.now().wall.saturating_sub(REMEMBERED));
        while inner.store.prune_events(before, BATCH).await? == Purged::Some {}
        Ok(())
    }
}

impl Tidying {
    /// Deletes one batch of each sort of row if it is due. Without a `retention`, no events are deleted.
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

/// Returns the time at which the next batch is due.
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
