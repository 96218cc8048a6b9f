//! Last-used times, and the networks from which credentials passed: recorded in memory without a lock, and written in batches.

mod cell;
#[cfg(all(test, keyward_model))]
mod model;
mod networks;
#[cfg(all(test, not(keyward_model)))]
mod tests;
mod waiting;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::store::{AnyStore, CredentialStore, StoreError, StoreErrorKind};
use crate::values::{GenerationNumber, Timestamp};

use super::errors::with_sources;
use super::shared_call::SharedCall;
use super::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use self::cell::UseCells;

use self::cell::{Noted, UseCell};
use self::networks::{TakenNetworks, UsedNetworks};
use self::waiting::{MOST, Taken, WaitingUses};

/// Number of pending uses that triggers an early flush.
const CROWDED: usize = MOST / 16;
/// How long early writes are collected.
const EARLY: Duration = Duration::from_secs(1);

/// The error of a flush. What was not written is kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{count} last-used times or networks could not be written and are kept: call `flush` or `close` again"
)]
#[non_exhaustive]
pub struct UnwrittenUses {
    /// Number of last-used times, and of networks from which credentials passed, that were not written.
    pub count: usize,
    /// The error of the store. Callers that waited for the same flush share it.
    pub source: Arc<StoreError>,
}

/// Last-used times: recorded by attempts, and written to the store in batches.
#[derive(Debug)]
pub(crate) struct LastUsed {
    store: AnyStore,
    waiting: WaitingUses,
    /// `None` if the host does not remember networks.
    networks: Option<UsedNetworks>,
    interval: Duration,
    /// Automatic flushes write only times that are more than this newer than the stored ones.
    grain: Duration,
    /// `true` if the next flush writes every time.
    exact: AtomicBool,
    /// Start of the last flush, in nanoseconds of the monotonic clock.
    flushed: AtomicU64,
    /// `true` if a pending use must not wait for the interval.
    early: AtomicBool,
    /// Runs one flush at a time, so that a caller also learns of uses that an earlier flush could not write.
    flushing: SharedCall<Result<(), UnwrittenUses>>,
    /// A reference is held by each background task that flushes.
    attended: Arc<()>,
}

impl LastUsed {
    pub(crate) fn new(store: AnyStore, interval: Duration) -> Self {
        Self {
            store,
            waiting: WaitingUses::default(),
            networks: None,
            interval,
            grain: Duration::ZERO,
            exact: AtomicBool::new(false),
            flushed: AtomicU64::new(0),
            early: AtomicBool::new(false),
            flushing: SharedCall::default(),
            attended: Arc::default(),
        }
    }

    /// Sets by how much a time must be newer than the stored one to be written by an automatic flush.
    pub(crate) fn with_grain(mut self, grain: Duration) -> Self {
        self.grain = grain;
        self
    }

    /// Returns how late a time can be written: an interval, and the grain.
    #[cfg(feature = "page")]
    pub(crate) const fn delay(&self) -> Duration {
        self.interval.saturating_add(self.grain)
    }

    /// Turns on that the networks of attempts are noted.
    pub(crate) fn with_networks(mut self) -> Self {
        self.networks = Some(UsedNetworks::default());
        self
    }

    /// Returns the flush interval.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Records the network of an attempt that passed, if the host remembers networks.
    #[inline]
    pub(crate) fn note_network(&self, cells: &UseCells, address: Option<&IpAddr>, at: Timestamp) {
        if let (Some(seen), Some(networks)) = (&self.networks, &cells.networks) {
            seen.note(networks, || cells.credential(), address, at);
        }
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

    fn note_in(&self, cell: &Arc<UseCell>, at: Timestamp, is_ending: bool) {
        let noted = cell.note(at, is_ending, self.interval);
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

    /// Returns the number of pending uses.
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

    /// Writes all pending uses, regardless of the grain. Uses that the store does not write remain pending.
    pub(crate) async fn flush_exactly(self: &Arc<Self>) -> Result<(), UnwrittenUses> {
        // The flush that takes the uses of now begins after this.
        self.exact.store(true, Ordering::SeqCst);
        self.flush().await
    }

    /// Writes all pending uses that are newer than the stored ones by more than the grain. Uses that the store does not write
    /// remain pending.
    pub(crate) async fn flush(self: &Arc<Self>) -> Result<(), UnwrittenUses> {
        let last_used = Arc::clone(self);
        self.flushing.ask(|| async move { last_used.flush_now().await }).await
    }

    /// Writes all pending uses, and logs a failure.
    pub(crate) async fn flush_and_log(self: &Arc<Self>) {
        if let Err(UnwrittenUses { count, source }) = self.flush().await {
            let error = with_sources(&*source);
            let message =
                "could not write last-used times or networks; keeping them for the next flush";
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
        let grain =
            if self.exact.swap(false, Ordering::SeqCst) { Duration::ZERO } else { self.grain };
        let mut taken = Taken::of(&self.waiting);
        while let Some(batch) = taken.batch(grain) {
            if let Err(source) = self.store.record_uses(&batch).await {
                let source = Arc::new(source);
                return Err(UnwrittenUses { count: taken.count(), source });
            }
            taken.written(&batch);
        }
        self.flush_networks().await
    }

    async fn flush_networks(&self) -> Result<(), UnwrittenUses> {
        let Some(networks) = &self.networks else { return Ok(()) };
        let mut taken = TakenNetworks::of(networks);
        while let Some(batch) = taken.batch() {
            if let Err(source) = self.store.record_networks(&batch).await {
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
