//! The change feed: the position of this node in the history, and when it was last confirmed.

use std::sync::Arc;
use std::time::Duration;

use crate::shell::errors::{Unavailable, UnavailableReason};
use crate::shell::log_limit::LogLimit;
use crate::shell::records::Records;
use crate::shell::shared_call::{SharedCall, SharedFailure};
use crate::shell::stats::Counters;
use crate::shell::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{Changes, StoreError};
use crate::values::{Clock, ClockReading, Timestamp};

use super::contents::Contents;
use super::continuity::{Distrust, FeedPlace, Polled, distrust};
use super::freshness::{Freshness, FreshnessRules};
use super::outage::Outage;

/// Maximum number of events in one poll.
const PAGE: usize = 1_000;

/// The position of this node in the history, and when it was last confirmed.
#[derive(Debug)]
pub(super) struct Feed {
    rules: FreshnessRules,
    confirmed: Confirmed,
    /// The last confirmation by an answer that was young enough, since the cache was last dropped. The outage tolerance begins
    /// there.
    relied_on: Confirmed,
    outage: Outage,
    log: LogLimit<()>,
    /// The shared poll. It returns the age of the store answer.
    shared: SharedCall<Result<Duration, SharedFailure>>,
    /// The position up to which the cache is invalidated; `None` before the first poll.
    place: Mutex<Option<FeedPlace>>,
    /// The cache to invalidate.
    contents: Arc<Contents>,
    records: Arc<Records>,
    clock: Arc<dyn Clock>,
    stats: Counters,
}

/// Proof that an attempt can rely on the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsableCache(Reliance);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reliance {
    Fresh,
    OnTolerance,
}

impl UsableCache {
    /// Returns `true` if polls fail and the attempt uses the outage tolerance. It must not read from the store then.
    pub(crate) fn is_on_tolerance(self) -> bool {
        self.0 == Reliance::OnTolerance
    }
}

/// The time of the last confirmation by both clocks: the start of the poll minus the age of its answer. Every attempt reads it,
/// without a lock.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    /// Nanoseconds of the monotonic clock plus one; 0 if never confirmed or during a write.
    monotonic: AtomicU64,
    /// Microseconds of the wall clock.
    wall: AtomicI64,
}

impl Confirmed {
    pub(super) fn set(&self, at: ClockReading) {
        let monotonic = u64::try_from(at.monotonic.as_nanos()).unwrap_or(u64::MAX);
        self.monotonic.store(0, Ordering::SeqCst);
        self.wall.store(at.wall.as_micros(), Ordering::SeqCst);
        self.monotonic.store(monotonic.saturating_add(1), Ordering::SeqCst);
    }

