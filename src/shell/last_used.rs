//! Last-used times: recorded in memory without a lock, and written in batches.

mod cell;
#[cfg(all(test, keyward_model))]
mod model;
#[cfg(all(test, not(keyward_model)))]
mod tests;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use crate::store::{AnyStore, CredentialStore, StoreError, StoreErrorKind};
use crate::values::{GenerationNumber, Timestamp};

use super::errors::with_sources;
use super::question::Question;
use super::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use self::cell::UseCells;

use self::cell::{Noted, UseCell};
use self::waiting::{MOST, Taken, WaitingUses};

/// Number of pending uses that triggers an early flush.
const CROWDED: usize = MOST / 16;
/// How long early writes are collected.
const EARLY: Duration = Duration::from_secs(1);

/// The error of a flush. The times that were not written are kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{count} last-used times could not be written and are kept: call `flush` or `close` again")]
#[non_exhaustive]
pub struct UnwrittenUses {
    /// Number of last-used times that were not written.
    pub count: usize,
    /// The error of the store. Callers that waited for the same flush share it.
    pub source: Arc<StoreError>,
}

/// Last-used times: recorded by attempts, and written to the store in batches.
#[derive(Debug)]
pub(crate) struct LastUsed {
    store: AnyStore,
    waiting: WaitingUses,
    interval: Duration,
    /// Start of the last flush, in nanoseconds of the monotonic clock.
    flushed: AtomicU64,
    /// `true` if a pending use must not wait for the interval.
    early: AtomicBool,
    /// Runs one flush at a time, so that a caller also learns of uses that an earlier flush could not write.
    flushing: Question<Result<(), UnwrittenUses>>,
    /// A reference is held by each background task that flushes.
    attended: Arc<()>,
}

impl LastUsed {
    pub(crate) fn new(store: AnyStore, interval: Duration) -> Self {
        Self {
            store,
            waiting: WaitingUses::default(),
            interval,
            flushed: AtomicU64::new(0),
            early: AtomicBool::new(false),
            flushing: Question::default(),
            attended: Arc::default(),
        }
    }

    /// Returns the flush interval.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Records a use of a secret. The first use after a long idle time, and the use of an ending secret, are written soon, at most
    /// once an interval.
    pub(crate) fn note(
        &self,
        cells: &UseCells,
        generation: GenerationNumber,
        at: Timestamp,
        is_ending: impl FnOnce() -> bool,
    ) {
        if cells.was_noted(generation, at) {
            return;
        }
        if let Some(cell) = cells.cell(generation) {
            self.note_in(cell, at, is_ending());
            cells.set_noted(generation, at);
        }
    }

    fn note_in(&self, cell: &Arc<UseCell>, at: Timestamp, on_its_way_out: bool) {
        let noted = cell.note(at, on_its_way_out, self.interval);
        if noted == Noted::Before {
            return;
        }
        if self.waiting.add(cell) == Some(CROWDED) {
            self.early.store(true, Ordering::Relaxed);
        }
        if noted == Noted::Early {
            self.early.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the number of secrets with a pending use.
    pub(crate) fn count(&self) -> usize {
        self.waiting.count()
    }

    /// Registers a background task that writes overdue uses. Requests leave them to the task as long as it keeps up.
    pub(crate) fn attend(&self) -> Attendance {
        Attendance(Arc::clone(&self.attended))
    }

    /// Returns how often a background task must check for overdue uses.
    pub(crate) fn pause(&self) -> Duration {
        EARLY.min(self.interval)
    }

    /// Returns whether a flush is due. Only the first caller gets [`Overdue::Yes`], and must flush. `now` is from the monotonic
    /// clock.
    #[inline]
    pub(crate) fn claim_overdue(&self, now: Duration, claimant: Claimant) -> Overdue {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let flushed = self.flushed.load(Ordering::Relaxed);
        let interval = if self.early.load(Ordering::Relaxed) {
            EARLY.min(self.interval)
        } else {
            self.interval
        };
        let age = Duration::from_nanos(now.saturating_sub(flushed));
        if age < interval || (age < interval.saturating_mul(2) && self.is_left_by(claimant)) {
            return Overdue::No;
        }
        let claim =
            self.flushed.compare_exchange(flushed, now, Ordering::Relaxed, Ordering::Relaxed);
        if claim.is_ok() { Overdue::Yes } else { Overdue::No }
    }

    fn is_left_by(&self, claimant: Claimant) -> bool {
        claimant == Claimant::Request && Arc::strong_count(&self.attended) > 1
    }

    /// Writes all pending uses. Uses that the store does not write remain pending.
    pub(crate) async fn flush(self: &Arc<Self>) -> Result<(), UnwrittenUses> {
        let last_used = Arc::clone(self);
        self.flushing.ask(|| async move { last_used.flush_now().await }).await
    }

    /// Writes all pending uses, and logs a failure.
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

    /// Writes all pending uses. Must not run concurrently.
    async fn flush_now(&self) -> Result<(), UnwrittenUses> {
        self.early.store(false, Ordering::Relaxed);
        let mut taken = Taken::of(&self.waiting);
        while let Some(batch) = taken.batch() {
            if let Err(source) = self.store.record_uses(&batch).await {
                let source = Arc::new(source);
                return Err(UnwrittenUses { count: taken.count(), source });
            }
            taken.written(&batch);
        }
        Ok(())
    }
}

impl Drop for LastUsed {
    fn drop(&mut self) {
        let count = self.count();
        if count > 0 {
            tracing::warn!(
                count,
                "dropped before last-used times were written: await `Keyward::close` when the service stops"
            );
        }
    }
}

/// The answer to whether a flush is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    Yes,
    No,
}

/// The caller that checks for overdue uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimant {
    /// A request, whose caller waits.
    Request,
    /// The background task of `maintain`.
    Maintenance,
}

/// The registration of a background task that flushes. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Attendance(#[expect(dead_code, reason = "it is counted")] Arc<()>);

#[cfg(test)]
impl LastUsed {
    /// Creates one with an in-memory store.
    fn in_memory(interval: Duration) -> Self {
        Self::new(AnyStore::new(crate::adapters::MemoryStore::new()), interval)
    }
}
