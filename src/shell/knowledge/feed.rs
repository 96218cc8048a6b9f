//! The change feed: the position of this node in the history, and when it was last confirmed.

use std::sync::Arc;
use std::time::Duration;

use crate::shell::errors::{Unavailable, UnavailableReason};
use crate::shell::question::{Question, SharedFailure};
use crate::shell::records::Records;
use crate::shell::stats::Counters;
use crate::shell::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{Changes, StoreError};
use crate::values::{Clock, ClockReading, Timestamp};

use super::contents::Contents;
use super::continuity::{Distrust, FeedPlace, Polled, distrust};
use super::freshness::Freshness;

/// Maximum number of events in one poll.
const PAGE: usize = 1_000;

/// The position of this node in the history, and when it was last confirmed.
#[derive(Debug)]
pub(super) struct Feed {
    freshness: Freshness,
    confirmed: Confirmed,
    /// The shared poll. It returns the age of the store answer.
    question: Question<Result<Duration, SharedFailure>>,
    /// The position up to which the cache is invalidated; `None` before the first poll.
    place: Mutex<Option<FeedPlace>>,
    /// The cache to invalidate.
    contents: Arc<Contents>,
    records: Arc<Records>,
    clock: Arc<dyn Clock>,
    stats: Counters,
}

/// Proof that the cache is fresh enough for an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard(());

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
        freshness: Freshness,
        contents: Arc<Contents>,
        records: Arc<Records>,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        Self {
            freshness,
            confirmed: Confirmed::default(),
            question: Question::default(),
            place: Mutex::default(),
            contents,
            records,
            clock,
            stats,
        }
    }

    pub(super) const fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// Returns the time since the position was last confirmed; `None` before the first time.
    #[inline]
    pub(super) fn age(&self, now: &ClockReading) -> Option<Duration> {
        self.confirmed.get().map(|confirmed| now.age_since(&confirmed))
    }

    /// Returns the proof that the cache is fresh enough for an attempt, if it is.
    #[inline]
    pub(super) fn heard(&self, now: &ClockReading) -> Option<Heard> {
        match self.freshness {
            Freshness::Bounded(bound) => {
                self.age(now).filter(|age| *age < bound).map(|_| Heard(()))
            }
            Freshness::Strict => None,
        }
    }

    /// Polls the store and invalidates changed entries. Concurrent callers share a poll that starts after this call. An answer that
    /// is too old is an error.
    pub(super) async fn hear(self: &Arc<Self>) -> Result<Heard, Unavailable> {
        let feed = Arc::clone(self);
        let age = self.question.ask(|| async move { feed.follow().await }).await?;
        if age > self.freshness.oldest_answer() {
            return Err(Unavailable::new(UnavailableReason::OldAnswer));
        }
        Ok(Heard(()))
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
                        confirmed.set(ClockReading::new(sent.wall.saturating_sub(age), monotonic));
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheEnd { age: Duration },
    APage,
}