    /// Clears the last confirmation.
    fn clear(&self) {
        self.monotonic.store(0, Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn get(&self) -> Option<ClockReading> {
        let monotonic = self.monotonic.load(Ordering::SeqCst);
        let wall = self.wall.load(Ordering::SeqCst);
        // The two values match if there was no write in between.
        if monotonic == 0 || self.monotonic.load(Ordering::SeqCst) != monotonic {
            return None;
        }
        let wall = Timestamp::from_micros(wall).ok()?;
        Some(ClockReading::new(wall, Duration::from_nanos(monotonic - 1)))
    }
}

impl Feed {
    pub(super) fn new(
        rules: FreshnessRules,
        contents: Arc<Contents>,
        records: Arc<Records>,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        Self {
            rules,
            confirmed: Confirmed::default(),
            relied_on: Confirmed::default(),
            outage: Outage::default(),
            log: LogLimit::default(),
            shared: SharedCall::default(),
            place: Mutex::default(),
            contents,
            records,
            clock,
            stats,
        }
    }

    pub(super) const fn freshness(&self) -> Freshness {
        self.rules.freshness
    }

    /// Returns the time since the position was last confirmed; `None` before the first time.
    #[inline]
    pub(super) fn age(&self, now: &ClockReading) -> Option<Duration> {
        self.confirmed.get().map(|confirmed| now.age_since(&confirmed))
    }

    /// Returns the proof that the cache is fresh enough for an attempt, if it is.
    #[inline]
    pub(super) fn usable(&self, now: &ClockReading) -> Option<UsableCache> {
        if self.age(now).is_some_and(|age| self.rules.is_fresh(age)) {
            return Some(UsableCache(Reliance::Fresh));
        }
        if self.rules.tolerance.is_zero() {
            return None;
        }
        self.tolerated(now).filter(|_| self.outage.may_skip_poll(now.monotonic, self.rules.retry()))
    }

    /// Returns the proof that the cache can be used although polls fail, if it can.
    fn tolerated(&self, now: &ClockReading) -> Option<UsableCache> {
        let age = now.age_since(&self.relied_on.get()?);
        self.rules.is_tolerated(age).then_some(UsableCache(Reliance::OnTolerance))
    }

    /// Polls like [`poll`](Self::poll). If that fails, uses the outage tolerance.
    pub(super) async fn poll_or_tolerate(self: &Arc<Self>) -> Result<UsableCache, Unavailable> {
        match self.poll().await {
            Err(unavailable) if is_outage(&unavailable) => {
                self.tolerated(&self.clock.now()).ok_or(unavailable)
            }
            usable => usable,
        }
    }

    /// Polls the store and invalidates changed entries. Concurrent callers share a poll that starts after this call. An answer that
    /// is too old is an error.
    pub(super) async fn poll(self: &Arc<Self>) -> Result<UsableCache, Unavailable> {
        self.records.refuse_overdue();
        let outcome = self.poll_fresh().await;
        match &outcome {
            Err(unavailable) if is_outage(unavailable) => self.note_outage(),
            Ok(_) | Err(_) => self.outage.end(),
        }
        outcome
    }

    async fn poll_fresh(self: &Arc<Self>) -> Result<UsableCache, Unavailable> {
        let feed = Arc::clone(self);
        let age = self.shared.ask(|| async move { feed.follow().await }).await?;
        if age > self.rules.oldest_answer() {
            return Err(Unavailable::new(UnavailableReason::OldAnswer));
        }
        Ok(UsableCache(Reliance::Fresh))
    }

    /// Notes that the store does not answer, and logs once a minute if the outage tolerance is used.
    fn note_outage(&self) {
        let now = self.clock.now();
        self.outage.begin(now.monotonic.saturating_add(self.rules.retry()));
        let is_fresh = self.age(&now).is_some_and(|age| self.rules.is_fresh(age));
        if !is_fresh && self.tolerated(&now).is_some() && self.log.is_due((), now.monotonic) {
            let tolerance = self.rules.tolerance;
            tracing::warn!(
                ?tolerance,
                "polling the change feed fails; cached keys are accepted within the outage tolerance"
            );
        }
    }

    /// Reads the history to its end, and returns the age of the last answer.
    async fn follow(&self) -> Result<Duration, SharedFailure> {
        loop {
            let sent = self.clock.now();
            if let Followed::ToTheEnd { age } = self.follow_page(sent.wall).await? {
                let confirmed = &self.confirmed;
                // The monotonic clock cannot express a time before it started.
                match sent.monotonic.checked_sub(age) {
                    Some(monotonic) => {
                        let at = ClockReading::new(sent.wall.saturating_sub(age), monotonic);
                        confirmed.set(at);
                        if age <= self.rules.oldest_answer() {
                            self.relied_on.set(at);
                        }
                    }
                    None => confirmed.clear(),
                }
                return Ok(age);
            }
        }
    }

    /// Reads one page. `sent` is the time of the poll.
    async fn follow_page(&self, sent: Timestamp) -> Result<Followed, StoreError> {
        let Some(known) = *self.followed() else {
            // The cache is empty, so earlier events do not matter.
            let position = self.records.position().await?;
            self.begin_at(FeedPlace { position, at: sent });
            // A position has no age. The poll for changes since it does.
            return Ok(Followed::APage);
        };
        match self.records.changes_since(&known.position, PAGE).await? {
            Changes::Since { events, position, newest, age } => {
                let answer = Polled { events: &events, position, newest, limit: PAGE };
                let check = |event: &_| self.records.check_outline(event);
                if let Some(reason) = distrust(&known, &answer, check) {
                    self.report(&known, &answer, &reason);
                    self.begin_at(FeedPlace { position: newest, at: sent });
                    return Ok(Followed::ToTheEnd { age });
                }
                for event in &events {
                    self.contents.invalidate(&event.account, &event.subject);
                }
                let at = events.last().map_or(known.at, |event| event.at);
                *self.followed() = Some(FeedPlace { position, at });
                Ok(if events.len() < PAGE { Followed::ToTheEnd { age } } else { Followed::APage })
            }
            Changes::TooFarBehind { position, age } => {
                tracing::info!(known = %known.position, now = %position, "feed position unknown to the store; the cache was dropped");
                self.begin_at(FeedPlace { position, at: sent });
                Ok(Followed::ToTheEnd { age })
            }
        }
    }

    /// Drops the cache and continues from this place.
    fn begin_at(&self, place: FeedPlace) {
        self.relied_on.clear();
        self.contents.invalidate_all();
        *self.followed() = Some(place);
    }

    /// Counts and logs a poll whose answer is not trusted.
    fn report(&self, known: &FeedPlace, Polled { newest, .. }: &Polled<'_>, reason: &Distrust) {
        self.stats.count_distrusted_poll();
        let known = known.position;
        match reason {
            Distrust::Corrupt { operation } => tracing::error!(
                %operation, %known, %newest,
                "an event does not match its tag; the cache was dropped: compare the history with a backup"
            ),
            Distrust::Gap { operation } => tracing::error!(
                operation = operation.map(tracing::field::display), %known, %newest,
                "the change feed has a gap: an event is missing or the position is wrong; the cache was dropped: compare the \
                 history with a backup"
            ),
            Distrust::Older { operation } => tracing::error!(
                %operation, %known, %newest,
                "an event is more than a minute older than the event before it; the cache was dropped: check the \
                 clocks of the nodes, then compare the history with a backup"
            ),
            Distrust::Unchecked { operation, unopened } => tracing::warn!(
                %operation, %known, %newest, error = %unopened,
                "the tag of an event cannot be checked; the cache was dropped"
            ),
        }
    }

    fn followed(&self) -> MutexGuard<'_, Option<FeedPlace>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns `true` if the outage tolerance is for this failure. It is not for a failure that an operator must fix.
fn is_outage(unavailable: &Unavailable) -> bool {
    matches!(unavailable.reason(), UnavailableReason::Store | UnavailableReason::OldAnswer)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheEnd { age: Duration },
    APage,
}
