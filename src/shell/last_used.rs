//! Last-used times: noted in memory without a lock, written in batches.

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

/// At how many a flush is due before its time.
const CROWDED: usize = MOST / 16;
/// How long early writes are gathered.
const EARLY: Duration = Duration::from_secs(1);

/// Uses that could not be written; they stay noted.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{count} last-used times could not be written: they are kept, so call `flush` or `close` again"
)]
#[non_exhaustive]
pub struct UnwrittenUses {
    /// How many.
    pub count: usize,
    /// What the store said; shared by all who waited for the same flush.
    pub source: Arc<StoreError>,
}

/// Last-used times: noted by attempts, and written to the store in batches.
#[derive(Debug)]
pub(crate) struct LastUsed {
    store: AnyStore,
    waiting: WaitingUses,
    interval: Duration,
    /// When the last flush was begun, in nanoseconds of the monotonic clock.
    flushed: AtomicU64,
    /// Whether something waits that is not to wait for the interval.
    early: AtomicBool,
    /// One flush at a time, so that a caller also learns of uses that an earlier flush could not write.
    flushing: Question<Result<(), UnwrittenUses>>,
    /// Held by whoever flushes beside the requests.
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

    /// How often uses are written.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Notes that a secret passed. The first use after a long idle time is written soon, and so is that of
    /// a secret that is ending, at most once an interval.
    pub(crate) fn note(
        &self,
        cells: &UseCells,
        generation: GenerationNumber,
        at: Timestamp,
        is_on_its_way_out: impl FnOnce() -> bool,
    ) {
        if cells.was_noted(generation, at) {
            return;
        }
        if let Some(cell) = cells.cell(generation) {
            self.note_in(cell, at, is_on_its_way_out());
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

    /// How many secrets wait.
    pub(crate) fn count(&self) -> usize {
        self.waiting.count()
    }

    /// Held by the task that claims overdue uses in the background: requests then leave them to it, as long
    /// as it keeps up.
    pub(crate) fn attend(&self) -> Attendance {
        Attendance(Arc::clone(&self.attended))
    }

    /// How often somebody who does not wait for requests is to claim what is overdue.
    pub(crate) fn pause(&self) -> Duration {
        EARLY.min(self.interval)
    }

    /// Whether a flush is due. The first caller who hears so is the one who flushes. `now` is the monotonic
    /// clock's.
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

    /// Writes everything that waits. What the store does not take goes on waiting.
    pub(crate) async fn flush(self: &Arc<Self>) -> Result<(), UnwrittenUses> {
        let last_used = Arc::clone(self);
        self.flushing.ask(|| async move { last_used.flush_now().await }).await
    }

    /// Writes everything that waits, and logs a failure.
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

    /// One at a time.
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

/// Whether a flush is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    Yes,
    No,
}

/// Who does what is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimant {
    /// A caller that is waited for.
    Request,
    /// `maintain`.
    Maintenance,
}

/// That somebody flushes beside the requests.
#[derive(Debug)]
pub(crate) struct Attendance(#[expect(dead_code, reason = "it is counted")] Arc<()>);

#[cfg(test)]
impl LastUsed {
    /// Over a store in memory.
    fn in_memory(interval: Duration) -> Self {
        Self::new(AnyStore::new(crate::adapters::MemoryStore::new()), interval)
    }
}
