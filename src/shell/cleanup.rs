//! Background deletion in batches: the credentials of removed workspaces, events that are older than the retention, and networks
//! that are no longer remembered.

use std::time::Duration;

use crate::domain::rules::first_remembered_day;
use crate::store::{AnyStore, CredentialStore, Purged, StoreError};
use crate::values::{ClockReading, Day, Timestamp};

use super::errors::Unavailable;
use super::failure_log::FailureLog;
use super::keyward::Keyward;

/// How long events are always kept, because they store the operation ids that callers chose.
const REMEMBERED: Duration = Duration::from_hours(24);

/// Rows in one transaction. The number is small, so that no writer waits long.
const BATCH: usize = 1_000;

/// The pause after everything was deleted, or after a failure.
const REST: Duration = Duration::from_mins(1);

/// The pause after all networks that are too old were deleted. They get older by days.
const FORGET_REST: Duration = Duration::from_hours(1);

/// Times of the next deletions by `maintain`, by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Cleanup {
    leftovers: Duration,
    events: Duration,
    networks: Duration,
}

/// Which rows are deleted after a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deletions {
    /// How long events are kept, if not forever.
    pub(super) retention: Option<Duration>,
    /// `false` if the networks of all credentials are to be forgotten.
    pub(super) remembers_networks: bool,
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

    /// Deletes the networks from which credentials passed more than 30 days ago, or all of them if the host does not
    /// [remember](crate::Builder::remember_networks) networks.
    ///
    /// [`maintain`](Self::maintain) does this every hour.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the store fails. None, some or all of the networks are then deleted.
    pub async fn forget_networks(&self) -> Result<(), Unavailable> {
        let inner = self.inner();
        let before = forgotten_before(inner.remembers_networks, inner.clock.now().wall);
        while inner.store.forget_networks(before, BATCH).await? == Purged::Some {}
        Ok(())
    }
}

/// Returns the first day whose networks are kept. `None` if none are.
fn forgotten_before(remembers_networks: bool, now: Timestamp) -> Option<Day> {
    remembers_networks.then(|| first_remembered_day(now))
}

impl Cleanup {
    /// Deletes one batch of each sort of row if it is due. Without a `retention`, no events are deleted.
    pub(super) async fn delete_due(
        &mut self,
        store: &AnyStore,
        deletions: Deletions,
        now: ClockReading,
        failure_log: &FailureLog,
    ) {
        if self.leftovers <= now.monotonic {
            let purged = store.purge_removed(BATCH).await;
            self.leftovers = next(&purged, now.monotonic);
            if let Err(error) = purged {
                let message =
                    "could not delete credentials of removed workspaces; retrying in a minute";
                failure_log.unavailable(message, &error.into(), now.monotonic);
            }
        }
        if self.networks <= now.monotonic {
            let before = forgotten_before(deletions.remembers_networks, now.wall);
            let forgotten = store.forget_networks(before, BATCH).await;
            self.networks = match forgotten {
                Ok(Purged::All) => now.monotonic.saturating_add(FORGET_REST),
                _ => next(&forgotten, now.monotonic),
            };
            if let Err(error) = forgotten {
                let message =
                    "could not delete networks that are no longer remembered; retrying in a minute";
                failure_log.unavailable(message, &error.into(), now.monotonic);
            }
        }
        if let Some(retention) = deletions.retention
            && self.events <= now.monotonic
        {
            let before = now.wall.saturating_sub(retention.max(REMEMBERED));
            let pruned = store.prune_events(before, BATCH).await;
            self.events = next(&pruned, now.monotonic);
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

    use super::{Cleanup, Deletions, FORGET_REST, REST};
    use crate::adapters::MemoryStore;
    use crate::shell::failure_log::FailureLog;
    use crate::store::AnyStore;
    use crate::values::{ClockReading, Timestamp};

    #[test]
    fn the_next_deletion_waits_if_nothing_is_left_to_delete() {
        let store = AnyStore::new(MemoryStore::new());
        let (mut cleanup, limit) = (Cleanup::default(), FailureLog::default());
        let mut delete_due = |retention, at| {
            let now = ClockReading::new(Timestamp::MAX, at);
            let deletions = Deletions { retention, remembers_networks: false };
            pollster::block_on(cleanup.delete_due(&store, deletions, now, &limit));
            (cleanup.leftovers, cleanup.events, cleanup.networks)
        };
        let start = Duration::from_secs(1);
        let forget = start + FORGET_REST;
        let due = (start + REST, Duration::ZERO, forget);
        assert_eq!(delete_due(None, start), due, "events are kept");
        let later = start + Duration::from_secs(1);
        let year = Some(Duration::from_hours(24 * 365));
        assert_eq!(delete_due(year, later), (start + REST, later + REST, forget));
    }
}
