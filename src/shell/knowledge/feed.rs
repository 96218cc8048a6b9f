//! How far this node has followed the history, and when it knew so.

use std::sync::Arc;
use std::time::Duration;

use crate::shell::errors::{Unavailable, UnavailableReason};
use crate::shell::keyward::Inner;
use crate::shell::question::Question;
use crate::shell::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{Changes, CredentialStore, StoreError};
use crate::values::{ClockReading, Timestamp};

use super::continuity::{Answer, Doubt, Place, doubt};
use super::loading::Failure;
use super::{Freshness, Knowledge};

/// How many events one call to the store asks for.
const PAGE: usize = 1_000;

/// How far this node has followed the history, and when that was last confirmed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// Answers the age of what the store said.
    question: Question<Result<Duration, Failure>>,
    /// Up to where this node's knowledge holds what happened; `None` before the first answer.
    place: Mutex<Option<Place>>,
    confirmed: Confirmed,
}

/// That this node has heard of everything that had happened when an attempt needs it to have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard(());

/// As of when the last poll confirmed what is known, by both clocks: when it was sent, minus the age of the answer.
/// Read without a lock, by every attempt.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    /// Nanoseconds of the monotonic clock and one; 0: never, or just being written.
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

    /// Forgets the last confirmation.
    fn clear(&self) {
        self.monotonic.store(0, Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn get(&self) -> Option<ClockReading> {
        let monotonic = self.monotonic.load(Ordering::SeqCst);
        let wall = self.wall.load(Ordering::SeqCst);
        // Both belong together where nobody wrote in between.
        if monotonic == 0 || self.monotonic.load(Ordering::SeqCst) != monotonic {
            return None;
        }
        let wall = Timestamp::from_micros(wall).ok()?;
        Some(ClockReading::new(wall, Duration::from_nanos(monotonic - 1)))
    }
}

impl Knowledge {
    /// How long ago what this node knows was confirmed; `None` before the first time.
    #[inline]
    pub(crate) fn age(&self, now: &ClockReading) -> Option<Duration> {
        self.feed.confirmed.get().map(|confirmed| now.age_since(&confirmed))
    }

    /// Whether what this node knows is fresh enough for an attempt that needs no more than the bound.
    #[inline]
    pub(crate) fn heard(&self, now: &ClockReading) -> Option<Heard> {
        match self.freshness {
            Freshness::Bounded(bound) => {
                self.age(now).filter(|age| *age < bound).map(|_| Heard(()))
            }
            Freshness::Strict => None,
        }
    }
}

impl Inner {
    /// Asks the store what has happened, and forgets what has changed. The question is sent after this is
    /// called, by this caller or by another one for both. An answer that is too old is no answer.
    pub(crate) async fn hear(self: &Arc<Self>) -> Result<Heard, Unavailable> {
        let inner = Arc::clone(self);
        let age = self.knowledge.feed.question.ask(|| async move { inner.follow().await }).await?;
        if age > self.knowledge.freshness.oldest_answer() {
            return Err(Unavailable::new(UnavailableReason::OldAnswer));
        }
        Ok(Heard(()))
    }

    /// Follows the history to its end, and returns the age of the last answer.
    async fn follow(&self) -> Result<Duration, Failure> {
        loop {
            let sent = self.clock.now();
            if let Followed::ToTheEnd { age } = self.follow_page(sent.wall).await? {
                let confirmed = &self.knowledge.feed.confirmed;
                // A monotonic clock that began later than that cannot say when it was.
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

    /// Follows one page. `sent` is the time of the poll.
    async fn follow_page(&self, sent: Timestamp) -> Result<Followed, StoreError> {
        let Some(known) = *self.followed() else {
            // Nothing is kept yet that an earlier event could have changed.
            let position = self.store.position().await?;
            self.begin_at(Place { position, at: sent });
            // A position says nothing of its age: the changes since it do.
            return Ok(Followed::APage);
        };
        match self.store.changes_since(&known.position, PAGE).await? {
            Changes::Since { events, position, newest, age } => {
                let answer = Answer { events: &events, position, newest, limit: PAGE };
                let check = |event: &_| self.records.check_outline(event);
                if let Some(doubt) = doubt(&known, &answer, check) {
                    self.report(&known, &answer, &doubt);
                    self.begin_at(Place { position: newest, at: sent });
                    return Ok(Followed::ToTheEnd { age });
                }
                for event in &events {
                    self.knowledge.invalidate(&event.account, &event.subject);
                }
                let at = events.last().map_or(known.at, |event| event.at);
                *self.followed() = Some(Place { position, at });
                Ok(if events.len() < PAGE { Followed::ToTheEnd { age } } else { Followed::APage })
            }
            Changes::TooFarBehind { position, age } => {
                tracing::info!(known = %known.position, now = %position, "feed position unknown to the store; the cache was dropped");
                self.begin_at(Place { position, at: sent });
                Ok(Followed::ToTheEnd { age })
            }
        }
    }

    /// Drops everything that is cached, and goes on from this place.
    fn begin_at(&self, place: Place) {
        self.knowledge.invalidate_all();
        *self.followed() = Some(place);
    }

    /// Counts and logs a poll whose answer is not relied on.
    fn report(&self, known: &Place, Answer { newest, .. }: &Answer<'_>, doubt: &Doubt) {
        self.stats.count_distrusted_poll();
        let known = known.position;
        match doubt {
            Doubt::Corrupt { operation } => tracing::error!(
                %operation, %known, %newest,
                "an event does not match its tag; the cache was dropped: compare the history with a backup"
            ),
            Doubt::Gap { operation } => tracing::error!(
                operation = operation.map(tracing::field::display), %known, %newest,
                "an event is missing, or the position is wrong; the cache was dropped: compare the history with a backup"
            ),
            Doubt::Older { operation } => tracing::error!(
                %operation, %known, %newest,
                "an event is more than a minute older than the event before it; the cache was dropped: check the \
                 clocks of the nodes, then compare the history with a backup"
            ),
            Doubt::Unchecked { operation, unopened } => tracing::warn!(
                %operation, %known, %newest, error = %unopened,
                "an event cannot be checked; the cache was dropped"
            ),
        }
    }

    fn followed(&self) -> MutexGuard<'_, Option<Place>> {
        self.knowledge.feed.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheEnd { age: Duration },
    APage,
}
